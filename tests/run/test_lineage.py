"""From a vote to the models that go back to it."""

import json
from dataclasses import dataclass

import pytest

from playground.model import kept
from playground.preference.assign import next_assignment, record_vote
from playground.preference.campaign import create_campaign
from playground.preference.collect import Preferences
from playground.preference.withdraw import withdraw_votes
from playground.records import Completion
from playground.run import lineage
from playground.run.job import Run


@dataclass(frozen=True, kw_only=True)
class _Settings:
    steps: int = 1


def run(stage, model="pocket", train=(), validation=(), reward=None):
    data = {"train": list(train)} | ({"validation": list(validation)} if validation else {})
    return Run.create(stage, _Settings(), model, data, reward=reward)


@pytest.fixture
def campaign(home):
    """Eight items; anna judged the even ones, bob the odd ones."""
    drafts = [Completion(f"p{n}", text, "m") for n in range(8) for text in (f"one {n}", f"two {n}")]
    identifier = create_campaign("c", drafts)
    for n in range(8):
        who = ("anna", "bob")[n % 2]
        item = next_assignment(identifier, who)
        record_vote(item.id, f"vote-{who}-{n}", annotator=who, choice="first")
    return identifier


def told(found):
    return {one.run: (one.how, one.votes, one.through) for one in found}


def test_a_vote_leads_to_every_model_that_goes_back_to_it(campaign):
    rows = Preferences.load(campaign).pairs()
    anna, bob = ([row for row in rows if who in row["vote"]] for who in ("anna", "bob"))
    sft = run("sft")
    reward = run("reward", train=anna[:3], validation=anna[3:])
    policy = run("ppo", model=str(sft.folder / "result"), reward=str(reward.folder / "result"))
    after = run("dpo", model=str(policy.folder / "result"), train=bob)
    measured = run("reward", train=bob, validation=anna[:1])
    found = told(lineage.learned_from("anna"))
    assert found == {
        reward.id: ("train", 3, ()),
        policy.id: ("inherited", 0, (reward.id,)),
        after.id: ("inherited", 0, (policy.id,)),
        measured.id: ("validation", 1, ()),
    }
    assert told(lineage.learned_from("bob")) == {after.id: ("train", 4, ()), measured.id: ("train", 4, ())}
    assert told(lineage.trained_on({anna[3]["vote"]})) == {
        reward.id: ("validation", 1, ()), policy.id: ("inherited", 0, (reward.id,)),
        after.id: ("inherited", 0, (policy.id,)),
    }


def test_the_way_goes_on_through_models_that_were_merged_or_combined(campaign, home):
    tuned = run("dpo", train=Preferences.load(campaign).pairs())
    with kept.keeping("whole", {"kind": "merged", "adapter": tuned.id, "base": "pocket"}):
        pass
    with kept.keeping("mix", {"kind": "combined", "way": "svd", "weights": {tuned.id: 0.5, "other": 1}}):
        pass
    with kept.keeping("found", {"kind": "brought in", "from": "x", "left out": []}):
        pass
    with kept.keeping("damaged", {"kind": "merged", "adapter": tuned.id, "base": "pocket"}):
        pass
    (home / "models" / "damaged" / kept.ORIGIN).write_text("{")
    after = [run("ppo", model=name) for name in ("whole", "mix", "found", "damaged")]
    assert set(told(lineage.learned_from("anna"))) == {tuned.id, after[0].id, after[1].id}


def test_withdrawn_votes_still_lead_to_what_learned_from_them(campaign):
    reward = run("reward", train=Preferences.load(campaign).pairs())
    taken = withdraw_votes("anna")
    assert len(taken.votes) == 4
    affected = {reward.id: ("train", 4, ())}
    assert told(lineage.trained_on(taken.votes)) == told(lineage.learned_from("anna")) == affected
    later = run("reward", train=Preferences.load(campaign).pairs())
    assert later.id not in told(lineage.learned_from("anna"))


def test_a_file_of_preferences_keeps_the_way_back(campaign, tmp_path):
    path = Preferences.load(campaign).save(tmp_path / "preferences.jsonl")
    reward = run("reward", train=Preferences.load(path).pairs())
    assert told(lineage.learned_from("bob", campaign)) == {reward.id: ("train", 4, ())}


def test_runs_made_in_the_same_second_still_stand_after_what_they_come_from(campaign):
    rows = Preferences.load(campaign).pairs()
    reward = run("reward", train=rows)
    policy = run("grpo", reward=str(reward.folder / "result"))
    for one in (reward, policy):  # grpo comes before reward by name
        file = one.folder / "run.json"
        file.write_text(json.dumps(json.loads(file.read_text()) | {"created": "2026-01-01T00:00:00+00:00"}))
    assert [one.run for one in lineage.learned_from("anna")] == [reward.id, policy.id]


def test_damaged_runs_and_lost_rows_lead_nowhere(campaign):
    rows = Preferences.load(campaign).pairs()
    damaged, lost = run("reward", train=rows), run("reward", train=rows)
    (damaged.folder / "run.json").write_text("{")
    (lost.folder / "inputs" / "train.jsonl").unlink()
    assert lineage.learned_from("anna") == []


def test_without_votes_or_runs_there_is_nothing(home):
    assert lineage.trained_on([]) == [] == lineage.learned_from("anna")
