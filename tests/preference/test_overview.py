"""Everything an owner sees, from one call; and judgements in the forms that others read."""

import json
import math

import pytest

from playground.errors import InputError, NotFoundError
from playground.preference.assign import next_assignment, record_vote
from playground.preference.campaign import create_campaign
from playground.preference.collect import Preferences, judge_campaign
from playground.preference.judgements import campaign_judgements
from playground.preference.overview import overview, stamp, votes_by_item
from playground.preference.settle import settle
from playground.preference.takeout import FORMS, export_judgements
from playground.records import Completion
from playground.world.annotators import PERSONAS, SimulatedAnnotator

POLITE, RUDE = "Thank you for asking. It is {}.", "It is {}. Now stop bothering me."


@pytest.fixture
def judged(engine):
    """Ten pairs of a polite and a rude model, judged by three personas."""
    drafts = [
        Completion(f"prompt {n}", text.format(n), model)
        for n in range(10)
        for text, model in ((POLITE, "polite"), (RUDE, "rude"))
    ]
    identifier = create_campaign("manners", drafts, 3, seed=0, engine=engine)
    for persona in ("courteous", "brief", "adversarial"):
        judge_campaign(identifier, SimulatedAnnotator(persona), engine=engine)
    return identifier


def test_an_overview_has_it_all(engine, judged):
    steps = []
    found = overview(judged, engine=engine, progress_to=lambda done, total: steps.append((done, total)))
    assert found.given == (3,) * 10 and found.progress.complete == 10
    # Two of three say polite, one rude: of three pairs of judgements one agrees.
    assert found.agreement.share.value == pytest.approx(1 / 3)
    assert len(found.between) == 3 and len(found.reports) == 3
    assert len(found.disputes) == 10 and found.settled == {}
    assert found.leaderboard.models == ("polite", "rude")
    assert {one.annotator for one in found.influence} == set(found.progress.annotators)
    assert found.ceiling.items == 10 and found.lacks == {} and found.saving is None
    assert [one[0] for one in steps] == list(range(steps[0][1]))
    settle(found.disputes[0].votes[0], choice="first", engine=engine)
    assert len(overview(judged, engine=engine).settled) == 1


def test_without_draws_values_have_no_intervals(engine, judged):
    found, drawn = (overview(judged, draws=draws, engine=engine) for draws in (0, 100))
    assert found.agreement.alpha.value == drawn.agreement.alpha.value
    assert math.isnan(found.agreement.alpha.low) and math.isnan(found.leaderboard.standings[0].strength.low)


def test_an_empty_campaign_says_what_it_lacks(engine, campaign):
    found = overview(campaign(3), engine=engine)
    assert found.agreement is None and found.leaderboard is None and found.reports == []
    assert "leaderboard" in found.lacks and found.given == (0, 0, 0)
    with pytest.raises(NotFoundError):
        overview("campaign-none", engine=engine)


def test_the_stamp_moves_with_every_vote_and_decision(engine, campaign):
    identifier, stamps = campaign(2), []
    stamps.append(stamp(identifier, engine))
    item = next_assignment(identifier, "anna", engine=engine)
    record_vote(item.id, "key-of-anna", annotator="anna", choice="first", engine=engine)
    stamps.append(stamp(identifier, engine))
    settle("key-of-anna", choice="tie", engine=engine)
    stamps.append(stamp(identifier, engine))
    assert len(set(stamps)) == 3 and stamp(identifier, engine) == stamps[-1]
    assert votes_by_item(identifier, engine) == (1, 0)


@pytest.mark.parametrize("task", ["pairwise", "ranking"])
@pytest.mark.parametrize("persona", PERSONAS)
def test_every_persona_judges_every_kind_of_campaign(engine, campaign, persona, task):
    identifier = campaign(4, per_prompt=2 if task == "pairwise" else 4, task=task)
    assert judge_campaign(identifier, SimulatedAnnotator(persona), engine=engine) == 4
    assert {one.annotator for one in campaign_judgements(identifier, engine)} == {f"simulated:{persona}"}


