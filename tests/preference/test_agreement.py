"""Agreement against hand-counted pairs, in all the ways it is told."""

from datetime import UTC, datetime

import pytest

from playground.errors import InputError, NotFoundError
from playground.preference.agreement import (
    agreement,
    agreement_between,
    agreement_by_criterion,
    agreement_over_time,
    confusion,
)
from playground.preference.collect import Preferences
from playground.preference.judgements import Judgement, verdicts
from playground.records import Comparison, Ranking


def said(item, annotator, choice):
    return Comparison(f"prompt {item}", "a", "b", choice, annotator)


CASE = [
    said(1, "anna", "first"),
    said(1, "bob", "first"),
    said(1, "cora", "second"),
    said(2, "anna", "tie"),
    said(2, "bob", "tie"),
    said(3, "anna", "first"),
]


def judged(item, annotator, choice="first", **more):
    order = {"first": ((0,), (1,)), "second": ((1,), (0,)), "tie": ((0, 1),)}[choice]
    return Judgement(prompt=f"p{item}", completions=("a", "b"), order=order, annotator=annotator, **more)


def test_a_hand_counted_case():
    found = agreement(CASE)
    # Pairs: item 1 one of three agrees, item 2 one of one. Deviations -0.5 and 0.5 over two items make
    # four independent pairs of them, whose Wilson interval this is.
    assert (found.share.value, found.pairs, found.items) == (0.5, 4, 2)
    assert found.share[1:] == pytest.approx((0.15004, 0.84996), abs=1e-4)
    assert (found.judgements, found.annotators) == (6, 3)
    # Coincidences: x first, y second, t tie. Item 1: xx 1, xy 1, yx 1; item 2: tt 2. n = 5, n_x = 2,
    # n_y = 1, n_t = 2. D_o = 2/5, D_e = (25 - 4 - 1 - 4) / 20 = 4/5: alpha = 1/2.
    assert found.alpha.value == pytest.approx(0.5)


def test_which_completion_stands_first_does_not_matter():
    swap = {"first": "second", "second": "first"}
    turned = [
        Comparison(one.prompt, "b", "a", swap.get(one.choice, one.choice), one.annotator)
        if place % 2
        else one
        for place, one in enumerate(CASE)
    ]
    assert agreement(turned) == agreement(CASE)
    assert len({verdict.pair for verdict in verdicts(map(_plain, turned))}) == 1


def _plain(one):
    order = {"first": ((0,), (1,)), "second": ((1,), (0,))}.get(one.choice, ((0, 1),))
    return Judgement(prompt=one.prompt, completions=(one.first, one.second), order=order)


def test_levels_see_the_tie_in_the_middle():
    near = [said(n, who, choice) for n in range(6) for who, choice in (("a", "first"), ("b", "tie"))]
    far = [said(n, who, choice) for n in range(6) for who, choice in (("a", "first"), ("b", "second"))]
    rest = [said(n, who, ("first", "second")[n % 2]) for n in range(6, 16) for who in "ab"]
    for level in ("ordinal", "interval"):
        mild, opposed = (agreement([*some, *rest], level=level).alpha.value for some in (near, far))
        assert mild > opposed
    assert agreement([*near, *rest]).share == agreement([*far, *rest]).share


NOBODY = {
    "nothing": [],
    "one annotator": [said(n, "anna", "first") for n in range(5)],
    "one annotator twice": [said(1, "anna", "first"), said(1, "anna", "first")],
    "never the same item": [said(1, "anna", "first"), said(2, "bob", "first")],
    "skips alone": [said(1, "anna", "skip"), said(1, "bob", "skip")],
}


@pytest.mark.parametrize("source", NOBODY.values(), ids=NOBODY)
def test_without_two_judgements_of_one_item_there_is_none(source):
    assert agreement(source) is None and confusion(source) is None and agreement_between(source) == []


def test_all_ties_agree_and_have_no_alpha():
    found = agreement([said(n, who, "tie") for n in range(10) for who in "ab"])
    assert found.share.value == 1 and found.share.low == pytest.approx(0.7225, abs=1e-4)
    assert found.alpha.value != found.alpha.value, "nan"


