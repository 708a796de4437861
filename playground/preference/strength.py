"""Strengths of models from rankings with ties: Plackett-Luce, and Bradley-Terry as its case of two."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations
from math import log

import numpy as np

from playground.preference.ranking import Order

_GHOST = 0.5
"""Wins and losses of every model against a model that does not exist, which keep strengths finite."""
_AT_ONCE = 4_000_000
"""Numbers held at once by fits that are made together."""
_TIES_SPREAD = 10.0
"""Standard deviation of the weak normal prior on the logarithm of a tie's weight."""


@dataclass(frozen=True)
class Choices:
    """Rankings of models as choices, one after the other, of the best of those that are left.

    A stage is a set of models that are left; its alternatives are every one of them and every tied
    group of a size that occurs. Alternatives lie stage by stage.
    """

    models: int
    sizes: tuple[int, ...]
    """Sizes of tied groups that occur."""
    features: np.ndarray
    """(alternatives, models + sizes): the share of each model, then which size it is."""
    offsets: np.ndarray
    """Logarithm of how many choices look alike: two texts of one model may each be chosen."""
    starts: np.ndarray
    """Where each stage's alternatives begin."""
    stage: np.ndarray
    """The stage of each alternative."""
    chosen: np.ndarray
    """The alternative taken in each observation."""
    source: np.ndarray
    """The ranking that each observation comes from."""

    def counts(self, weights: np.ndarray) -> np.ndarray:
        """How often each alternative was taken (B, alternatives), by the rankings' weights (B, rankings)."""
        size = len(self.offsets)
        return np.array([np.bincount(self.chosen, one[self.source], minlength=size) for one in weights])


def choices(rankings: Sequence[tuple[Sequence[int], Order]], models: int) -> Choices:
    """Rankings, each the model at every place and an order of the places, as choices.

    What is left of one model alone tells nothing of strengths and is left out.
    """
    taken = [
        (source, stage, group)
        for source, (players, order) in enumerate(rankings)
        for stage, group in _stages(players, order)
    ]
    sizes = tuple(sorted({len(group) for _, _, group in taken if len(group) > 1}))
    stages = sorted({stage for _, stage, _ in taken})
    alternatives = {stage: _alternatives(stage, sizes) for stage in stages}
    place, rows, offsets, starts, owner = {}, [], [], [], []
    for number, stage in enumerate(stages):
        starts.append(len(rows))
        for group, times in alternatives[stage].items():
            place[stage, group] = len(rows)
            rows.append(_features(group, models, sizes))
            offsets.append(log(times))
            owner.append(number)
    return Choices(
        models=models,
        sizes=sizes,
        features=np.array(rows).reshape(len(rows), models + len(sizes)),
        offsets=np.array(offsets),
        starts=np.array(starts, dtype=int),
        stage=np.array(owner, dtype=int),
        chosen=np.array([place[stage, group] for _, stage, group in taken], dtype=int),
        source=np.array([source for source, _, _ in taken], dtype=int),
    )


