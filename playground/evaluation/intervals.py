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


def share(right: int, total: int) -> Estimate:
    """right / total with Wilson's interval (1927), which stays within [0, 1] and is honest near both ends.

    centre = (p + z²/2n) / (1 + z²/n); half width = z / (1 + z²/n) · sqrt(p(1-p)/n + z²/4n²).
    """
    if total == 0:
        return UNKNOWN
    p, z2 = right / total, Z95**2 / total
    centre = (p + z2 / 2) / (1 + z2)
    half = Z95 / (1 + z2) * math.sqrt(p * (1 - p) / total + z2 / (4 * total))
    return Estimate(p, max(0.0, centre - half), min(1.0, centre + half))


def mean(values: Sequence[float], draws: int = 2000, seed: int = 0) -> Estimate:
    """The mean with the percentile bootstrap interval (Efron 1979): 2.5 and 97.5 % of resampled means."""
    import numpy as np

    values = np.asarray(values, dtype=float)
    if values.size == 0:
        return UNKNOWN
    picks = np.random.default_rng(seed).integers(values.size, size=(draws, values.size))
    low, high = np.quantile(values[picks].mean(axis=1), [0.025, 0.975])
    return Estimate(float(values.mean()), float(low), float(high))
