"""Datasets as the app shows them: loaded and cleaned once, because nothing that has a name changes."""

import contextlib
import functools
import itertools
import re
import unicodedata
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from playground import settings
from playground.dataset import remote, source
from playground.dataset.builtins import BUILTIN
from playground.dataset.mapping import Mapping
from playground.dataset.repair import Clean
from playground.dataset.split import Splits
from playground.dataset.table import Dataset
from playground.errors import ConflictError, DatasetError, PlaygroundError
from playground.records import Example

PROMPTS = "larkspur-prompts"
LONGEST = 64
TOLD = 3
"""Findings named in a refusal, and rows that a mapping is tried on."""


@functools.lru_cache(maxsize=6)
def cleaned(name: str) -> Dataset:
    """A built-in or saved dataset, cleaned."""
    return _clean(Dataset.load(name))


def _clean(data: Dataset) -> Dataset:
    return data if data.recipe.steps[-1:] == (Clean(),) else data.clean()


def row_of(example: Example) -> dict:
    """An example as the chat process takes it."""
    return {"prompt": [turn.as_dict() for turn in example.prompt], "completion": example.completion}


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


def add(data: Dataset, called: str) -> tuple[str, Dataset]:
    """Clean what was read and keep it under a name made from what it is called; the name and the data.

    Raises DatasetError where no row is left.
    """
    clean = _clean(data)
    if not len(clean):
        first = "; ".join(f"row {one.row}: {one.message}" for one in clean.findings[:TOLD])
        raise DatasetError(
            f"No row can be learned from: {first}",
            rule="A dataset needs at least one row that is left after cleaning",
            remedy="Correct the rows and add them again",
        )
    return _keep(clean, named(called)), clean


def family(name: str) -> str:
    """The name without the number that a later version of the same data bears."""
    first = re.sub(r"-\d+$", "", name)
    return first if first in names() else name


@functools.lru_cache(maxsize=1)
def opened(path: Path, changed: int) -> source.Source:
    """The rows of a file that was `changed` at this time, in nanoseconds. Raises DatasetError."""
    return source.read(path)


@functools.lru_cache(maxsize=1)
def streamed(identifier: str, asked: remote.Asked) -> source.Source:
    """Rows of the Hub, kept while a person says what their columns hold. Raises as `remote.read` does."""
    return remote.read(identifier, asked)


def remember(mapping: Mapping, name: str) -> None:
    """Keep a mapping for the next file with the same columns."""
    mapping.save(_mappings() / f"{name}.json")


def remembered(rows: Sequence[tuple[int, Any]]) -> Mapping | None:
    """The newest mapping whose columns these numbered rows have, or None."""
    for path in sorted(_mappings().glob("*.json"), key=lambda one: one.stat().st_mtime_ns, reverse=True):
        with contextlib.suppress(PlaygroundError):
            mapping = Mapping.load(path)
            if mapping.rows(rows[:TOLD])[0]:
                return mapping
    return None


def _mappings() -> Path:
    folder = settings.get().home / "mappings"
    folder.mkdir(parents=True, exist_ok=True)
    return folder


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
