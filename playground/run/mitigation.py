"""What would have helped a run that forgot: runs of the same seed and budget under one change, beside it."""

import json
import math
from dataclasses import asdict, dataclass
from pathlib import Path

from playground.errors import PlaygroundError
from playground.evaluation import intervals
from playground.evaluation.intervals import Estimate
from playground.run import knee
from playground.run.job import Run
from playground.store import files

FILE = "mitigation.json"
"""Of a run's folder: which run it stands beside, and under which change."""
SMALLER = 0.1
"""The learning rate, as a share of the run's own."""
REPLAYED = 0.5
"""General examples, as a share of the run's own, added to them."""


@dataclass(frozen=True)
class Way:
    """One change that may help."""

    label: str
    what: str


WAYS = {
    "smaller": Way("A tenth of the learning rate", "Shorter steps leave more of what was there before."),
    "lora": Way("LoRA instead", "The base stays as it is, a thin adapter learns beside it."),
    "replay": Way(
        "Replay general examples",
        "Half as many general examples are mixed in; each of its own is seen less often.",
    ),
}


@dataclass(frozen=True)
class Effect:
    """What a change made of a run. None: not known (yet)."""

    way: str
    run: str
    state: str
    step: int
    total: int
    gain: float | None
    retention: float | None
    gained: Estimate | None
    """Gain less that of the original, with its 95 % interval; once the run has completed."""
    kept: Estimate | None
    """The same of the retention."""


def forgot(run: Run) -> bool:
    """Whether a run has completed, and knows less in the end than it did before."""
    return run.state == "completed" and knee.knee(knee.points(run.folder)) is not None


def mark(run: Run, original: str, way: str) -> None:
    """Write down that a run stands beside the original, under this change."""
    files.write_atomic(run.folder / FILE, json.dumps({"of": original, "way": way}))


def marked(folder: Path) -> dict:
    """`of` and `way` of such a run; empty for any other."""
    try:
        found = json.loads((folder / FILE).read_text(encoding="utf-8"))
        return found if found["way"] in WAYS and isinstance(found["of"], str) else {}
    except (OSError, ValueError, TypeError, KeyError):
        return {}


def effects(original: Run) -> list[Effect]:
    """What each change that was tried made of a run, in the order of WAYS; the newest run of each."""
    newest: dict[str, Run] = {}
    for run in Run.all():
        mine = marked(run.folder)
        if mine.get("of") == original.id:
            newest.setdefault(mine["way"], run)
    found = []
    for way in WAYS:
        if way in newest:
            try:
                found.append(_effect(way, newest[way], original))
            except PlaygroundError:  # deleted meanwhile
                continue
    return found


def table(original: Run):
    """`effects` as a DataFrame: values and intervals in columns of their own."""
    import pandas

    rows = []
    for one in effects(original):
        row = asdict(one)
        for name in ("gained", "kept"):
            value = getattr(one, name) or intervals.UNKNOWN
            row |= {name: value.value, f"{name}_low": value.low, f"{name}_high": value.high}
        rows.append(row)
    return pandas.DataFrame(rows)


def _effect(way: str, run: Run, original: Run) -> Effect:
    status = run.status
    before, after = (knee.points(one.folder) for one in (original, run))
    last = after[-1] if after else knee.Point(0, math.nan)
    told = {"gained": None, "kept": None}
    if status.state == "completed" and before and after:
        facts, answers = len(run.rows("probes")), min(knee.GAINED, len(run.rows("validation")))
        told["kept"] = _difference(last.retention, before[-1].retention, facts)
        if last.gain is not None and before[-1].gain is not None:
            told["gained"] = _difference(last.gain, before[-1].gain, answers)
    return Effect(
        way, run.id, status.state, status.step, status.total, last.gain,
        last.retention if after else None, **told,
    )


def _difference(after: float, before: float, asked: int) -> Estimate:
    """Both are shares of the same questions."""
    return intervals.difference(*(intervals.share(one * asked, asked) for one in (after, before)))
