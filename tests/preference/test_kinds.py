"""Every kind of task: what is stored is what was seen, and pairs say no more than was said."""

import secrets
from collections import Counter
from dataclasses import replace
from itertools import count

import pytest

from playground.errors import ConflictError, InputError
from playground.preference.agreement import agreement_by_criterion
from playground.preference.assign import next_assignment, record_vote, undo_vote
from playground.preference.campaign import load_campaign, progress, vote_log
from playground.preference.collect import Preferences, judge_campaign
from playground.preference.design import CRITERIA, Criterion, Design
from playground.preference.judgements import Judgement, campaign_comparisons, campaign_judgements
from playground.preference.leaderboard import leaderboard, model_pairs
from playground.preference.takeout import export_judgements
from playground.run.lineage import trained_on
from playground.store.files import read_jsonl
from playground.training.sft import SFT
from playground.world.annotators import PERSONAS, SimulatedAnnotator


@pytest.fixture
def judge(engine):
    """judge(campaign, said, annotator): the next item judged; `said` a dictionary, or made of the item."""
    keys = count()

    def give(campaign, said, annotator="anna"):
        item = next_assignment(campaign, annotator, engine=engine)
        if item is not None:
            told = said(item) if callable(said) else said
            record_vote(item.id, f"key-of-vote-{next(keys)}", annotator=annotator, engine=engine, **told)
        return item

    return give


def test_ratings_are_stored_by_text_and_become_pairs_by_their_difference(engine, campaign, judge):
    identifier = campaign(12, per_prompt=3, task="rating", scale=7)
    points = {"0": 2, "1": 3, "2": 6}
    while judge(identifier, lambda item: {"scores": [points[text[-1]] for text in item.completions]}):
        pass
    assert len({tuple(row["display"]) for row in vote_log(identifier, engine)}) > 1
    found = campaign_judgements(identifier, engine)
    assert {one.scores for one in found} == {(2, 3, 6)} and found[0].order == ((2,), (1,), (0,))

    def said(margin):
        pairs = campaign_comparisons(identifier, engine, margin=margin)[:3]
        return [(pair.first[-1] + pair.second[-1], pair.choice, pair.strength) for pair in pairs]

    assert said(1) == [("01", "second", 1), ("02", "second", 4), ("12", "second", 3)]
    assert said(2) == [("01", "tie", 0), ("02", "second", 4), ("12", "second", 3)]
    assert said(5) == [("01", "tie", 0), ("02", "tie", 0), ("12", "tie", 0)]
    assert len(Preferences.load(identifier, str(engine.url), margin=4).pairs()) == 12


def test_best_and_worst_compare_only_what_they_say(engine, campaign, judge):
    identifier = campaign(12, per_prompt=4, task="best_worst")

    def said(item):
        last = [text[-1] for text in item.completions]
        return {"best_worst": [last.index("2"), last.index("0")]}

    while judge(identifier, said):
        pass
    one = campaign_judgements(identifier, engine)[0]
    pairs = {pair.first[-1] + pair.second[-1]: pair.choice for pair in one.comparisons()}
    assert pairs == {"01": "second", "02": "second", "03": "second", "12": "second", "23": "first"}
    assert "13" not in pairs and len(one.parts()) == 5
    assert sorted(model_pairs(one)) == sorted(pair for part in one.parts() for pair in model_pairs(part))
    models = leaderboard(identifier, draws=0, url=str(engine.url)).models
    assert (models[0][-1], models[-1][-1]) == ("2", "0")


def test_how_much_better_is_asked_and_kept(engine, campaign, judge):
    identifier = campaign(20, strength=True)
    while judge(identifier, {"choice": "first", "strength": 3}):
        pass
    found = campaign_comparisons(identifier, engine)
    assert {pair.choice for pair in found} == {"first", "second"} and {p.strength for p in found} == {3}
    assert load_campaign(identifier, engine).design.strength


