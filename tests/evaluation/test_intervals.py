"""Intervals against hand-worked numbers."""

import math

import numpy as np
import pytest

from playground.evaluation import intervals


@pytest.mark.parametrize(
    ("right", "total", "low", "high"),
    [
        # n = 10, p = 0.5: centre 0.5; half = 1.96 / 1.3841 * sqrt(0.025 + 0.0096036) = 0.26341
        (5, 10, 0.23659, 0.76341),
        # p = 0: low 0, high = z2/n / (1 + z2/n) = 0.38415 / 1.38415
        (0, 10, 0.0, 0.27753),
        (10, 10, 0.72247, 1.0),
        # n = 100, p = 0.92: centre 0.904460, half 0.053900
        (92, 100, 0.85003, 0.95894),
    ],
)
def test_wilson_by_hand(right, total, low, high):
    found = intervals.share(right, total)
    assert found.value == right / total
    assert found.low == pytest.approx(low, abs=2e-4)
    assert found.high == pytest.approx(high, abs=2e-4)


def test_wilson_covers_the_truth_as_often_as_it_says():
    draws = np.random.default_rng(0).binomial(60, 0.93, size=2000)
    covered = [found.low <= 0.93 <= found.high for found in (intervals.share(int(n), 60) for n in draws)]
    assert 0.92 < np.mean(covered) < 0.985


def test_bootstrap_agrees_with_the_normal_interval_on_many_values():
    values = np.random.default_rng(0).normal(1.0, 2.0, 400)
    found = intervals.mean(values)
    half = 1.96 * values.std() / math.sqrt(400)
    assert found.value == pytest.approx(values.mean())
    assert found.low == pytest.approx(values.mean() - half, abs=0.03)
    assert found.high == pytest.approx(values.mean() + half, abs=0.03)
    assert found == intervals.mean(values), "seeded"


def test_nothing_measured_is_not_zero():
    for found in (intervals.share(0, 0), intervals.mean([])):
        assert all(map(math.isnan, found))
