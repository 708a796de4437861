"""Rewards that are Python functions of a notebook: they stay in the process that prepared the run."""

from collections.abc import Callable, Iterable
from pathlib import Path

from playground.errors import InputError
from playground.run.job import Run
from playground.run.spec import RunSpec

Reward = Callable[[str, str], float]
"""(prompt, answer) -> points."""

_kept: dict[Path, tuple[Reward, ...]] = {}


def names(own: Iterable[Reward]) -> list[str]:
    """What each function is called."""
    return [getattr(one, "__name__", type(one).__name__) for one in own]


def keep(run: Run, own: Iterable[Reward]) -> None:
    """Remember a run's functions, or give them to a run that goes on here."""
    if own := tuple(own):
        _kept[run.folder.resolve()] = own


def of(spec: RunSpec, folder: Path) -> tuple[Reward, ...]:
    """The functions of a run. Raises InputError where another process has them."""
    found = _kept.get(folder.resolve(), ())
    if spec.functions and names(found) != spec.functions:
        told = ", ".join(f"{name}()" for name in spec.functions)
        raise InputError(
            f"The reward of {spec.id} is {told}, which this process does not have",
            rule="A function of yours is not written into the run's folder",
            remedy="Go on in Python with pg.resume(run, reward=…)",
        )
    return found


def resume(run: Run | str | Path, reward: Reward | Iterable[Reward]) -> Run:
    """Go on, in this process, with a stopped run whose reward is a function of yours, or several.

    Raises InputError where its functions have other names, ConflictError where it cannot go on, and
    TrainingError.
    """
    from playground.training.execute import execute

    run = run if isinstance(run, Run) else Run.load(run)
    keep(run, [reward] if callable(reward) else reward)
    of(run.spec, run.folder)
    run.reopen()
    return execute(run.folder, progress=True)
