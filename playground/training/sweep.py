"""A small sweep: the same examples under several settings, drawn or from a grid, and which did best.

    table = pg.sweep("pocket", parts.train, parts.validation, over=("learning_rate", "rank"), runs=6)

Random draws find good settings sooner than a grid where only some of them matter (Bergstra and Bengio 2012).
"""

import itertools
import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from random import Random
from typing import Any

from playground.errors import InputError, PlaygroundError
from playground.run import knee
from playground.run.job import Run
from playground.run.race import Race, Standing
from playground.training import ranges
from playground.training.ranges import Range, changed, setting_ranges, value_of
from playground.training.sft import SFT

KIND = "sweep"
WAYS = ("random", "grid")
FEWEST, MOST = 2, 24
GRID = 3
"""Values that a grid tries of each setting."""
DRAWS = 200
"""Draws after which settings that are all different are not looked for any more."""
MEASURES = {
    "loss": "validation loss", "gain": "answers right", "retention": "general facts", "seconds": "seconds",
}
"""Columns of a sweep's table beside its settings, and what they tell."""

Over = Iterable[str] | Mapping[str, Sequence]


@dataclass(frozen=True)
class Sweep:
    """Runs that differ in some settings."""

    race: Race

    @classmethod
    def load(cls, sweep_id: str) -> "Sweep":
        """Raises NotFoundError."""
        return cls(Race.load(sweep_id, KIND))

    @property
    def id(self) -> str:
        return self.race.id

    @property
    def varied(self) -> dict[str, str]:
        """The settings that differ between its runs: name and label."""
        found = list(self._settings().values())
        names = {name: None for settings in found for name in _settable(settings)}
        return {
            name: _label(name, found[0])
            for name in names
            if len({repr(value_of(settings, name)) for settings in found}) > 1
        }

    @property
    def table(self):
        """A DataFrame, one row a run: run, state, the settings that differ, and MEASURES (gain and retention
        are shares; None where not measured yet). The best first, once there is one."""
        import pandas

        settings, varied = self._settings(), self.varied
        best = self.best
        rows = [
            {"run": one.run, "state": one.state}
            | {name: value_of(settings[one.run], name) for name in varied}
            | {name: getattr(one, name) for name in MEASURES}
            for one in sorted(self.race.standings, key=lambda one: one.run != best)
            if one.run in settings
        ]
        return pandas.DataFrame(rows, columns=["run", "state", *varied, *MEASURES])

    @property
    def best(self) -> str | None:
        """The run that gained most among those that have not forgotten; None before any has completed."""
        return best_of(self.race.standings)

    def plot(self) -> Any:
        """A plotly figure of parallel coordinates: a line a run, an axis a setting and a measure."""
        return figure(self.table, self.varied)

    def _settings(self) -> dict[str, SFT]:
        found = {}
        for run_id in self.race.runs.values():
            try:
                found[run_id] = SFT.from_dict(Run.load(run_id).spec.settings)
            except PlaygroundError:  # deleted since
                continue
        return found


def best_of(standings: Sequence[Standing]) -> str | None:
    """By share of answers right, then by loss; of those that lost little of what they knew, where any did.
    None where nothing was measured."""
    done = [one for one in standings if one.state == "completed"]
    if not done:
        return None

    def forgot(one: Standing) -> bool:
        first = next((kept for _, kept in one.course if kept is not None), None)
        return first is not None and one.retention < first - knee.FORGIVEN

    sound = [one for one in done if not forgot(one)] or done
    if all(one.gain is None and one.loss is None for one in sound):
        return None
    return max(sound, key=lambda one: (one.gain or 0.0, -(math.inf if one.loss is None else one.loss))).run


