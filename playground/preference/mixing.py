"""When a gold item or a repeat comes in an annotator's work: as often as asked, at places nobody foresees."""

from dataclasses import dataclass
from math import ceil
from random import Random
from typing import Literal

Kind = Literal["gold", "repeat"]
_LEAST = 1e-3
"""A smaller share is none."""


@dataclass(frozen=True, slots=True)
class Mix:
    """Shares of gold items and of repeats, for one annotator.

    The work is cut into stretches of one check each; where in its stretch the check lies is drawn by
    `salt`. The first `start` items have none, for nothing can be repeated there.
    """

    gold: float
    repeats: float
    salt: str
    start: int = 0

    @property
    def is_empty(self) -> bool:
        return self.gold + self.repeats < _LEAST

    def due(self, number: int) -> tuple[Kind, ...]:
        """What may come as item `number`, counted from 0: the kind whose turn it is, then the other."""
        share = self.gold + self.repeats
        if self.is_empty or number < self.start:
            return ()
        stretch = self._stretch(number)
        if self._place(stretch) != number:
            return ()
        part = self.gold / share
        turn = int((stretch + 1) * part + 1e-9) > int(stretch * part + 1e-9)
        both: tuple[Kind, ...] = ("gold", "repeat") if turn else ("repeat", "gold")
        return tuple(kind for kind in both if (self.gold if kind == "gold" else self.repeats))

    def coming(self, seen: int, regular: int, gold_left: int) -> int:
        """Checks still to come before the last of `regular` items is lent, `seen` having been lent.

        A repeat is taken to be there when its turn comes.
        """
        if self.is_empty:
            return 0
        most = gold_left if not self.repeats else seen + regular
        found = -1
        total = 0
        # With each check the last regular item moves back, and perhaps behind a further one.
        while regular and total != found:
            found, total = total, min(most, self._before(seen + regular + total) - self._before(seen))
        return total

    def _before(self, number: int) -> int:
        """Checks among the items up to and without `number`."""
        if number <= self.start:
            return 0
        stretch = self._stretch(number)
        return stretch + (self._place(stretch) < number)

    def _stretch(self, number: int) -> int:
        return int((number - self.start) * (self.gold + self.repeats) + 1e-9)

    def _place(self, stretch: int) -> int:
        share = self.gold + self.repeats
        first, end = (self.start + ceil(one / share - 1e-9) for one in (stretch, stretch + 1))
        return Random(f"{self.salt}\n{stretch}").randrange(first, end)
