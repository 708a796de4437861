import os
import shutil
import signal
import subprocess
import sys
import time

import pytest

from playground.errors import ConflictError
from playground.run import events
from playground.run.job import Run
from playground.run.supervisor import Supervisor

WEB = """
import sys, time
from playground.run.supervisor import Supervisor
supervisor = Supervisor(sys.argv[1]).open()
for folder in sys.argv[2:]:
    supervisor.start(folder)
time.sleep(60)
"""


@pytest.fixture
def supervise(target):
    """Opens supervisors of the counting target and closes them after the test."""
    opened = []

    def open_one(function: str = "count") -> Supervisor:
        opened.append(Supervisor(f"{target}:{function}").open())
        return opened[-1]

    yield open_one
    for supervisor in opened:
        supervisor.close()


def until(condition, seconds: float = 20.0):
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, "waited too long"
        time.sleep(0.02)


def test_runs_are_executed_one_at_a_time_in_the_order_of_queueing(supervise, make_run):
    first, second = make_run(8), make_run(2)
    supervisor = supervise()
    supervisor.start(first.folder)
    supervisor.start(second.folder)
    until(lambda: first.state == "running")
    assert second.state == "queued"
    assert [run.id for run in supervisor.queue()] == [second.id]
    assert second.wait(20).state == "completed"
    started = events.read_metrics(second.folder)[0]["time"]
    assert started >= events.read_metrics(first.folder)[-1]["time"]
    assert first.state == "completed"


def test_a_waiting_run_takes_its_turn_earlier_or_later(supervise, make_run):
    first, second, third, fourth = make_run(30), make_run(1), make_run(1), make_run(1)
    supervisor = supervise()
    supervisor.start(first.folder)
    until(lambda: first.state == "running")
    for run in (second, third, fourth):
        supervisor.start(run.folder)
    supervisor.move(fourth.folder, -9)
    supervisor.move(second.folder, 1)
    assert [run.id for run in supervisor.queue()] == [fourth.id, third.id, second.id]
    with pytest.raises(ConflictError, match=f"{first.id} is not waiting"):
        supervisor.move(first.folder, 1)
    third.stop()
    assert [run.id for run in supervisor.queue()] == [fourth.id, second.id]
    first.stop()
    assert second.wait(20).state == "completed" and third.state == "stopped"
    began = [events.read_metrics(run.folder)[0]["time"] for run in (fourth, second)]
    assert began == sorted(began)


def test_as_many_runs_are_executed_at_once_as_there_is_room_for(target, make_run):
    runs = [make_run(20), make_run(20), make_run(1)]
    supervisor = Supervisor(f"{target}:count", capacity=2).open()
    try:
        for run in runs:
            supervisor.start(run.folder)
        until(lambda: [run.state for run in runs] == ["running", "running", "queued"])
        for run in runs[:2]:
            run.stop()
        assert runs[2].wait(20).state == "completed"
    finally:
        supervisor.close()


def test_a_run_that_was_only_prepared_is_left_alone(supervise, make_run):
    prepared, queued = make_run(), make_run(1)
    supervise().start(queued.folder)
    queued.wait(20)
    assert prepared.state == "queued"


def test_the_worker_outlives_a_killed_app_which_finds_it_again(supervise, make_run, target):
    run, waiting = make_run(40), make_run(1)
    command = [sys.executable, "-c", WEB, f"{target}:count", str(run.folder), str(waiting.folder)]
    environment = os.environ | {"PYTHONPATH": os.pathsep.join([os.getcwd(), os.environ["PYTHONPATH"]])}
    web = subprocess.Popen(command, env=environment, start_new_session=True)
    until(lambda: run.state == "running")
    os.killpg(web.pid, signal.SIGKILL)
    web.wait()
    seen = len(events.read_metrics(run.folder))
    until(lambda: len(events.read_metrics(run.folder)) > seen + 3)
    supervisor = supervise()
    assert [adopted.id for adopted in supervisor.adopt()] == [run.id]
    assert waiting.state == "queued"
    run.stop()
    assert run.wait(20).state == "stopped"
    assert waiting.wait(20).state == "completed"


