"""Datasets as the app shows them: loaded and cleaned once, because nothing that has a name changes."""

import functools
import itertools
import re
import unicodedata
from pathlib import Path

from playground.dataset.builtins import BUILTIN
from playground.dataset.split import Splits
from playground.dataset.table import Dataset
from playground.errors import ConflictError, DatasetError

PROMPTS = "larkspur-prompts"
LONGEST = 64
TOLD = 3
"""Findings named in the refusal of a file."""


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


def add(path: Path) -> tuple[str, Dataset]:
    """Read a file, clean it and keep it under a name made from the file's; the name and the data.

    Raises DatasetError where the file cannot be read or no row of it is left.
    """
    data = Dataset.load(path).clean()
    if not len(data):
        first = "; ".join(f"row {one.row}: {one.message}" for one in data.findings[:TOLD])
        raise DatasetError(
            f"No row of {path.name} can be learned from: {first}",
            rule="A dataset needs at least one row that is left after cleaning",
            remedy="Correct the rows and upload the file again",
        )
    return _keep(data, named(path.stem)), data


def named(stem: str) -> str:
    """A dataset name as near to a file's name as its letters allow."""
    plain = unicodedata.normalize("NFKD", stem).encode("ascii", "ignore").decode()
    return re.sub(r"[^A-Za-z0-9._-]", "-", plain).strip("._-")[:LONGEST] or "data"


def _keep(data: Dataset, name: str) -> str:
    """Save under the name, or with the next number where it holds other content; the name taken."""
    for number in itertools.count(1):
        ending = f"-{number}" if number > 1 else ""
        free = name[: LONGEST - len(ending)] + ending
        if free in BUILTIN:
            continue
        try:
            data.save(free)
        except ConflictError:
            continue
        return free
