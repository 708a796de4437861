"""The expected time scales with the work, from a run of the same kind on this machine."""

import pytest

from playground.fields import as_dict
from playground.training.ppo import PPO
from playground.training.sft import SFT
from playground.ui import expect


def test_nothing_is_promised_before_the_first_run(home):
    assert expect.line("sft", as_dict(SFT()), 100) == ""


def test_twice_the_examples_take_twice_the_time(make_run):
    run = make_run(settings=SFT(epochs=2.0), rows=10, seconds=10.0)
    assert expect.line("sft", as_dict(SFT(epochs=2.0)), 20) == f"About 20 s here, going by {run.id}."
    assert expect.line("sft", as_dict(SFT(epochs=1.0)), 10) == f"About 5 s here, going by {run.id}."


def test_another_tuning_or_an_unfinished_run_tells_nothing(make_run):
    make_run(settings=SFT.full())
    make_run("stopped")
    assert expect.line("sft", as_dict(SFT()), 100) == ""


def test_ppo_counts_answers():
    assert expect.work(as_dict(PPO(updates=3, rollout=32)), 999) == 96


@pytest.mark.parametrize(
    ("seconds", "words"), [(0.4, "0.4 s"), (47.3, "47 s"), (89, "89 s"), (100, "1.7 min")]
)
def test_durations_have_two_figures(seconds, words):
    assert expect.duration(seconds) == words
