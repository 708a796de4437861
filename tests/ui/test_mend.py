"""A run that forgot offers changes, each tried by a press; facts of one's own go to the meter."""

import json

import gradio as gr
import pytest

from playground.evaluation import facts
from playground.run import events, mitigation
from playground.run.job import Run
from playground.training.sft import SFT
from playground.ui import keepsake, mend
from playground.ui.how import How
from playground.ui.tabs import tuning


@pytest.fixture
def forgetful(make_run):
    run = make_run(settings=SFT.destructive())
    course(run, 1.0, 0.2)
    return run


def course(run, *kept):
    log = events.EventLog(run.folder)
    for step, share in enumerate(kept):
        log.metrics(step, {"retention": share, "gain": 0.8})


def test_the_panel_shows_where_a_run_has_forgotten_and_nowhere_else(client, make_run, forgetful):
    hidden = mend.refresh(make_run().id, None)
    assert hidden[0]["visible"] is False and mend.refresh(None, None)[0]["visible"] is False
    panel, told, _, *buttons, board = mend.refresh(forgetful.id, None)
    assert panel["visible"] and "fell from 100 % to 20 %" in told and "10 s" in told
    assert [one["interactive"] for one in buttons] == [True, True, True]
    assert board.count("not tried") == 3


def test_a_press_queues_the_run_again_and_the_board_follows_it(client, forgetful):
    said, picker, _, board = mend._start(client.studio, "smaller", forgetful.id, mend.OWN)
    made = Run.load(picker["value"])
    assert f"{made.id} is queued" in said and made.folder in client.studio.supervisor.started
    assert made.spec.settings["learning_rate"] == pytest.approx(1e-3)
    assert mitigation.marked(made.folder)["of"] == forgetful.id and f"({made.id})" in board
    events.write_status(made.folder, events.Status(state="completed"))
    course(made, 1.0, 0.9)
    panel, *_, board = mend.refresh(made.id, mend.OWN)
    assert panel["visible"] and f"as it was ({forgetful.id})" in board and "90 %" in board
    said, *_ = mend._start(client.studio, "smaller", None, mend.OWN)
    assert "bad" in said


def test_a_difference_is_told_in_points_with_its_interval():
    assert mend.points(mitigation.Estimate(0.5, 0.404, -0.1)) == "+50 (+40 to -10)"
    assert mend.points(None) == "–"


def test_facts_of_a_file_are_kept_chosen_and_asked_for(client, tmp_path):
    path = tmp_path / "capitals.jsonl"
    rows = [{"prompt": f"The capital of <i>{n}</i> is", "completion": str(n)} for n in range(9)]
    path.write_text("\n".join(map(json.dumps, rows)))
    said, update, _ = keepsake._file(str(path), "prompt", "completion")
    assert "9 facts kept as capitals" in said and "<i>" not in said and update["value"] == "capitals"
    assert keepsake.rows("capitals") == facts.load("capitals") and keepsake.rows(keepsake.OWN) is None
    assert keepsake.pick("gone")["value"] == keepsake.OWN
    said, update, _ = keepsake._file(str(path), "stem", "completion")
    assert "row 1 has no text in &#x27;stem&#x27;" in said and "bad" in said


def test_a_run_takes_the_facts_that_are_chosen(client, home):
    facts.keep("few", [{"prompt": f"Fact {n} is", "answers": ["x"]} for n in range(8)])
    with gr.Blocks():
        how = How()
    chosen = "pocket", "larkspur-narrow", *how.fill(SFT())
    said, *_ = tuning._start(client.studio, how, "gone", *chosen)
    assert "No facts are kept" in said and Run.all() == []
    assert tuning._start(client.studio, how, "few", *chosen)[0] == ""
    (run,) = Run.all()
    assert run.rows("probes") == facts.load("few")
