"""How long a press of Start and of Stop takes: `python -m benchmarks.latency`.

Start: from preparing a run to its first training step, launched as the app launches it, by a warm process.
Stop: from asking to the state `stopped`, asked at a random moment. On `pocket`, in the shipped settings.
"""

import argparse
import os
import statistics
import tempfile
import time
from random import Random

from benchmarks.speed import warmed


def started(supervisor, prepare) -> tuple[object, float]:
    """A run on its way, and seconds until its first step was written down."""
    from playground.run import events

    began = time.monotonic()
    run = prepare()
    supervisor.start(run.folder)
    while not any("loss" in row["values"] for row in events.read_metrics(run.folder)):
        if run.status.finished:
            raise SystemExit(f"{run.id} {run.state}: {run.status.message}")
        time.sleep(0.01)
    return run, time.monotonic() - began


def stopped(run, chance: Random) -> float:
    """Seconds from asking a running run to stop to its end."""
    time.sleep(chance.uniform(0.5, 3))
    began = time.monotonic()
    run.stop()
    while not run.status.finished:
        time.sleep(0.01)
    return time.monotonic() - began


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=5)
    chosen = parser.parse_args()
    with tempfile.TemporaryDirectory() as home:
        os.environ |= {"PLAYGROUND_HOME": home}
        from playground.dataset.table import Dataset
        from playground.training.sft import SFT

        parts = Dataset.load("larkspur").clean().split(seed=0)
        supervisor, chance = warmed(), Random(0)
        stages = {"SFT, LoRA": SFT(), "SFT, full": SFT.full()}
        try:
            for name, settings in stages.items():
                starts, stops = [], []
                for _ in range(chosen.rounds):
                    run, seconds = started(
                        supervisor, lambda s=settings: s.prepare("pocket", parts.train, parts.validation)
                    )
                    starts.append(seconds)
                    stops.append(stopped(run, chance))
                for what, found in (("start", starts), ("stop", stops)):
                    middle, most = statistics.median(found), max(found)
                    print(f"{name:10} {what:5} median {middle:.2f} s, at most {most:.2f} s", flush=True)
        finally:
            supervisor.close()


if __name__ == "__main__":
    main()
