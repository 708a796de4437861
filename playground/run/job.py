"""A run as people hold it: a folder that is prepared, executed, watched, stopped and continued."""

import dataclasses
import functools
import logging
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Iterable
from pathlib import Path

from playground import fields, settings
from playground.errors import ConflictError, InputError, NotFoundError, PlaygroundError, TrainingError
from playground.run import calibration, eject, events, history, notes
from playground.run.notes import Notes
from playground.run.spec import RunSpec, new_folder, read_rows, write_rows

RESULT = "result"
FRESH = 10.0
"""Seconds since its last heartbeat in which a process surely lives."""
LOST = "Its process ended unexpectedly; it may have run out of memory"
_unreadable: set[Path] = set()


class Run:
    """One training job. Everything it knows lies in its folder; this object only reads and writes it."""

    def __init__(self, folder: Path):
        self.folder = Path(folder)
        self.spec = RunSpec.read(self.folder)

    def __repr__(self) -> str:
        return f"<Run {self.id}: {self.state}>"

    @classmethod
    def create(cls, stage, settings, model, data, reward=None, names=None, functions=()) -> "Run":
        """Write a new run folder: specification and inputs. Nothing is executed.

        Raises InputError, and leaves no folder, where rows hold what JSON cannot.

        `settings` is the stage's dataclass, `model` a name or folder, `data` rows by part
        (`train`, `validation`, `prompts`), `names` what the person called each part, `functions` the names
        of the Python functions that judge.
        """
        folder = new_folder(stage)
        names = names or {}
        try:
            parts = {part: write_rows(folder, part, rows, names.get(part, "")) for part, rows in data.items()}
        except (TypeError, ValueError) as error:
            shutil.rmtree(folder)
            raise InputError(
                f"The rows cannot be kept: {error}", rule="They are written as JSON in UTF-8",
                remedy="Give texts, finite numbers, and lists or dictionaries of these",
            ) from error
        events.write_status(folder, events.Status())
        spec = RunSpec(
            id=folder.name, stage=stage, settings=fields.as_dict(settings), model=str(model),
            reward=None if reward is None else str(reward), data=parts, functions=list(functions),
        )
        spec.write(folder)
        return cls(folder)

    @classmethod
    def load(cls, folder_or_id: str | Path) -> "Run":
        """A run by id (`sft-0001`) or folder. Raises NotFoundError."""
        path = Path(folder_or_id)
        if not (path / "run.json").is_file() and path.name == str(folder_or_id):
            path = settings.get().runs / path
        return cls(path)

    @classmethod
    def all(cls) -> list["Run"]:
        """Every run of this home, newest first. A damaged one is left out, and logged once."""
        runs = []
        for file in settings.get().runs.glob("*/run.json"):
            try:
                runs.append(cls(file.parent))
            except NotFoundError:  # deleted since it was listed
                continue
            except PlaygroundError as error:
                if file not in _unreadable:
                    _unreadable.add(file)
                    logging.getLogger(__name__).warning("Run left out: %s", error)
        return sorted(runs, key=lambda run: (str(run.spec.created), run.id), reverse=True)

    @property
    def id(self) -> str:
        return self.spec.id

    @property
    def status(self) -> events.Status:
        """State and progress; a run whose process is gone reads as interrupted."""
        before = events.read_status(self.folder)
        if before.state == "queued" and not (self.folder / "run.json").is_file():
            return events.Status(state="stopped", message="It was deleted")
        if before.state != "running" or process_lives(before.pid, before.pid_started, before.heartbeat):
            return before
        # A worker writes how it ended and leaves, perhaps between our two looks: the last word is on disk.
        status = events.read_status(self.folder)
        if (status.state, status.pid, status.pid_started) != ("running", before.pid, before.pid_started):
            return status
        return dataclasses.replace(status, state="interrupted", message=LOST)

    @property
    def state(self) -> str:
        return self.status.state

    @property
    def seconds(self) -> float:
        """Training time in seconds, start-up and saving left out."""
        return self.status.seconds

    @property
    def metrics(self):
        """DataFrame with columns step, name, value, in the order logged."""
        import pandas

        rows = [
            (event["step"], name, value)
            for event in events.read_metrics(self.folder)
            for name, value in event["values"].items()
        ]
        return pandas.DataFrame(rows, columns=["step", "name", "value"])

    @property
    def samples(self):
        """DataFrame with columns step, prompt, text: what the model said while it learned."""
        import pandas

        return pandas.DataFrame(events.read_samples(self.folder), columns=["step", "prompt", "text"])

    def rows(self, part: str) -> list[dict]:
        """The input rows of one part; empty if the run has no such part."""
        return read_rows(self.folder, self.spec.data[part]) if part in self.spec.data else []

    @property
    def notes(self) -> Notes:
        """What people wrote beside it: `note` and `tags`."""
        return notes.read(self.folder)

    def annotate(self, note: str | None = None, tags: Iterable[str] | None = None) -> Notes:
        """Replace the note, the tags or both. Raises InputError for too long ones."""
        now = self.notes
        fresh = Notes(now.note if note is None else note, now.tags if tags is None else tuple(tags))
        notes.write(self.folder, fresh)
        return fresh

    @property
    def lineage(self) -> list[str]:
        """Names from the base to this run, such as pocket, sft-0001, ppo-0001."""
        names, spec = [self.id], self.spec
        while (parent := spec.parent) and parent not in names:
            names.append(parent)
            spec = RunSpec.read(settings.get().runs / parent)
        return [spec.model, *reversed(names)]

    @property
    def estimate(self):
        """What the run was expected to take when it was prepared: an Estimate, or None."""
        from playground.run import estimate

        return estimate.read(self.folder)

    @property
    def measured(self):
        """What the run took: a Measured beside `estimate`, or None before it has completed."""
        return calibration.measured(self.folder)

    @functools.cached_property
    def model(self):
        """The trained model: a Model, or a RewardModel where the stage trains one.

        Raises ConflictError while there is no result.
        """
        from playground.model.load import Model, RewardModel

        if not (self.folder / RESULT).is_dir():
            raise ConflictError(
                f"Run {self.id} has no trained model: it is {self.state}",
                remedy=self.status.message or "Wait until it has completed",
            )
        if self.spec.stage == "best":
            from playground.run import judging

            return judging.best_model(self.spec, self.folder, [row["prompt"] for row in self.rows("prompts")])
        return (RewardModel if self.spec.stage == "reward" else Model).load(self.folder / RESULT)

    def delta(self):
        """DataFrame of what it changed in the weights of the base, one row a tensor: size, rank, spectrum.

        See `model.delta.Change`. Raises InputError where no weight of the base has changed.
        """
        from playground.model.delta import delta

        return delta(self.folder / RESULT, self.spec.model)

    def plot(self, name: str = "loss"):
        """A plotly figure of one metric over steps, with its `eval_` twin where there is one.

        Where a validation loss has turned, a line marks the step from which the model overfits.
        """
        import plotly.graph_objects as go

        steps, values = events.columns(events.read_metrics(self.folder))
        shown = [n for n in (name, f"eval_{name}") if n in values]
        if not shown:
            raise NotFoundError(f"Run {self.id} has no metric {name}", rule=f"It has {', '.join(values)}")
        figure = go.Figure()
        for one in shown:
            points = [(s, v) for s, v in zip(steps, values[one], strict=True) if v is not None]
            figure.add_scatter(x=[s for s, _ in points], y=[v for _, v in points], name=one,
                               mode="lines+markers" if len(points) < 30 else "lines")
            if one == "eval_loss" and (turn := events.turning(points)):
                figure.add_vline(turn, line_dash="dot", annotation_text="overfits from here")
        return figure.update_layout(title=self.id, xaxis_title="step", yaxis_title=name)

    def to_code(self, notebook: bool = False) -> str:
        """A standalone script, or one notebook cell, that does this run again with TRL and PEFT alone.

        Raises NotFoundError where a model it starts from is gone.
        """
        return eject.code(self, notebook)

    def stop(self) -> None:
        """Ask the run to stop; a running one does so within two seconds and keeps what it learned."""
        status = self.status
        if status.finished:
            raise ConflictError(f"Run {self.id} is already {status.state}")
        (self.folder / "stop").touch()
        if status.state == "queued":
            events.update_status(self.folder, state="stopped", message="Stopped before it started")

    def resume(self) -> "Run":
        """Continue from the newest checkpoint in a process of its own, and wait for the end."""
        self.reopen()
        command = [sys.executable, "-m", "playground", "run", str(self.folder)]
        subprocess.run(command, check=False, env=worker_environment())
        if self.state == "failed":
            raise TrainingError(self.status.message)
        return self

    def reopen(self) -> None:
        """Put a stopped, failed or interrupted run back to `queued`, to go on from its checkpoint.

        Raises ConflictError where it cannot be continued, with the reason.
        """
        status = self.status
        if obstacle := self._obstacle(status):
            raise obstacle
        self.__dict__.pop("model", None)
        (self.folder / "stop").unlink(missing_ok=True)
        kept = {name: getattr(status, name) for name in ("step", "total", "seconds", "remarks")}
        events.write_status(self.folder, events.Status(**kept))

    @property
    def resumable(self) -> bool:
        """Whether `reopen` would put it back into the queue."""
        return self._obstacle(self.status) is None

    def _obstacle(self, status: events.Status) -> ConflictError | None:
        """Why a run in this state cannot go on, or None where it can."""
        if status.state not in ("stopped", "failed", "interrupted"):
            rule = "Only a run that ended early can go on"
            return ConflictError(f"Run {self.id} is {status.state}", rule=rule)
        if (self.folder / RESULT).is_dir() and (came := history.leading_back(self.folder)):
            return ConflictError(
                f"{', '.join(came)} came from {self.id} as it is",
                rule="Going on would replace the weights that they stand on",
                remedy=f"Start a new run, or delete {'it' if len(came) == 1 else 'them'} first",
            )
        return None

    @property
    def size(self) -> int:
        """Bytes it takes on disk."""
        return history.size(self.folder)

    def delete(self) -> int:
        """Remove it for good; returns the bytes freed.

        Raises ConflictError while it is being executed, and where other runs came from its model.
        """
        return history.delete(self.folder)

    def wait(self, timeout: float | None = None) -> "Run":
        """Block until the run has ended, whoever executes it."""
        end = None if timeout is None else time.monotonic() + timeout
        while not self.status.finished:
            if end is not None and time.monotonic() > end:
                raise TimeoutError(f"Run {self.id} is still {self.state} after {timeout:g} s.")
            time.sleep(0.1)
        return self


def worker_environment() -> dict[str, str]:
    """The environment of a process that executes runs, which finds this package wherever it starts.

    Idle threads spin only briefly: two that spin at each other's expense are slower than one.
    """
    root = str(Path(__file__).resolve().parents[2])
    return os.environ | {
        "PYTHONPATH": os.pathsep.join(filter(None, [root, os.environ.get("PYTHONPATH")])),
        "GOMP_SPINCOUNT": "2000",
        "TOKENIZERS_PARALLELISM": "false",
        "TRL_EXPERIMENTAL_SILENCE": "1",
    }


def process_lives(pid: int | None, started: float | None, heartbeat: float | None = None) -> bool:
    """True if the process with this id is still the one that started then (ids are reused).

    Where the machine's clock was set meanwhile, the time of a start is another one; a heartbeat tells then.
    """
    import psutil

    if pid is None:
        return False
    try:
        process = psutil.Process(pid)
        same = started is None or abs(process.create_time() - started) < 2
        same = same or (heartbeat is not None and abs(time.time() - heartbeat) < FRESH)
        return same and process.status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False
