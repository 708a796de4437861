"""Seconds by step and peak memory for a large table, from checking to paging: `python -m benchmarks.dataset`.

The rows are generated: answers of some eighty words in a vocabulary with Zipf's frequencies, a third of them
cut from templates with a fact each, one in fifty nearly a copy of another, and a few with every fault.
"""

import argparse
import os
import random
import resource
import tempfile
import time
from collections.abc import Callable

from playground.dataset.repair import Repair
from playground.dataset.table import Dataset
from playground.records import Example, Message

WORDS = 60_000
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
    return ["".join(chance.choices(syllables, k=chance.randint(1, 3))) for _ in range(WORDS)]


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
            completion += " " + chance.choice(FAULTS)
        rows.append((f"What about {' '.join(asked)}?", completion))
    return rows


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, default=200_000)
    count = parser.parse_args().rows
    began = time.perf_counter()

    def step(name: str) -> None:
        nonlocal began
        now = time.perf_counter()
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
        print(f"{name:<28}{now - began:8.1f} s{peak:10,.0f} MB at most so far", flush=True)
        began = time.perf_counter()

    rows = texts(count, random.Random(0))
    size = sum(len(prompt) + len(completion) for prompt, completion in rows) / 1e6
    data = Dataset(Example((Message("user", prompt),), completion) for prompt, completion in rows)
    del rows
    step(f"generate {size:.0f} MB")
    findings = data.check(progress=lambda done, total: None)
    step(f"check: {len(findings):,} findings")
    data = data.clean()
    step(f"clean: {len(data):,} rows kept")
    repaired = data.repair(*(Repair(kind, action) for kind, action in REPAIRS))
    step(f"repair: {len(repaired.changes):,} changes")
    parts = repaired.split()
    step(f"split: {', '.join(f'{len(part):,}' for part in parts)}")
    found = parts.train.overlap(parts.test)
    step(f"overlap with the test: {found.share:.1%}")
    with tempfile.TemporaryDirectory() as home:
        os.environ["PLAYGROUND_HOME"] = home
        repaired.save("kept")
        step("save")
        places = range(0, count, 9973)
        slowest = max(_seconds(lambda at=at: Dataset.page("kept", at, at + 50)) for at in places)
        step(f"pages: {slowest * 1000:.0f} ms at most")
        text = _seconds(lambda: Dataset.page("kept", text="example.com"))
        step(f"search for a text: {text * 1000:.0f} ms")
        edited = Dataset.load("kept").edit(repaired.numbers[0], "completion", "Changed.")
        step("load, change a cell")
        step(f"diff: {Dataset.diff(repaired, edited)}")


def _seconds(work: Callable[[], object]) -> float:
    began = time.perf_counter()
    work()
    return time.perf_counter() - began


if __name__ == "__main__":
    main()
