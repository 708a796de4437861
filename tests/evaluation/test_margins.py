"""Margins, accuracies and calibration against hand-worked numbers."""

import math

import pytest

from playground.evaluation import margins
from playground.evaluation.intervals import share

THREE = math.log(3)  # sigmoid of it is 3/4


def test_a_margin_of_nothing_is_half_right():
    assert margins.right([2.0, 0.0, -0.1]).tolist() == [1.0, 0.5, 0.0]


def test_accuracy_by_hand_and_pairs_of_one_prompt_count_as_one_cluster():
    alone = margins.accuracy([1, 1, 1, -1], "abcd")
    # Wilson's interval with one thing fewer, as clusters count.
    assert tuple(alone) == pytest.approx((0.75, *share(2.25, 3)[1:]))
    together, apart = (margins.accuracy([1, 1, 1, 1, -1, -1], who) for who in ("aaaabb", "abcdef"))
    assert together.value == apart.value == pytest.approx(4 / 6)
    assert together.low < apart.low and together.high > apart.high


def test_ahead_is_paired_and_changes_its_sign_with_the_sides():
    own, other = [1] * 8 + [-1] * 2, [1] * 5 + [-1] * 5
    prompts = [str(place) for place in range(10)]
    found, turned = margins.ahead(own, other, prompts), margins.ahead(other, own, prompts)
    assert found.value == pytest.approx(0.3) and turned.value == pytest.approx(-0.3)
    assert found.low < 0.3 < found.high
    # Judges who are right on the very same pairs are told apart by nothing, however few are right.
    assert margins.ahead(own, own, prompts).value == 0
    # Differences that are all alike still have a width: drawing them anew would give none.
    sure = margins.ahead([1] * 10, [0] * 10, prompts)
    assert sure.value == 0.5 and sure.low < 0.4


def test_calibration_by_hand():
    # Four pairs at 3/4, three of them right: perfect. Two at 1/2 (margin 0) count as half right: perfect.
    found = margins.calibration([THREE, THREE, -THREE, THREE, 0, 0], "abcdef")
    assert [(one.pairs, one.observed.value) for one in found.bins] == [(2, 0.5), (4, 0.75)]
    assert found.bins[1].predicted == pytest.approx(0.75)
    assert found.error == pytest.approx(0, abs=1e-12)
    # All four wrong: 3/4 off on two thirds of the pairs.
    wrong = margins.calibration([-THREE] * 4 + [0, 0], "abcdef")
    assert wrong.error == pytest.approx(0.75 * 4 / 6)
    assert 0 < found.by_chance < wrong.error


def test_calibration_knows_pairs_of_one_prompt_as_one_cluster():
    alone, together = (
        margins.calibration([THREE, THREE, THREE, -THREE] * 20, prompts).bins[0].observed
        for prompts in (list(map(str, range(80))), [str(n // 20) for n in range(80)])
    )
    apart = margins.calibration([THREE] * 60 + [-THREE] * 20, [str(n // 20) for n in range(80)])
    wide = apart.bins[0].observed
    assert alone.value == together.value == wide.value == 0.75
    assert wide.high - wide.low > 2 * (alone.high - alone.low)


def test_calibration_does_not_depend_on_what_is_called_first():
    one, other = (margins.calibration(values, "abc") for values in ([2, -1, 0.3], [0.3, -1, 2]))
    assert one.error == pytest.approx(other.error)
    assert margins.calibration([], []).bins == ()
