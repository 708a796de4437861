"""Datasets as the app shows them: loaded and cleaned once, because nothing that has a name changes."""

import functools

from playground.dataset.builtins import BUILTIN
from playground.dataset.split import Splits
from playground.dataset.table import Dataset

PROMPTS = "larkspur-prompts"


@functools.lru_cache(maxsize=6)
def cleaned(name: str) -> Dataset:
    """A built-in or saved dataset, cleaned."""
    return Dataset.load(name).clean()


@functools.lru_cache(maxsize=6)
def parts(name: str) -> Splits:
    """Train, validation and test of a dataset, cut as everywhere."""
    return cleaned(name).split(seed=0)


def names() -> list[str]:
    return [*BUILTIN, *Dataset.saved()]


def to_tune_on() -> list[str]:
    """Datasets whose examples have completions to learn."""
    return [name for name in names() if name != PROMPTS]


def to_ask() -> list[str]:
    """Datasets whose prompts can be answered, the prompts made for that first."""
    return [PROMPTS, *to_tune_on()]