REFUSED = {
    "no scores for all": ("rating", {"scores": [1, 2]}, "Each of the 3"),
    "beyond the scale": ("rating", {"scores": [1, 2, 6]}, "from 1 to 5"),
    "half points": ("rating", {"scores": [1, 2, 2.5]}, "from 1 to 5"),
    "a ranking of ratings": ("rating", {"ranking": [[0], [1], [2]]}, "a scores is given"),
    "a choice in ratings": ("rating", {"choice": "first"}, "scores is given"),
    "best is worst": ("best_worst", {"best_worst": [1, 1]}, "two different"),
    "no such place": ("best_worst", {"best_worst": [0, 3]}, "two different"),
    "two forms": ("best_worst", {"best_worst": [0, 1], "choice": "skip"}, "one judgement"),
    "strength nobody asked": ("pairwise", {"choice": "first", "strength": 2}, "asks for it"),
    "a reason for no skip": ("pairwise", {"choice": "first", "reason": "unclear"}, "A skip's"),
    "no such reason": ("pairwise", {"choice": "skip", "reason": "bored"}, "A skip's"),
    "a long note": ("pairwise", {"choice": "first", "note": "x" * 2001}, "At most 2,000"),
    "half a character": ("pairwise", {"choice": "first", "rewrite": "\ud800"}, "half characters"),
    "a rewritten skip": ("pairwise", {"choice": "skip", "rewrite": "x"}, "belongs to a judgement"),
}


@pytest.mark.parametrize("task, said, why", REFUSED.values(), ids=REFUSED)
def test_what_a_task_does_not_ask_is_refused_and_nothing_stored(engine, campaign, judge, task, said, why):
    identifier = campaign(1, per_prompt=3, task=task)
    with pytest.raises(InputError, match=why):
        judge(identifier, said)
    assert vote_log(identifier, engine) == []


@pytest.mark.parametrize(
    "design, why",
    [
        ({"gold_share": 0.1}, "share needs gold items"),
        ({"gold_share": 0.4, "repeat_share": 0.2}, "half of it"),
        ({"scale": 1}, "Points of the scale"),
        ({"order": "backwards"}, "given, random, balanced"),
        ({"criteria": ["humor", "humor"]}, "name of its own"),
        ({"criteria": ["humor", ""]}, "name of its own"),
        ({"speed": 3}, "no setting speed"),
    ],
)
def test_a_bad_design_is_refused(campaign, design, why):
    with pytest.raises(InputError, match=why):
        campaign(1, **design)


def test_every_criterion_asks_its_question_of_the_same_texts_where_they_stood(engine, campaign, judge):
    own = Criterion("brevity", guidelines="Say it in few words.")
    identifier = campaign(8, votes_per_item=2, criteria=["truthfulness", own])
    shown = [judge(identifier, {"choice": "first"}) for _ in range(16)]
    judge(identifier, {"choice": "first"}, "bob")
    judge(identifier, {"choice": "tie"}, "bob")
    assert [item.criterion.name for item in shown] == ["truthfulness", "brevity"] * 8
    assert all(a.completions == b.completions for a, b in zip(shown[::2], shown[1::2], strict=True))
    assert shown[0].criterion == CRITERIA["truthfulness"]
    assert shown[0].criterion.question("pairwise") == "Which answer is more truthful?"
    assert shown[1].criterion.question("rating") == "How good is each answer in brevity?"
    assert progress(identifier, engine=engine).items == 16
    prefs = Preferences.load(identifier, str(engine.url))
    assert {name: len(part) for name, part in prefs.by_criterion().items()} == {
        "brevity": 9, "truthfulness": 9,
    }  # fmt: skip
    found = agreement_by_criterion(prefs)
    assert found["brevity"].share.value == 0 and found["truthfulness"].items == 1


def test_preferences_keep_what_is_told_beside_a_choice(engine, campaign, judge, tmp_path):
    identifier = campaign(4, strength=True, criteria=["humor"])
    judge(identifier, {"choice": "first", "strength": 2, "note": " =1+1, and an odd tone "})
    judge(identifier, {"choice": "tie"})
    prefs = Preferences.load(identifier, str(engine.url))
    for name, tool in (
        ("x.jsonl", None), ("x.csv", None), ("x.parquet", None), ("a.json", "argilla"),
        ("l.json", "label-studio"),
    ):  # fmt: skip
        back = Preferences.load(prefs.export(tmp_path / name, tool=tool))
        assert list(back) == list(prefs) and [one.note for one in back] == [one.note for one in prefs], name
    kept = back.keep("again", str(engine.url))
    assert list(kept) == [replace(one, annotator="file:anna") for one in prefs]
    assert kept[0].note == "=1+1, and an odd tone"
    assert load_campaign(kept.campaign, engine).design.criteria == (CRITERIA["humor"],)
    assert list(prefs.to_pandas().columns)[-4:] == ["vote", "criterion", "strength", "note"]


