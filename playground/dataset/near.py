"""Rows that say nearly the same, found among hundreds of thousands on one core.

Candidates come from weighted MinHash with banding (Broder, On the resemblance and containment of documents,
1997; Chum, Philbin and Zisserman, Near duplicate image detection: min-hash and tf-idf weighting, 2008), in
numpy: the least of a few dozen hashes over a row's words, where rare words win more often, so that rows cut
from one template do not all meet. A word that stands in one row only cannot be shared and is left out, so a
typo costs little. (The `datasketch` package hashes row by row in Python and knows no rarity.)

Every candidate pair is then compared exactly (`Judge`), and `contradiction` has the rules that tell the fee
of one product from the fee of another, however long the sentence around it. What this cannot do: where all
rows are cut from one template, two synonyms can weigh as much as a fact, and a common word that is no name
and stands once in a row (carry the anvil, sharpen the anvil) can be taken for a synonym.
"""

import zlib
from collections import Counter, defaultdict
from collections.abc import Callable, Sequence
from itertools import count
from typing import NamedTuple

import numpy

from playground.dataset.contradiction import (
    capitals,
    contradict,
    differ,
    keeps_order,
    numbers,
    typo,
    unpunctuated,
)
from playground.dataset.groups import Groups, Link, from_the_first
from playground.dataset.progress import Progress
from playground.dataset.text import normalise
from playground.errors import InputError

THRESHOLD = 0.8
"""Share of the smaller row's weight that must be found in the other."""

_BANDS, _HASHES_PER_BAND = 14, 2
_NEIGHBOURS = (2, 60)
_PAIRS_PER_BAND = 60_000
_LIKELY = 0.3
_SMALLEST_PART = 0.4
_REPLACED = 1.7  # in the Jaccard index a word put for another counts twice
_MANY = 24
_SMALL_TABLE = 200


class Words(NamedTuple):
    """Every text as the set of its words: text i has `ids[starts[i]:starts[i + 1]]`."""

    ids: numpy.ndarray
    starts: numpy.ndarray
    vocabulary: list[str]
    frequency: numpy.ndarray
    weight: numpy.ndarray
    names: frozenset[str]


