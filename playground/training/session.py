"""The executing side of a run: its lock, its heartbeat, its clock, and how it ends."""

import contextlib
import fcntl
import functools
import math
import os
import shutil
import sys
import threading
import time
from dataclasses import replace
from pathlib import Path

import psutil

from playground.errors import ConflictError, DivergedError, PlaygroundError, TrainingError
from playground.run import checkpoint, events
from playground.run.job import RESULT, Run
from playground.run.spec import processor, versions
from playground.training import ranks

HEARTBEAT = 1.0
"""Seconds between two writings of the state file while a run is alive."""

SHOWN = ("loss", "eval_loss", "accuracy", "eval_accuracy", "reward", "kl")
"""Metrics shown on the progress bar."""

LEAVING_SECONDS = 10.0
"""How long the worker of a queued run waits for the one before it to be gone: a killed process holds its
lock until the last of its threads has ended."""

UNTRAINED = "Stopped before it had learned anything"


class StopRequested(Exception):
    """The person asked the run to stop. Not an error: what was learned is kept."""


class Session:
    """A run in the hands of the one process that executes it; a context manager.

    Entering claims the run (ConflictError if another process has it or it is not queued); leaving
    writes how it ended. `stopped` is True once a stop was obeyed.
    """

    def __init__(self, run: Run, progress: bool = False):
        self.run, self.spec, self.folder = run, run.spec, run.folder
        self.log = events.EventLog(run.folder)
        surroundings = {"threads": self.spec.threads, "processes": ranks.count(), "processor": processor()}
        origin = {"run": run.id, "versions": versions(), **surroundings}
        self.shelf = checkpoint.Checkpoints(self.checkpoints, origin)
        self.stopped = False
        self._progress = progress
        self._bar = None
        self._shown: dict[str, float] = {}
        self._status = events.Status()
        self._clock: float | None = None
        self._base_seconds = 0.0
        self._flatline = threading.Event()
        self._stop_file = run.folder / "stop"
        self._looked = 0.0

    def __enter__(self) -> "Session":
        self._lock = open(self.folder / "lock", "w")
        self._claim()
        status = self.run.status
        if status.state != "queued":
            rule = "Only a queued run can be executed"
            raise ConflictError(f"Run {self.run.id} is {status.state}", rule=rule)
        self._base_seconds = status.seconds
        self._status = replace(
            status, state="running", message="Loading the model", pid=os.getpid(),
            pid_started=psutil.Process().create_time(),
        )
        self._write()
        self._heart = threading.Thread(target=self._keep_beating, name="heartbeat", daemon=True)
        self._heart.start()
        return self

    def _claim(self) -> None:
        """Take the lock; a worker that is just leaving a queued run, killed or done, is waited for."""
        end = time.monotonic() + LEAVING_SECONDS
        while True:
            try:
                return fcntl.flock(self._lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                if self.run.state != "queued" or time.monotonic() > end:
                    self._lock.close()
                    raise ConflictError(f"Run {self.run.id} is already being executed") from None
            time.sleep(0.01)

    def __exit__(self, kind, error, trace) -> bool:
        self.end()
        if error is None:
            state = "stopped" if self.stopped else "completed"
            message = "Stopped; what it had learned is kept" if self.stopped else ""
            if self._untrained:
                message = UNTRAINED
        elif isinstance(error, StopRequested):
            state, message = "stopped", UNTRAINED
        elif isinstance(error, KeyboardInterrupt):
            state, message = "stopped", "Interrupted from the keyboard"
        else:
            state, message = "failed", str(explain(error))
        self._flatline.set()
        self._heart.join()
        self._status = replace(self._status, state=state, message=message)
        self._write()
        if state == "completed":
            shutil.rmtree(self.checkpoints, ignore_errors=True)
        self._lock.close()
        if error is not None and state == "failed" and not isinstance(error, PlaygroundError):
            raise explain(error) from error
        return isinstance(error, StopRequested)

    def rows(self, part: str) -> list[dict]:
        return self.run.rows(part)

    @property
    def checkpoints(self) -> Path:
        return self.folder / "checkpoints"

    @functools.cached_property
    def checkpoint(self) -> str | None:
        """The newest whole checkpoint to go on from, if there is one. Notes what a person should know."""
        return ranks.agreed(self._find_checkpoint())

    def _find_checkpoint(self) -> str | None:
        found, damaged = self.shelf.newest()
        start = "began again from the start" if found is None else f"went on from {found.step}"
        for step, fault in damaged:
            self.note(f"Checkpoint {step} is damaged ({fault}); {start}.")
        if found is None:
            return None
        if changed := checkpoint.differences(found.origin, self.shelf.origin):
            self.note(
                f"Went on from checkpoint {found.step} with {', '.join(changed)}: the result may differ in "
                "the last bits from that of an uninterrupted run."
            )
        return str(found.folder)

    @contextlib.contextmanager
    def saving(self, step: int):
        """Around the writing of a checkpoint: a folder to write into."""
        with self.shelf.new(step) as folder:
            yield folder
            self.log.sync()

    def note(self, text: str) -> None:
        """Tell the person something that stays with the run."""
        if text not in self._status.remarks:
            self._status = replace(self._status, remarks=(*self._status.remarks, text))
            self._write()

    def tell(self, text: str) -> None:
        """Say what is being done now."""
        self._status = replace(self._status, message=text)
        self._write()

    def tell_end(self, text: str) -> None:
        """Tell the person something of how the run ends, which another end will replace."""
        if text not in self._status.endings:
            self._status = replace(self._status, endings=(*self._status.endings, text))
            self._write()

    def begin(self, step: int, total: int) -> None:
        """Training starts: the clock runs from here."""
        self.log.clear_after(step if step else -1)
        self._clock = time.monotonic()
        self._status = replace(self._status, step=step, total=total, message="Training")
        if self._progress:
            from tqdm.auto import tqdm

            self._bar = tqdm(total=total, initial=step, desc=self.run.id, file=sys.stderr)
        self._write()

    def end(self) -> None:
        """Training is over, saving may follow: the clock stops."""
        self._base_seconds, self._clock = self.seconds, None
        self._status = replace(self._status, seconds=self._base_seconds)
        if self._bar is not None:
            self._bar.close()
            self._bar = None

    @contextlib.contextmanager
    def training(self):
        """Around the training loop: a stop inside it ends the block quietly and sets `stopped`."""
        try:
            yield
        except StopRequested:
            self.stopped = True
        finally:
            self.end()
        self._status = replace(self._status, message="Saving")
        self._write()

    @property
    def seconds(self) -> float:
        return self._base_seconds + (0.0 if self._clock is None else time.monotonic() - self._clock)

    def step(self, step: int, values: dict[str, float] | None = None) -> None:
        """One more step is done; `values` are what is logged of it."""
        if values:
            self.log.metrics(step, values)
        self._status = replace(self._status, step=step)
        if self._bar is not None:
            self._bar.update(step - self._bar.n)
            if values:
                self._shown |= {name: values[name] for name in SHOWN if name in values}
                self._bar.set_postfix(self._shown)

    def rewind(self, step: int) -> None:
        """Training went back to a checkpoint: what came after it never happened."""
        self.log.clear_after(step)
        self._status = replace(self._status, step=step)

    def stop_requested(self) -> bool:
        """Whether somebody asked us to stop; looks at the disk at most ten times a second."""
        now = time.monotonic()
        if not self.stopped and now - self._looked > 0.1:
            self._looked = now
            self.stopped = self._stop_file.exists()
        return self.stopped

    def ask_stop(self) -> None:
        """Have this run stop after the step it is at, as if a person had asked."""
        self._stop_file.touch()
        self.stopped = True

    def check_stop(self, *_arguments) -> None:
        """Raise StopRequested if somebody asked. Takes any arguments, so that it serves as a hook.

        One process of several goes on to the end of its step, where all stop: the others would wait for it.
        """
        if ranks.count() == 1 and self.stop_requested():
            raise StopRequested

    def check_finite(self, what: str, value: float) -> None:
        """Raise DivergedError if a number that training depends on is not finite."""
        if not math.isfinite(value):
            raise DivergedError(
                f"The {what} became {value} at step {self._status.step + 1}",
                rule="A run stops at the first number that is not finite, and keeps nothing made of it",
                remedy="Try a smaller learning rate, a tenth of this one to begin with",
            )

    def save(self, network, tokenizer, base: str) -> None:
        """Write the result: the adapter, or the full model. Refuses weights that are not finite.

        Nothing is written of a run that was stopped before its first step.
        """
        if self._untrained:
            return
        import torch

        from playground.model.network import save_result
        from playground.training import shards

        gathered = shards.whole_state(network)
        for name, weight in network.named_parameters():
            whole = weight if gathered is None else gathered[name]
            if weight.requires_grad and not torch.isfinite(whole).all():
                self.check_finite(f"weight {name}", math.nan)
        save_result(network, tokenizer, self.folder / RESULT, base, gathered)

    @property
    def _untrained(self) -> bool:
        return self.stopped and not self._status.step

    def _write(self) -> None:
        now = replace(self._status, seconds=round(self.seconds, 3), heartbeat=time.time())
        events.write_status(self.folder, now)

    def _keep_beating(self) -> None:
        while not self._flatline.wait(HEARTBEAT):
            self._write()


def explain(error: BaseException) -> PlaygroundError:
    """Any error as one of ours, in words a person can act on."""
    if isinstance(error, PlaygroundError):
        return error
    text = str(error).strip().split("\n")[0]
    if isinstance(error, MemoryError) or "out of memory" in text.lower() or "allocate memory" in text.lower():
        remedy = "Try a smaller batch, shorter texts, or LoRA instead of full tuning"
        return TrainingError("The machine ran out of memory", remedy=remedy)
    if "no space left" in text.lower():
        rule = "What it had learned up to its last checkpoint is kept"
        return TrainingError("The disk is full", rule=rule, remedy="Make room, then resume the run")
    remedy = "traceback.txt in the run's folder tells where"
    return TrainingError(f"Training broke off: {type(error).__name__}: {text}", remedy=remedy)
