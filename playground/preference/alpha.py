"""Krippendorff's alpha: agreement beyond chance among any number of annotators, with gaps."""

from collections.abc import Hashable, Sequence
from typing import Literal, NamedTuple

import numpy as np

from playground.errors import InputError
from playground.evaluation.intervals import UNKNOWN, Estimate, percentile

Level = Literal["nominal", "ordinal", "interval"]
LEVELS = ("nominal", "ordinal", "interval")
_AT_ONCE = 100
"""Bootstrap draws worked on together, which bounds the memory they take."""


class Counts(NamedTuple):
    """How often each value was given to each unit: `table` is units by values."""

    table: np.ndarray
    values: tuple


def alpha(table: Sequence[Sequence[Hashable | None]], level: Level = "nominal") -> float | None:
    """Krippendorff's alpha of a table with one row an annotator and one column a unit; None is a gap.

    1 - D_o / D_e: the disagreement within units over that between any two values given. 1 is perfect,
    0 chance, below 0 worse than chance. `level` says how far two values are apart: nominal (same or
    not), ordinal (by ranks) or interval (squared difference); the latter two need numbers.
    Krippendorff, Content Analysis, 4th edition (2019), chapter 12.

    None where no unit has two values or all values are the same: then there is nothing to tell apart.
    Raises InputError for another level.
    """
    counts = count(list(zip(*table, strict=True)))
    found = _alphas(_coincidences(counts.table).sum(axis=0)[None], _numbers(counts.values, level), level)[0]
    return None if np.isnan(found) else float(found)


def count(units: Sequence[Sequence[Hashable | None]]) -> Counts:
    """The values of each unit counted; None and nan are gaps."""
    kept = [[value for value in unit if value is not None and value == value] for unit in units]
    values = tuple(sorted({value for unit in kept for value in unit}))
    place = {value: number for number, value in enumerate(values)}
    table = np.zeros((len(kept), len(values)))
    for row, unit in zip(table, kept, strict=True):
        for value in unit:
            row[place[value]] += 1
    return Counts(table, values)


def estimate(
    counts: Counts, clusters: Sequence[Hashable], level: Level = "nominal", draws: int = 1000, seed: int = 0
) -> Estimate:
    """Alpha with its bootstrap interval over clusters of units.

    `clusters` names one for each unit: units of one cluster (the pairs of one ranking) are drawn
    together. Values are nan where alpha is undefined; draws where it is are left out.
    """
    numbers = _numbers(counts.values, level)
    names = {name: place for place, name in enumerate(dict.fromkeys(clusters))}
    if not names or not counts.values:
        return UNKNOWN
    width = len(counts.values)
    by_cluster = np.zeros((len(names), width, width))
    np.add.at(by_cluster, [names[name] for name in clusters], _coincidences(counts.table))
    # A cluster without two values to one unit says nothing, and drawing it would only widen.
    by_cluster = by_cluster[by_cluster.sum(axis=(1, 2)) > 0]
    value = _alphas(by_cluster.sum(axis=0)[None], numbers, level)[0]
    if np.isnan(value):
        return UNKNOWN
    size, rng = len(by_cluster), np.random.default_rng(seed)
    drawn = [np.empty(0)]
    for start in range(0, draws, _AT_ONCE):
        times = rng.multinomial(size, np.full(size, 1 / size), min(_AT_ONCE, draws - start))
        pooled = times @ by_cluster.reshape(size, -1)
        drawn.append(_alphas(pooled.reshape(-1, width, width), numbers, level))
    return percentile(value, np.concatenate(drawn), size)


def _coincidences(table: np.ndarray) -> np.ndarray:
    """Pairs of values within each unit, each unit weighing as much as it has values: (units, V, V)."""
    given = table.sum(axis=1)
    pairs = table[:, :, None] * table[:, None, :]
    pairs[:, np.arange(table.shape[1]), np.arange(table.shape[1])] -= table
    return pairs / np.maximum(given - 1, 1)[:, None, None] * (given > 1)[:, None, None]


def _alphas(coincidences: np.ndarray, numbers: np.ndarray, level: Level) -> np.ndarray:
    """Alpha of each matrix of coincidences (B, V, V); nan where nothing varies."""
    marginal = coincidences.sum(axis=2)
    total = marginal.sum(axis=1)
    distance = _distances(marginal, numbers, level)
    observed = (coincidences * distance).sum(axis=(1, 2))
    expected = (marginal[:, :, None] * marginal[:, None, :] * distance).sum(axis=(1, 2))
    varies = expected > 1e-12
    return np.where(varies, 1 - (total - 1) * observed / np.where(varies, expected, 1), np.nan)


def _distances(marginal: np.ndarray, numbers: np.ndarray, level: Level) -> np.ndarray:
    """Squared distances of values (B, V, V). Ordinal ones are between middle ranks."""
    width = marginal.shape[1]
    if level == "nominal":
        return np.broadcast_to(1 - np.eye(width), (len(marginal), width, width))
    if level == "ordinal":
        places = np.cumsum(marginal, axis=1) - marginal / 2
    else:
        places = np.broadcast_to(numbers, marginal.shape)
    return (places[:, :, None] - places[:, None, :]) ** 2


def _numbers(values: tuple, level: Level) -> np.ndarray:
    if level not in LEVELS:
        raise InputError(f"The level is {level!r}", rule=f"It is one of {', '.join(LEVELS)}")
    if level == "nominal":
        return np.zeros(len(values))
    try:
        return np.array(values, dtype=float)
    except (TypeError, ValueError):
        raise InputError(
            f"The values are {', '.join(map(repr, values[:6]))}",
            rule=f"At the {level} level values are numbers",
            remedy="Give numbers, or take the nominal level",
        ) from None
