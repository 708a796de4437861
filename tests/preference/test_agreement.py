"""Agreement against hand-counted pairs and the textbook interval."""

import pytest

from playground.preference.agreement import pairwise_agreement, wilson
from playground.records import Comparison


def said(item, annotator, choice):
    return Comparison(f"prompt {item}", "a", "b", choice, annotator)


def test_a_hand_counted_case():
    found = pairwise_agreement(
        [
            said(1, "anna", "first"),
            said(1, "bob", "first"),
            said(1, "cora", "second"),
            said(2, "anna", "tie"),
            said(2, "bob", "tie"),
            said(3, "anna", "first"),
        ]
    )
    assert (found.share, found.pairs) == (0.5, 4)
    assert (found.low, found.high) == pytest.approx((0.15004, 0.84996), abs=1e-4)


def test_one_annotator_twice_is_no_agreement():
    assert pairwise_agreement([said(1, "anna", "first"), said(1, "anna", "first")]) is None
    assert pairwise_agreement([]) is None


@pytest.mark.parametrize(
    "successes, trials, low, high", [(0, 10, 0.0, 0.2775), (10, 10, 0.7225, 1.0), (8, 10, 0.4902, 0.9433)]
)
def test_wilson(successes, trials, low, high):
    assert wilson(successes, trials) == pytest.approx((low, high), abs=1e-4)