def test_a_skip_with_a_reason_goes_to_others_and_stays_in_the_log(engine, campaign, judge, tmp_path):
    identifier = campaign(1)
    judge(identifier, {"choice": "skip", "reason": "beyond me", "note": "It is about law"})
    assert progress(identifier, engine=engine).votes == 0
    assert judge(identifier, {"choice": "second"}, "bob") is not None
    first, second = read_jsonl(export_judgements(identifier, tmp_path / "log.jsonl", "log", engine=engine))
    assert (first["choice"], first["reason"], first["note"]) == ("skip", "beyond me", "It is about law")
    assert second["reason"] is None and second["completions"][1] == {
        "text": "answer 0.1", "model": "secret-model-name-1",
    }  # fmt: skip


def test_rewrites_become_examples_that_lead_back_to_their_votes(engine, campaign, judge, home):
    identifier = campaign(4)
    judge(identifier, {"choice": "first", "rewrite": "Better said."})
    judge(identifier, lambda item: {"choice": "second", "rewrite": item.completions[1]})
    judge(identifier, {"choice": "both_bad", "rewrite": "  A good one. "})
    judge(identifier, {"choice": "first", "rewrite": "Taken back."})
    undo_vote(identifier, "key-of-the-undo", annotator="anna", engine=engine)
    found = Preferences.load(identifier, str(engine.url)).rewrites()
    assert [(one.question, one.completion) for one in found] == [
        ("prompt 0", "Better said."), ("prompt 2", "A good one."),
    ]  # fmt: skip
    assert found.origin.name == f"rewrites of {identifier}"
    vote = vote_log(identifier, engine)[0]["key"]
    assert found[0].tags == ("rewrite", f"vote:{vote}")
    run = SFT().prepare("pocket", [*found, *found], list(found))
    assert [(one.run, one.how, one.votes) for one in trained_on([vote])] == [(run.id, "train", 2)]
    assert len(Preferences([]).rewrites()) == 0


def test_a_vote_repeated_with_another_note_is_another_vote(engine, campaign):
    identifier = campaign(1)
    item = next_assignment(identifier, "anna", engine=engine)
    told = {"annotator": "anna", "choice": "first", "note": "so", "engine": engine}
    receipt = record_vote(item.id, "the-very-key", **told)
    again = record_vote(item.id, "the-very-key", **told)
    assert again.receipt == receipt.receipt and again.status == "already stored"
    with pytest.raises(ConflictError, match="another vote"):
        record_vote(item.id, "the-very-key", **told | {"note": "otherwise"})


@pytest.mark.parametrize("persona", PERSONAS)
@pytest.mark.parametrize("task", ["ranking", "rating", "best_worst"])
def test_simulated_annotators_judge_every_kind(engine, campaign, task, persona):
    identifier = campaign(4, per_prompt=3, task=task, scale=3)
    annotator = SimulatedAnnotator(persona)
    assert judge_campaign(identifier, annotator, engine=engine) == 4
    assert {one.annotator for one in campaign_judgements(identifier, engine)} == {annotator.name}


def test_whoever_judges_pairs_alone_is_told(engine, campaign):
    class Pairs:
        name = "pairs"

        def judge(self, prompt, first, second):
            return "first"

    with pytest.raises(InputError, match="method rate"):
        judge_campaign(campaign(1, task="rating"), Pairs(), engine=engine)


def test_a_design_survives_the_database():
    design = Design(criteria=("humor", Criterion("tact", "tactful", "g")), scale=7, order="random")
    assert Design.from_json(design.as_json()) == design and Design.from_json({}) == Design()


@pytest.mark.parametrize("order", ["given", "random", "balanced"])
def test_orders_of_work(engine, campaign, order):
    identifier = campaign(30, 2, order=order, seed=1)

    def walk(annotator, number):
        seen = []
        for _ in range(number):
            item = next_assignment(identifier, annotator, engine=engine)
            record_vote(item.id, secrets.token_hex(16), annotator=annotator, choice="tie", engine=engine)
            seen.append(int(item.prompt.split()[1]))
        return seen

    anna, bob, carl = walk("anna", 10), walk("bob", 10), walk("carl", 10)
    if order == "given":
        assert anna == bob == list(range(10)) and carl == list(range(10, 20))
    elif order == "balanced":
        assert sorted(anna + bob + carl) == list(range(30))
    else:
        assert anna != sorted(anna) and anna != bob
        assert Counter(anna + bob + carl).most_common(1)[0][1] <= 2


def test_judgements_of_one_partial_order_are_whole_where_three_are_judged():
    one = Judgement(prompt="p", completions=("a", "b", "c"), order=((1,), (0,), (2,)), partial=True)
    assert [pair.choice for pair in one.comparisons()] == ["second", "first", "first"]