def points(
    settings: SFT, model, train, over: Over, how: str = "random", runs: int = 8, seed: int = 0
) -> list[SFT]:
    """The settings to try, the given ones first. See `sweep`."""
    if how not in WAYS:
        raise InputError(f"The settings are chosen {how!r}", rule=f"It is one of {', '.join(WAYS)}")
    asked = _asked(settings, model, train, over)
    found = _grid(settings, model, train, asked) if how == "grid" else _random(
        settings, model, train, asked, runs, Random(f"sweep {seed}")
    )  # fmt: skip
    if not FEWEST <= len(found) <= MOST:
        raise InputError(
            f"{len(found)} runs would be started", rule=f"A sweep has {FEWEST} to {MOST}",
            remedy="Vary fewer settings, or draw them at random" if len(found) > MOST else "Vary another one",
        )
    return found


def enter(
    model, train, validation=None, over: Over = ("learning_rate",), how: str = "random", runs: int = 8,
    settings: SFT | None = None, seed: int = 0, probes=None,
) -> Sweep:
    """Prepare the runs without executing any. Raises as `sweep`; then nothing is left behind."""
    made: dict[str, Run] = {}
    tried = points(settings or SFT(), model, train, over, how, runs, seed)
    names = [name for name in _settable(tried[0]) if len({repr(value_of(one, name)) for one in tried}) > 1]
    try:
        for one in tried:
            made[_told(one, names)] = one.prepare(model, train, validation, probes)
    except Exception:
        for run in made.values():
            run.delete()
        raise
    race = Race.create(made, KIND)
    for run in made.values():
        run.annotate(tags=[race.id])
    return Sweep(race)


def sweep(
    model, train, validation=None, over: Over = ("learning_rate",), how: str = "random", runs: int = 8,
    settings: SFT | None = None, seed: int = 0, probes=None,
):
    """Run several settings one after the other in this process; a DataFrame, the best first (`Sweep.table`).

    `over` names the settings to vary, of SFT or of its tuning, within `setting_ranges`, or maps them to the
    values to try. `how`: `random`, `runs` draws of which the first is `settings` as given; or `grid`, every
    combination of three values each. A warm-up that is not varied stays within half of a run. The sweep
    itself is `Sweep.load(table.attrs["sweep"])`.

    Raises InputError for a setting that cannot be varied and for fewer than 2 or more than 24 runs. A run
    that fails leaves the others running.
    """
    from playground.training.execute import execute

    made = enter(model, train, validation, over, how, runs, settings, seed, probes)
    for run_id in made.race.runs.values():
        try:
            execute(Run.load(run_id).folder, progress=True)
        except PlaygroundError:
            continue
    table = made.table
    table.attrs["sweep"] = made.id
    return table


def figure(table, varied: Mapping[str, str]) -> Any:
    """Parallel coordinates of a sweep's table; runs that have not been measured are left out."""
    import plotly.graph_objects as go

    told = {**varied, **MEASURES}
    names = [name for name in told if table[name].notna().any()]
    rows = table.dropna(subset=[name for name in MEASURES if name in names])
    colour = next((name for name in ("gain", "loss") if name in names), None)
    line = {"color": rows[colour] if colour else 0, "colorscale": [[0, "#c9a15a"], [1, "#0b6b62"]]}
    if colour == "loss":
        line["reversescale"] = True
    axes = [_axis(told[name], rows[name].tolist(), name == "learning_rate") for name in names]
    return go.Figure(go.Parcoords(dimensions=axes, line=line))


def _axis(label: str, values: list, log: bool) -> dict:
    """One axis, with a tick at each value that was tried where there are few."""
    if not values or isinstance(values[0], str):
        words = sorted(set(values))
        places = [words.index(value) for value in values]
        return {"label": label, "values": places, "tickvals": list(range(len(words))), "ticktext": words}
    scale = math.log10 if log else float
    ticks = sorted(set(values))
    if len(ticks) > 5:
        ticks = [ticks[round(at * (len(ticks) - 1) / 4)] for at in range(5)]
    return {
        "label": label, "values": [scale(value) for value in values],
        "tickvals": [scale(value) for value in ticks], "ticktext": [f"{value:.2g}" for value in ticks],
    }  # fmt: skip


