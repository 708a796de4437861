"""Where a run begins to forget: the last best moment before general knowledge falls by more than a little."""

from dataclasses import dataclass
from pathlib import Path

from playground.model import source
from playground.records import Probe
from playground.run import events
from playground.world.smallworld import cloze

FOLDER = "knee"
"""Of a run's folder, with the weights of that moment; a model by the name <run>/knee."""
FORGIVEN = 0.03
"""Share of the general facts that a run may lose without being called forgetful."""
KEPT = 128
"""General facts that a run is asked for as it goes."""
TIMES = 12
"""Measurements of a run after that of its start, where it is long enough."""
GAINED = 128
"""Validation answers that are looked for, at most."""
AT_ONCE = 64
"""Texts read in a batch."""
LEARNED = 3
"""Texts that are read in the time in which one is learned from."""


def times(learned: int, measured: int) -> int:
    """How often a run that learns from so many texts measures itself: reading takes no longer than learning.

    A short run is measured at its start and its end alone.
    """
    return max(1, min(TIMES, LEARNED * learned // max(measured, 1)))


@dataclass(frozen=True)
class Point:
    """One measurement of a run, in shares."""

    step: int
    retention: float
    gain: float | None = None


def facts(model: str) -> list[Probe]:
    """What the small world's own model has read, for a model made of it or of its shape.

    Of others nothing is known.
    """
    return cloze(KEPT) if source.find(model).root.name.partition(":")[0] == "pocket" else []


def points(folder: Path) -> list[Point]:
    """The measurements of a run in order of steps; none where nothing general was asked."""
    steps, values = events.columns(events.read_metrics(folder), points=10**9)
    kept, gained = values.get("retention", []), values.get("gain", [None] * len(steps))
    found = zip(steps, kept, gained, strict=True) if kept else ()
    return [Point(*one) for one in found if one[1] is not None]


def best(found: list[Point]) -> int | None:
    """The step that knows most among those that have not forgotten; the later one of equals.

    None where all but the start have.
    """
    sound = [one for one in found[1:] if one.retention >= found[0].retention - FORGIVEN]
    return max(sound, key=lambda one: (one.gain or 0.0, one.step)).step if sound else None


def knee(found: list[Point]) -> Point | None:
    """The best moment of a run that has forgotten in the end; None for one that has not.

    Of a run that forgot at once it is the start.
    """
    if not found or found[-1].retention >= found[0].retention - FORGIVEN:
        return None
    step = best(found)
    return next(one for one in found if one.step == (found[0].step if step is None else step))