def near_links(
    texts: Sequence[str], threshold: float = THRESHOLD, progress: Progress | None = None
) -> list[Link]:
    """Links that join near-duplicate texts: for each but the first of a group, one to an earlier text.

    `progress(done, total)` is told how many texts are through. Raises InputError for a threshold outside
    0 … 1.
    """
    if not 0 < threshold <= 1:
        raise InputError(
            f"The threshold for near-duplicates is {threshold:g}", rule="It lies between 0 and 1"
        )
    tell = progress or (lambda done, total: None)
    words = read_words(texts, lambda done: tell(done // 2, len(texts)))
    groups, judge = Groups(len(texts)), Judge(words, texts, threshold)
    edges: dict[int, list[tuple[int, float]]] = {}
    pairs = _candidates(words, lambda part: tell(int((0.5 + 0.3 * part) * len(texts)), len(texts)))
    for at, (left, right) in enumerate(pairs.tolist()):
        if at % 2000 == 0:
            tell(int((0.8 + 0.2 * at / len(pairs)) * len(texts)), len(texts))
        if groups.root(left) == groups.root(right):
            continue
        if similarity := judge.alike(left, right):
            groups.join(left, right)
            edges.setdefault(left, []).append((right, similarity))
            edges.setdefault(right, []).append((left, similarity))
    tell(len(texts), len(texts))
    return from_the_first(edges)


def read_words(texts: Sequence[str], tell: Callable[[int], object] = lambda done: None) -> Words:
    """The normalised words of every text, each once, with their frequency and weight.

    A weight falls from 1 for a word of one text to 0.1 for one that all texts have: the inverse document
    frequency of Spärck Jones (1972), as in a table of 200 rows where there are fewer.
    """
    known: defaultdict[str, int] = defaultdict(count().__next__)
    capital: Counter[str] = Counter()
    parts, lengths = [], numpy.zeros(len(texts) + 1, numpy.int64)
    for position, text in enumerate(texts):
        unique = dict.fromkeys(normalise(text).split())
        capital.update(set(capitals(text)))
        parts.append(numpy.fromiter(map(known.__getitem__, unique), numpy.int32, len(unique)))
        lengths[position + 1] = len(unique)
        if position % 10_000 == 0:
            tell(position)
            parts = [numpy.concatenate(parts)]
    ids = numpy.concatenate(parts) if parts else numpy.zeros(0, numpy.int32)
    frequency = numpy.bincount(ids, minlength=len(known))
    size = max(len(texts), _SMALL_TABLE)
    weight = 0.1 + 0.9 * numpy.log(size / numpy.maximum(frequency, 1)) / numpy.log(size)
    # A word is a name when a fifth of the texts that have it write it as one; customers write small.
    names = frozenset(
        word for word, times in capital.items() if word in known and times * 5 >= frequency[known[word]]
    )
    return Words(ids, numpy.cumsum(lengths), list(known), frequency, weight, names)


class Judge:
    """Compares pairs of texts exactly; the left one is remembered, so pairs should come in its order."""

    def __init__(self, words: Words, texts: Sequence[str], threshold: float):
        self._words, self._texts, self._threshold = words, texts, threshold
        self._weight = words.weight.tolist()
        self._frequency = words.frequency.tolist()
        sums = numpy.concatenate(([0.0], numpy.cumsum(words.weight[words.ids])))
        self._sizes = numpy.diff(sums[words.starts]).tolist()
        self._is_number = [spelled.isdecimal() for spelled in words.vocabulary]
        self._numbers: dict[int, frozenset[str]] = {}
        self._last: tuple[int, set[int]] = (-1, set())

    def alike(self, left: int, right: int) -> float:
        """How much two texts share, 0 … 1; 0 if it is less than the threshold or they contradict.

        It is about the weighted Jaccard index without what one of them has in addition: an added sentence
        is no difference, up to one and a half times the smaller text. A typing error counts as the word.
        """
        small, large = sorted((self._sizes[left], self._sizes[right]))
        if not small or small < _SMALLEST_PART * large:
            return 0.0
        if not self._numbers_agree(left, right):
            return 0.0
        if self._last[0] != left:
            self._last = (left, self._set(left))
        one, other = self._last[1], self._set(right)
        only, lacking = one - other, other - one
        shared = self._sizes[left] - self._weigh(only)
        digits = [[word for word in part if self._is_number[word]] for part in (only, lacking)]
        if all(digits):  # the same numbers, written differently
            only.difference_update(digits[0])
            lacking.difference_update(digits[1])
        similarity = self._similarity(shared, only, lacking)
        if similarity < self._threshold and only and lacking:
            self._forgive(only, lacking)
            similarity = self._similarity(shared, only, lacking)
        return similarity if similarity >= self._threshold and self._same(left, right, only, lacking) else 0.0

    def _set(self, at: int) -> set[int]:
        return set(self._words.ids[self._words.starts[at] : self._words.starts[at + 1]].tolist())

    def _weigh(self, part: set[int]) -> float:
        return sum(map(self._weight.__getitem__, part))

    def _similarity(self, shared: float, only: set[int], lacking: set[int]) -> float:
        replaced = min(self._weigh(only), self._weigh(lacking))
        return min(1.0, shared / (shared + _REPLACED * replaced)) if shared > 0 else 0.0

    def _numbers_agree(self, left: int, right: int) -> bool:
        """Whether no number of one text contradicts one of the other."""
        for at in (left, right):
            if at not in self._numbers:
                self._numbers[at] = numbers(self._texts[at])
        if not differ(self._numbers[left], self._numbers[right]):
            return True
        return unpunctuated(self._texts[left], self._texts[right])

    def _forgive(self, only: set[int], lacking: set[int]) -> None:
        """Take typing errors out of both sets. A word of three rows or more is no typing error."""
        seldom, spelled = self._frequency, self._words.vocabulary
        if len(only) > _MANY or len(lacking) > _MANY:
            return
        for word in sorted(only):
            for twin in sorted(lacking):
                if min(seldom[word], seldom[twin]) <= 2 and typo(spelled[word], spelled[twin]):
                    only.remove(word)
                    lacking.remove(twin)
                    break

    def _same(self, left: int, right: int, only: set[int], lacking: set[int]) -> bool:
        """Whether the rest does not contradict, and the shared words stand in the same order."""
        self._forgive(only, lacking)
        rare = len(self._texts) ** 0.5
        names = [
            {self._words.vocabulary[word]: self._frequency[word] <= rare for word in part}
            for part in (only, lacking)
        ]
        topics = [any(2 < self._frequency[word] <= rare for word in part) for part in (only, lacking)]
        if all(topics):  # both name something of their own that other rows are about as well
            return False
        texts = self._texts[left], self._texts[right]
        if contradict(*texts, *names, self._words.names):
            return False
        small, large = sorted(texts, key=len)
        return keeps_order(small, large, names[0].keys() | names[1].keys())


def _candidates(words: Words, tell: Callable[[float], object]) -> numpy.ndarray:
    """Pairs of positions that meet in a band and have likely enough in common, in order."""
    signatures = _signatures(words, tell)
    size = len(signatures)
    # In a small table there is time to look farther.
    reach = min(max(_PAIRS_PER_BAND // max(size, 1), _NEIGHBOURS[0]), _NEIGHBOURS[1])
    found = [numpy.zeros(0, numpy.int64)]
    for band in range(_BANDS):
        columns = signatures[:, band * _HASHES_PER_BAND : (band + 1) * _HASHES_PER_BAND]
        key = numpy.ascontiguousarray(columns).view(numpy.uint64).ravel()
        ties = numpy.roll(signatures, -(band + 1) * _HASHES_PER_BAND, axis=1)[:, :2].T
        order = numpy.lexsort((*ties, key))
        order = order[columns[order, 0] != numpy.inf]
        key = key[order]
        for step in range(1, min(reach, len(key) - 1) + 1):
            meet = numpy.flatnonzero(key[step:] == key[:-step])
            one, other = order[meet], order[meet + step]
            found.append(numpy.minimum(one, other) * size + numpy.maximum(one, other))
        if band % 5 == 4:
            found = [numpy.unique(numpy.concatenate(found))]
        tell(0.6 + 0.2 * band / _BANDS)
    codes = numpy.unique(numpy.concatenate(found))
    pairs = numpy.stack((codes // max(size, 1), codes % max(size, 1)), axis=1)
    likeness = numpy.zeros(len(pairs), numpy.float32)
    for start in range(0, len(pairs), 100_000):
        part = pairs[start : start + 100_000]
        likeness[start : start + 100_000] = (signatures[part[:, 0]] == signatures[part[:, 1]]).mean(axis=1)
    return pairs[likeness >= _LIKELY]


def _signatures(words: Words, tell: Callable[[float], object]) -> numpy.ndarray:
    """The least hash per text and hash function, infinite for a text that shares no word.

    An exponential variable over a word's weight is least with a probability in proportion to the weight.
    """
    shared = words.frequency[words.ids] > 1
    ids = words.ids[shared]
    ends = numpy.concatenate(([0], numpy.cumsum(shared)))[words.starts]
    filled = numpy.flatnonzero(ends[1:] > ends[:-1])
    hashes = _BANDS * _HASHES_PER_BAND
    signatures = numpy.full((len(ends) - 1, hashes), numpy.inf, numpy.float32)
    if not len(filled):
        return signatures
    seeds = numpy.fromiter(
        (zlib.crc32(word.encode("utf-8", "surrogatepass")) for word in words.vocabulary), numpy.uint64
    )
    for index in range(hashes):
        value = -numpy.log(_uniform(seeds, index)) / words.weight
        signatures[filled, index] = numpy.minimum.reduceat(value.astype(numpy.float32)[ids], ends[filled])
        tell(0.6 * index / hashes)
    return signatures


def _uniform(seeds: numpy.ndarray, index: int) -> numpy.ndarray:
    """A number in (0, 1] for every seed, drawn anew for every index (the mixer of SplitMix64)."""
    mixed = seeds + numpy.uint64((index + 1) * 0x9E3779B97F4A7C15 % 2**64)
    for shift, factor in ((30, 0xBF58476D1CE4E5B9), (27, 0x94D049BB133111EB)):
        mixed = (mixed ^ (mixed >> numpy.uint64(shift))) * numpy.uint64(factor)
    return ((mixed >> numpy.uint64(11)).astype(numpy.float64) + 1) / 2**53
