"""How much of the prompts of one table was already in another: runs of words that both have.

A test whose words were trained on measures memory. Brown et al., Language models are few-shot learners, 2020,
looked for runs of 13 words of their tests in what they had trained on; prompts are shorter than documents.
"""

from collections import defaultdict
from collections.abc import Sequence
from itertools import count
from typing import NamedTuple

import numpy

from playground.dataset.progress import Progress
from playground.dataset.split import prompt_key
from playground.errors import InputError
from playground.records import Example

WORDS = 5
_WORST = 20
_EVERY = 5000
_FACTOR = numpy.uint64(0x9E3779B97F4A7C15)


class Seen(NamedTuple):
    """A row of the tested table and the share of its runs that the other has."""

    row: int
    share: float
    prompt: str


class Overlap(NamedTuple):
    """What two tables share, counted in runs of `words` words; a shorter prompt is one run, whole."""

    words: int
    runs: int
    seen: int
    rows: list[int]
    """Rows by share, in steps of a tenth: `rows[0]` share less than one tenth, `rows[10]` everything."""
    worst: list[Seen]

    @property
    def share(self) -> float:
        return self.seen / self.runs if self.runs else 0.0


def overlap(trained, tested, words: int = WORDS, progress: Progress | None = None) -> Overlap:
    """How much of the prompts of dataset `tested` stands in the prompts of `trained`.

    Words are compared without case and punctuation. Raises InputError for runs of no words.
    """
    if words < 1:
        raise InputError(f"A run has {words} words", rule="It has at least one")
    tell = progress or (lambda done, total: None)
    total, known = len(trained) + len(tested), defaultdict(count(1).__next__)
    one, _ = _runs(trained, words, known, lambda done: tell(done, total))
    other, rows = _runs(tested, words, known, lambda done: tell(len(trained) + done, total))
    seen = numpy.isin(other, numpy.unique(one))
    runs = numpy.bincount(rows, minlength=len(tested))
    shares = numpy.bincount(rows, weights=seen, minlength=len(tested)) / numpy.maximum(runs, 1)
    steps = numpy.bincount((shares * 10 + 1e-9).astype(int), minlength=11).tolist()
    worst = [at for at in numpy.argsort(-shares, kind="stable")[:_WORST].tolist() if shares[at]]
    tell(total, total)
    return Overlap(
        words,
        len(other),
        int(seen.sum()),
        steps,
        [Seen(tested.numbers[at], float(shares[at]), tested[at].question) for at in worst],
    )


def _runs(examples: Sequence[Example], words: int, known: dict, tell) -> tuple[numpy.ndarray, numpy.ndarray]:
    """A hash of every run of words, and the position of the example it stands in."""
    ids, sizes = [], numpy.zeros(len(examples), numpy.int64)
    for at, example in enumerate(examples):
        if at % _EVERY == 0:
            tell(at)
        spoken = [known[word] for word in prompt_key(example).split()]
        spoken += [0] * (words - len(spoken))
        ids.append(numpy.array(spoken, numpy.uint64))
        sizes[at] = len(spoken)
    if not ids:
        return numpy.zeros(0, numpy.uint64), numpy.zeros(0, numpy.int64)
    flat = numpy.concatenate(ids)
    hashes = numpy.zeros(len(flat) - words + 1, numpy.uint64)
    for step in range(words):
        hashes = hashes * _FACTOR + (flat[step : step + len(hashes)] + numpy.uint64(1)) * _FACTOR
        hashes ^= hashes >> numpy.uint64(29)
    rows = numpy.repeat(numpy.arange(len(sizes)), sizes)[: len(hashes)]
    within = rows == numpy.repeat(numpy.arange(len(sizes)), sizes)[words - 1 :]
    return hashes[within], rows[within]
