"""The noise ceiling against hand-worked numbers, and against crowds whose ceiling is known."""

import numpy as np
import pytest

from playground.preference.ceiling import beta_ceiling, highest_ceiling, noise_ceiling
from playground.records import Comparison


@pytest.mark.parametrize(
    "agreement, expected",
    [
        (0.5, 0.5), (0.4, 0.5), (1.0, 1.0),
        # Uniform p, a = 1: agreement 2/3, E max(p, 1-p) = 3/4.
        (2 / 3, 0.75),
        # a = 2, density 6 p (1-p): agreement 3/5, E max = 12 (1/24 + 1/64) = 11/16.
        (0.6, 0.6875),
        (0.5 + 1e-7, 0.5),
    ],
)
def test_beta_by_hand(agreement, expected):
    assert beta_ceiling(agreement) == pytest.approx(expected, abs=2e-4)


@pytest.mark.parametrize("agreement, expected", [(0.68, 0.8), (1.0, 1.0), (0.5, 0.5), (0.3, 0.5)])
def test_highest_by_hand(agreement, expected):
    # Everybody right with 0.8 everywhere: they agree with 0.64 + 0.04.
    assert highest_ceiling(agreement) == pytest.approx(expected)


def test_bounds_are_in_order():
    for agreement in np.linspace(0.5, 1, 51):
        assert agreement - 1e-9 <= beta_ceiling(agreement) <= highest_ceiling(agreement) + 1e-9


def crowd(chances, annotators, seed=0):
    rng = np.random.default_rng(seed)
    return [
        Comparison(f"p{n}", "a", "b", "first" if rng.random() < chance else "second", f"annotator {who}")
        for n, chance in enumerate(chances)
        for who in range(annotators)
    ]


def test_by_hand():
    # Item 0: two of three say first, 1 of 3 pairs agree; item 1: both agree. Weighed by votes: (3/3 + 2)/5.
    choices = {"x": "first", "y": "first", "z": "second"}
    source = [Comparison("p0", "a", "b", choice, who) for who, choice in choices.items()]
    source += [Comparison("p1", "a", "b", "first", who) for who in "xy"]
    source += [Comparison("p2", "a", "b", choice, who) for who, choice in (("x", "tie"), ("y", "first"))]
    found = noise_ceiling(source)
    assert found.least.value == pytest.approx(0.6)
    assert found.value.value == pytest.approx(0.6875, abs=1e-4)
    assert found.most.value == pytest.approx((1 + 0.2**0.5) / 2)
    assert (found.pairs, found.items) == (2, 2)


KNOWN = {
    "all shades": (lambda rng: rng.uniform(size=600), "value"),
    "all equally open": (lambda rng: rng.choice([0.2, 0.8], 600), "most"),
    "clear or quite open": (lambda rng: rng.choice([0.0, 1.0, 0.5], 600), "least"),
}


@pytest.mark.parametrize("draw, which", KNOWN.values(), ids=KNOWN)
def test_the_truth_lies_where_it_should(draw, which):
    chances = draw(np.random.default_rng(3))
    truth = np.maximum(chances, 1 - chances).mean()
    found = noise_ceiling(crowd(chances, 3, seed=1))
    assert found.least.low <= truth <= found.most.high
    assert getattr(found, which).low <= truth <= getattr(found, which).high


def test_the_interval_covers_as_often_as_it_says():
    covered = 0
    for seed in range(150):
        chances = np.random.default_rng(1000 + seed).uniform(size=150)
        found = noise_ceiling(crowd(chances, 2, seed), draws=300).value
        covered += found.low <= 0.75 <= found.high
    assert 0.90 <= covered / 150 <= 0.99


def test_who_always_agrees_leaves_an_open_interval():
    found = noise_ceiling(crowd([1.0] * 10, 2))
    assert found.value.value == found.most.high == 1 and found.least.low == pytest.approx(0.7225, abs=1e-4)


TIES = [Comparison("p", "a", "b", "tie", who) for who in "xy"]


@pytest.mark.parametrize("source", [[], crowd([0.5] * 9, 1), TIES], ids=["nothing", "one annotator", "ties"])
def test_without_two_decided_judgements_there_is_none(source):
    assert noise_ceiling(source) is None
