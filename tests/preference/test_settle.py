"""The owner's word stands for the votes on an item where models are trained, and nowhere else."""

import pytest

from playground.errors import ConflictError, InputError, NotFoundError
from playground.preference.agreement import agreement
from playground.preference.assign import next_assignment, record_vote
from playground.preference.collect import Preferences
from playground.preference.disputes import disputes
from playground.preference.judgements import campaign_judgements
from playground.preference.settle import settle, settled, standing_judgements
from playground.preference.withdraw import withdraw_votes


def say(engine, campaign, annotator, winner):
    """Votes of one annotator on all items: the completion whose text ends so wins, wherever it is shown."""
    while item := next_assignment(campaign, annotator, engine=engine):
        choice = "first" if item.completions[0].endswith(winner) else "second"
        record_vote(item.id, f"{annotator}-{item.id}"[:64], annotator=annotator, choice=choice, engine=engine)


@pytest.fixture
def split(engine, campaign):
    """Anna and ben contradict each other on both items."""
    identifier = campaign(2, votes_per_item=2)
    say(engine, identifier, "anna", ".0")
    say(engine, identifier, "ben", ".1")
    return identifier


def found(engine, campaign):
    return disputes(campaign_judgements(campaign, engine))


def test_a_decision_replaces_the_votes_of_its_item_in_training_alone(engine, split, url):
    conflict = found(engine, split)[0]
    settle(conflict.votes[0], choice="second", owner="olga", engine=engine)
    prefs = Preferences.load(split, url=url)
    mine = [one for one in prefs if one.prompt == conflict.prompt]
    assert [(one.chosen, one.annotator) for one in mine] == [(conflict.completions[1], "settled:olga")]
    assert len(prefs) == 3  # and both votes on the other item
    assert [row["chosen"] for row in prefs.pairs()].count(conflict.completions[1]) == 1
    # What people said stays in the statistics, even of these preferences.
    assert agreement(prefs).judgements == agreement(campaign_judgements(split, engine)).judgements == 4


def test_a_later_decision_replaces_an_earlier_one_and_can_be_taken_back(engine, split):
    vote = found(engine, split)[0].votes[0]
    first = settle(vote, choice="first", key="a-key-of-mine", now=1.0, engine=engine)
    again = settle(vote, choice="first", key="a-key-of-mine", now=2.0, engine=engine)
    assert (first.receipt, first.status, again.status) == (again.receipt, "stored", "already stored")
    settle(vote, choice="both_bad", engine=engine)
    [decision] = settled(split, engine)
    assert decision.both_bad and decision.order == ((0, 1),)
    settle(vote, choice="undone", engine=engine)
    assert settled(split, engine) == []
    assert len(standing_judgements(split, engine)) == 4
    with pytest.raises(ConflictError, match="no decision"):
        settle(vote, choice="undone", engine=engine)


def test_a_ranking_is_decided_as_an_order(engine, campaign):
    identifier = campaign(1, per_prompt=3, task="ranking")
    item = next_assignment(identifier, "anna", engine=engine)
    record_vote(item.id, "key-of-anna", annotator="anna", ranking=[[0], [1], [2]], engine=engine)
    settle("key-of-anna", ranking=[[2], [0, 1]], engine=engine)
    [judgement] = standing_judgements(identifier, engine)
    assert judgement.order == ((2,), (0, 1))
    with pytest.raises(InputError, match="ranking is given"):
        settle("key-of-anna", choice="first", engine=engine)


def test_what_is_no_decision_is_refused(engine, split, campaign):
    vote = found(engine, split)[0].votes[0]
    for given in ({"choice": "skip"}, {}, {"choice": "tie", "ranking": [[0, 1]]}, {"ranking": [[0]]}):
        with pytest.raises(InputError):
            settle(vote, engine=engine, **given)
    with pytest.raises(NotFoundError):
        settle("no-such-vote", choice="tie", engine=engine)
    with pytest.raises(NotFoundError):
        settle(vote, choice="tie", campaign=campaign(1), engine=engine)
    settle(vote, choice="tie", key="used-already", engine=engine)
    with pytest.raises(ConflictError, match="another decision"):
        settle(vote, choice="first", key="used-already", engine=engine)


@pytest.mark.parametrize("statement", ["UPDATE decisions SET choice = 'tie'", "DELETE FROM decisions"])
def test_decisions_are_a_log(engine, split, statement):
    settle(found(engine, split)[0].votes[0], choice="first", engine=engine)
    with pytest.raises(Exception, match="append-only"), engine.begin() as connection:
        connection.exec_driver_sql(statement)


def test_a_decision_on_a_ranking_leaves_its_votes_in_the_statistics(engine, campaign, url):
    identifier = campaign(1, per_prompt=3, task="ranking", votes_per_item=2)
    for who, order in (("anna", [[0], [1], [2]]), ("ben", [[2], [1], [0]])):
        item = next_assignment(identifier, who, engine=engine)
        record_vote(item.id, f"key-of-{who}", annotator=who, ranking=order, engine=engine)
    settle("key-of-anna", ranking=[[2], [0, 1]], engine=engine)
    assert agreement(Preferences.load(identifier, url=url)).judgements == 2


def test_a_decision_outlives_the_votes_that_it_overruled(engine, split, url):
    conflict = found(engine, split)[0]
    settle(conflict.votes[0], choice="second", owner="olga", engine=engine)
    for who in ("anna", "ben"):
        withdraw_votes(who, split, engine=engine)
    [left] = Preferences.load(split, url=url)
    assert (left.chosen, left.annotator) == (conflict.completions[1], "settled:olga")