def test_an_annotator_that_only_judges_pairs_says_so_of_rankings(engine, campaign):
    class Pairs:
        name = "pairs"

        def judge(self, prompt, first, second):
            return "tie"

    with pytest.raises(InputError, match="ranking tasks"):
        judge_campaign(campaign(1, per_prompt=3, task="ranking"), Pairs(), engine=engine)


@pytest.fixture
def said(engine, campaign):
    """Three pairs: one decided, one tie, two bad ones."""
    identifier = campaign(3)
    for choice in ("first", "tie", "both_bad"):
        item = next_assignment(identifier, "anna", engine=engine)
        if choice == "first" and item.completions[0].endswith(".1"):
            choice = "second"
        record_vote(item.id, f"key-of-{item.id}", annotator="anna", choice=choice, engine=engine)
    return identifier


def rows(path):
    return [json.loads(line) for line in path.read_text().splitlines()]


def test_each_form_of_the_same_votes(engine, said, tmp_path):
    out = {form: rows(export_judgements(said, tmp_path / form, form, engine=engine)) for form in FORMS}
    [pair] = out["pairs"]
    assert pair["prompt"] == [{"role": "user", "content": "prompt 0"}]
    assert pair["chosen"][0]["content"] == "answer 0.0" and pair["rejected"][0]["content"] == "answer 0.1"
    labels = {row["completion"][0]["content"]: row["label"] for row in out["kto"]}
    assert labels == {"answer 0.0": True, "answer 0.1": False, "answer 2.0": False, "answer 2.1": False}
    assert [row["ranks"] for row in out["ranked"]] == [[1, 2], [1, 1], [1, 1]]
    assert [row["choice"] for row in out["log"]] == ["first", "tie", "both_bad"]
    assert out["log"][0]["completions"][0] == {"text": "answer 0.0", "model": "secret-model-name-0"}


def test_what_is_written_is_read_again(engine, said, tmp_path):
    pairs = Preferences.load(export_judgements(said, tmp_path / "pairs.jsonl", engine=engine))
    assert [(one.chosen, one.rejected) for one in pairs] == [("answer 0.0", "answer 0.1")]
    ranked = Preferences.load(export_judgements(said, tmp_path / "ranked.jsonl", "ranked", engine=engine))
    assert [one.choice for one in ranked] == ["first", "tie", "tie"]


def test_decisions_are_in_every_form(engine, said, tmp_path):
    vote = campaign_judgements(said, engine)[0].vote
    settle(vote, choice="second", engine=engine)
    [pair] = rows(export_judgements(said, tmp_path / "pairs", engine=engine))
    assert pair["chosen"][0]["content"] == "answer 0.1" and pair["annotator"] == "settled:owner"
    log = rows(export_judgements(said, tmp_path / "log", "log", engine=engine))
    assert [row["kind"] for row in log] == ["vote"] * 3 + ["decision"]


def test_a_ranking_gives_its_ends_to_kto(engine, campaign, tmp_path):
    identifier = campaign(1, per_prompt=3, task="ranking")
    item = next_assignment(identifier, "anna", engine=engine)
    order = sorted(range(3), key=lambda place: item.completions[place])
    record_vote(item.id, "key-of-anna", annotator="anna", ranking=[[one] for one in order], engine=engine)
    thumbs = rows(export_judgements(identifier, tmp_path / "kto", "kto", engine=engine))
    assert {row["completion"][0]["content"]: row["label"] for row in thumbs} == {
        "answer 0.0": True, "answer 0.2": False,
    }  # fmt: skip


def test_what_cannot_be_exported_is_refused(engine, campaign, tmp_path):
    for source, form in ((campaign(1), "pairs"), (campaign(1), "xml"), ([], "log")):
        with pytest.raises(InputError):
            export_judgements(source, tmp_path / "x", form, engine=engine)
    assert not (tmp_path / "x").exists()
