"""A sweep in the app: what it will start, the runs beside each other, and the best one taken on."""

import gradio as gr
import pytest

from playground.run import events
from playground.run.job import RESULT, Run
from playground.run.race import Race
from playground.training.sweep import Sweep
from playground.ui import page, sweeping

FORM = ("lora", ["learning_rate", "rank"], "random", 3, 1.0, "pocket", "larkspur")


def test_what_may_vary_is_told_with_its_range_and_the_reason():
    choices, why = sweeping._choices("lora", ["learning_rate", "rank"], "pocket", "larkspur")
    named = {name: label for label, name in choices["choices"]}
    assert named["rank"].startswith("Rank: 4, 8") and "0.0022" in named["learning_rate"] + why
    moved, _ = sweeping._choices("full", ["rank"], "pocket", "larkspur")
    assert moved["value"] == ["learning_rate"] and "rank" not in dict(map(reversed, moved["choices"]))


def test_the_plan_is_told_before():
    button, cost, runs = sweeping._plan(*FORM)
    assert button["value"] == "Start 3 runs" and "About" in cost and runs["visible"]
    button, _, runs = sweeping._plan("lora", ["learning_rate", "rank"], "grid", *FORM[3:])
    assert button["value"] == "Start 9 runs" and not runs["visible"]
    many = sweeping._plan("lora", ["learning_rate", "rank", "epochs", "batch_size"], "grid", *FORM[3:])
    assert "A sweep has 2 to 24" in many[1]


def test_a_press_queues_the_runs_and_the_best_settings_can_be_taken_on(client, home):
    said, _, best, use, plot, board = sweeping._start(client.studio, *FORM)
    (race,) = Race.all("sweep")
    assert said == best == "" and not use["visible"] and not plot["visible"]
    assert f'<race-board race="{race.id}">' in board and len(client.studio.supervisor.started) == 3
    assert sweeping.best_settings(race.id) is None and sweeping.best_settings(None) is None
    for place, run_id in enumerate(race.runs.values()):
        run = Run.load(run_id)
        events.EventLog(run.folder).metrics(9, {"gain": 0.2 * place, "retention": 0.9, "eval_loss": 1.0})
        events.write_status(run.folder, events.Status(state="completed", step=9, total=9, seconds=4.0))
        (run.folder / RESULT).mkdir()
    winner = list(race.runs.values())[-1]
    _, best, use, plot, _ = sweeping._shown(race.id, keep=True)
    assert Sweep(race).best == winner and f"by {winner}" in best and "40 %" in best
    assert use["visible"] and plot["visible"]
    settings = sweeping.best_settings(race.id)
    assert settings.learning_rate == Run.load(winner).spec.settings["learning_rate"]
    filled = page._tune_with(settings, lambda given: [given.learning_rate], ["rate"])
    assert filled == [gr.update(selected="tuning"), settings.learning_rate]
    assert len(page._tune_with(None, None, ["rate"])) == 2


@pytest.mark.parametrize(("changes", "words"), [
    ({6: None}, "No dataset is chosen"), ({1: []}, "1 runs would be started"),
])  # fmt: skip
def test_what_cannot_be_swept_is_told_in_place(client, home, changes, words):
    given = [changes.get(place, value) for place, value in enumerate(FORM)]
    assert words in sweeping._start(client.studio, *given)[0]
    assert Run.all() == []
