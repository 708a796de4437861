"""A refresh keeps what a person has chosen, and does not write over what is chosen meanwhile."""

import gradio as gr
import pytest

from playground.errors import ConflictError
from playground.ui.room import keep_run, pick, show_run
from playground.ui.tabs import rlhf


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
        rlhf._newest_reward(client.studio)
    monkeypatch.setattr(client.studio, "rewards", lambda: ["reward-0002", "reward-0001"])
    assert rlhf._newest_reward(client.studio) == "reward-0002"