def _asked(settings: SFT, model, train, over: Over) -> dict[str, Range | tuple]:
    """The settings to vary, each with its range or the values given."""
    given = dict(over) if isinstance(over, Mapping) else dict.fromkeys(over)
    known = setting_ranges(settings, model, train)
    for name, values in given.items():
        if values is None and name not in known:
            raise InputError(
                f"{name!r} has no range here", rule=f"Those are {', '.join(known)}",
                remedy="Choose one of them, or give the values to try",
            )
        if name == "tuning" or (values is not None and not len(values)):
            raise InputError(
                f"{name!r} is to be {values!r}",
                rule="A sweep varies settings of one kind of tuning, each over one value or more",
                remedy="Give the values to try; a race sets kinds of tuning side by side",
            )
        for value in values or ():
            changed(settings, {name: value})
    return {name: known[name] if values is None else tuple(values) for name, values in given.items()}


def _random(settings, model, train, asked, runs: int, chance: Random) -> list[SFT]:
    found = [_settled(settings, asked, len(train))]
    for _ in range(DRAWS):
        if len(found) >= runs:
            break
        drawn = settings
        # The warm-up last: how many steps there are depends on the others.
        for name in sorted(asked, key=lambda one: one == "warm_up"):
            one = asked[name]
            if name == "warm_up" and isinstance(one, Range):
                one = setting_ranges(drawn, model, train)[name]
            drawn = changed(drawn, {name: _draw(one, chance)})
        if (drawn := _settled(drawn, asked, len(train))) not in found:
            found.append(drawn)
    return found


def _draw(one: Range | tuple, chance: Random):
    if isinstance(one, tuple):
        return chance.choice(one)
    if one.log and not one.whole:
        return float(f"{math.exp(chance.uniform(math.log(one.low), math.log(one.high))):.2g}")
    return chance.choice(one.tried)


def _grid(settings, model, train, asked) -> list[SFT]:
    axes = {
        name: one if isinstance(one, tuple) else _around(one, value_of(settings, name))
        for name, one in asked.items()
    }
    found = []
    for values in itertools.product(*axes.values()):
        one = _settled(changed(settings, dict(zip(axes, values, strict=True))), asked, len(train))
        if one not in found:
            found.append(one)
    return found


def _around(one: Range, value) -> tuple:
    """Three of the values worth trying, the middle one nearest to the value that is set."""
    if one.low is None:
        return one.tried
    scale = (lambda x: math.log(max(x, 1e-12))) if one.log else float
    at = min(range(len(one.tried)), key=lambda place: abs(scale(one.tried[place]) - scale(value)))
    start = min(max(at - GRID // 2, 0), max(len(one.tried) - GRID, 0))
    return one.tried[start : start + GRID]


def _settled(settings: SFT, asked, rows: int) -> SFT:
    """With a warm-up that leaves half of the run, where it is not what is varied."""
    most = settings.steps(rows) // 2
    fits = "warm_up" in asked or settings.warm_up <= most
    return settings if fits else changed(settings, {"warm_up": most})


def _comparable(settings: SFT) -> list[str]:
    """Names of the settings that a sweep may vary."""
    inner = [name for name in ranges.TUNING if name in settings.tuning.__dataclass_fields__]
    return ["learning_rate", *inner, "batch_size", "epochs", "warm_up", "schedule", "weight_decay", "seed"]


def _settable(settings: SFT) -> list[str]:
    """Names of all settings that runs of a sweep may differ in, those of `_comparable` first."""
    rest = (name for name in SFT.__dataclass_fields__ if name != "tuning")
    return list(dict.fromkeys([*_comparable(settings), *rest]))


def _label(name: str, settings: SFT) -> str:
    holder = settings.tuning if name in ranges.TUNING else settings
    return type(holder).__dataclass_fields__[name].metadata["label"].lower()


def _told(settings: SFT, names: Sequence[str]) -> str:
    """A run's label: what sets it apart."""
    words = (f"{_label(name, settings)} {value_of(settings, name)}" for name in names)
    return ", ".join(words) or "as given"
