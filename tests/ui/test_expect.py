"""What a run will cost, as the app says it."""

import json
from dataclasses import asdict

import pytest

from playground.run.calibration import Measured
from playground.run.estimate import Estimate
from playground.training.sft import SFT
from playground.ui import expect

ROWS = [{"prompt": f"What does fund {n} cost?", "completion": "0.1 percent."} for n in range(40)]
FOUND = Estimate(
    trainable=590_000, total=4_200_000, artifact=2_360_000, peak=8 * 10**8, seconds=47.3, steps=9
)


def test_the_line_says_time_memory_result_and_what_learns():
    said = expect.line(FOUND)
    assert said.startswith(
        "About 47 s, 800 MB of memory, a result of 2.4 MB. 590 k numbers learn, 14 % of all."
    )
    assert "rule of thumb" in said
    drawn = Estimate(0, 4_200_000, 0, 8 * 10**8, 12.0, 16)
    assert expect.line(drawn).startswith("About 12 s, 800 MB of memory. Nothing is trained. A rule of thumb")
    full = Estimate(4_200_000, 4_200_000, 1, 1, 1.0, 9, runs=1)
    assert "All 4.2 M numbers learn. Going by 1 run measured here." in expect.line(full)


def test_a_form_that_is_not_in_order_costs_nothing(home):
    assert expect.note(lambda: (SFT(epochs=-1.0), "pocket", {"train": ROWS})) == ""
    assert expect.note(lambda: (SFT(), "nobody/nothing-here", {"train": ROWS})) == ""
    assert "About" in expect.note(lambda: (SFT(), "pocket", {"train": ROWS}))


def test_small_models_are_told_with_what_fits(home, monkeypatch):
    monkeypatch.setattr("playground.run.calibration.has_graphics", lambda: False)
    monkeypatch.setattr("playground.run.calibration.machine_memory", lambda: 6 * 10**9)
    table = expect.small_models(SFT.full(), {"train": ROWS})
    assert "SmolLM2-135M" in table and "1.7 G" in table
    assert ">fits<" in table and ">too large<" in table


def test_expected_and_taken_stand_side_by_side(home):
    run = SFT().prepare("pocket", ROWS)
    assert expect.beside(run).count("not yet") == 4
    taken = Measured(
        peak=640_000_000, start=5 * 10**8, seconds=12.0, steps=20, artifact=2_400_000, numbers=6 * 10**5
    )
    (run.folder / "measured.json").write_text(json.dumps(asdict(taken)))
    assert "640 MB" in expect.beside(run) and "12 s" in expect.beside(run)


@pytest.mark.parametrize(
    ("seconds", "words"), [(0.4, "0.4 s"), (47.3, "47 s"), (89, "89 s"), (100, "1.7 min"), (9000, "2.5 h")]
)
def test_durations_have_two_figures(seconds, words):
    assert expect.duration(seconds) == words
