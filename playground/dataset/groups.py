"""Positions that belong together, and the links that join them."""

from collections.abc import Sequence
from typing import NamedTuple


class Link(NamedTuple):
    """Two positions, the earlier first, whose texts are near-duplicates, and how much they share."""

    first: int
    second: int
    similarity: float


def group_of(size: int, links: Sequence[Link]) -> list[int]:
    """For every position the first position of its group."""
    groups = Groups(size)
    for link in links:
        groups.join(link.first, link.second)
    return [groups.root(position) for position in range(size)]


class Groups:
    """Positions in groups that can be joined; a group is named by its first position (union-find)."""

    def __init__(self, size: int):
        self._above = list(range(size))

    def root(self, position: int) -> int:
        above = self._above
        while above[position] != position:
            above[position] = position = above[above[position]]
        return position

    def join(self, one: int, other: int) -> None:
        low, high = sorted((self.root(one), self.root(other)))
        self._above[high] = low


def from_the_first(edges: dict[int, list[tuple[int, float]]]) -> list[Link]:
    """The same links seen from the first text of every group, so that each later one names one before it."""
    links, seen = [], set()
    for start in sorted(edges):
        queue = [] if start in seen else [start]
        seen.add(start)
        for at in queue:
            for partner, similarity in edges[at]:
                if partner not in seen:
                    seen.add(partner)
                    queue.append(partner)
                    links.append(Link(at, partner, similarity))
    return sorted(links, key=lambda link: link.second)
