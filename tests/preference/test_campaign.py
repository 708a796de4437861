"""Campaigns are made whole or not at all, and their progress adds up."""

import secrets

import pytest

from playground.dataset import export
from playground.errors import InputError, NotFoundError
from playground.preference.assign import next_assignment, record_vote
from playground.preference.campaign import (
    create_campaign,
    list_campaigns,
    load_campaign,
    progress,
)
from playground.preference.collect import Preferences
from playground.preference.judgements import campaign_comparisons, campaign_judgements
from playground.records import Completion, Ranking


def drafts(*texts):
    return [Completion("p", text, "m") for text in texts]


def items_of(engine, texts, **settings):
    campaign = create_campaign("c", drafts(*texts), engine=engine, **settings)
    shown = []
    while item := next_assignment(campaign, "a", engine=engine):
        shown.append(set(item.completions))
        record_vote(item.id, f"key-{item.id}", annotator="a", choice="skip", engine=engine)
    return shown


def test_disjoint_pairs_use_a_completion_once(engine):
    assert items_of(engine, "abcde") == [{"a", "b"}, {"c", "d"}]


def test_all_pairs(engine):
    assert items_of(engine, "abc", pairing="all") == [{"a", "b"}, {"a", "c"}, {"b", "c"}]


def test_equal_completions_are_not_compared(engine):
    assert items_of(engine, ["a", "a ", "a", "b"]) == [{"a", "b"}]


def test_a_ranking_holds_all(engine):
    assert items_of(engine, "abcd", task="ranking") == [set("abcd")]


REFUSED = {
    "nothing to compare": (drafts("a", "a"), {}, "two different completions"),
    "no drafts": ([], {}, "two different completions"),
    "no name": (drafts("a", "b"), {"name": "  "}, "1 to 200"),
    "no votes": (drafts("a", "b"), {"votes_per_item": 0}, "votes_per_item"),
    "task": (drafts("a", "b"), {"task": "guess"}, "one of pairwise"),
    "pairing": (drafts("a", "b"), {"pairing": "some"}, "disjoint or all"),
    "lease": (drafts("a", "b"), {"lease_seconds": 0}, "positive"),
    "too many to rank": (drafts(*"abcdefgh"), {"task": "ranking"}, "at most 7"),
    "nul": (drafts("a", "b\0"), {}, "NUL"),
    "half character": (drafts("a", "b\ud800"), {}, "half characters"),
}


@pytest.mark.parametrize("given, settings, said", REFUSED.values(), ids=REFUSED)
def test_bad_campaigns_are_refused_whole(engine, given, settings, said):
    with pytest.raises(InputError, match=said):
        create_campaign(**{"name": "c", "drafts": given, "engine": engine} | settings)
    assert list_campaigns(engine) == []


def test_campaigns_are_listed_newest_first(engine):
    ids = [
        create_campaign(name, drafts("a", "b"), 2, guidelines="g", engine=engine) for name in ("one", "two")
    ]
    assert [campaign.id for campaign in list_campaigns(engine)] == ids[::-1]
    found = load_campaign(ids[0], engine)
    assert (found.name, found.votes_per_item, found.task, found.guidelines) == ("one", 2, "pairwise", "g")


def test_unknown_campaigns_are_not_found(engine):
    for ask in (load_campaign, campaign_comparisons):
        with pytest.raises(NotFoundError):
            ask("campaign-none", engine)
    with pytest.raises(NotFoundError):
        progress("campaign-none", engine=engine)


def test_progress_adds_up(engine, campaign):
    identifier = campaign(3, votes_per_item=2)
    say = {"a": ["first", "tie", "skip"], "b": ["second"]}
    for annotator, choices in say.items():
        for number, choice in enumerate(choices):
            item = next_assignment(identifier, annotator, now=0, engine=engine)
            key = f"key-of-{annotator}-{number}"
            record_vote(item.id, key, annotator=annotator, choice=choice, now=0, engine=engine)
    next_assignment(identifier, "b", now=0, engine=engine)
    found = progress(identifier, now=1, engine=engine)
    assert (found.items, found.wanted, found.votes, found.complete, found.started) == (3, 6, 3, 1, 2)
    assert (found.skips, found.leased, found.annotators) == (1, 1, {"a": 2, "b": 1})
    assert found.coverage == pytest.approx(2 / 3)
    assert progress(identifier, now=10_000, engine=engine).leased == 0


def test_an_untouched_campaign_has_no_progress(engine, campaign):
    found = progress(campaign(2), engine=engine)
    assert (found.votes, found.complete, found.coverage, found.annotators) == (0, 0, 0.0, {})


@pytest.mark.parametrize("tool", ["argilla", "label-studio"])
def test_rankings_go_to_annotation_tools_as_rankings(engine, campaign, tmp_path, tool):
    judged = campaign(2, per_prompt=3, task="ranking")
    for ranking in ([[2], [0, 1]], [[1], [0], [2]]):
        item = next_assignment(judged, "anna", engine=engine)
        record_vote(item.id, secrets.token_hex(16), annotator="anna", ranking=ranking, engine=engine)
    given = [one.record for one in campaign_judgements(judged, engine)]
    assert [type(one) for one in given] == [Ranking, Ranking]
    path = export.write(tmp_path / "x.json", given, tool)
    assert list(Preferences.load(path)) == campaign_comparisons(judged, engine)
