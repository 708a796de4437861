"""Starts runs in processes of their own, a few at a time, and finds them again after a restart.

The queue is nothing but the runs whose state file says `queued` with a time of queueing, so that it
survives the process that serves it.
"""

import contextlib
import subprocess
import sys
import threading
import time
import traceback
from pathlib import Path

from playground import settings
from playground.errors import ConflictError
from playground.run import events
from playground.run.job import Run, worker_environment

LAUNCH_LIMIT = 300.0
"""Seconds a worker may take to claim its run, a cold import on a busy machine included."""


class Supervisor:
    """The app's hand on its workers.

    `target` is `module:function`, called with the run folder in the worker; `preload` are modules
    imported beforehand. Both are names, so that this process never loads what training needs.
    `capacity` runs are executed at once; None: as the settings say.
    """

    def __init__(self, target: str, preload: tuple[str, ...] = (), capacity: int | None = None):
        self.target, self.preload = target, preload
        self.capacity = settings.get().runs_at_once if capacity is None else capacity
        self._zygote: subprocess.Popen | None = None
        self._launched: dict[Path, float] = {}
        self._wake = threading.Event()
        self._turns = threading.Lock()
        self._closing = False
        self._thread = threading.Thread(target=self._serve, name="run queue", daemon=True)

    def open(self) -> "Supervisor":
        """Adopt what a former process left, warm up, and begin to serve the queue."""
        settings.get().runs.mkdir(parents=True, exist_ok=True)
        self.adopt()
        self._start_zygote()
        self._thread.start()
        return self

    def close(self) -> None:
        """Stop serving the queue. Runs that are under way go on, in sessions of their own."""
        self._closing = True
        self._wake.set()
        if self._thread.is_alive():
            self._thread.join(5)
        if self._zygote is not None:
            _end(self._zygote)

    def start(self, folder: Path) -> None:
        """Put a prepared run at the end of the queue."""
        events.update_status(Path(folder), enqueued=time.time(), message="Waiting for its turn")
        self._wake.set()

    def queue(self) -> list[Run]:
        """Runs waiting, next first."""
        return waiting(Run.all())

    def move(self, folder: Path, places: int) -> None:
        """Have a waiting run take its turn `places` later, or earlier where negative.

        Raises ConflictError where it does not wait any more.
        """
        with self._turns:
            folders = [run.folder for run in self.queue() if run.folder not in self._launched]
            if folder not in folders:
                rule = "Only a waiting run can be moved"
                raise ConflictError(f"Run {folder.name} is not waiting", rule=rule)
            turns = [events.read_status(one).enqueued for one in folders]
            at = folders.index(folder)
            folders.insert(max(at + places, 0), folders.pop(at))
            for one, turn in zip(folders, turns, strict=True):
                now = events.read_status(one)
                if now.state == "queued" and now.enqueued != turn:
                    events.update_status(one, enqueued=turn)

    def adopt(self) -> list[Run]:
        """Runs still under way; those whose process is gone are marked interrupted."""
        alive = []
        for run in Run.all():
            if events.read_status(run.folder).state != "running":
                continue
            status = run.status
            if status.state == "running":
                alive.append(run)
            elif status.state == "interrupted":
                events.write_status(run.folder, status)
        return alive

    def _serve(self) -> None:
        while not self._closing:
            try:
                self._step()
            except Exception:  # a run folder deleted under our eyes must not end the queue
                traceback.print_exc()
            self._wake.wait(0.5)
            self._wake.clear()

    def _step(self) -> None:
        self._review_launches()
        busy = len(self.adopt())
        with self._turns:
            for run in self.queue():
                if busy + len(self._launched) >= self.capacity:
                    break
                if run.folder not in self._launched:
                    self._launch(run.folder)

    def _review_launches(self) -> None:
        """Forget launches that were claimed or deleted; fail those that never will be claimed."""
        dead = self._zygote is None or self._zygote.poll() is not None
        for folder, since in list(self._launched.items()):
            if not (folder / "run.json").is_file() or events.read_status(folder).state != "queued":
                del self._launched[folder]
            elif dead or time.monotonic() - since > LAUNCH_LIMIT:
                message = f"Its process did not start. {self._log()}"
                events.update_status(folder, state="failed", message=message)
                del self._launched[folder]
        if dead and self.queue():
            self._start_zygote()

    def _launch(self, folder: Path) -> None:
        self._launched[folder] = time.monotonic()
        try:
            self._zygote.stdin.write(f"{folder}\n")
            self._zygote.stdin.flush()
        except BrokenPipeError:
            return

    def _start_zygote(self) -> None:
        command = [sys.executable, "-m", "playground.run.zygote", self.target, *self.preload]
        with open(settings.get().runs / "zygote.log", "w") as log:
            self._zygote = subprocess.Popen(
                command, stdin=subprocess.PIPE, stdout=log, stderr=log, text=True, env=worker_environment(),
                start_new_session=True,
            )

    def _log(self) -> str:
        lines = (settings.get().runs / "zygote.log").read_text().strip().splitlines()
        return lines[-1] if lines else ""


def waiting(runs: list[Run]) -> list[Run]:
    """Those of some runs that wait in the queue, next first."""
    told = [(run, events.read_status(run.folder)) for run in runs]
    turns = [(status.enqueued, run.id, run) for run, status in told if status.state == "queued"]
    return [run for _, _, run in sorted((turn for turn in turns if turn[0]), key=lambda turn: turn[:2])]


def _end(zygote: subprocess.Popen) -> None:
    """End the warm process at once, even while it imports."""
    zygote.terminate()
    with contextlib.suppress(BrokenPipeError):
        zygote.stdin.close()
    try:
        zygote.wait(5)
    except subprocess.TimeoutExpired:
        zygote.kill()
        zygote.wait()
