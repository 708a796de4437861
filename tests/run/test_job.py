import os
import shutil
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import psutil
import pytest

from playground.errors import ConflictError, InputError, NotFoundError
from playground.run import events, job
from playground.run.job import Run, process_lives


def test_a_new_run_waits_and_holds_its_whole_specification(make_run):
    run = make_run(steps=7)
    again = Run.load(run.id)
    assert again.id == "sft-0001"
    assert again.state == "queued"
    assert again.spec == run.spec
    assert again.spec.settings == {"steps": 7}
    assert again.spec.data["train"].rows == 1
    assert again.spec.data["train"].name == "greetings"
    assert again.spec.versions["trl"]
    assert again.rows("train") == [{"prompt": "Hello", "completion": "Good day"}]
    assert again.rows("validation") == []


def test_equal_data_has_equal_hashes_and_other_data_another(make_run):
    one, two = make_run(), make_run()
    other = Run.create("sft", _settings(), "pocket", {"train": [{"prompt": "x"}]})
    digest = one.spec.data["train"].sha256
    assert two.spec.data["train"].sha256 == digest
    assert other.spec.data["train"].sha256 != digest


def test_runs_made_at_once_never_share_a_folder(make_run):
    with ThreadPoolExecutor(8) as pool:
        runs = list(pool.map(lambda _: make_run(), range(24)))
    assert sorted(run.id for run in runs) == [f"sft-{n:04d}" for n in range(1, 25)]
    assert next(run.id for run in Run.all()) == "sft-0024"


def test_a_run_loads_by_folder_and_an_unknown_one_is_not_found(make_run, home):
    run = make_run()
    assert Run.load(run.folder).id == run.id
    assert Run.load(str(run.folder)).id == run.id
    with pytest.raises(NotFoundError, match="There is no run"):
        Run.load("sft-9999")


def test_a_parent_is_found_from_a_run_id_and_from_a_folder(make_run):
    parent = make_run()
    for model in (parent.id, str(parent.folder / "result")):
        child = Run.create("dpo", _settings(), model, {})
        assert child.spec.parent == parent.id
    assert parent.spec.parent is None


def test_stopping_a_waiting_run_ends_it_and_a_second_stop_is_refused(make_run):
    run = make_run()
    run.stop()
    assert run.state == "stopped"
    with pytest.raises(ConflictError, match="already stopped"):
        run.stop()


def test_a_process_is_known_by_its_start_not_by_its_number_alone():
    started = psutil.Process().create_time()
    assert process_lives(os.getpid(), started)
    assert not process_lives(os.getpid(), started - 100)
    assert not process_lives(2**22 + 7, started)
    assert not process_lives(None, None)


def test_a_run_whose_number_went_to_another_process_reads_as_interrupted(make_run):
    run = make_run()
    started = psutil.Process().create_time()
    events.update_status(run.folder, state="running", pid=os.getpid(), pid_started=started)
    assert run.state == "running"
    events.update_status(run.folder, pid_started=started - 100)
    assert run.state == "interrupted"


def test_a_run_is_not_lost_where_the_clock_was_set(make_run):
    run, started = make_run(), psutil.Process().create_time() - 3600
    own = {"pid": os.getpid(), "pid_started": started}
    events.update_status(run.folder, state="running", heartbeat=time.time(), **own)
    assert run.state == "running"
    events.update_status(run.folder, heartbeat=time.time() - 60)
    assert run.state == "interrupted"


def test_nobody_waits_for_a_run_that_was_deleted(make_run):
    run = make_run()
    run.delete()
    assert run.wait(timeout=5).state == "stopped" and "deleted" in run.status.message


def test_a_run_whose_weights_others_stand_on_is_not_resumed(make_run):
    run = make_run()
    events.update_status(run.folder, state="stopped")
    child = Run.create("dpo", _settings(), run.id, {})
    assert run.resumable  # nothing that the child could have begun with is lost
    (run.folder / "result").mkdir()
    with pytest.raises(ConflictError, match=f"{child.id} came from {run.id} as it is"):
        run.reopen()
    assert not run.resumable
    child.delete()
    run.reopen()


def test_a_run_of_another_home_is_nobodys_parent_here(make_run, tmp_path):
    here = make_run()
    other = tmp_path / "backup" / "runs" / here.id
    shutil.copytree(here.folder, other)
    assert Run.create("dpo", _settings(), str(other / "result"), {}).spec.parent is None


def test_rows_that_are_no_json_leave_no_folder(make_run, home):
    for odd in (float("nan"), object(), "half \ud83d"):
        with pytest.raises(InputError, match="cannot be kept"):
            Run.create("sft", _settings(), "pocket", {"train": [{"prompt": "x", "odd": odd}]})
    assert make_run().id == "sft-0001"


def test_only_runs_that_ended_early_can_be_reopened(make_run):
    run = make_run()
    with pytest.raises(ConflictError, match="is queued"):
        run.reopen()
    events.update_status(run.folder, state="completed")
    with pytest.raises(ConflictError, match="is completed"):
        run.reopen()
    events.update_status(run.folder, state="stopped", step=5, seconds=2.5, remarks=("Checkpoint 7 is odd",))
    (run.folder / "stop").touch()
    run.reopen()
    assert run.state == "queued"
    assert run.seconds == 2.5
    assert list(run.status.remarks) == ["Checkpoint 7 is odd"]
    assert not (run.folder / "stop").exists()


