"""How right a reward model is on judged pairs, and how well it knows that. Pure functions of margins.

A margin is the score of the chosen answer less that of the rejected one: above 0 the model is right, and
at exactly 0 it tosses a coin. By Bradley and Terry it believes the chosen answer to be preferred with a
probability of sigmoid(margin).
"""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from playground.evaluation.intervals import UNKNOWN, Estimate, clustered_share, percentile

EDGES = (0.5, 0.6, 0.7, 0.8, 0.9, 1.0)
"""Bounds of the bins of a calibration curve."""


class Bin(NamedTuple):
    """The pairs on which a model is about equally sure."""

    low: float
    high: float
    predicted: float
    """Mean probability it gives to the answer that it prefers."""
    observed: Estimate
    """Share of these pairs on which people prefer that answer too."""
    pairs: int


@dataclass(frozen=True)
class Calibration:
    """How sure a model is beside how right it is."""

    bins: tuple[Bin, ...]
    """Those in which there are pairs."""
    error: float
    """Expected calibration error: the mean distance of predicted and observed, weighted by pairs."""
    by_chance: float
    """The error that a perfectly calibrated model shows on as many pairs, on average."""


def right(margins: Sequence[float]) -> np.ndarray:
    """1 where a margin is above 0, 1/2 where it is 0, 0 below."""
    return (np.sign(np.asarray(margins, dtype=float)) + 1) / 2


def accuracy(margins: Sequence[float], prompts: Sequence[str]) -> Estimate:
    """The share of pairs that a model is right on; its interval takes pairs of one prompt as one cluster."""
    found = _clusters(right(margins), prompts)
    return clustered_share([sum(one) for one in found], [len(one) for one in found])


def ahead(
    margins: Sequence[float],
    others: Sequence[float],
    prompts: Sequence[str],
    draws: int = 2000,
    seed: int = 0,
) -> Estimate:
    """By how much a model is right more often than another on the same pairs.

    The bootstrap draws prompts, with all their pairs, so that what the two get right together counts as
    such. Where no pair tells them apart differently than the others, drawing anew would give no width:
    then it is the accuracies' own intervals, one's end against the other's.
    """
    gained = right(margins) - right(others)
    found = _clusters(gained, prompts)
    if not found:
        return UNKNOWN
    sums, sizes = np.array([sum(one) for one in found]), np.array([len(one) for one in found], dtype=float)
    value = float(sums.sum() / sizes.sum())
    if np.allclose(gained, gained[0]):
        one, other = accuracy(margins, prompts), accuracy(others, prompts)
        return Estimate(value, one.low - other.high, one.high - other.low)
    times = np.random.default_rng(seed).multinomial(len(found), np.full(len(found), 1 / len(found)), draws)
    return percentile(value, (times @ sums) / (times @ sizes), len(found))


def calibration(
    margins: Sequence[float], prompts: Sequence[str], draws: int = 500, seed: int = 0
) -> Calibration:
    """Preference probabilities beside what people preferred, in bins of how sure the model is; intervals
    take pairs of one prompt as one cluster.

    Every pair is told from the side of the answer that the model prefers, so that its probability lies
    between 1/2 and 1 whatever is called first (Guo et al. 2017, arXiv:1706.04599, for the error).
    """
    values = np.asarray(margins, dtype=float)
    if values.size == 0:
        return Calibration((), float("nan"), float("nan"))
    sure, hits = 1 / (1 + np.exp(-np.abs(values))), right(values)
    place = np.clip(np.digitize(sure, EDGES) - 1, 0, len(EDGES) - 2)
    bins = []
    for number in range(len(EDGES) - 1):
        here = place == number
        if count := int(here.sum()):
            found = _clusters(hits[here], [prompts[pair] for pair in np.flatnonzero(here)])
            observed = clustered_share([sum(one) for one in found], [len(one) for one in found])
            bins.append(Bin(*EDGES[number : number + 2], float(sure[here].mean()), observed, count))
    rng = np.random.default_rng(seed)
    drawn = rng.random((draws, sure.size)) < sure
    chance = np.mean([_error(sure, one, place) for one in drawn])
    return Calibration(tuple(bins), _error(sure, hits, place), float(chance))


def _error(sure: np.ndarray, hits: np.ndarray, place: np.ndarray) -> float:
    gaps = np.bincount(place, hits - sure)
    return float(np.abs(gaps).sum() / sure.size)


def _clusters(values: np.ndarray, prompts: Sequence[str]) -> list[list[float]]:
    found: dict[str, list[float]] = defaultdict(list)
    for value, prompt in zip(values, prompts, strict=True):
        found[prompt].append(float(value))
    return list(found.values())
