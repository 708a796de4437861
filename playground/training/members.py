"""More of the same reward model: other seeds, for an ensemble whose disagreement tells what nobody knows."""

from dataclasses import replace
from types import SimpleNamespace

from playground.errors import InputError
from playground.model.source import ensemble_name
from playground.run.job import RESULT, Run
from playground.training.reward import RewardModeling

MOST = 8
"""Members of an ensemble that the app offers; each has to be asked for every score."""


def add_members(run: Run, count: int = 2) -> list[Run]:
    """Prepare runs with this one's start, settings and rows, and with seeds that none of its kin has.

    Raises InputError where it is no reward run.
    """
    if run.spec.stage != "reward":
        raise InputError(f"{run.id} is no reward run", rule="An ensemble is made of reward models")
    taken = {one.spec.settings["seed"] for one in Run.all() if _kind(one) == _kind(run)}
    fresh = (seed for seed in range(len(taken) + count) if seed not in taken)
    parts = {name: run.rows(name) for name in run.spec.data}
    names = {name: SimpleNamespace(name=part.name) for name, part in run.spec.data.items()}
    settings = RewardModeling.from_dict(run.spec.settings)
    return [
        replace(settings, seed=seed)._create(run.spec.model, parts, names)
        for seed, _ in zip(fresh, range(count), strict=False)
    ]


def ensembles() -> list[list[str]]:
    """Ids of the reward models that differ in nothing but their seed, newest group first, each in order."""
    groups: dict[tuple, list[str]] = {}
    for run in Run.all():
        if run.spec.stage == "reward" and (run.folder / RESULT).is_dir() and run.state == "completed":
            groups.setdefault(_kind(run), []).append(run.id)
    return [sorted(group)[:MOST] for group in groups.values() if len(group) > 1]


def offered() -> list[tuple[str, str]]:
    """(what to call it, name for `RewardModel.load`) of every ensemble, as a mean and with caution."""
    found = []
    for group in ensembles():
        who = f"{group[0]} and {len(group) - 1} more"
        found.append((f"{who}: their mean", ensemble_name(group)))
        found.append((f"{who}: mean less one standard deviation", ensemble_name(group, 1.0)))
    return found


def _kind(run: Run) -> tuple:
    """What reward runs have in common that differ in their seed alone."""
    spec = run.spec
    settings = {name: value for name, value in spec.settings.items() if name != "seed"}
    return spec.stage, spec.model, repr(sorted(settings.items())), repr(
        sorted((name, part.sha256) for name, part in spec.data.items())
    )
