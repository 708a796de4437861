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


def test_clusters_that_never_differ_count_once_each():
    assert intervals.clustered_share([3, 3, 3], [3, 3, 3]) == intervals.share(3, 3)
    assert all(map(math.isnan, intervals.clustered_share([], [])))
    assert all(map(math.isnan, intervals.clustered_share([0], [0])))


def test_clusters_of_one_are_the_plain_share():
    # V = p(1-p) / (k-1), so 80 of them tell as much as 79.
    found = intervals.clustered_share([1, 0, 1, 1] * 20, [1] * 80)
    assert tuple(found) == pytest.approx(tuple(intervals.share(0.75 * 79, 79)))


def test_clustered_share_covers_where_the_plain_one_is_too_narrow():
    rng = np.random.default_rng(0)
    covered = plain = 0
    for _ in range(500):
        right = rng.binomial(5, rng.beta(2, 2, size=40))  # mean 0.5, alike within a cluster
        found, narrow = intervals.clustered_share(right, [5] * 40), intervals.share(right.sum(), 200)
        covered += found.low <= 0.5 <= found.high
        plain += narrow.low <= 0.5 <= narrow.high
    assert 0.92 < covered / 500 < 0.985
    assert plain / 500 < 0.9


def test_the_expanded_percentiles_by_hand():
    # t(24) at 97.5 % is 2.0639; times sqrt(25/24) it is 2.1065, the normal's 98.24 % point.
    draws = np.arange(10001) / 10000
    found = intervals.percentile(0.5, draws, 25)
    assert (found.low, found.high) == pytest.approx((0.01758, 0.98242), abs=2e-4)
    plain = intervals.percentile(0.5, draws, 10**9)
    assert (plain.low, plain.high) == pytest.approx((0.025, 0.975), abs=2e-4)
    assert math.isnan(intervals.percentile(0.5, draws, 1).low)
    assert math.isnan(intervals.percentile(0.5, [math.nan], 25).high)
