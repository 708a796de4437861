"""Runs without any training: a stage of one setting, and a target that only counts."""

from dataclasses import dataclass

import pytest

from playground.run.job import Run

TARGET = '''
import json, os, time
import psutil
from playground.errors import ConflictError
from playground.run import events

def count(folder):
    """Claims the run, then counts to the number its settings name, a tenth of a second a step."""
    status = dict(pid=os.getpid(), pid_started=psutil.Process().create_time())
    events.update_status(folder, state="running", **status)
    log = events.EventLog(folder)
    total = json.loads((folder / "run.json").read_text())["settings"]["steps"]
    for step in range(1, total + 1):
        if (folder / "stop").exists():
            events.update_status(folder, state="stopped", step=step)
            return
        log.metrics(step, {"loss": 1 / step})
        time.sleep(0.1)
    events.update_status(folder, state="completed", step=total, total=total)

def fail(folder):
    raise ValueError("no such thing")

def late(folder):
    raise ConflictError("This run is already being executed")
'''


@dataclass(frozen=True, kw_only=True)
class Count:
    steps: int = 3


@pytest.fixture
def target(tmp_path, monkeypatch) -> str:
    """A module that the warm process can import, holding `count`, `fail` and `late`."""
    (tmp_path / "counting_target.py").write_text(TARGET)
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    return "counting_target"


@pytest.fixture
def make_run(home):
    def make(steps: int = 3) -> Run:
        rows = [{"prompt": "Hello", "completion": "Good day"}]
        return Run.create("sft", Count(steps=steps), "pocket", {"train": rows}, names={"train": "greetings"})

    return make
