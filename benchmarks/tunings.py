"""The best recipe of each tuning on `larkspur`: `python -m benchmarks.tunings [--kinds …] [--seeds 0 1 2]`.

Trains every candidate on `pocket`, examines it with the held-out suite, and prints a line each: share of
held-out questions answered right, retention beside the base's, numbers that learn, bytes of the result. The
best recipe of a kind answers most among those that lose at most three points of retention. With `--best` only
the shipped recipes (`SFT.tuned`) are trained, for as many seeds as are given.
"""

import argparse
import json
import os
import tempfile

KEPT = 0.03
"""Retention that a recipe may lose."""


def candidates(kind: str) -> list[tuple[dict, dict]]:
    """Settings of the tuning, and of SFT beside it."""
    return {
        "bottleneck": [
            ({"width": width}, {"learning_rate": rate, "epochs": epochs})
            for width, rate, epochs in [
                (64, 2e-3, 3.0), (128, 2e-3, 3.0), (128, 4e-3, 3.0), (128, 8e-3, 4.0), (256, 3e-3, 4.0),
                (256, 3.5e-3, 5.0), (256, 4e-3, 4.0), (384, 4e-3, 4.0),
            ]
        ],
        "selective": [
            ({"last_layers": layers}, {"learning_rate": rate, "epochs": epochs})
            for layers, rate, epochs in [
                (1, 2e-3, 3.0), (2, 1e-3, 2.0), (2, 1e-3, 3.0), (2, 1e-3, 4.0), (3, 1e-3, 2.0),
                (3, 1e-3, 3.0),
            ]
        ],
        "prompt": [
            ({"tokens": tokens}, {"learning_rate": rate, "epochs": 3.0, "weight_decay": 0.0})
            for tokens, rate in [(16, 1e-2), (16, 5e-2), (64, 2e-2)]
        ],
        "qlora": [
            ({"rank": 64, "alpha": 128, "embeddings": True}, {"learning_rate": rate, "epochs": epochs})
            for rate, epochs in [(2.2e-3, 3.0), (2.2e-3, 4.0), (3e-3, 3.0)]
        ],
        "lora": [({"rank": 64, "alpha": 128, "embeddings": True}, {"learning_rate": 2.2e-3})],
        "full": [({}, {"learning_rate": 8e-4, "epochs": 2.0})],
    }[kind]


def tried(settings, base, parts, suite) -> dict:
    """What a recipe makes of the base."""
    import playground as pg

    run = settings.fit(base, parts.train, parts.validation)
    row = pg.compare(suite, sft=run.model).table.loc["sft"]
    measured = run.measured
    figures = {name: round(float(row[name]), 4) for name in ("domain", "general", "unknown", "retention")}
    return figures | {
        "seconds": round(run.seconds), "numbers": measured.numbers, "artifact": measured.artifact,
        "peak": measured.peak,
    }


def search(kinds: list[str], seeds: list[int], best: bool) -> None:
    import playground as pg
    from playground.model.tuning.kinds import KINDS

    base, suite = pg.Model.load("pocket"), pg.Suite.load("larkspur")
    parts = pg.Dataset.load("larkspur").clean().split(seed=0)
    start = pg.compare(suite, base=base).table.loc["base"]
    print(json.dumps({"kind": "base", **{n: round(float(start[n]), 4) for n in ("domain", "retention")}}))
    for kind in kinds:
        found = []
        for seed in seeds:
            shipped = [(None, pg.SFT.tuned(kind, seed=seed))] if best else [
                ((tuning, rest), pg.SFT(tuning=KINDS[kind](**tuning), seed=seed, **rest))
                for tuning, rest in candidates(kind)
            ]
            for asked, settings in shipped:
                told = tried(settings, base, parts, suite)
                found.append((told, asked))
                print(json.dumps({"kind": kind, "seed": seed, "recipe": asked, **told}), flush=True)
        keep = [one for one in found if start["retention"] - one[0]["retention"] <= KEPT] or found
        top = max(keep, key=lambda one: one[0]["domain"])
        print(json.dumps({"best of": kind, "recipe": top[1], "domain": top[0]["domain"]}), flush=True)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    kinds = ["lora", "full", "selective", "bottleneck", "prompt", "qlora"]
    parser.add_argument("--kinds", nargs="+", default=kinds, choices=kinds)
    parser.add_argument("--seeds", type=int, nargs="+", default=[0])
    parser.add_argument("--best", action="store_true", help="the shipped recipes alone")
    chosen = parser.parse_args()
    with tempfile.TemporaryDirectory() as home:
        os.environ["PLAYGROUND_HOME"] = home
        search(chosen.kinds, chosen.seeds, chosen.best)


if __name__ == "__main__":
    main()
