"""What a run says while it works: a state file and two append-only logs that anyone may read.

    state.json      one small object, replaced atomically, at least once a second while alive
    metrics.jsonl   {"step", "time", "values": {name: number or null}}; null was not finite
    samples.jsonl   {"step", "prompt", "text"}
"""

import json
import math
import os
import threading
import time
from dataclasses import asdict, dataclass, replace
from pathlib import Path

from playground.store import files

FINISHED = ("completed", "stopped", "failed", "interrupted")
STATES = ("queued", "running", *FINISHED)
LOGS = ("metrics.jsonl", "samples.jsonl")
_WRITING = threading.Lock()


@dataclass(frozen=True)
class Status:
    """The content of state.json."""

    state: str = "queued"
    message: str = ""
    """What it is doing now, or why it ended."""
    step: int = 0
    total: int = 0
    seconds: float = 0.0
    """Training time so far, start-up and saving left out."""
    pid: int | None = None
    pid_started: float | None = None
    heartbeat: float | None = None
    enqueued: float | None = None
    """When it was put into the queue; None for a run that nobody queued."""
    remarks: tuple[str, ...] = ()
    """What a person should know of how it went, such as a damaged checkpoint; kept to the end."""
    endings: tuple[str, ...] = ()
    """How it ended and with which weights; told anew where the run goes on."""

    @property
    def finished(self) -> bool:
        return self.state in FINISHED

    @property
    def seconds_left(self) -> float | None:
        """Time left at the rate so far, in seconds; None before there is a rate."""
        if self.state != "running" or not self.step or not self.total:
            return None
        return self.seconds / self.step * max(self.total - self.step, 0)


def read_status(folder: Path) -> Status:
    """The status as written. A dead process leaves `running` behind; `Run.status` looks closer."""
    try:
        return Status(**json.loads((folder / "state.json").read_text()))
    except FileNotFoundError:
        return Status()
    except (ValueError, TypeError):  # what a power cut may leave of a file that is not synced
        return Status(state="interrupted", message="Its state file was damaged")


def write_status(folder: Path, status: Status) -> None:
    """Replace the state file. Not synced to disk: after a power cut every process is gone anyway."""
    with _WRITING:
        draft = folder / f".state.json.{os.getpid()}"
        draft.write_text(json.dumps(asdict(status), ensure_ascii=False))
        os.replace(draft, folder / "state.json")


def update_status(folder: Path, **changes) -> Status:
    status = replace(read_status(folder), **changes)
    write_status(folder, status)
    return status


def read_metrics(folder: Path, since: int = 0) -> list[dict]:
    """Metric events from step `since` on, oldest first; a line being written is left for later.

    `since` is inclusive: the last step a reader has seen may still get its evaluation.
    """
    return [row for row in _lines(folder / "metrics.jsonl") if row["step"] >= since]


def read_samples(folder: Path, since: int = 0) -> list[dict]:
    return [row for row in _lines(folder / "samples.jsonl") if row["step"] >= since]


def columns(events: list[dict], points: int = 300) -> tuple[list[int], dict[str, list[float | None]]]:
    """Steps and one list a metric, aligned, thinned to at most `points` for a chart.

    Events of one step are merged. Thinning keeps the first and last step and, for every metric
    that is not logged at each step, the steps where it is.
    """
    merged: dict[int, dict] = {}
    for event in events:
        merged.setdefault(event["step"], {}).update(event["values"])
    steps = sorted(merged)
    names = sorted({name for values in merged.values() for name in values})
    if len(steps) > points:
        steps = _thin(steps, merged, names, points)
    return steps, {name: [merged[step].get(name) for step in steps] for name in names}


def turning(points: list[tuple[int, float]]) -> int | None:
    """The step after which a loss on unseen rows has risen by more than noise: overfitting begins there.

    `points` are (step, loss) in order. None while the loss still falls.
    """
    if len(points) < 3:
        return None
    step, lowest = min(points, key=lambda point: point[1])
    return step if points[-1][1] > lowest * 1.02 else None


def _thin(steps: list[int], merged: dict, names: list[str], points: int) -> list[int]:
    sparse = [n for n in names if sum(n in merged[s] for s in steps) <= points // 4]
    kept = {s for s in steps if any(n in merged[s] for n in sparse)}
    room = max(points - len(kept), 2)
    kept |= {steps[round(i * (len(steps) - 1) / (room - 1))] for i in range(room)}
    return sorted(kept)[: points - 1] + steps[-1:] if len(kept) > points else sorted(kept)


class EventLog:
    """The writing side, owned by the one process that executes the run."""

    def __init__(self, folder: Path):
        self.folder = folder

    def metrics(self, step: int, values: dict[str, float]) -> None:
        finite = {name: float(v) if math.isfinite(v) else None for name, v in values.items()}
        self._append("metrics.jsonl", {"step": step, "time": round(time.time(), 3), "values": finite})

    def sample(self, step: int, prompt: str, text: str) -> None:
        self._append("samples.jsonl", {"step": step, "prompt": prompt, "text": text})

    def clear_after(self, step: int) -> None:
        """Forget what lies beyond a checkpoint, because the resumed run will say it again."""
        for name in LOGS:
            rows = [row for row in _lines(self.folder / name) if row["step"] <= step]
            files.write_jsonl(self.folder / name, rows)

    def sync(self) -> None:
        """Have the logs reach the disk: a checkpoint must not outlive what was said before it."""
        for name in LOGS:
            if (path := self.folder / name).exists():
                files.sync(path)

    def _append(self, name: str, row: dict) -> None:
        with open(self.folder / name, "a", encoding="utf-8") as file:
            file.write(json.dumps(row, ensure_ascii=False) + "\n")


class Silence(EventLog):
    """The log of a process that leaves the talking to another."""

    def clear_after(self, step: int) -> None:
        pass

    def sync(self) -> None:
        pass

    def _append(self, name: str, row: dict) -> None:
        pass


def _lines(path: Path) -> list[dict]:
    try:
        text = path.read_text(encoding="utf-8")
    except FileNotFoundError:
        return []
    return [json.loads(line) for line in text[: text.rfind("\n") + 1].split("\n") if line]
