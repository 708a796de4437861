"""Withdrawn votes count no more, free their slots, and stay in the log."""

import pytest

from playground.errors import NotFoundError
from playground.preference.assign import next_assignment, record_vote, undo_vote
from playground.preference.campaign import progress, vote_log
from playground.preference.judgements import campaign_judgements
from playground.preference.withdraw import PREFIX, votes_of, withdraw_votes


def judge(engine, campaign, annotator, choice, key):
    item = next_assignment(campaign, annotator, engine=engine)
    record_vote(item.id, key, annotator=annotator, choice=choice, engine=engine)


@pytest.fixture
def judged(engine, campaign):
    """Two campaigns: anna judged both, skipped once and changed her mind once; bob judged one."""
    one, other = campaign(3, votes_per_item=2), campaign(1)
    judge(engine, one, "anna", "first", "anna-first-thought")
    undo_vote(one, "anna-undoes", annotator="anna", engine=engine)
    judge(engine, one, "anna", "second", "anna-second-thought")
    judge(engine, one, "anna", "skip", "anna-skips")
    judge(engine, one, "bob", "tie", "bob-ties")
    judge(engine, other, "anna", "tie", "anna-elsewhere")
    return one, other


def test_every_standing_vote_is_taken_back_and_nobody_elses(engine, judged):
    one, other = judged
    found = withdraw_votes("anna", engine=engine)
    assert found.votes == ("anna-second-thought", "anna-elsewhere")
    assert found.campaigns == tuple(sorted(judged))
    assert [judgement.annotator for judgement in campaign_judgements(one, engine)] == ["bob"]
    assert campaign_judgements(other, engine) == []
    state = progress(one, engine=engine)
    assert (state.votes, state.skips, state.leased) == (1, 1, 0)


def test_the_log_only_grows(engine, judged):
    before = vote_log(judged[0], engine)
    withdraw_votes("anna", judged[0], engine=engine)
    after = vote_log(judged[0], engine)
    assert after[: len(before)] == before
    assert [(row["choice"], row["annotator"]) for row in after[len(before) :]] == [("undone", "anna")]
    assert after[-1]["key"].startswith(PREFIX)


def test_one_campaign_alone_and_done_twice(engine, judged):
    one, other = judged
    assert withdraw_votes("anna", other, engine=engine).votes == ("anna-elsewhere",)
    assert len(campaign_judgements(one, engine)) == 2
    assert withdraw_votes("anna", other, engine=engine).votes == ()


def test_the_slot_is_free_for_somebody_else(engine, judged):
    _, other = judged
    assert next_assignment(other, "cora", engine=engine) is None
    withdraw_votes("anna", other, engine=engine)
    assert next_assignment(other, "cora", engine=engine) is not None


def test_whoever_is_withdrawn_goes_on_with_other_items_and_fills_none_of_these_slots(engine, campaign):
    identifier = campaign(4)
    for number in range(3):
        judge(engine, identifier, "bob", "first", f"bob-judges-{number}")
    undo_vote(identifier, "bob-undoes-the-third", annotator="bob", engine=engine)
    withdraw_votes("bob", identifier, engine=engine)
    seen = []
    while item := next_assignment(identifier, "bob", engine=engine):
        seen.append((item.prompt, item.remaining))
        record_vote(item.id, f"bob-goes-on-{len(seen)}", annotator="bob", choice="tie", engine=engine)
    assert seen == [("prompt 2", 2), ("prompt 3", 1)]
    seen = []
    while item := next_assignment(identifier, "cora", engine=engine):
        seen.append(item.prompt)
        record_vote(item.id, f"cora-judges-{len(seen)}", annotator="cora", choice="tie", engine=engine)
    assert seen == ["prompt 0", "prompt 1"]
    assert progress(identifier, engine=engine).annotators == {"bob": 2, "cora": 2}


def test_all_that_was_ever_judged_is_known(engine, judged):
    _, other = judged
    ever = ("anna-first-thought", "anna-second-thought", "anna-elsewhere")
    assert votes_of("anna", engine=engine) == ever
    withdraw_votes("anna", engine=engine)
    assert votes_of("anna", engine=engine) == ever and votes_of("anna", other, engine=engine) == ever[2:]


def test_unknown_names(engine, judged):
    for ask in (withdraw_votes, votes_of):
        with pytest.raises(NotFoundError):
            ask("anna", "campaign-none", engine=engine)
    with pytest.raises(NotFoundError, match="nobody"):
        withdraw_votes("nobody", engine=engine)
    assert votes_of("nobody", engine=engine) == ()