def test_the_first_of_repeated_judgements_counts():
    found = agreement([said(1, "anna", "first"), said(1, "anna", "second"), said(1, "bob", "first")])
    assert (found.share.value, found.pairs) == (1.0, 1)


def test_a_ranking_is_its_pairs_on_one_item():
    orders = {"anna": ((0,), (1,), (2,)), "bob": ((0,), (2,), (1,))}
    found = agreement([Ranking("p", ("x", "y", "z"), order, who) for who, order in orders.items()])
    assert (found.share.value, found.pairs, found.items) == (pytest.approx(2 / 3), 3, 1)
    assert found.share.low < 0.1, "three pairs of one ranking are one thing, not three"


def test_by_criterion():
    source = [judged(1, who, criterion="helpful") for who in "ab"]
    source += [judged(1, "a", "first", criterion="polite"), judged(1, "b", "second", criterion="polite")]
    found = agreement_by_criterion(source)
    assert {name: one.share.value for name, one in found.items()} == {"helpful": 1.0, "polite": 0.0}


def at(day, hour=12):
    return datetime(2026, 3, day, hour, tzinfo=UTC).timestamp()


def test_over_time_an_item_belongs_where_its_last_judgement_falls():
    # 2 March 2026 is a Monday.
    source = [
        judged(1, "a", sequence=1, created=at(3)),
        judged(2, "a", sequence=2, created=at(8)),
        judged(1, "b", sequence=3, created=at(4)),
        judged(2, "b", "second", sequence=4, created=at(9)),
        judged(3, "a", sequence=5, created=at(10)),
    ]
    weeks = agreement_over_time(source, "week")
    assert [bucket.start.day for bucket in weeks] == [2, 9]
    assert [bucket.agreement.share.value for bucket in weeks] == [1.0, 0.0]
    assert [bucket.start.hour for bucket in agreement_over_time(source, "hour")] == [12] * 3
    assert [bucket.start.day for bucket in agreement_over_time(source, "day")] == [4, 9, 10]
    votes = agreement_over_time(source, every=3)
    assert [(one.start, one.agreement and one.agreement.share.value) for one in votes] == [(1, 1.0), (4, 0.0)]


def test_stretches_are_checked():
    for every in ("month", 0):
        with pytest.raises(InputError, match="hour, day, week"):
            agreement_over_time(CASE, every)
    with pytest.raises(InputError, match="no times"):
        agreement_over_time(CASE, "week")


def test_confusion_of_two_and_of_all():
    found = confusion(CASE, "cora", "anna")
    first = verdicts([_plain(CASE[0])])[0].choice
    rows, columns = ("second", "first") if first == "first" else ("first", "second")
    at_row, at_column = found.labels.index(rows), found.labels.index(columns)
    assert found.counts[at_row][at_column] == sum(map(sum, found.counts)) == 1
    assert found.share.value == 0
    whole = confusion(CASE)
    assert sum(map(sum, whole.counts)) == 8 and whole.share.value == 0.5
    assert whole.counts == tuple(zip(*whole.counts, strict=True)), "both ways"
    assert whole.labels == ("first", "second", "tie")
    pairs = [(one.first, one.second, one.share.value) for one in agreement_between(CASE)]
    assert pairs == [("anna", "cora", 0.0), ("bob", "cora", 0.0), ("anna", "bob", 1.0)]
    with pytest.raises(InputError, match="Name two"):
        confusion(CASE, "anna")
    assert confusion(CASE, "anna", "nobody") is None


def test_what_holds_no_judgements_is_refused(url):
    with pytest.raises(NotFoundError):
        agreement("campaign-none", url=url)
    with pytest.raises(InputError, match="Judgement 1"):
        agreement([{"prompt": "p"}])


def test_preferences_agree_as_their_comparisons_do():
    assert agreement(Preferences(CASE)) == agreement(CASE)
