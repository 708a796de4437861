"""Krippendorff's alpha against the textbook, against the library of that name, and where there is none."""

import krippendorff
import numpy as np
import pytest

from playground.errors import InputError
from playground.preference.alpha import LEVELS, alpha, count, estimate

GAP = None
# Krippendorff (2011), "Computing Krippendorff's Alpha-Reliability": four observers, twelve units.
TEXTBOOK = [
    [1, 2, 3, 3, 2, 1, 4, 1, 2, GAP, GAP, GAP],
    [1, 2, 3, 3, 2, 2, 4, 1, 2, 5, GAP, 3],
    [GAP, 3, 3, 3, 2, 3, 4, 2, 2, 5, 1, GAP],
    [1, 2, 3, 3, 2, 4, 4, 1, 2, 5, 1, GAP],
]


@pytest.mark.parametrize("level, value", [("nominal", 0.743), ("ordinal", 0.815), ("interval", 0.849)])
def test_the_textbook(level, value):
    assert alpha(TEXTBOOK, level) == pytest.approx(value, abs=5e-4)


def test_by_hand():
    # Units aa, ab, bb: coincidences aa 2, bb 2, ab 1, ba 1; n = 6, n_a = n_b = 3.
    # D_o = 2/6, D_e = 2 * 9 / 30: alpha = 1 - (1/3) / (3/5) = 4/9.
    assert alpha([["a", "a", "b"], ["a", "b", "b"]]) == pytest.approx(4 / 9)


def _tables(number):
    rng = np.random.default_rng(7)
    for _ in range(number):
        annotators, units, values = rng.integers(2, 7), rng.integers(3, 40), rng.integers(2, 6)
        table = rng.integers(0, values, (annotators, units)).astype(float)
        truth = rng.integers(0, values, units)
        table = np.where(rng.random(table.shape) < rng.random(), truth, table)
        yield np.where(rng.random(table.shape) < rng.uniform(0, 0.6), np.nan, table)


@pytest.mark.parametrize("level", LEVELS)
def test_as_the_library_of_that_name(level):
    compared = 0
    for table in _tables(150):
        pairable = table[:, (~np.isnan(table)).sum(axis=0) > 1]
        if len(np.unique(pairable[~np.isnan(pairable)])) < 2:
            assert alpha(table.tolist(), level) is None
            continue
        expected = krippendorff.alpha(table, level_of_measurement=level)
        assert alpha(table.tolist(), level) == pytest.approx(expected, abs=1e-9)
        compared += 1
    assert compared > 120


@pytest.mark.parametrize("table", [[], [[1, 2, 3]], [[1, GAP], [GAP, 2]], [[1, 1], [1, 1]], [[GAP], [GAP]]])
def test_nothing_to_tell_apart_has_no_alpha(table):
    assert alpha(table) is None
    units = list(zip(*table, strict=True))
    assert np.isnan(estimate(count(units), list(range(len(units)))).value)


def test_levels_and_their_values_are_checked():
    with pytest.raises(InputError, match="nominal, ordinal, interval"):
        alpha([[1], [2]], "ratio")
    with pytest.raises(InputError, match="numbers"):
        alpha([["a"], ["b"]], "ordinal")


def test_the_interval_is_seeded_and_holds_the_value():
    units = list(zip(*TEXTBOOK, strict=True))
    found = estimate(count(units), list(range(12)), "ordinal")
    assert found.value == pytest.approx(0.815, abs=5e-4)
    assert found.low < found.value < found.high <= 1
    assert found == estimate(count(units), list(range(12)), "ordinal")
    assert found != estimate(count(units), list(range(12)), "ordinal", seed=1)


def test_the_interval_covers_as_often_as_it_says():
    # Two annotators right with 0.8 on two equal sides: they agree with 0.68, alpha is 0.36 in the long run.
    rng = np.random.default_rng(0)
    covered = 0
    for seed in range(200):
        truth = rng.integers(0, 2, 120)
        said = np.where(rng.random((2, 120)) < 0.8, truth, 1 - truth)
        found = estimate(count(said.T.tolist()), range(120), draws=300, seed=seed)
        covered += found.low <= 0.36 <= found.high
    assert 0.90 <= covered / 200 <= 0.99


def test_units_of_a_cluster_are_drawn_together():
    rng = np.random.default_rng(1)
    truth = rng.integers(0, 2, 30)
    said = np.where(rng.random((2, 30)) < 0.8, truth, 1 - truth).T.tolist()
    alone = estimate(count(said), range(30))
    thrice = estimate(count(said * 3), [*range(30)] * 3)
    naive = estimate(count(said * 3), range(90))
    assert thrice.high - thrice.low == pytest.approx(alone.high - alone.low, rel=0.1)
    assert naive.high - naive.low < 0.7 * (alone.high - alone.low)
