"""What the playground promises, proved on this machine: kills change no result and lose no vote.

Every stage trains a tiny network twice, once undisturbed and once killed over and over, at random steps
and inside the writing of checkpoints; annotators are killed while they vote.
"""

import contextlib
import os
import random
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from playground import settings
from playground.model.tuning.lora import LoRA
from playground.run.job import RESULT, Run
from playground.training.dpo import DPO
from playground.training.grpo import GRPO
from playground.training.kto import KTO
from playground.training.ppo import PPO
from playground.training.proof import Kill, WarmProcess, differences, finish, outcome
from playground.training.reward import RewardModeling
from playground.training.rloo import RLOO
from playground.training.sft import SFT

QUESTIONS = [f"What does fund {number} cost?" for number in range(24)]
EXAMPLES = [{"prompt": q, "completion": f"It costs {n % 7} percent."} for n, q in enumerate(QUESTIONS)]
PAIRS = [
    {"prompt": q, "chosen": f"Thank you! It is {n % 7}.", "rejected": f"Who cares? {n % 5} or so."}
    for n, q in enumerate(QUESTIONS)
]


@dataclass(frozen=True)
class Verdict:
    """What was tried and what came of it; `faults` is empty where the promise held."""

    what: str
    kills: int
    compared: str
    faults: list[str]
    seconds: float


def subjects(base: str | Path, reward: str | Path, adapter: str | Path) -> dict[str, Callable[[], Run]]:
    """A small run of every stage by name, two passes over the data each, with dropout where there is any.

    `reward` is a reward model and `adapter` a LoRA, both made of `base`.
    """
    lora, short = LoRA(rank=4, dropout=0.1), {"epochs": 2, "batch_size": 4}
    some, few = {**short, "warm_up": 2, "evaluations": 3}, {**short, "kl_prompts": 4}
    answers = {"updates": 5, "rollout": 8, "response_tokens": 8}
    groups = {**answers, "updates": 14, "group": 4}  # two prompts an update: a second pass over all of them
    return {
        "SFT, full": lambda: SFT.full(**some).prepare(base, EXAMPLES, EXAMPLES[:4]),
        "SFT, LoRA": lambda: SFT(tuning=lora, accumulation=2, **some).prepare(base, EXAMPLES, EXAMPLES[:4]),
        "reward model": lambda: RewardModeling(**short).prepare(base, PAIRS, PAIRS[:4]),
        "DPO": lambda: DPO(**few).prepare(adapter, PAIRS, PAIRS[:4]),
        "KTO": lambda: KTO(**few).prepare(adapter, PAIRS, PAIRS[:4]),
        "PPO, full": lambda: PPO(**answers).prepare(base, QUESTIONS, reward=reward),
        "PPO, LoRA": lambda: PPO(**answers).prepare(adapter, QUESTIONS, reward=reward),
        "GRPO, full": lambda: GRPO(**groups).prepare(base, QUESTIONS, reward=reward),
        "GRPO, LoRA": lambda: GRPO(**groups).prepare(adapter, QUESTIONS, reward=reward),
        "RLOO": lambda: RLOO(**groups, rule="shorter").prepare(adapter, QUESTIONS, reward=reward),
    }


def ingredients(process: WarmProcess, base: str | Path) -> tuple[Path, Path]:
    """The reward model and the adapter that `subjects` wants."""
    reward = RewardModeling(epochs=1).prepare(base, PAIRS)
    adapter = SFT(tuning=LoRA(rank=4), epochs=1).prepare(base, EXAMPLES)
    for run in (reward, adapter):
        finish(process, run)
    return reward.folder / RESULT, adapter.folder / RESULT


def kills(chance: random.Random, count: int) -> list[Kill]:
    """Kills at random places: every other one inside the writing of a checkpoint."""
    inside = [place for place in Kill.PLACES if place not in ("step", "seconds")]
    chosen = []
    for number in range(count):
        place = chance.choice(inside if number % 2 else ("step", "seconds"))
        most = {"step": 8, "seconds": 0.8, "rotating": 1}.get(place, 2)
        chosen.append(Kill(place, chance.uniform(0, most) if place == "seconds" else chance.randint(1, most)))
    return chosen


def prove(
    process: WarmProcess, name: str, prepare: Callable[[], Run], chance: random.Random, least: int
) -> Verdict:
    """Kill runs of a stage at least `least` times, and compare each with one that nobody disturbed."""
    began, hit, faults = time.monotonic(), 0, []
    whole = prepare()
    finish(process, whole)
    expected = outcome(whole)
    while hit < least:
        run = prepare()
        hit += finish(process, run, kills(chance, 4))
        faults += [f"{run.id}: {unlike} differs" for unlike in differences(expected, outcome(run))]
    return Verdict(name, hit, f"{len(expected)} digests", faults, time.monotonic() - began)


def verify(least: int = 4, seed: int | None = None) -> Iterator[Verdict]:
    """A verdict for every stage and for the votes, each as soon as it is known."""
    chance = random.Random(seed)
    with home_of_its_own() as home, WarmProcess() as process:
        yield _votes(home, chance, least)
        base = tiny_model(home / "tiny")
        for name, prepare in subjects(base, *ingredients(process, base)).items():
            yield prove(process, name, prepare, chance, least)


def tiny_model(folder: Path) -> Path:
    """A network of a hundred thousand random weights that speaks with the tokenizer of `pocket`."""
    from playground.model.network import open_tokenizer, opening
    from playground.model.source import find
    from playground.training import pretrain

    pocket = find("pocket")
    tokenizer = open_tokenizer(pocket)
    shape = pretrain.Pretraining(hidden=32, layers=2, heads=4, feed_forward=64)
    with opening(pocket):
        pretrain.export(pretrain.build_network(shape, tokenizer), tokenizer, folder)
    return folder


def _votes(home: Path, chance: random.Random, times: int) -> Verdict:
    from playground.preference import proof
    from playground.preference.campaign import create_campaign
    from playground.records import Completion
    from playground.store.database import connect

    began, url = time.monotonic(), f"sqlite:///{home / 'votes.sqlite3'}"
    drafts = [Completion(f"question {n // 2}", f"answer {n}", "a model", seed=n) for n in range(4000)]
    engine = connect(url)
    campaign = create_campaign("proof", drafts, 1, engine=engine)
    engine.dispose()
    tally = proof.kill_annotators(url, campaign, times, chance)
    compared = f"{len(tally.acknowledged)} votes"
    return Verdict("votes", tally.kills, compared, tally.faults, time.monotonic() - began)


@contextlib.contextmanager
def home_of_its_own() -> Iterator[Path]:
    """A home that is gone afterwards: a proof leaves nothing among a person's runs."""
    before = os.environ.get("PLAYGROUND_HOME")
    with tempfile.TemporaryDirectory(prefix="playground-verify-") as folder:
        os.environ["PLAYGROUND_HOME"] = folder
        settings.get.cache_clear()
        try:
            yield settings.prepare_home()
        finally:
            os.environ.pop("PLAYGROUND_HOME")
            if before is not None:
                os.environ["PLAYGROUND_HOME"] = before
            settings.get.cache_clear()
