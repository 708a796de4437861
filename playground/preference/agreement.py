"""How often two annotators of one pair say the same."""

import math
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from itertools import combinations

from playground.records import Comparison


@dataclass(frozen=True, slots=True)
class Agreement:
    """A share with its interval; `pairs` is the number of pairs of judgements it rests on."""

    share: float
    low: float
    high: float
    pairs: int


def pairwise_agreement(comparisons: Iterable[Comparison]) -> Agreement | None:
    """Share of pairs of judgements on the same two completions, by different annotators, that agree.

    With a 95 % Wilson interval, which treats the pairs as independent; where more than two people
    judged an item they are not quite, and the interval is a little narrow. None where no item has
    two judgements.
    """
    items: dict[tuple[str, str, str], list[Comparison]] = defaultdict(list)
    for comparison in comparisons:
        items[comparison.prompt, comparison.first, comparison.second].append(comparison)
    agreed = [
        a.choice == b.choice
        for judgements in items.values()
        for a, b in combinations(judgements, 2)
        if a.annotator != b.annotator
    ]
    if not agreed:
        return None
    return Agreement(sum(agreed) / len(agreed), *wilson(sum(agreed), len(agreed)), len(agreed))


def wilson(successes: int, trials: int, z: float = 1.959964) -> tuple[float, float]:
    """Bounds of the Wilson score interval for a share (Wilson 1927, JASA 22, 209-212)."""
    share = successes / trials
    centre = share + z * z / (2 * trials)
    spread = z * math.sqrt(share * (1 - share) / trials + z * z / (4 * trials * trials))
    scale = 1 + z * z / trials
    return max(0.0, (centre - spread) / scale), min(1.0, (centre + spread) / scale)
