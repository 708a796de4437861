"""From the screen to canonical places and back; rankings to pairs."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from playground.errors import InputError
from playground.preference import ranking
from playground.records import Ranking

CHOICES = st.sampled_from(["first", "second", "tie", "both_bad", "skip"])


@st.composite
def orders(draw, display=None):
    count = draw(st.integers(2, 7))
    ranks = draw(st.lists(st.integers(0, count - 1), min_size=count, max_size=count))
    return tuple(
        tuple(place for place in range(count) if ranks[place] == rank) for rank in sorted(set(ranks))
    )


@given(CHOICES, st.sampled_from([[0, 1], [1, 0]]))
def test_the_stored_winner_is_the_text_seen(choice, display):
    texts = ("one", "two")
    seen = [texts[place] for place in display]
    stored = ranking.canonical_choice(choice, display)
    if choice in ("first", "second"):
        assert texts[stored == "second"] == seen[choice == "second"]
    else:
        assert stored == choice
    assert ranking.canonical_choice(stored, display) == choice


@given(orders(), st.data())
def test_a_ranking_keeps_its_texts_whatever_was_shown_where(order, data):
    count = sum(map(len, order))
    display = data.draw(st.permutations(range(count)))
    texts = [f"text {place}" for place in range(count)]
    shown = [texts[place] for place in display]
    canonical = ranking.canonical_order(order, display)
    for seen, stored in zip(order, canonical, strict=True):
        assert {shown[position] for position in seen} == {texts[place] for place in stored}


@given(orders())
def test_pairs_of_a_ranking_follow_it(order):
    count = sum(map(len, order))
    texts = tuple(f"text {place}" for place in range(count))
    level = {texts[place]: rank for rank, group in enumerate(order) for place in group}
    pairs = list(ranking.comparisons(Ranking("p", texts, order, "me")))
    assert len(pairs) == count * (count - 1) // 2
    for pair in pairs:
        assert pair.annotator == "me"
        if pair.choice == "tie":
            assert level[pair.first] == level[pair.second]
        else:
            assert level[pair.chosen] < level[pair.rejected]


def test_a_hand_worked_ranking():
    found = list(ranking.comparisons(Ranking("p", ("a", "b", "c"), ((2,), (0, 1)))))
    assert [(pair.first, pair.second, pair.choice) for pair in found] == [
        ("a", "b", "tie"),
        ("a", "c", "second"),
        ("b", "c", "second"),
    ]


@pytest.mark.parametrize(
    "order",
    [[], [[0]], [[0], [0]], [[0], [2]], [[0, 1], []], [[0], [1], [2]], [["0"], ["1"]], [[False], [1]], 5],
)
def test_impossible_orders_are_refused(order):
    with pytest.raises(InputError, match="ranking is"):
        ranking.check(order, 2)


def test_an_order_of_two_is_a_choice():
    assert [ranking.choice_of(ranking.check(order, 2)) for order in ([[0], [1]], [[1], [0]], [[1, 0]])] == [
        "first",
        "second",
        "tie",
    ]
