"""From judgements to training pairs: what they keep, ties by choice, weights by agreement."""

import json

import numpy as np
import pytest

from playground.errors import InputError
from playground.preference.collect import Preferences
from playground.preference.pairs import annotator_weights
from playground.records import Comparison, Ranking
from playground.training.inputs import pairs

SAID = [
    Comparison("p", "a", "b", "first", "anna", "vote-1"),
    Comparison("p", "a", "b", "tie", "bob", "vote-2"),
    Comparison("q", "c", "d", "both_bad", "anna"),
    Comparison("q", "c", "d", "skip", "bob"),
]


def test_dropped_ties_leave_what_has_a_winner():
    rows = [{"prompt": "p", "chosen": "a", "rejected": "b", "vote": "vote-1"}]
    assert Preferences(SAID).pairs() == rows


def test_half_ties_go_both_ways_at_half_the_weight():
    rows = Preferences(SAID).pairs(ties="half")
    told = [(row["chosen"], row["rejected"], row["weight"], row.get("vote")) for row in rows]
    assert told == [
        ("a", "b", 1.0, "vote-1"),
        ("a", "b", 0.5, "vote-2"),
        ("b", "a", 0.5, "vote-2"),
        ("c", "d", 0.5, None),
        ("d", "c", 0.5, None),
    ]


def test_weights_go_by_annotator_and_nothing_weighs_nothing():
    rows = Preferences(SAID).pairs(ties="half", weights={"anna": 1.5, "bob": 0.0})
    assert [row["weight"] for row in rows] == [1.5, 0.75, 0.75]
    assert [row["weight"] for row in Preferences(SAID).pairs(weights={})] == [1.0]


def test_how_much_better_becomes_a_margin():
    said = [Comparison("p", "a", "b", "first", strength=3), Comparison("q", "a", "b", "second")]
    told = pairs(Preferences(said).pairs(per_strength=0.5))
    assert [row["margin"] for row in told] == [1.5, 0.0]
    assert "margin" not in Preferences(said).pairs()[0]


def test_other_ties_are_refused():
    with pytest.raises(InputError, match="drop, half"):
        Preferences(SAID).pairs(ties="both")


def test_trainers_are_given_the_weights():
    assert [row["weight"] for row in pairs(Preferences(SAID).pairs(ties="half"))] == [1.0] + [0.5] * 4
    assert len(pairs(Preferences(SAID * 2))) == 2
    weighted = Preferences(SAID * 2).weighted({"anna": 1.5})
    assert [row["weight"] for row in pairs(weighted)] == [1.5, 1.5]
    assert {row["weight"] for part in weighted.split(train=0.5) for row in part.pairs()} == {1.5}


def test_preferences_are_weighted_by_agreement_on_their_own():
    rates = {"best": 0.95, "good": 0.8, "coin": 0.5}
    weighted, found = Preferences(_crowd(rates)).weighted(), annotator_weights(_crowd(rates))
    assert weighted.pairs()[0]["weight"] == found["best"] > found["coin"]


def test_pairs_of_one_ranking_share_its_name(tmp_path):
    rows = [{"prompt": f"p{n}", "completions": ["x", "y", "z"], "ranks": [1, 2, 3]} for n in range(2)]
    path = tmp_path / "ranked.jsonl"
    path.write_text("\n".join(map(json.dumps, rows)))
    read = Preferences.load(path)
    names = [one.vote for one in read]
    assert len(set(names)) == 2 and names[:3] == [names[0]] * 3
    again = Preferences.load(read.save(tmp_path / "again.jsonl"))
    assert [one.vote for one in again] == names
    assert [row["vote"] for row in again.pairs()] == names
    assert "vote" not in Preferences(SAID[2:]).rows()[0]


def test_a_vote_that_is_a_label_names_no_vote():
    answers = {"answer_a": "x", "answer_b": "y"}
    read = Preferences.load([{"prompt": f"p{n}", **answers, "vote": "AB"[n % 2]} for n in range(4)])
    assert [one.choice for one in read] == ["first", "second"] * 2
    assert {one.vote for one in read} == {""}


def _crowd(rates, units=400, seed=0):
    rng = np.random.default_rng(seed)
    truth = rng.integers(0, 2, units)
    for name, rate in rates.items():
        right = rng.random(units) < rate
        for unit in range(units):
            choice = ("first", "second")[int(truth[unit] == right[unit])]
            yield Comparison(f"p{unit}", "a", "b", choice, name)


def test_weights_recover_how_far_annotators_can_be_trusted():
    rates = {"best": 0.95, "good": 0.8, "fair": 0.7, "coin": 0.5}
    found = annotator_weights(_crowd(rates))
    worth = {name: 2 * rate - 1 for name, rate in rates.items()}
    scale = sum(worth.values()) / 4
    for name in rates:
        assert found[name] == pytest.approx(worth[name] / scale, abs=0.2)
    assert sum(found.values()) / 4 == pytest.approx(1.0)


def test_who_always_says_the_opposite_weighs_nothing():
    assert annotator_weights(_crowd({"a": 0.9, "b": 0.9, "c": 0.9, "enemy": 0.05}))["enemy"] == 0


ALIKE = {
    "nobody": ([], set()),
    "one": (list(_crowd({"a": 0.9}, 5)), {"a"}),
    "two, of whom nobody knows who is right": (list(_crowd({"a": 0.9, "b": 0.6}, 50)), {"a", "b"}),
    "all ties": ([Comparison(f"p{n}", "a", "b", "tie", who) for n in range(9) for who in "abc"], set("abc")),
}


@pytest.mark.parametrize("source, names", ALIKE.values(), ids=ALIKE)
def test_where_nothing_tells_them_apart_everybody_weighs_the_same(source, names):
    assert annotator_weights(source) == dict.fromkeys(names, 1.0)


def test_the_pairs_of_rankings_count():
    orders = {"a": ((0,), (1,), (2,)), "b": ((0,), (1,), (2,)), "c": ((2,), (1,), (0,))}
    three = ("x", "y", "z")
    source = [Ranking(f"p{n}", three, order, who) for n in range(20) for who, order in orders.items()]
    found = annotator_weights(source)
    assert found["a"] == found["b"] > 1 and found["c"] == 0
