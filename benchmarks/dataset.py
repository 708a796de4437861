"""Seconds by step and peak memory for a large file, against what is promised: `python -m benchmarks.dataset`.

The rows are generated: answers of some eighty words in a vocabulary with Zipf's frequencies, a third of them
cut from templates with a fact each, one in fifty nearly a copy of another, and a few with every fault.
"""

import argparse
import json
import os
import random
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from playground import settings
from playground.dataset import tokens
from playground.dataset.kinds import KINDS
from playground.dataset.repair import Repair
from playground.dataset.table import Dataset

BARS = {
    "all": ("import, clean, check, near-duplicates, split", 90, "s"),
    "memory": ("memory at most", 1.5, "GB"),
    "open": ("open, and the first page", 1, "s"),
    "page": ("the slowest page of 50 rows", 0.2, "s"),
}

WORDS = 60_000
LITTLE = "the of and to in is that for it as with on by this be are at from have or not which you we can an"
"""The most frequent words, so that there is a language to tell."""
REPAIRS = (("personal data", "redact"), ("markup", "fix"), ("invisible characters", "fix"))
FAULTS = (
    "Write to ann.berger@example.com or call +49 30 901820.",
    "My card is 4111 1111 1111 1111 and my account DE89 3704 0044 0532 0130 00.",
    "Dear {first_name}, this is for [COMPANY].",
    "<p>It was <b>copied</b> from a page &amp; kept.</p>",
    "It hides a\u200bcharacter and \u202eturns round.",
    "Das ist die Antwort, die wir nicht in der Sprache der anderen haben und auch nicht wollen.",
    "You 1d10t.",
)


def vocabulary(chance: random.Random) -> list[str]:
    syllables = [a + b + c for a in "bdfgklmnprstvz" for b in "aeiou" for c in ("", "n", "r", "s", "l")]
    return LITTLE.split() + ["".join(chance.choices(syllables, k=chance.randint(1, 3))) for _ in range(WORDS)]


def texts(count: int, chance: random.Random) -> list[tuple[str, str]]:
    """Prompts and completions, about 500 characters together."""
    words = vocabulary(chance)
    weights = [1 / (rank + 3) for rank in range(len(words))]
    total, summed = 0.0, []
    for weight in weights:
        total += weight
        summed.append(total)
    frames = [chance.choices(words, cum_weights=summed, k=70) for _ in range(20)]
    rows: list[tuple[str, str]] = []
    for number in range(count):
        draw = chance.random()
        if rows and draw < 0.02:
            prompt, completion = chance.choice(rows)
            body = completion.split()
            body[chance.randrange(len(body))] = chance.choice(words)
            rows.append((prompt.lower(), " ".join(body)))
            continue
        if draw < 0.35:
            body, asked = list(chance.choice(frames)), chance.choices(words, k=2)
            body[10:12] = asked
            body[40] = str(number % 9973)
        else:
            body = chance.choices(words, cum_weights=summed, k=70)
            asked = chance.choices(words, cum_weights=summed, k=12)
        completion = " ".join(body).capitalize() + "."
        if chance.random() < 0.01:
            fault = chance.choice(FAULTS)
            completion = fault if fault.startswith("Das") else f"{completion} {fault}"
        rows.append((f"What about {' '.join(asked)}?", completion))
    return rows


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, default=200_000)
    parser.add_argument("--more", action="store_true", help="also measure, compare, repair and search")
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as home:
        os.environ["PLAYGROUND_HOME"] = home
        path = Path(home) / "rows.jsonl"
        # In a process of its own, whose memory is not ours.
        program = f"from benchmarks import dataset; dataset.write({asked.rows}, {str(path)!r})"
        subprocess.run([sys.executable, "-c", program], check=True)
        print(f"{asked.rows:,} rows, {path.stat().st_size / 1e6:.0f} MB", flush=True)
        told = measure(path)
        if asked.more:
            measure_more()
        print()
        missed = [line for line in map(_judged, told.items()) if line]
    raise SystemExit(len(missed))


