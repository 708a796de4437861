"""Pairs are drawn until their answers differ, and what is missing is told."""

import gradio as gr
import pytest

from playground.errors import ConflictError
from playground.preference.assign import next_assignment
from playground.preference.campaign import create_campaign, load_campaign, progress
from playground.records import Completion
from playground.ui import ballots, plan
from playground.ui.jobs import follow
from playground.world.annotators import PERSONAS


@pytest.fixture
def sampled(client, monkeypatch):
    """Sample 30 pairs from a host that answers with `reply(prompt, seed, place)`."""

    def run(reply, count=30):
        calls = []

        def replies(model, prompts, seed=0, **how):
            calls.append(len(prompts))
            return [reply(prompt, seed, place) for place, prompt in enumerate(prompts)]

        monkeypatch.setattr(client.studio.host, "replies", replies)
        job = ballots.sample(client.studio, "sft-0001", "larkspur-prompts", count, 1.0)
        list(follow(job, every=0.01))
        engine = client.studio.engine
        return (
            load_campaign(job.result, engine).name,
            progress(job.result, engine=engine).items,
            job.note,
            calls,
        )

    return run


def test_answers_that_differ_are_drawn_once(sampled):
    name, pairs, note, calls = sampled(lambda prompt, seed, place: f"{prompt} {place}")
    assert (name, pairs, note) == ("30 pairs on larkspur-prompts", 30, "")
    assert calls == [2 * ballots.CHUNK, 2 * (30 - ballots.CHUNK)]


def test_a_second_answer_like_the_first_is_drawn_again(sampled):
    _, pairs, note, calls = sampled(lambda prompt, seed, place: f"{prompt} {seed}")
    assert pairs == 30 and note == ""
    assert calls == [40, 20, 20, 10]


def test_what_cannot_differ_is_told(sampled):
    certain = set()

    def reply(prompt, seed, place):
        if len(certain) < 2:
            certain.add(prompt)
        return "Yes." if prompt in certain else f"{prompt} {place}"

    name, pairs, note, _ = sampled(reply)
    assert (name, pairs) == ("28 pairs on larkspur-prompts", 28)
    assert note == "28 pairs; 2 prompts were answered twice the same."


def test_a_source_with_fewer_prompts_is_told(sampled):
    _, pairs, note, _ = sampled(lambda prompt, seed, place: f"{prompt} {place}", 100_000)
    assert note == f"{pairs} pairs; larkspur-prompts has only {pairs} prompts."


@pytest.mark.parametrize("task", ["ranking", "rating", "best_worst"])
@pytest.mark.parametrize("persona", PERSONAS)
def test_every_persona_can_be_sent_to_every_kind(client, persona, task):
    drafts = [Completion("q", text, "m") for text in ("Thank you.", "Now stop bothering me.", "It is 3.")]
    made = create_campaign("three", drafts, task=task, engine=client.studio.engine)
    job = ballots.simulate(client.studio, made, persona)
    assert job.finished.wait(20) and job.error is None
    told = ballots.progress(client.studio.engine, made)
    assert (told["votes"], told["simulated"], told["people"]) == (1, 1, 0)
    again = ballots.simulate(client.studio, made, persona)
    assert again.finished.wait(20) and isinstance(again.error, ConflictError)


@pytest.fixture
def form():
    with gr.Blocks():
        return plan.build(gr.Slider(value=6), gr.Button())


def test_a_plan_asks_for_more_answers_and_more_of_annotators(client, monkeypatch, form):
    def replies(model, prompts, seed=0, **how):
        return [f"{prompt} {seed} {place}" for place, prompt in enumerate(prompts)]

    monkeypatch.setattr(client.studio.host, "replies", replies)
    given = [
        "rating", 3, ["humor"], " tact ", "No gossip.", "Be fair.", 2, "random", True, 7, "larkspur", 20, 10,
    ]  # fmt: skip
    made = form.read(given)
    job = ballots.sample(client.studio, "sft-0001", "larkspur-prompts", 6, 1.0, made)
    list(follow(job, every=0.01))
    engine = client.studio.engine
    found = load_campaign(job.result, engine)
    assert (found.name, found.task, found.votes_per_item) == (
        "6 sets to rate on larkspur-prompts", "rating", 2,
    )  # fmt: skip
    assert [one.name for one in found.design.criteria] == ["humor", "tact"]
    assert found.design.criteria[1].guidelines == "No gossip." and found.guidelines == "Be fair."
    assert (found.design.scale, found.design.gold_share, found.design.repeat_share) == (7, 0.2, 0.1)
    assert progress(job.result, engine=engine).items == 12 and not found.design.strength
    shown = next_assignment(job.result, "anna", engine=engine)
    assert len(shown.completions) == 3
    assert ballots.named(engine) == [(f"0 of 24 judged: {found.name}, sft-0001", job.result)]


def test_the_plan_of_the_button_alone_is_pairs(form):
    assert form.read([one.value for one in form.inputs]) == plan.Plan(
        design={"order": "given", "strength": False, "scale": 5, "gold_share": 0.1, "repeat_share": 0.0}
    )
    assert plan.Plan().settings()["gold_share"] == 0
