"""A refresh keeps what a person has chosen, and does not write over what is chosen meanwhile."""

import inspect

import gradio as gr
import pytest

from playground.errors import ConflictError
from playground.preference.campaign import create_campaign
from playground.training import inputs
from playground.training.grpo import GRPO
from playground.training.ppo import PPO
from playground.training.sft import SFT
from playground.ui import ballots, methods, moving, page, presets
from playground.ui.presets import POLICY_PRESETS
from playground.ui.room import keep_run, newest_or, pick, show_run, states
from playground.ui.tabs import tuning


def test_a_choice_that_still_exists_is_not_sent_again():
    assert "value" not in pick(["pocket", "sft-0001"], "sft-0001")
    assert pick(["pocket", "sft-0001"], "gone-0001", "sft-0001")["value"] == "sft-0001"
    assert pick(["reward-0001"], None)["value"] == "reward-0001"
    assert pick([], "gone-0001")["value"] is None


def test_a_run_that_is_shown_is_left_alone(client, make_run):
    old, new = make_run().id, make_run().id
    picker, view = keep_run(client.studio, ("sft",), old)
    assert picker["choices"] == [new, old]
    assert "value" not in picker and view == gr.skip()
    assert keep_run(client.studio, ("sft",), None) == show_run(client.studio, ("sft",), None)


def test_ppo_finds_the_reward_model_that_the_page_has_not_seen_yet(client, monkeypatch):
    with pytest.raises(ConflictError, match="no reward model yet"):
        moving._newest_reward(client.studio)
    monkeypatch.setattr(client.studio, "rewards", lambda: ["reward-0002", "reward-0001"])
    assert moving._newest_reward(client.studio) == "reward-0002"


def test_a_rule_judges_alone_where_that_is_chosen(client, monkeypatch):
    monkeypatch.setattr(client.studio, "rewards", lambda: ["reward-0001"])
    ruled, alone = GRPO(rule="risk note"), methods.RULE_ALONE
    assert moving._judge(client.studio, ruled, alone) is None
    assert moving._judge(client.studio, ruled, None) == "reward-0001"
    for settings in (GRPO(), PPO()):
        assert moving._judge(client.studio, settings, alone) == "reward-0001"
    assert methods.pick_reward(client.studio, None)["value"] == "reward-0001"
    assert "value" not in methods.pick_reward(client.studio, alone)


def test_a_preset_fills_its_own_form_for_either_size(client):
    with gr.Blocks():
        forms, _ = methods.build_forms()
    for name, size in [("RLOO", presets.SIZES[1]), ("Best of n", presets.SIZES[0])]:
        _, *rest = methods.apply(name, size, forms)
        values, shown = rest[: -len(forms)], rest[-len(forms) :]  # shown when it is filled
        settings = presets.policy(name, size)
        assert [one["visible"] for one in shown] == [stage == settings.stage for stage in forms]
        assert methods.read(forms, name, values) == settings
    assert presets.policy("RLOO", presets.SIZES[1]) != presets.policy("RLOO")


def test_a_tuned_model_that_was_chosen_stays_beside_a_newer_one():
    seen = ["pocket", "sft-0002", "sft-0001"]
    assert newest_or(["pocket", "sft-0003", *seen[1:]], "sft-0001", seen) == "sft-0001"
    assert newest_or(["pocket", "sft-0003", *seen[1:]], "sft-0002", seen) == "sft-0003"


def test_a_chosen_base_stays_until_a_new_tuned_model_appears():
    known = ["pocket", "sft-0001"]
    assert newest_or(known, "pocket", []) == "sft-0001"
    assert newest_or(known, "pocket", known) == "pocket"
    assert newest_or(["pocket", "sft-0002", "sft-0001"], "pocket", known) == "sft-0002"
    assert newest_or(known, "gone-0001", known) == "sft-0001"
    assert newest_or(["pocket"], None, []) == "pocket"


def test_states_differ_once_a_run_has_begun_or_ended(make_run):
    first = states("sft")
    run = make_run("stopped")
    assert states("sft") != first and states("reward") == []
    assert states("sft") == [f"{run.id} stopped"]


def told(client, campaign, preset, **changes):
    """What stands beside the button, with a preset's form in which these fields were changed."""
    with gr.Blocks():
        forms, _ = methods.build_forms()
    chosen = POLICY_PRESETS[preset].settings
    values = []
    for stage, made in forms.items():
        shown = dict(zip((one.name for one in made.settings), made.values(made.cls()), strict=True))
        values += (shown | changes if stage == chosen.stage else shown).values()
    return moving.told(client.studio, forms, campaign, preset, *values)


def test_a_policy_answers_the_prompts_of_the_campaign_where_there_are_enough(client, drafts):
    campaign = create_campaign("sft-0001, 4 pairs", drafts, engine=client.studio.engine)
    enough = told(client, campaign, "PPO", rollout="4")
    assert "the 4 prompts of the campaign “sft-0001, 4 pairs”" in enough
    fallback = told(client, campaign, "PPO", rollout="32")
    assert "larkspur-prompts" in fallback and "has only 4, and an update needs 32" in fallback
    assert "larkspur-prompts" in told(client, None, "PPO", rollout="32")
    assert told(client, campaign, "DPO") == told(client, campaign, "KTO") == ""
    assert "the 4 prompts" in told(client, campaign, "Best of n")
    assert "the 4 prompts" in told(client, campaign, "GRPO", rollout="32", group="8")
    assert told(client, campaign, "GRPO", rollout="32", group="5") == ""
    assert told(client, campaign, "PPO", rollout="many") == ""
    prompts = inputs.prompts(ballots.to_answer(client.studio.engine, campaign, 4))
    assert prompts == [{"prompt": f"Question {n}?"} for n in range(4)]


def test_only_what_streams_is_queued(client):
    handlers = page.build(client.studio).fns.values()
    assert {one.queue == inspect.isgeneratorfunction(one.fn) for one in handlers if one.fn} == {True}


@pytest.mark.parametrize(
    "module", [module for _, _, module in page.ROOMS], ids=[name for name, *_ in page.ROOMS]
)
def test_a_refresh_has_an_update_for_all_that_a_room_shows(client, module):
    with gr.Blocks():
        room = module.build(client.studio)
    updates = room.refresh(*(one.value for one in room.inputs))
    assert len(updates) == len(room.outputs)


def test_settings_found_elsewhere_fill_in_the_form(client):
    with gr.Blocks():
        room = tuning.build(client.studio)
    fields, values = room.form
    filled = values(SFT.tuned("bottleneck", learning_rate=3e-4))
    assert len(filled) == len(fields) and filled[0] == "bottleneck" and "0.0003" in filled


PRESSED = {"click", "submit", "upload", "blur", "select", "expand"}


def test_what_follows_a_choice_is_answered_for_the_last_one(client):
    for one in page.build(client.studio).fns.values():
        events = {event for _, event in one.targets}
        if one.fn and not one.queue and not events <= PRESSED:
            assert one.trigger_mode == "always_last", (one.fn.__code__, events)
