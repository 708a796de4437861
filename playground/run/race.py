"""A race: several runs that belong together, and how they stand. Tunings on the same data and budget are
one; a sweep over settings, and a start from scratch beside one from a base, are others."""

import itertools
import json
import math
import re
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path

from playground import settings
from playground.errors import NotFoundError, PlaygroundError
from playground.run import events, knee
from playground.run.job import Run
from playground.store import files

RACE = "race"
_ID = re.compile(r"([a-z]+)-[0-9]{4,}")


@dataclass(frozen=True)
class Standing:
    """How one contestant stands, now or in the end. None: not known (yet)."""

    label: str
    run: str
    state: str
    step: int
    total: int
    trainable: int | None
    """Numbers that learn."""
    share: float | None
    """Of all numbers of the model."""
    seconds: float
    """Training time."""
    peak: int | None
    """Most bytes that its process held."""
    artifact: int | None
    """Bytes of the result's weights."""
    loss: float | None
    """Newest loss on the validation part."""
    gain: float | None
    """Newest share of validation answers that it would give word for word."""
    retention: float | None
    """Newest share of general facts that it still completes."""
    course: list[tuple[float | None, float | None]]
    """Gain and retention at every measurement, in order."""


@dataclass(frozen=True)
class Race:
    """Contestants by label, each a run."""

    id: str
    runs: dict[str, str]
    """Ids of runs by label, in the order of the start."""
    created: str

    @classmethod
    def create(cls, runs: dict[str, Run], kind: str = RACE) -> "Race":
        """Write down who runs against whom, as the next `<kind>-0001`. Nothing is executed."""
        folder = _folder()
        folder.mkdir(parents=True, exist_ok=True)
        known = [path.stem for path in folder.glob(f"{kind}-*.json") if _ID.fullmatch(path.stem)]
        taken = [int(stem.rpartition("-")[2]) for stem in known]
        for number in itertools.count(max(taken, default=0) + 1):
            path = folder / f"{kind}-{number:04d}.json"
            try:
                path.touch(exist_ok=False)
                break
            except FileExistsError:
                continue
        made = cls(
            path.stem,
            {label: run.id for label, run in runs.items()},
            datetime.now(UTC).isoformat(timespec="seconds"),
        )
        files.write_atomic(path, json.dumps(asdict(made)))
        return made

    @classmethod
    def load(cls, race_id: str, kind: str | None = None) -> "Race":
        """By id, of one kind where that is given. Raises NotFoundError."""
        try:
            found = _ID.fullmatch(race_id)
            if not found or kind not in (None, found[1]):
                raise ValueError
            return cls(**json.loads((_folder() / f"{race_id}.json").read_text(encoding="utf-8")))
        except (OSError, ValueError, TypeError):
            raise NotFoundError(
                f"There is no {kind or RACE} {race_id[:40]!r}", remedy="Start one, or choose another"
            ) from None

    @classmethod
    def all(cls, kind: str = RACE) -> list["Race"]:
        """Every race of a kind, newest first."""
        found = []
        for path in _folder().glob(f"{kind}-*.json"):
            try:
                found.append(cls.load(path.stem))
            except NotFoundError:  # being written, or damaged
                continue
        return sorted(found, key=lambda race: race.id, reverse=True)

    @property
    def standings(self) -> list[Standing]:
        """How everyone stands, in the order of the start; deleted runs are left out."""
        found = []
        for label, run_id in self.runs.items():
            try:
                found.append(_standing(label, Run.load(run_id)))
            except PlaygroundError:
                continue
        return found

    @property
    def ended(self) -> bool:
        return all(one.state not in ("queued", "running") for one in self.standings)

    def to_pandas(self):
        """A DataFrame of the standings, `course` left out."""
        import pandas

        rows = [asdict(one) for one in self.standings]
        return pandas.DataFrame(rows).drop(columns="course", errors="ignore")


def _standing(label: str, run: Run) -> Standing:
    status, estimate, measured = run.status, run.estimate, run.measured
    _, values = events.columns(events.read_metrics(run.folder), points=10**9)

    def newest(name: str) -> float | None:
        return next((v for v in reversed(values.get(name, [])) if v is not None and math.isfinite(v)), None)

    return Standing(
        label=label,
        run=run.id,
        state=status.state,
        step=status.step,
        total=status.total,
        trainable=measured.numbers if measured else estimate.trainable if estimate else None,
        share=estimate.trainable / estimate.total if estimate else None,
        seconds=status.seconds,
        peak=measured.peak if measured else None,
        artifact=measured.artifact if measured else None,
        loss=newest("eval_loss"),
        gain=newest("gain"),
        retention=newest("retention"),
        course=[(one.gain, one.retention) for one in knee.points(run.folder)],
    )


def _folder() -> Path:
    return settings.get().home / "races"
