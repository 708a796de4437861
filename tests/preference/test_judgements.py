"""Judgements as they were given, with all that was stored beside them."""

import pytest

from playground.preference.assign import next_assignment, record_vote, undo_vote
from playground.preference.campaign import vote_log
from playground.preference.collect import Preferences
from playground.preference.judgements import campaign_judgements, judgements_of
from playground.records import Comparison, Ranking


def judge(engine, campaign, annotator, at, seconds, key=None, **said):
    item = next_assignment(campaign, annotator, now=at, engine=engine)
    key = key or f"key-{annotator}-{at}"
    record_vote(item.id, key, annotator=annotator, now=at + seconds, engine=engine, **said)
    return item


def test_a_vote_keeps_who_when_how_long_and_how_shown(engine, campaign):
    identifier = campaign(2, votes_per_item=2)
    item = judge(engine, identifier, "anna", 100, 7, choice="first")
    judge(engine, identifier, "anna", 120, 3, choice="skip")
    [one] = campaign_judgements(identifier, engine)
    assert (one.annotator, one.created, one.seconds, one.prompt) == ("anna", 107, 7, "prompt 0")
    assert one.models == ("secret-model-name-0", "secret-model-name-1")
    assert tuple(one.completions[place] for place in one.shown) == item.completions
    assert one.completions[one.order[0][0]] == item.completions[0]
    assert one.vote == vote_log(identifier, engine)[0]["key"] and one.sequence == 1


def test_seconds_of_an_item_fetched_ahead_begin_with_the_vote_before(engine, campaign):
    identifier = campaign(2)
    now = next_assignment(identifier, "anna", now=0, engine=engine)
    ahead = next_assignment(identifier, "anna", besides=[now.id], now=1, engine=engine)
    for item, at in ((now, 30), (ahead, 35)):
        record_vote(item.id, f"key-of-{item.id}", annotator="anna", choice="tie", now=at, engine=engine)
    assert [one.seconds for one in campaign_judgements(identifier, engine)] == [30, 5]


def test_a_clock_set_back_tells_no_seconds(engine, campaign):
    identifier = campaign(1)
    judge(engine, identifier, "anna", 100, -50, choice="tie")
    assert campaign_judgements(identifier, engine)[0].seconds is None


def test_only_the_last_revision_stands(engine, campaign):
    identifier = campaign(1)
    judge(engine, identifier, "anna", 0, 5, choice="first")
    undo_vote(identifier, "undo-the-first", annotator="anna", now=6, engine=engine)
    assert campaign_judgements(identifier, engine) == []
    judge(engine, identifier, "anna", 10, 2, choice="both_bad")
    [one] = campaign_judgements(identifier, engine)
    assert one.both_bad and one.order == ((0, 1),) and one.seconds == 2


def test_preferences_and_their_parts_find_the_whole_judgements(engine, url, campaign):
    identifier = campaign(6, per_prompt=3, task="ranking")
    for number in range(6):
        judge(engine, identifier, "anna", number * 10, 1, ranking=[[0], [1, 2]])
    preferences = Preferences.load(identifier, url)
    assert len(preferences) == 18 and len({one.vote for one in preferences}) == 6
    assert judgements_of(preferences) == campaign_judgements(identifier, engine)
    part = preferences.split(train=0.5, validation=0.25).train
    found = judgements_of(part)
    assert {one.prompt for one in found} == {one.prompt for one in part} and len(found) == 3
    assert all(len(one.completions) == 3 for one in found)


def test_records_become_judgements():
    records = [
        Comparison("p", "a", "b", "second", "anna", "row-1"),
        Comparison("p", "a", "b", "skip"),
        Ranking("p", ("a", "b", "c"), ((2,), (0, 1)), "bob"),
    ]
    one, other = judgements_of(records)
    assert (one.order, one.vote) == (((1,), (0,)), "row-1")
    assert (other.order, other.annotator) == (((2,), (0, 1)), "bob")
    assert [pair.choice for pair in other.comparisons()] == ["tie", "second", "second"]


@pytest.mark.parametrize("choice", ["first", "second", "tie", "both_bad"])
def test_a_comparison_survives(choice):
    comparison = Comparison("p", "a", "b", choice, "anna", "v")
    [judgement] = judgements_of([comparison])
    [again] = judgement.comparisons()
    assert (again, again.vote) == (comparison, "v")