def fit(found: Choices, weights: np.ndarray, start: np.ndarray | None = None) -> np.ndarray:
    """Strengths of the models, their mean 0, and then the logarithm of the weight of each size of tie.

    A group S is taken out of those left with a probability proportional to δ_|S| · (Π_S α)^(1/|S|),
    where a single model has δ = 1 (Turner, van Etten, Firth and Kosmidis 2020, "Modelling rankings in
    R: the PlackettLuce package", Computational Statistics 35). Of two models this is Davidson's model
    (1970): P(tie) ∝ δ √(α₁ α₂). Strengths are log α: a difference of d makes odds of e^d.

    Davidson's extension and not Rao and Kupper's (1967), because a tie then counts as half a win in the
    sufficient statistics, so that who swaps the names gets the same strengths with the sign changed
    and equal records give equal strengths; because the likelihood is concave; and because it extends
    to rankings of several with ties, which a threshold on differences does not.

    Newton's method on the log likelihood with half a win and half a loss of every model against a
    ghost of strength 0, as in the package above: without them a model that never lost has no strength.

    weights: (rankings,) or, for as many fits at once, (B, rankings). Returns (parameters,) or
    (B, parameters). `start` is what to begin from.
    """
    width = found.features.shape[1]
    start = np.zeros(width) if start is None else start
    rows = np.atleast_2d(weights)
    at_once = max(1, _AT_ONCE // max(found.features.size, 1))
    parts = [_newton(found, rows[at : at + at_once], start) for at in range(0, len(rows), at_once)]
    beta = np.concatenate([*parts, np.empty((0, width))])
    beta[:, : found.models] -= beta[:, : found.models].mean(axis=1, keepdims=True)
    return beta.reshape(*np.shape(weights)[:-1], width)


def _newton(found: Choices, weights: np.ndarray, start: np.ndarray) -> np.ndarray:
    features, counts = found.features, found.counts(weights)
    size, width = features.shape
    products = (features[:, :, None] * features[:, None, :]).reshape(size, -1)
    by_stage = np.add.reduceat(counts, found.starts, axis=1)
    beta = np.tile(start, (len(weights), 1))
    for _ in range(100):
        chance = _probabilities(found, beta)
        expected = by_stage[:, found.stage] * chance
        means = np.add.reduceat(features * chance[:, :, None], found.starts, axis=1)
        gradient = (counts - expected) @ features
        curvature = (expected @ products).reshape(-1, width, width)
        curvature -= means.swapaxes(1, 2) @ (means * by_stage[:, :, None])
        _add_prior(found, beta, gradient, curvature)
        step = np.linalg.solve(curvature, gradient[:, :, None])[:, :, 0]
        beta += np.clip(step, -2, 2)
        if np.abs(step).max() < 1e-9:
            break
    return beta


def components(rankings: Sequence[tuple[Sequence[int], Order]], models: int) -> list[list[int]]:
    """Models that were compared, directly or by way of others, in groups. One group is as it should be."""
    group = list(range(models))
    for players, _ in rankings:
        joined = {group[player] for player in players}
        group = [min(joined) if one in joined else one for one in group]
    return [[model for model in range(models) if group[model] == one] for one in sorted(set(group))]


def _probabilities(found: Choices, beta: np.ndarray) -> np.ndarray:
    """Of each alternative in its stage: (B, alternatives)."""
    scores = beta @ found.features.T + found.offsets
    odds = np.exp(scores - np.maximum.reduceat(scores, found.starts, axis=1)[:, found.stage])
    return odds / np.add.reduceat(odds, found.starts, axis=1)[:, found.stage]


def _add_prior(found: Choices, beta: np.ndarray, gradient: np.ndarray, curvature: np.ndarray) -> None:
    models, diagonal = found.models, np.arange(beta.shape[1])
    wins = 1 / (1 + np.exp(-beta[:, :models]))
    gradient[:, :models] += _GHOST * (1 - 2 * wins)
    gradient[:, models:] -= beta[:, models:] / _TIES_SPREAD**2
    stiffness = np.full(beta.shape, 1 / _TIES_SPREAD**2)
    stiffness[:, :models] = 2 * _GHOST * wins * (1 - wins)
    curvature[:, diagonal, diagonal] += stiffness


def _stages(players: Sequence[int], order: Order):
    left = sorted(players)
    for places in order:
        group = tuple(sorted(players[place] for place in places))
        if len(set(left)) > 1:
            yield tuple(left), group
        for player in group:
            left.remove(player)


def _alternatives(stage: tuple[int, ...], sizes: tuple[int, ...]) -> Counter[tuple[int, ...]]:
    return Counter(
        group for size in (1, *sizes) if size <= len(stage) for group in combinations(stage, size)
    )


def _features(group: tuple[int, ...], models: int, sizes: tuple[int, ...]) -> list[float]:
    row = [0.0] * (models + len(sizes))
    for player in group:
        row[player] += 1 / len(group)
    if len(group) > 1:
        row[models + sizes.index(len(group))] = 1.0
    return row
