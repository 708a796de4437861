"""Kill a run, let it go on, and compare it to the last bit with one that nobody disturbed.

    with WarmProcess() as process:
        whole = finish(process, run)
        killed = finish(process, twin, [Kill("step", 5), Kill("sealed", 2)])
    assert not differences(outcome(whole), outcome(killed))

Runs are executed as the app executes them, by workers forked from a warm process. A worker finds its
orders in the run's folder, dies by SIGKILL where they say, and at the end of the run writes down digests
of everything that the next step would have depended on.
"""

import dataclasses
import functools
import hashlib
import json
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path

from playground.errors import TrainingError, UnavailableError
from playground.run import checkpoint, events
from playground.run.job import RESULT, Run, worker_environment
from playground.training.session import Session

ORDERS, DIGESTS = "orders.json", "digests.json"
SAVES = 6
"""Checkpoints of a run under proof, so that a kill falls now before, now after, now into one."""

TIMES = ("runtime", "per_second", "eps", "step_time")
PATIENCE = 300.0


@dataclass(frozen=True)
class Kill:
    """Where a worker dies: at the `count`-th time it comes to `place`; for `seconds`, after so long."""

    place: str
    count: float = 1

    PLACES = ("step", "begun", "half", "written", "sealed", "published", "rotating", "seconds")


class WarmProcess:
    """Forks a worker a run, like the app's; a context manager."""

    def __enter__(self) -> "WarmProcess":
        target, preload = f"{__name__}:attempt", "playground.training.preload"
        command = [sys.executable, "-m", "playground.run.zygote", target, preload]
        self._process = subprocess.Popen(command, stdin=subprocess.PIPE, text=True, env=worker_environment())
        return self

    def __exit__(self, *_) -> None:
        self._process.stdin.close()
        self._process.wait()

    def execute(self, run: Run, kill: Kill | None = None, forget: str = "") -> str:
        """Have a queued run executed; returns the state it ended in. `forget` names a state not restored."""
        orders = {"kill": kill and dataclasses.asdict(kill), "forget": forget}
        (run.folder / ORDERS).write_text(json.dumps(orders))
        self._process.stdin.write(f"{run.folder}\n")
        self._process.stdin.flush()
        end = time.monotonic() + PATIENCE
        while not run.status.finished:
            if time.monotonic() > end or self._process.poll() is not None:
                raise UnavailableError(f"The worker of run {run.id} does not answer", rule=run.status.message)
            time.sleep(0.02)
        if run.state == "failed":
            raise TrainingError(f"Run {run.id} failed: {run.status.message}")
        return run.state


def finish(process: WarmProcess, run: Run, kills: Iterable[Kill] = (), forget: str = "") -> int:
    """Execute a run to its end, through every kill that reaches it; returns how many did."""
    hit = 0
    for kill in kills:
        if process.execute(run, kill, forget if hit else "") == "completed":
            return hit
        hit += 1
        run.reopen()
    process.execute(run, forget=forget if hit else "")
    return hit


def outcome(run: Run) -> dict[str, str]:
    """Digests of all that a completed run is: result, optimizer, random states, logs without times."""
    result = {path.name: _digest(_lasting(path)) for path in (run.folder / RESULT).glob("*.safetensors")}
    logs = {
        "metrics": [(row["step"], row["values"]) for row in events.read_metrics(run.folder)],
        "samples": events.read_samples(run.folder),
    }
    inner = json.loads((run.folder / DIGESTS).read_text())
    return result | inner | {name: _digest(json.dumps(rows).encode()) for name, rows in logs.items()}


def differences(one: dict[str, str], other: dict[str, str]) -> list[str]:
    """Names of what is not the same."""
    return sorted(name for name in one.keys() | other.keys() if one.get(name) != other.get(name))


def attempt(folder: Path) -> None:
    """The worker: execute a run under the orders in its folder."""
    from playground.training import callbacks
    from playground.training.execute import execute

    orders = json.loads((folder / ORDERS).read_text())
    callbacks.CHECKPOINTS = SAVES
    _wrap(Session, "save", after=lambda session, *_: _write_digests(session.shelf, folder))
    if orders["kill"]:
        _arm(Kill(**orders["kill"]))
    if orders["forget"]:
        _forget(orders["forget"])
    execute(folder, progress=False)


def _arm(kill: Kill) -> None:
    from playground.training.checkpoints import CheckpointMixin

    if kill.place == "seconds":
        _wrap(Session, "begin", after=lambda *_: threading.Timer(kill.count, _die).start())
        return
    owner, name = {
        "step": (Session, "step"), "begun": (CheckpointMixin, "save_model"),
        "half": (CheckpointMixin, "_save_rng_state"), "written": (checkpoint.Checkpoints, "_seal"),
        "sealed": (checkpoint.Checkpoints, "_publish"), "published": (checkpoint.Checkpoints, "_rotate"),
        "rotating": (checkpoint.Checkpoints, "_aside"),
    }[kill.place]
    left = kill.count

    def count(*_):
        nonlocal left
        left -= 1
        if left <= 0:
            _die()

    _wrap(owner, name, **{"after" if kill.place == "rotating" else "before": count})


def _forget(what: str) -> None:
    """Break the restoring of a state, to show that its absence would be seen."""
    from playground.training.checkpoints import CheckpointMixin

    if what == "optimizer":
        load = CheckpointMixin._load_optimizer_and_scheduler

        def without_moments(trainer, folder):
            load(trainer, folder)
            trainer.optimizer.state.clear()

        CheckpointMixin._load_optimizer_and_scheduler = without_moments
    elif what == "random":
        CheckpointMixin._load_rng_state = lambda *_: None


def _wrap(owner, name: str, before: Callable | None = None, after: Callable | None = None) -> None:
    original = getattr(owner, name)

    @functools.wraps(original)
    def wrapped(*arguments, **settings):
        if before is not None:
            before(*arguments)
        result = original(*arguments, **settings)
        if after is not None:
            after(*arguments)
        return result

    setattr(owner, name, wrapped)


def _die() -> None:
    os.kill(os.getpid(), signal.SIGKILL)


def _write_digests(shelf: checkpoint.Checkpoints, folder: Path) -> None:
    found, _ = shelf.newest()
    files = [path for path in sorted(found.folder.iterdir()) if path.name != checkpoint.MANIFEST]
    digests = {path.name: _digest(_lasting(path)) for path in files}
    (folder / DIGESTS).write_text(json.dumps(digests))


def _lasting(path: Path) -> bytes:
    """What a file says, without how long anything took and without the order of a header's remarks."""
    content = path.read_bytes()
    if path.suffix == ".safetensors":
        data = 8 + int.from_bytes(content[:8], "little")
        header = json.loads(content[8:data])
        header.pop("__metadata__", None)
        return json.dumps(header, sort_keys=True).encode() + content[data:]
    if path.name != "trainer_state.json":
        return content
    state = json.loads(content)
    state["log_history"] = [
        {name: value for name, value in row.items() if not name.endswith(TIMES)}
        for row in state["log_history"]
    ]
    return json.dumps(state).encode()


def _digest(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()
