"""Judgements from elsewhere as a campaign: the same comparisons come out, and people judge on."""

from dataclasses import replace

import pytest

from playground.errors import ConflictError, InputError
from playground.preference.assign import next_assignment, undo_vote
from playground.preference.campaign import list_campaigns, progress, vote_log
from playground.preference.collect import Preferences
from playground.preference.judgements import campaign_judgements
from playground.records import Comparison
from playground.store.accounts import create_account
from playground.store.database import connect

GIVEN = [
    Comparison("q1", "a", "b", "first", "ann"),
    Comparison("q1", "b", "a", "first", "bob"),
    Comparison("q2", "a", "b", "tie", "ann"),
    Comparison("q2", "a", "b", "both_bad", "bob"),
]


def test_what_goes_in_comes_out_with_its_annotators(url):
    kept = Preferences(GIVEN, name="elsewhere").keep(url=url)
    turned = [GIVEN[0], Comparison("q1", "a", "b", "second", "bob"), *GIVEN[2:]]
    assert list(kept) == [replace(one, annotator=f"file:{one.annotator}") for one in turned]
    assert list(Preferences.load(kept.campaign, url)) == list(kept)
    state = progress(kept.campaign, engine=connect(url))
    assert (state.items, state.wanted, state.votes, state.complete) == (2, 4, 4, 2)
    assert state.annotators == {"file:ann": 2, "file:bob": 2}


def test_nobody_is_asked_to_judge_what_is_judged(url):
    kept = Preferences(GIVEN).keep("done", url)
    assert next_assignment(kept.campaign, "carl", engine=connect(url)) is None


def test_an_annotator_who_changed_their_mind_is_heard_once(url):
    rows = [Comparison("q", "a", "b", choice, "ann") for choice in ("first", "second")]
    kept = Preferences(rows).keep("twice", url)
    assert [one.choice for one in kept] == ["second"]
    assert [entry["revision"] for entry in vote_log(kept.campaign, connect(url))] == [1, 2]


def test_judgements_without_a_name_are_of_different_people(url):
    kept = Preferences([Comparison("q", "a", "b", "first")] * 3).keep("unsigned", url)
    assert [one.annotator for one in kept] == ["imported", "imported-2", "imported-3"]


@pytest.mark.usefixtures("quick_passwords")
def test_no_account_speaks_for_somebody_of_a_file(url):
    engine = connect(url)
    names = ("ann", "imported", "imported-2", "browser-0a1b", "simulated:courteous", "")
    given = [Comparison("q", "a", "b", "first", name) for name in names]
    kept = Preferences(given).keep("elsewhere", url)
    there = [one.annotator for one in kept]
    assert there == [
        "file:ann", "file:imported", "file:imported-2", "file:browser-0a1b", "simulated:courteous",
        "imported",
    ]  # fmt: skip
    assert [one.annotator for one in Preferences(list(kept)).keep("again", url)][:5] == there[:5]
    for name in there:
        with pytest.raises(InputError):
            create_account(name, "correct horse battery", "annotator", engine=engine)
    for name in ("ann", "imported-2", "browser-0a1b"):
        with pytest.raises(ConflictError, match="nothing to take back"):
            undo_vote(kept.campaign, "k" * 16, annotator=name, engine=engine)
    assert len(Preferences.load(kept.campaign, url)) == 6


def test_a_skipped_pair_stays_open_to_others(url):
    kept = Preferences([Comparison("q", "a", "b", "skip", "ann")]).keep("skipped", url)
    assert list(kept) == []
    assert next_assignment(kept.campaign, "bob", engine=connect(url)).prompt == "q"


def test_nothing_is_kept_of_what_cannot_be(url):
    with pytest.raises(InputError, match="no comparison"):
        Preferences([]).keep("empty", url)
    with pytest.raises(InputError, match="NUL"):
        Preferences([*GIVEN, Comparison("q", "a\0", "b", "first")]).keep("bad", url)
    with pytest.raises(InputError, match="1 to 200"):
        Preferences(GIVEN).keep(" ", url)
    assert list_campaigns(connect(url)) == []


def test_what_was_never_shown_here_has_no_side_and_no_pace(url):
    kept = Preferences(GIVEN, name="elsewhere").keep(url=url)
    found = campaign_judgements(kept.campaign, connect(url))
    assert {(one.shown, one.seconds) for one in found} == {((), None)}
