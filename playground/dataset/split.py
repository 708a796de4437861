"""Splits through which no prompt leaks: prompts that differ in case, spaces or punctuation stay together."""

import hashlib
from collections import Counter, defaultdict
from collections.abc import Sequence
from typing import Any, NamedTuple

from playground.dataset.text import normalise
from playground.errors import InputError
from playground.records import Example

_NONE = 1e-9


class Splits(NamedTuple):
    """Three disjoint parts of one dataset."""

    train: Any
    validation: Any
    test: Any


def prompt_key(example: Example) -> str:
    """What decides which examples must stay together: the normalised user turns."""
    turns = [message.content for message in example.prompt if message.role == "user"]
    return normalise("\n".join(turns or [message.content for message in example.prompt]))


def split_positions(
    keys: Sequence[str],
    train: float = 0.9,
    validation: float = 0.05,
    seed: int = 0,
    labels: Sequence[str] | None = None,
) -> Splits:
    """Positions 0 … len(keys) - 1 in three parts, such that equal keys share a part.

    Groups are taken in the order of a hash of key and seed, and each goes where most rows are
    wanting. So the parts depend on content and seed alone, not on the order of the rows, and have
    the wanted size up to one group. Every part with a share gets a group if there are enough.

    With `labels` one label after the other is given out, and what a part wants in vain of one it
    gets of the next, so that shares hold for every label and in all; a group goes by its commonest
    label. Raises InputError for shares outside 0 … 1.
    """
    if not (0 < train <= 1 and 0 <= validation <= 1 and train + validation <= 1 + _NONE):
        raise InputError(
            f"The shares are {train:g} for training and {validation:g} for validation",
            rule="Both lie between 0 and 1, and together they are at most 1; the rest is the test part",
            remedy="Try 0.8 and 0.1",
        )
    groups: dict[str, list[int]] = defaultdict(list)
    for position, key in enumerate(keys):
        groups[key].append(position)
    shares = (train, validation, max(0.0, 1 - train - validation))
    open_parts = [index for index in range(3) if shares[index] > _NONE]
    wanting = [0.0] * 3
    parts: list[list[int]] = [[], [], []]
    left = len(groups)
    for stratum in _strata(groups, labels, seed):
        rows = sum(len(groups[key]) for key in stratum)
        wanting = [want + share * rows for want, share in zip(wanting, shares, strict=True)]
        for key in stratum:
            empty = [index for index in open_parts if not parts[index]]
            choices = empty if left <= len(empty) else open_parts
            part = max(choices, key=lambda index: (wanting[index], -index))
            parts[part].extend(groups[key])
            wanting[part] -= len(groups[key])
            left -= 1
    return Splits(*map(sorted, parts))


def _strata(groups: dict[str, list[int]], labels: Sequence[str] | None, seed: int) -> list[list[str]]:
    """The keys of every label in the order they are drawn, all in one where there are no labels."""
    ordered = sorted(groups, key=lambda key: (_draw(key, seed), key))
    if labels is None:
        return [ordered]
    strata: dict[str, list[str]] = defaultdict(list)
    for key in ordered:
        counts = Counter(labels[position] for position in groups[key])
        strata[max(counts, key=lambda label: (counts[label], label))].append(key)
    return [strata[label] for label in sorted(strata)]


def _draw(key: str, seed: int) -> bytes:
    return hashlib.sha256(f"{seed}\n{key}".encode("utf-8", "surrogatepass")).digest()
