"""Starts runs in processes of their own, one at a time, and finds them again after a restart.

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
from playground.run import events
from playground.run.job import Run, worker_environment

LAUNCH_LIMIT = 300.0
"""Seconds a worker may take to claim its run, a cold import on a busy machine included."""


class Supervisor:
    """The app's hand on its workers.

    `target` is `module:function`, called with the run folder in the worker; `preload` are modules
    imported beforehand. Both are names, so that this process never loads what training needs.
    """

    def __init__(self, target: str, preload: tuple[str, ...] = (), capacity: int = 1):
        self.target, self.preload, self.capacity = target, preload, capacity
        self._zygote: subprocess.Popen | None = None
        self._launched: dict[Path, float] = {}
        self._wake = threading.Event()
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
        waiting = [(run, events.read_status(run.folder)) for run in Run.all()]
        waiting = [(s.enqueued, run.id, run) for run, s in waiting if s.state == "queued" and s.enqueued]
        return [run for *_, run in sorted(waiting, key=lambda item: item[:2])]

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