def write(count: int, path: str) -> None:
    """Write the rows as JSON lines."""
    with open(path, "w", encoding="utf-8") as file:
        for prompt, completion in texts(count, random.Random(0)):
            file.write(json.dumps({"prompt": prompt, "completion": completion}, ensure_ascii=False) + "\n")


def measure(path: Path) -> dict[str, float]:
    """What a person waits for with a large file, step by step."""
    watch = Watch()
    data = Dataset.load(path, progress=_heard)
    watch.step("import: read")
    data = data.clean(progress=_heard)
    watch.step(f"clean: {len(data):,} rows kept")
    data.save("kept", progress=_heard)
    watch.step("import: save")
    findings = data.check([kind for kind in KINDS if kind != "near duplicate"], progress=_heard)
    watch.step(f"check: {len(findings):,} findings")
    findings = data.check("near duplicate", progress=_heard)
    watch.step(f"near-duplicates: {len(findings):,} findings")
    parts = data.split(progress=_heard)
    watch.step(f"split: {', '.join(f'{len(part):,}' for part in parts)}")
    whole = watch.total
    del data, parts, findings
    watch.step("let go")
    opened = _seconds(lambda: (Dataset.load("kept"), Dataset.page("kept", 0, 50)))
    places = range(0, path.stat().st_size // 600, 9973)
    slowest = max(_seconds(lambda at=at: Dataset.page("kept", at, at + 50)) for at in places)
    return {"all": whole, "memory": _peak() / 1000, "open": opened, "page": slowest}


def measure_more() -> None:
    """What a person may ask for afterwards."""
    watch = Watch()
    data = Dataset.load("kept")
    count = tokens.counter(settings.ASSETS / "pocket")
    found = data.measures(count, progress=_heard)
    watch.step(f"measures, on {found.measured:,} rows")
    data.check(progress=_heard)
    watch.step("check of the saved one")
    data.split(progress=_heard)
    watch.step("split of the saved one")
    Dataset.load("kept").check()
    watch.step("check, asked again")
    parts = Dataset.load("kept").split()
    watch.step("split, asked again")
    shared = parts.train.overlap(parts.test)
    watch.step(f"overlap with the test: {shared.share:.1%}")
    repaired = data.repair(*(Repair(kind, action) for kind, action in REPAIRS), progress=_heard)
    watch.step(f"repair: {len(repaired.changes):,} changes")
    Dataset.page("kept", text="example.com")
    watch.step("search for a text")
    edited = data.edit(data.numbers[0], "completion", "Changed.")
    watch.step("change a cell")
    print(f"  {Dataset.diff(data, edited)}")
    watch.step("compare two versions")


class Watch:
    """Prints the seconds since the last step, those of computing, and the most memory taken so far."""

    def __init__(self):
        self.total, self._began = 0.0, (time.perf_counter(), time.process_time())

    def step(self, name: str) -> None:
        clock, computing = time.perf_counter() - self._began[0], time.process_time() - self._began[1]
        self.total += clock
        print(f"{name:<44}{clock:8.2f} s ({computing:.2f} s of computing){_peak():8,.0f} MB", flush=True)
        self._began = (time.perf_counter(), time.process_time())


def _judged(one: tuple[str, float]) -> bool:
    """Print a figure against its bar; whether it misses it."""
    name, figure = one
    what, bar, unit = BARS[name]
    verdict = "missed" if figure > bar else "held"
    print(f"{what:<44}{figure:8.2f} {unit:<3} of at most {bar:g} {unit}: {verdict}")
    return figure > bar


def _heard(done: int, total: int) -> None:
    """As on screen, where every step is told how far it is."""


def _peak() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def _seconds(work: Callable[[], object]) -> float:
    began = time.perf_counter()
    work()
    return time.perf_counter() - began


if __name__ == "__main__":
    main()