def test_ctrl_c_does_not_reach_a_worker(supervise, make_run):
    run = make_run(8)
    supervise().start(run.folder)
    until(lambda: run.state == "running")
    os.kill(run.status.pid, signal.SIGINT)
    assert os.getsid(run.status.pid) != os.getsid(0)
    assert run.wait(20).state == "completed"


def test_a_killed_worker_is_marked_interrupted_and_the_next_run_starts(supervise, make_run):
    run, following = make_run(100), make_run(1)
    supervisor = supervise()
    supervisor.start(run.folder)
    supervisor.start(following.folder)
    until(lambda: run.state == "running")
    os.kill(run.status.pid, signal.SIGKILL)
    assert following.wait(20).state == "completed"
    assert events.read_status(run.folder).state == "interrupted"


def test_an_error_in_the_worker_fails_the_run_with_its_words(supervise, make_run):
    run = make_run()
    supervise("fail").start(run.folder)
    assert run.wait(20).state == "failed"
    assert run.status.message == "no such thing"
    assert "ValueError" in (run.folder / "worker.log").read_text()


def test_a_worker_that_cannot_start_fails_the_run(home, make_run):
    run = make_run()
    supervisor = Supervisor("nowhere:at_all", preload=("no_such_module_anywhere",)).open()
    try:
        supervisor.start(run.folder)
        assert run.wait(30).state == "failed"
        assert "no_such_module_anywhere" in run.status.message
    finally:
        supervisor.close()


def test_a_deleted_run_does_not_stop_the_queue(supervise, make_run):
    gone, run = make_run(), make_run(1)
    supervisor = supervise()
    (gone.folder / "run.json").unlink()
    supervisor.start(run.folder)
    assert run.wait(20).state == "completed"
    assert [r.id for r in Run.all()] == [run.id]


def test_a_run_deleted_before_its_worker_claims_it_frees_its_place(make_run):
    run = make_run()
    supervisor = Supervisor("nowhere:at_all")
    supervisor._launched[run.folder] = time.monotonic()
    shutil.rmtree(run.folder)
    supervisor._review_launches()
    assert not supervisor._launched


def test_closing_does_not_wait_for_imports(home, tmp_path, monkeypatch):
    (tmp_path / "slow_import.py").write_text("import time; time.sleep(60)")
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    supervisor = Supervisor("nowhere:at_all", ("slow_import",)).open()
    time.sleep(0.5)
    closing = time.monotonic()
    supervisor.close()
    assert time.monotonic() - closing < 5


def test_closing_leaves_the_run_under_way_alone(supervise, make_run):
    run = make_run(10)
    supervisor = supervise()
    supervisor.start(run.folder)
    until(lambda: run.state == "running")
    supervisor.close()
    assert supervisor._zygote.poll() is not None
    assert run.wait(20).state == "completed"


def test_a_worker_that_comes_too_late_leaves_the_state_alone(supervise, make_run):
    run = make_run()
    supervise("late").start(run.folder)
    until(lambda: "already being executed" in worker_log(run))
    time.sleep(0.2)
    assert events.read_status(run.folder).state == "queued"


def worker_log(run) -> str:
    log = run.folder / "worker.log"
    return log.read_text() if log.exists() else ""


@pytest.mark.parametrize("gpu", [True, False])
def test_where_there_is_a_gpu_a_worker_is_a_program_of_its_own(gpu, target, make_run, tmp_path):
    """A fork cannot use a GPU that its parent has looked at; without one it saves the imports."""
    (tmp_path / "seen.py").write_text(
        "import sys, types\n"
        f"accelerator = types.SimpleNamespace(is_available=lambda: {gpu})\n"
        "sys.modules['torch'] = types.SimpleNamespace(accelerator=accelerator)\n"
    )
    (tmp_path / "telling.py").write_text(
        "import os, sys\nfrom playground.run import events\n"
        "def tell(folder):\n"
        "    message = f\"{'seen' in sys.modules}, {os.getsid(0) != os.getpid()}\"\n"
        "    events.update_status(folder, state='completed', message=message)\n"
    )
    supervisor = Supervisor("telling:tell", preload=("seen",)).open()
    try:
        run = make_run()
        supervisor.start(run.folder)
        assert run.wait(20).status.message == f"{not gpu}, True"
    finally:
        supervisor.close()
