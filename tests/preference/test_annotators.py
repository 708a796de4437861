"""Each annotator's habits, counted by hand; disputes and who is on which side."""

import pytest

from playground.errors import NotFoundError
from playground.evaluation.intervals import share
from playground.preference.annotators import annotator_reports
from playground.preference.disputes import disputes, distance
from playground.preference.judgements import Judgement
from playground.records import Comparison, Ranking

FIRST, SECOND, TIE = ((0,), (1,)), ((1,), (0,)), ((0, 1),)


def said(item, annotator, order, shown=(0, 1), texts=("long text", "short"), **more):
    return Judgement(
        prompt=f"p{item}", completions=texts, order=order, annotator=annotator, shown=shown, **more
    )


def test_pace_ties_side_and_length_by_hand():
    source = [
        said(1, "anna", FIRST, (0, 1), seconds=4.0),  # shown first, and longer
        said(2, "anna", FIRST, (1, 0), seconds=10.0),  # shown second, and longer
        said(3, "anna", SECOND, (1, 0), seconds=6.0),  # shown first, and shorter
        said(4, "anna", FIRST, (0, 1), texts=("same", "long")),  # shown first, no length
        said(5, "anna", TIE),
        said(1, "bob", SECOND, (0, 1), seconds=1.0),
    ]
    anna, bob = annotator_reports(source)
    assert (anna.annotator, anna.votes, anna.seconds) == ("anna", 5, 6.0)
    assert anna.ties.value == pytest.approx(1 / 5)
    assert anna.side.value == pytest.approx(3 / 4) and not anna.side_biased
    assert anna.longer.value == pytest.approx(2 / 3)
    assert anna.longer_others.value == 0 and bob.longer_others.value == 1
    assert (anna.agreement.value, anna.met) == (0, 1)
    assert (anna.repeats, anna.gold_pairs) == (0, 0)
    assert anna.consistency.value != anna.consistency.value and anna.gold.value != anna.gold.value


def test_a_side_bias_shows():
    ways = [(FIRST, (0, 1)), (SECOND, (1, 0))]
    [report] = annotator_reports([said(n, "a", *ways[n % 2]) for n in range(20)])
    assert report.side_biased and report.side == share(20, 20)


def test_the_side_of_a_ranking_is_that_of_its_pairs():
    one = said(1, "a", ((2,), (0, 1)), (2, 0, 1), texts=("x", "y", "z"))
    assert annotator_reports([one])[0].side.value == 1.0, "both decided pairs went to what was shown before"


def test_files_tell_no_side_and_no_time():
    [report] = annotator_reports([Comparison("p", "a", "b", "first", "anna")])
    assert report.seconds is None and report.side.value != report.side.value and not report.side_biased


def test_repeats_count_however_they_are_turned():
    source = [
        said(1, "a", FIRST, sequence=1),
        said(1, "a", SECOND, texts=("short", "long text"), sequence=2),  # the same answer, swapped
        said(2, "a", FIRST, sequence=3),
        said(2, "a", SECOND, sequence=4),
        said(3, "a", FIRST, sequence=5),
    ]
    [report] = annotator_reports(source)
    assert (report.consistency.value, report.repeats) == (0.5, 2)


def test_gold_by_what_is_known_to_be_right():
    gold = [
        Comparison("p1", "short", "long text", "second"),
        Comparison("p2", "long text", "short", "second"),
    ]
    source = [said(n, who, FIRST) for n in (1, 2, 3) for who in ("a", "b")]
    for report in annotator_reports(source, gold):
        assert (report.gold.value, report.gold_pairs) == (0.5, 2)


def test_nobody_has_no_reports(url):
    assert annotator_reports([]) == []
    with pytest.raises(NotFoundError):
        annotator_reports("campaign-none", url=url)


@pytest.mark.parametrize(
    "one, other, expected",
    [
        (FIRST, FIRST, 0), (FIRST, SECOND, 1), (FIRST, TIE, 0.5), (TIE, TIE, 0),
        # Three places: pairs 01, 02, 12. One turned of three; then one turned and one tied.
        (((0,), (1,), (2,)), ((1,), (0,), (2,)), 1 / 3),
        (((0,), (1,), (2,)), ((1,), (0, 2)), 1 / 2),
    ],
)
def test_distance_by_hand(one, other, expected):
    assert distance(one, other) == distance(other, one) == pytest.approx(expected)


def test_disputes_come_worst_first_and_in_one_order_of_the_texts():
    source = [
        said(1, "a", FIRST), said(1, "b", TIE),
        said(2, "a", FIRST, vote="v1"), said(2, "b", FIRST, texts=("short", "long text"), vote="v2"),
        said(3, "a", FIRST), said(3, "b", SECOND, texts=("short", "long text")),
        said(4, "a", FIRST),
    ]
    found = disputes(source)
    assert [(one.prompt, one.conflict) for one in found] == [("p2", 1.0), ("p1", 0.5)]
    assert found[0].completions == ("long text", "short")
    assert found[0].orders == {"a": FIRST, "b": SECOND} and found[0].votes == ("v1", "v2")
    assert [one.prompt for one in disputes(source, least=0.5)] == ["p2"]
    assert disputes([]) == disputes(source[:1]) == []


def test_disputes_on_rankings():
    orders = {"a": ((0,), (1,), (2,)), "b": ((0,), (1,), (2,)), "c": ((2,), (1,), (0,))}
    [found] = disputes([Ranking("p", ("x", "y", "z"), order, who) for who, order in orders.items()])
    assert found.conflict == pytest.approx(2 / 3)
