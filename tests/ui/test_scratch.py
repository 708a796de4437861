"""From scratch or from pocket in the app: six runs by a press, and what was learned by heart."""

from playground.run import events
from playground.run.job import RESULT, Run
from playground.run.race import Race
from playground.training.transfer import NARROW, Transfer
from playground.ui import scratch


def finished(made, train=1.0, other=0.25):
    for run_id in made.race.runs.values():
        run = Run.load(run_id)
        events.EventLog(run.folder).metrics(10, {"train_gain": train, "gain": other})
        events.write_status(run.folder, events.Status(state="completed", step=10, total=10))
        (run.folder / RESULT).mkdir()


def test_a_press_queues_six_runs_and_shows_the_two_that_learn_everything(client, home):
    said, picker, figures, board, heart = scratch._start(client.studio, NARROW, 2)
    (race,) = Race.all("transfer")
    assert said == "" and figures == "" and picker["value"] == race.id
    assert [folder.name for folder in client.studio.supervisor.started] == list(race.runs.values())
    starts = Transfer(race).starts
    assert all(f'<live-run run="{run.id}"' in board for run in starts.values()) and len(starts) == 2
    assert "From random weights" in board and f'path="transfers/{race.id}/memorized"' in heart
    assert [one.spec.settings["epochs"] for one in starts.values()] == [2.0, 2.0]
    again = scratch._shown(race.id, keep=True)
    assert "value" not in again[2] and "value" not in again[3]


def test_what_was_learned_by_heart_is_told_once_all_have_ended(client, home):
    scratch._start(client.studio, NARROW, 2)
    made = Transfer(Race.all("transfer")[0])
    path = f"/api/transfers/{made.id}/memorized"
    assert client.get(path).json() == {
        "line": "Known once all 6 runs have ended; 0 have. 4 of them learn from halves."
    }
    finished(made)
    while "line" in (told := client.get(path).json()):
        pass
    assert told["head"] == ["question", "answer", "from random weights", "from pocket"]
    assert len(told["rows"]) == 12 and all(len(row) == 4 for row in told["rows"])
    assert [figure["number"] for figure in told["figures"]] == ["0 %", "0 %"]
    assert "100 % → 25 %" in scratch._shown(None)[1]
    assert client.get("/api/transfers/race-0001/memorized").status_code == 404


def test_a_run_that_broke_off_is_told_in_place_of_the_table(client, home):
    scratch._start(client.studio, NARROW, 2)
    made = Transfer(Race.all("transfer")[0])
    events.update_status(next(iter(made.starts.values())).folder, state="failed", message="Broke off")
    assert "A run is failed" in client.get(f"/api/transfers/{made.id}/memorized").json()["line"]
    assert scratch._shown(None)[1] == ""


def test_other_data_lends_its_validation_part(client, home):
    train, validation = scratch._parts("larkspur")
    assert len(train) > 10 * len(validation) > 0
    said, *_ = scratch._start(client.studio, None, 2)
    assert "No dataset is chosen" in said and Race.all("transfer") == []
    assert "About" in scratch._cost(NARROW, 10) and scratch._cost(None, 10) == ""
