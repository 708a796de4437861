"""Rewards that are Python functions of a notebook: they stay in the process that prepared the run."""

from collections.abc import Callable, Iterable, Sequence
from pathlib import Path

from playground.errors import InputError
from playground.run.spec import RunSpec

Reward = Callable[[str, str], float]
"""(prompt, answer) -> points."""

_kept: dict[Path, tuple[Reward, ...]] = {}


def names(own: Iterable[Reward]) -> list[str]:
    """What each function is called."""
    return [getattr(one, "__name__", type(one).__name__) for one in own]


def keep(folder: Path, own: Iterable[Reward]) -> None:
    """Remember the functions of the run in a folder, or give them to one that goes on here."""
    if own := tuple(own):
        _kept[folder.resolve()] = own


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


def parted(reward) -> tuple[object | None, list[Reward]]:
    """The reward model, if there is one, and the functions. Raises InputError for several models."""
    given = list(reward) if isinstance(reward, Sequence) and not isinstance(reward, str) else [reward]
    given = [one for one in given if one is not None]
    models = [one for one in given if not callable(one)]
    if len(models) > 1:
        raise InputError(
            f"There are {len(models)} reward models",
            rule="One judges, beside any number of functions",
            remedy="Pass one of them, or a function that asks several",
        )
    return (models[0] if models else None), [one for one in given if callable(one)]