def test_metrics_and_samples_are_tables_and_a_plot_shows_both_curves(make_run):
    run = make_run()
    log = events.EventLog(run.folder)
    log.metrics(1, {"loss": 2.0})
    log.metrics(2, {"loss": 1.0, "eval_loss": 1.5})
    log.sample(2, "Hello", "Good day")
    assert run.metrics.values.tolist() == [[1, "loss", 2.0], [2, "loss", 1.0], [2, "eval_loss", 1.5]]
    assert run.samples.values.tolist() == [[2, "Hello", "Good day"]]
    assert {trace.name: list(trace.y) for trace in run.plot("loss").data} == {
        "loss": [2.0, 1.0], "eval_loss": [1.5],
    }
    assert not run.plot("loss").layout.shapes
    for step, loss in ((3, 1.2), (4, 1.6)):
        log.metrics(step, {"eval_loss": loss})
    [line], [said] = run.plot("loss").layout.shapes, run.plot("loss").layout.annotations
    assert line.x0 == 3 and said.text == "overfits from here"
    with pytest.raises(NotFoundError, match="has no metric reward"):
        run.plot("reward")


def test_a_run_without_a_result_has_no_model(make_run):
    with pytest.raises(ConflictError, match="has no trained model"):
        _ = make_run().model


def _settings():
    from playground.model.tuning.full import FullTuning

    return FullTuning()


def test_a_run_that_ends_while_it_is_looked_at_is_completed_not_interrupted(make_run, monkeypatch):
    run = make_run()
    events.update_status(run.folder, state="running", pid=2**22 + 7, pid_started=1.0)

    def writes_its_end_and_dies(*_):
        events.update_status(run.folder, state="completed")
        return False

    monkeypatch.setattr(job, "process_lives", writes_its_end_and_dies)
    assert run.state == "completed"


def test_a_damaged_run_is_left_out_and_logged_once(make_run, home, caplog):
    run, damaged = make_run(), make_run()
    (damaged.folder / "run.json").write_text('{"id": "sft-00')
    assert [found.id for found in Run.all()] == [run.id] == [found.id for found in Run.all()]
    assert len(caplog.records) == 1
    with pytest.raises(InputError, match="cannot be read"):
        Run.load(damaged.id)


def test_a_damaged_state_file_reads_as_interrupted(make_run):
    run = make_run()
    (run.folder / "state.json").write_text("")
    assert run.state == "interrupted" and run.resumable


def test_odd_folders_do_not_disturb_the_numbering(make_run, home):
    first = make_run()
    for name in ("sft-0001-copy", "sft-00zz", "sft-0009.zip"):
        (first.folder.parent / name).mkdir()
    assert make_run().id == "sft-0002"


def test_reopening_forgets_the_model_of_before(make_run):
    run = make_run()
    events.update_status(run.folder, state="stopped", step=5)
    vars(run)["model"] = "the old one"
    run.reopen()
    with pytest.raises(ConflictError, match="no trained model"):
        _ = run.model


@pytest.mark.parametrize("stage, state, step, expected", [
    ("sft", "queued", 0, False), ("sft", "completed", 9, False), ("sft", "stopped", 9, True),
    ("sft", "failed", 0, True), ("ppo", "stopped", 0, True), ("ppo", "interrupted", 3, True),
])
def test_resumable_is_what_reopen_would_do(home, stage, state, step, expected):
    run = Run.create(stage, _settings(), "pocket", {})
    events.update_status(run.folder, state=state, step=step)
    assert run.resumable is expected


def test_the_command_line_prints_a_run_as_code(home, capsys):
    from playground.__main__ import cli
    from playground.training.sft import SFT

    run = SFT().prepare("pocket", [{"prompt": "Hi", "completion": "Hello."}])
    cli(["eject", run.id], standalone_mode=False)
    assert capsys.readouterr().out == run.to_code()
    cli(["eject", str(run.folder), "--notebook"], standalone_mode=False)
    assert capsys.readouterr().out == run.to_code(notebook=True)


def test_notes_and_tags_stay_beside_a_run(make_run):
    run = make_run()
    assert run.notes.note == "" and run.notes.tags == ()
    run.annotate(note=" The best so far ", tags=["demo", " demo", "", "for Anna"])
    run.annotate(tags=["demo"])
    again = Run.load(run.id)
    assert again.notes.note == "The best so far" and again.notes.tags == ("demo",)
    for wrong in ({"note": "x" * 4001}, {"tags": ["y" * 33]}, {"tags": [str(n) for n in range(13)]}):
        with pytest.raises(InputError):
            run.annotate(**wrong)
    (run.folder / "notes.json").write_text("{")
    assert run.notes.note == ""


def test_lineage_leads_back_to_the_base(home):
    @dataclass(frozen=True)
    class Nothing:
        pass

    first = Run.create("sft", Nothing(), "pocket", {})
    second = Run.create("dpo", Nothing(), first.id, {})
    third = Run.create("ppo", Nothing(), str(second.folder / "result"), {})
    assert third.lineage == ["pocket", first.id, second.id, third.id]
    assert first.lineage == ["pocket", first.id]
