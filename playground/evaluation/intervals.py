"""No score without its uncertainty: 95 % intervals for shares and means."""

import math
from collections.abc import Sequence
from typing import NamedTuple

Z95 = 1.959963984540054


class Estimate(NamedTuple):
    """A value and the interval that holds it with 95 % confidence; nan where there was nothing to measure."""

    value: float
    low: float
    high: float


UNKNOWN = Estimate(math.nan, math.nan, math.nan)


def share(right: float, total: float) -> Estimate:
    """right / total with Wilson's interval (1927), which stays within [0, 1] and is honest near both ends.

    centre = (p + z²/2n) / (1 + z²/n); half width = z / (1 + z²/n) · sqrt(p(1-p)/n + z²/4n²).
    """
    if total == 0:
        return UNKNOWN
    p, z2 = right / total, Z95**2 / total
    centre = (p + z2 / 2) / (1 + z2)
    half = Z95 / (1 + z2) * math.sqrt(p * (1 - p) / total + z2 / (4 * total))
    return Estimate(p, max(0.0, centre - half), min(1.0, centre + half))


def difference(first: Estimate, second: Estimate) -> Estimate:
    """first - second of two shares, with the interval of Newcombe (1998, Stat. in Medicine 17, method 10).

    low = d - √((p1-l1)² + (u2-p2)²), high = d + √((u1-p1)² + (p2-l2)²). Made for independent answers; where
    the same questions were asked twice it is wider than need be.
    """
    down = math.hypot(first.value - first.low, second.high - second.value)
    up = math.hypot(first.high - first.value, second.value - second.low)
    apart = first.value - second.value
    return Estimate(apart, max(-1.0, apart - down), min(1.0, apart + up))


def clustered_share(right: Sequence[float], total: Sequence[float]) -> Estimate:
    """A share of things that come in clusters, such as pairs of judgements on one item.

    `right` and `total` count by cluster. Wilson's interval with the number of independent things that
    would vary as much (Korn and Graubard 1998): p(1-p) / V, where V = k / (k-1) · Σ(rᵢ - p·nᵢ)² / (Σnᵢ)²
    over k clusters; k where everything is alike, since clusters that never differ tell of no more.
    """
    kept = [(float(r), float(n)) for r, n in zip(right, total, strict=True) if n]
    if not kept:
        return UNKNOWN
    clusters, whole = len(kept), sum(n for _, n in kept)
    p = min(1.0, max(0.0, sum(r for r, _ in kept) / whole))
    spread = sum((r - p * n) ** 2 for r, n in kept) / whole**2 * clusters / max(clusters - 1, 1)
    alike = clusters == 1 or spread < 1e-15 or p in (0.0, 1.0)
    independent = clusters if alike else min(p * (1 - p) / spread, whole)
    return share(p * independent, independent)._replace(value=p)


def percentile(value: float, draws, size: int) -> Estimate:
    """A value with the interval of its bootstrap draws; draws without a value are left out.

    `size` is the number of things drawn from. The 2.5 and 97.5 % points are moved outwards as far as
    Student's t with size - 1 degrees and the factor √(size / (size-1)) ask, for the plain ones are too
    narrow where there are few (Hesterberg 2015, The American Statistician 69, "expanded percentile").
    """
    import numpy as np

    drawn = np.asarray(draws, dtype=float)
    drawn = drawn[np.isfinite(drawn)]
    if drawn.size == 0 or size < 2:
        return Estimate(float(value), math.nan, math.nan)
    tail = math.erfc(math.sqrt(size / (size - 1)) * _student(size - 1) / math.sqrt(2)) / 2
    low, high = np.quantile(drawn, [tail, 1 - tail])
    return Estimate(float(value), float(low), float(high))


def _student(degrees: int) -> float:
    """The 97.5 % point of Student's t, expanded (Abramowitz and Stegun 26.7.5)."""
    z = Z95
    first, second = (z**3 + z) / 4, (5 * z**5 + 16 * z**3 + 3 * z) / 96
    return z + first / degrees + second / degrees**2


def mean(values: Sequence[float], draws: int = 2000, seed: int = 0) -> Estimate:
    """The mean with the percentile bootstrap interval (Efron 1979): 2.5 and 97.5 % of resampled means.

    One value alone has no interval.
    """
    import numpy as np

    values = np.asarray(values, dtype=float)
    if values.size == 0:
        return UNKNOWN
    if values.size == 1:
        return Estimate(float(values[0]), math.nan, math.nan)
    picks = np.random.default_rng(seed).integers(values.size, size=(draws, values.size))
    low, high = np.quantile(values[picks].mean(axis=1), [0.025, 0.975])
    return Estimate(float(values.mean()), float(low), float(high))
