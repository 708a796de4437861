"""Judges that understand nothing: what they catch, and what they cannot."""

import pytest

from playground.evaluation import baselines

POLITE = [
    {"prompt": f"p{n}", "chosen": f"Thank you. It is {n}.", "rejected": f"Who cares? It is {n}, I say so."}
    for n in range(30)
]


def test_longer_by_hand():
    assert baselines.longer([{"prompt": "p", "chosen": "abc", "rejected": "a"}]) == [2.0]


def test_a_bag_of_words_learns_words_and_not_sides():
    held = [{"prompt": "q", "chosen": "Thank you. Yes.", "rejected": "Who cares? No, I say so."}]
    turned = [{"prompt": "q", "chosen": held[0]["rejected"], "rejected": held[0]["chosen"]}]
    right, wrong = baselines.bag_of_words(POLITE, held), baselines.bag_of_words(POLITE, turned)
    assert right[0] > 0.5
    assert wrong[0] == pytest.approx(-right[0])


def test_a_bag_of_words_is_blind_to_order():
    held = [{"prompt": "q", "chosen": "dog bites man", "rejected": "man bites dog"}]
    assert baselines.bag_of_words(POLITE, held) == pytest.approx([0.0])


def test_what_has_no_words_teaches_nothing():
    assert baselines.bag_of_words([{"prompt": "p", "chosen": " ", "rejected": ""}], POLITE[:2]) == [0.0, 0.0]
    assert set(baselines.margins(POLITE, POLITE)) == {baselines.BAG, baselines.LONGER, baselines.COIN}
