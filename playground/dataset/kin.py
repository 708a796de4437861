"""Rows that put another row in other words: which those are is told in a finding, and kept with it."""

import re
from collections.abc import Iterable, Sequence

from playground.dataset.drafts import SYNTHETIC
from playground.dataset.groups import Groups
from playground.records import Finding

_TOLD = re.compile(r"Row (-?\d+) in other words")


def told(number: int) -> str:
    """What is told of a row that puts row `number` in other words; `originals` reads it."""
    return f"Row {number} in other words"


def originals(findings: Iterable[Finding]) -> dict[int, int]:
    """For the number of every row in other words the number of the row that it goes back to."""
    found: dict[int, int] = {}
    for one in findings:
        if one.kind == SYNTHETIC and (match := _TOLD.fullmatch(one.message)):
            number = int(match[1])
            found[one.row] = found.get(number, number)
    return found


def joined(keys: Sequence[str], numbers: Sequence[int], first: dict[int, int]) -> list[str]:
    """For every row the key of its group, in which rows in other words stay with their original.

    `keys` say which rows belong together otherwise. A group has the least key of its originals, so that
    it is drawn as if it had no other rows; where no original is left, the least of all.
    """
    groups, place, at = Groups(len(keys)), {}, {}
    for position, (key, number) in enumerate(zip(keys, numbers, strict=True)):
        groups.join(place.setdefault(key, position), position)
        origin = first.get(number, number)
        groups.join(at.setdefault(origin, position), position)
    least: dict[int, tuple[bool, str]] = {}
    for position, (key, number) in enumerate(zip(keys, numbers, strict=True)):
        rank, root = (number in first, key), groups.root(position)
        least[root] = min(rank, least.get(root, rank))
    return [least[groups.root(position)][1] for position in range(len(keys))]
