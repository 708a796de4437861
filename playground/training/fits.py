"""Which tuning fits which stage, found by trying: `python -m playground.training.fits` writes the table.

Every tuning is tried in every stage on a network of random weights, once on the full model and once going
on from what instruction tuning with it gave. What is refused is refused before it trains, and the table
holds the reason.
"""

import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from playground import settings
from playground.errors import PlaygroundError
from playground.model.tuning.base import Tuning
from playground.model.tuning.kinds import KINDS, TUNINGS
from playground.run.job import Run
from playground.training.dpo import DPO
from playground.training.grpo import GRPO
from playground.training.kto import KTO
from playground.training.ppo import PPO
from playground.training.reward import RewardModeling
from playground.training.rloo import RLOO
from playground.training.sft import SFT

FILE = settings.ASSETS / "tunings.json"
WORKS = "works"
STAGES = {
    "sft": "SFT", "reward": "Reward model", "dpo": "DPO", "kto": "KTO", "ppo": "PPO", "grpo": "GRPO",
    "rloo": "RLOO",
}
"""The table's columns."""
SMALL = {
    "lora": {"rank": 2}, "full": {}, "selective": {"last_layers": 1}, "bottleneck": {"width": 4},
    "prompt": {"tokens": 4}, "qlora": {"rank": 2},
}
"""Settings that fit the network that is tried."""
BATCH = 4
BRIEF = {"batch_size": BATCH, "epochs": 1}


@dataclass(frozen=True)
class Fit:
    """What one tuning does in one stage: `works`, or the reason why it is refused."""

    fresh: str
    """On a full model."""
    continued: str
    """Going on, as it was tuned, from the result of instruction tuning with it."""


def table() -> dict[str, dict[str, Fit]]:
    """By kind of tuning and stage, as it was found when this version was made."""
    found = json.loads(FILE.read_text(encoding="utf-8"))
    return {
        kind: {stage: Fit(**told) for stage, told in stages.items()} for kind, stages in found["fits"].items()
    }


def figures() -> dict[str, dict[str, float]]:
    """By kind, on `pocket` with default settings: `trainable` numbers, their `share`, `artifact` bytes."""
    return json.loads(FILE.read_text(encoding="utf-8"))["pocket"]


def tried(base: Path, examples: list[dict], pairs: list[dict]) -> dict[str, dict[str, Fit]]:
    """The table, found anew on the model in `base`: trains every cell for two steps."""
    examples, pairs = examples[: 2 * BATCH], pairs[: 2 * BATCH]
    reward = RewardModeling(**BRIEF).fit(base, pairs).folder
    found = {}
    for kind, given in SMALL.items():
        tuning = KINDS[kind](**given)
        run = SFT(tuning=tuning, warm_up=0, **BRIEF).fit(base, examples)

        def outcome(stage: str, start, tuning: Tuning | None) -> str:
            return _outcome(lambda: _stage(stage, tuning, start, examples, pairs, reward))

        found[kind] = {
            stage: Fit(outcome(stage, base, tuning), outcome(stage, run.folder, None)) for stage in STAGES
        }
    return found


def measured() -> dict[str, dict[str, float]]:
    """`figures`, found anew."""
    from playground.model.network import load_trainable

    found = {}
    for tuning in (tuning() for tuning in TUNINGS):
        network = load_trainable("pocket", tuning).network
        trainable = sum(p.numel() for p in network.parameters() if p.requires_grad)
        share = round(tuning.trainable_share(network), 5)
        found[tuning.kind] = {"trainable": trainable, "share": share, "artifact": 4 * trainable}
    return found


def _stage(stage: str, tuning: Tuning | None, start, examples, pairs, reward) -> Run:
    prompts = [pair["prompt"] for pair in pairs]
    rolled = {"updates": 2, "rollout": 2 * BATCH, "response_tokens": 6, "tuning": tuning}
    if stage == "sft":
        tuning = tuning or SFT.from_dict(Run(Path(start)).spec.settings).tuning
        return SFT(tuning=tuning, warm_up=0, **BRIEF).fit(start, examples)
    if stage == "reward":
        return RewardModeling(tuning=tuning, **BRIEF).fit(start, pairs)
    if stage in ("dpo", "kto"):
        return {"dpo": DPO, "kto": KTO}[stage](tuning=tuning, kl_prompts=2, **BRIEF).fit(start, pairs)
    if stage == "ppo":
        return PPO(**rolled).fit(start, prompts, reward=reward)
    return {"grpo": GRPO, "rloo": RLOO}[stage](group=4, **rolled).fit(start, prompts, reward=reward)


def _outcome(run: Callable[[], Run]) -> str:
    """How a run ended: `works`, or why it was refused. Raises what breaks off training."""
    try:
        done = run()
    except PlaygroundError as error:
        return str(error)
    return WORKS if done.state == "completed" else done.status.message


def main() -> None:
    import tempfile
    from dataclasses import asdict

    from playground.training import verify

    with verify.home_of_its_own(), tempfile.TemporaryDirectory() as folder:
        base = verify.tiny_model(Path(folder) / "tiny")
        fits = tried(base, verify.EXAMPLES, verify.PAIRS)
    plain = {kind: {stage: asdict(fit) for stage, fit in stages.items()} for kind, stages in fits.items()}
    FILE.write_text(json.dumps({"fits": plain, "pocket": measured()}, indent=1) + "\n", encoding="utf-8")
    print(f"Wrote {FILE}")


if __name__ == "__main__":
    main()
