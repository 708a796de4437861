"""The walk, measured: `python -m benchmarks.walk [--seeds 0 1] [--stages …]`.

Trains the shipped recipes on `pocket` and `larkspur` and prints a table per seed: seconds of training, the
held-out suite, and the hand-typed questions. The base model is the baseline of every comparison in the
same run. Wall-clock figures mean something on an otherwise idle machine only.
"""

import argparse
import json
import os
import tempfile
from pathlib import Path

STAGES = (
    "full", "reward", "dpo", "kto", "ppo", "grpo", "facts checked", "rloo", "best-of-n", "hacked",
)
OFFLINE = {"dpo": "DPO", "kto": "KTO"}
"""Stages that learn from the judgements themselves."""
TYPED = Path(__file__).resolve().parent.parent / "tests" / "world"


def typed(half: str):
    """The hand-typed questions of one half, `choose` or `held`, as probes."""
    from playground.records import Probe

    rows = [json.loads(line) for line in (TYPED / f"handtyped_{half}.jsonl").read_text().splitlines()]
    return [Probe(r["prompt"], tuple(r["answers"]), tuple(r["rejects"]), r["kind"]) for r in rows]


def shares(model, half: str) -> dict[str, str]:
    """Share of hand-typed questions answered right, by kind, with counts."""
    from playground.evaluation.probes import is_right

    probes = typed(half)
    texts = model.reply_many([probe.prompt for probe in probes])
    found: dict[str, list[bool]] = {}
    for probe, text in zip(probes, texts, strict=True):
        found.setdefault(probe.kind, []).append(is_right(probe, text))
        if probe.kind != "unknown":
            found.setdefault("all but unknown", []).append(is_right(probe, text))
    return {kind: f"{sum(hits)}/{len(hits)}" for kind, hits in found.items()}


def walk(seed: int, stages: list[str], half: str) -> None:
    import playground as pg

    base, suite = pg.Model.load("pocket"), pg.Suite.load("larkspur")
    parts = pg.Dataset.load("larkspur").clean().split(seed=0)
    models, reward = {"base": base}, None
    sft = pg.SFT(seed=seed).fit(base, parts.train, parts.validation)
    models["sft"] = sft.model
    print(f"seed {seed}: sft {sft.seconds:.1f} s, hand-typed {half}: {shares(sft.model, half)}", flush=True)
    if "full" in stages:
        recipes = {"full": pg.SFT.full(seed=seed), "destructive": pg.SFT.destructive(seed=seed)}
        for name, recipe in recipes.items():
            run = recipe.fit(base, parts.train, parts.validation)
            models[name] = run.model
            print(f"seed {seed}: {name} {run.seconds:.1f} s", flush=True)
    if set(stages) - {"full"}:
        prompts = pg.Dataset.load("larkspur-prompts").prompts()
        drafts = pg.sample_completions(sft.model, prompts, per_prompt=4, seed=seed)
        prefs = drafts.collect(pg.SimulatedAnnotator("courteous", seed=seed))
        held_out = [*prefs.validation, *prefs.test]
        run = pg.RewardModeling(seed=seed).fit(sft.model, prefs.train, held_out)
        reward = run.model
        accuracy = run.metrics.query("name == 'eval_accuracy'").value.iloc[-1]
        pairs = len(prefs.train.pairs()), sum(row.chosen is not None for row in held_out)
        print(f"seed {seed}: reward {run.seconds:.1f} s, {pairs} pairs, held-out {accuracy:.3f}", flush=True)
        for name in [one for one in OFFLINE if one in stages]:
            run = getattr(pg, OFFLINE[name])(seed=seed).fit(sft.model, prefs.train)
            models[name] = run.model
            print(f"seed {seed}: {name} {run.seconds:.1f} s", flush=True)
        recipes = {
            "ppo": pg.PPO, "grpo": pg.GRPO, "rloo": pg.RLOO, "best-of-n": pg.BestOfN, "hacked": pg.PPO.hacked,
            "facts checked": lambda seed: pg.GRPO(rule="right fact", seed=seed),
        }
        for name in [one for one in recipes if one in stages]:
            run = recipes[name](seed=seed).fit(sft.model, prompts, reward=reward)
            models[name] = run.model
            print(f"seed {seed}: {name} {run.seconds:.1f} s", flush=True)
            if name == "best-of-n":
                curve = run.metrics.pivot_table(index="step", columns="name", values="value", aggfunc="last")
                print(curve.loc[[1, 2, 4, 8, 16]].round(3).to_string(), flush=True)
    report = pg.compare(suite, reward=reward, **models)
    print(report.table.round(3).T.to_string(), flush=True)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seeds", type=int, nargs="+", default=[0])
    parser.add_argument("--stages", nargs="+", choices=STAGES, default=list(STAGES))
    parser.add_argument("--half", choices=("choose", "held"), default="choose",
                        help="half of the hand-typed questions to score; `held` is for final figures")
    parser.add_argument("--home", help="keep the runs in this playground home instead of a temporary one")
    chosen = parser.parse_args()
    with tempfile.TemporaryDirectory() as home:
        os.environ["PLAYGROUND_HOME"] = chosen.home or home
        for seed in chosen.seeds:
            walk(seed, chosen.stages, chosen.half)


if __name__ == "__main__":
    main()
