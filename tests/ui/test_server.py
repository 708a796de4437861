"""The way in: a door that is open before anything starts, and one clear line where it cannot be."""

import socket
import threading
import time

import pytest

from playground import settings
from playground.__main__ import main
from playground.errors import ConflictError, InputError, UnavailableError
from playground.run import events
from playground.ui import server
from playground.ui.studio import Studio, summary


@pytest.fixture
def taken():
    with socket.create_server(("127.0.0.1", 0)) as other:
        yield other.getsockname()[1]


@pytest.fixture
def said(capsys, monkeypatch):
    """What the command line says to `app` with arguments, when it refuses to start."""

    def run(*arguments, **environment):
        for name, value in environment.items():
            monkeypatch.setenv(name, value)
        settings.get.cache_clear()
        with pytest.raises(SystemExit) as end:
            main(["app", *arguments])
        settings.get.cache_clear()
        assert end.value.code == 1
        shown = capsys.readouterr()
        assert shown.out == "" and shown.err.count("\n") == 1
        return shown.err

    return run


def test_a_taken_port_is_told_before_anything_starts(taken, monkeypatch):
    monkeypatch.setattr(server, "create_app", lambda **_: pytest.fail("It was started."))
    with pytest.raises(ConflictError, match=rf"Port {taken} is taken.*make app PORT={taken + 1}"):
        server.serve(port=taken)


def test_an_address_of_another_machine_is_an_input_error():
    with pytest.raises(InputError, match=r"cannot listen on 192\.0\.2\.1"):
        server.listen("192.0.2.1", 0)


def test_the_command_line_refuses_in_one_line(home, taken, said, tmp_path):
    assert f"Port {taken} is taken" in said("--port", str(taken))
    assert "GRADIO_SERVER_PORT is 'abc'" in said(GRADIO_SERVER_PORT="abc")
    assert "PLAYGROUND_THREADS is 'two'" in said("--port", "0", PLAYGROUND_THREADS="two")


def test_a_home_that_cannot_be_written_is_told_in_one_line(home, said, tmp_path):
    (tmp_path / "file").write_text("")
    for folder in (tmp_path / "file" / "home", "~nobody_of_this_name/home"):
        assert "Set PLAYGROUND_HOME" in said("--port", "0", PLAYGROUND_HOME=str(folder))


def test_a_chat_process_that_failed_is_tried_again(home, stand_ins):
    attempts = []

    def start():
        attempts.append(1)
        if len(attempts) < 3:
            raise UnavailableError("No memory left")
        return stand_ins.CannedHost()

    studio = Studio(stand_ins.StillSupervisor(), start)
    for _ in range(2):
        with pytest.raises(UnavailableError, match="No memory left"):
            _ = studio.host
    assert studio.host is studio.host
    assert len(attempts) == 3


def test_all_who_wait_share_one_attempt(home, stand_ins):
    attempts, go = [], threading.Event()

    def start():
        attempts.append(1)
        go.wait(10)
        raise UnavailableError("No memory left")

    studio = Studio(stand_ins.StillSupervisor(), start)
    waiting = [threading.Thread(target=studio._warm) for _ in range(4)]
    for thread in waiting:
        thread.start()
    time.sleep(0.2)
    go.set()
    for thread in waiting:
        thread.join()
    assert len(attempts) == 1


def test_a_summary_tells_whether_the_run_can_go_on(make_run):
    run = make_run("stopped")
    assert summary(run)["resumable"] is True
    events.update_status(run.folder, state="completed")
    assert summary(run)["resumable"] is False
