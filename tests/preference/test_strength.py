"""Strengths against hand-worked cases, planted truths and rankings drawn from the model itself."""

import math
from itertools import combinations

import numpy as np
import pytest

from playground.preference import strength

NOBODY_BEYOND = 0.02
"""What the half wins against the ghost may shift where there are hundreds of judgements."""


def fit(rankings, models):
    found = strength.choices(rankings, models)
    return strength.fit(found, np.ones(len(rankings))), found


def pairs(first_wins, second_wins, ties=0):
    outcomes = [((0,), (1,))] * first_wins + [((1,), (0,))] * second_wins + [((0, 1),)] * ties
    return [((0, 1), order) for order in outcomes]


def test_two_models_without_ties_by_hand():
    beta, _ = fit(pairs(750, 250), 2)
    assert beta[0] - beta[1] == pytest.approx(math.log(3), abs=NOBODY_BEYOND)
    assert beta.sum() == pytest.approx(0, abs=1e-9)


def test_davidson_by_hand():
    # wins : ties : losses = a : nu sqrt(ab) : b. 400 : 200 : 100 is a/b = 4 and nu = 200 / sqrt(40000) = 1.
    beta, found = fit(pairs(400, 100, 200), 2)
    assert found.sizes == (2,)
    assert beta[0] - beta[1] == pytest.approx(math.log(4), abs=NOBODY_BEYOND)
    assert beta[2] == pytest.approx(0, abs=NOBODY_BEYOND)


def test_swapping_names_changes_the_sign():
    one, other = fit(pairs(30, 10, 5), 2)[0], fit(pairs(10, 30, 5), 2)[0]
    assert one[:2] == pytest.approx(-other[:2]) and one[2] == pytest.approx(other[2])


def test_a_model_that_never_lost_has_a_finite_strength():
    beta, _ = fit(pairs(10, 0), 2)
    assert 1 < beta[0] - beta[1] < 10


def test_plackett_luce_of_three_by_hand():
    # Worth 3, 2 and 1: 012 comes with 3/6 * 2/3, and so on; here are 180 times that.
    orders = {(0, 1, 2): 60, (0, 2, 1): 30, (1, 0, 2): 45, (1, 2, 0): 15, (2, 0, 1): 18, (2, 1, 0): 12}
    rankings = [((0, 1, 2), tuple((one,) for one in order)) for order, n in orders.items() for _ in range(n)]
    beta, _ = fit(rankings, 3)
    assert beta[0] - beta[2] == pytest.approx(math.log(3), abs=0.03)
    assert beta[1] - beta[2] == pytest.approx(math.log(2), abs=0.03)


def test_a_ranking_of_two_is_a_pair():
    ranked = [((0, 1), ((0,), (1,)))] * 30 + [((1, 0), ((0,), (1,)))] * 10
    assert fit(ranked, 2)[0] == pytest.approx(fit(pairs(30, 10), 2)[0])


def test_the_gradient_vanishes_at_the_fit():
    rng = np.random.default_rng(0)
    rankings = [_draw(rng, np.array([0.5, 0.0, -0.5, 0.2]), {2: 0.3, 3: 0.1}, 4) for _ in range(200)]
    beta, found = fit(rankings, 4)

    def loss(values):
        counts = found.counts(np.ones((1, len(rankings))))[0]
        chance = strength._probabilities(found, values[None])[0]
        ghost = 0.5 * np.log(1 / (1 + np.exp(-values[:4]))) + 0.5 * np.log(1 / (1 + np.exp(values[:4])))
        return counts @ np.log(chance) + ghost.sum() - (values[4:] ** 2).sum() / 200

    # The mean of the strengths was put at 0 afterwards, which only the ghost notices.
    for direction in np.eye(len(beta)):
        direction[:4] -= direction[:4].mean()
        slope = (loss(beta + 1e-4 * direction) - loss(beta - 1e-4 * direction)) / 2e-4
        assert abs(slope) < 0.05


def _draw(rng, strengths, ties, models):
    """A ranking of all models, drawn from Plackett-Luce with ties by its definition."""
    left, order = list(range(models)), []
    while left:
        groups = [group for size in (1, *ties) for group in combinations(left, size)]
        weights = [ties.get(len(one), 1.0) * math.exp(strengths[list(one)].mean()) for one in groups]
        weights = np.array(weights)
        group = groups[rng.choice(len(groups), p=weights / weights.sum())]
        order.append(group)
        left = [one for one in left if one not in group]
    return tuple(range(models)), tuple(order)


def test_planted_strengths_and_ties_are_recovered_from_rankings():
    planted = np.array([1.0, 0.3, -0.3, -1.0])
    rng = np.random.default_rng(1)
    beta, found = fit([_draw(rng, planted, {2: 0.5, 3: 0.2}, 4) for _ in range(1500)], 4)
    assert found.sizes == (2, 3)
    assert beta[:4] == pytest.approx(planted, abs=0.12)
    assert np.exp(beta[4:]) == pytest.approx([0.5, 0.2], abs=0.1)


def test_two_texts_of_one_model_may_stand_in_one_ranking():
    # Of three texts the two of model 0 are best in two of three: all are equally strong.
    rankings = [((0, 0, 1), ((0,), (1,), (2,)))] * 100 + [((0, 0, 1), ((1,), (2,), (0,)))] * 100
    rankings += [((0, 0, 1), ((2,), (0,), (1,)))] * 100
    beta, _ = fit(rankings, 2)
    assert beta[0] - beta[1] == pytest.approx(0, abs=NOBODY_BEYOND)


def test_models_that_never_met_are_told_apart():
    rankings = [((0, 1), ((0,), (1,))), ((2, 3), ((0,), (1,))), ((1, 4), ((0,), (1,)))]
    assert strength.components(rankings, 5) == [[0, 1, 4], [2, 3]]
    assert strength.components([*rankings, ((4, 3), ((0,), (1,)))], 5) == [[0, 1, 2, 3, 4]]


def test_many_fits_at_once_are_the_fits_one_by_one():
    rng = np.random.default_rng(2)
    rankings = [_draw(rng, np.array([0.5, 0.0, -0.5]), {2: 0.3}, 3) for _ in range(50)]
    found, weights = strength.choices(rankings, 3), rng.integers(0, 4, (5, 50)).astype(float)
    together = strength.fit(found, weights)
    for one, row in zip(together, weights, strict=True):
        assert strength.fit(found, row) == pytest.approx(one, abs=1e-7)
