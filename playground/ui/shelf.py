"""Datasets as the app shows them: loaded and cleaned once, because nothing that has a name changes."""

import contextlib
import functools
import itertools
import re
import threading
import unicodedata
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from playground import settings
from playground.dataset import remote, saved, source
from playground.dataset.builtins import BUILTIN
from playground.dataset.mapping import Mapping
from playground.dataset.progress import Progress
from playground.dataset.recipe import Recipe
from playground.dataset.repair import Clean
from playground.dataset.split import Splits
from playground.dataset.table import Dataset
from playground.errors import ConflictError, DatasetError, PlaygroundError
from playground.records import Example

PROMPTS = "larkspur-prompts"
LONGEST = 64
REMEMBERED = 6
"""Datasets that are kept in memory."""
MANY = 5000
"""Rows that take a while to clean or to split."""
TOLD = 3
"""Findings named in a refusal, and rows that a mapping is tried on."""


Stage = Callable[[str], Progress | None]
"""Told what begins, it gives what hears how far that is."""


def unheard(what: str) -> None:
    """The stage of work that nobody watches."""


class Kept:
    """A function of a name that remembers its last results; who asks while one is found waits for it."""

    def __init__(self, find: Callable[[str, Stage], Any]):
        self._find, self._found, self._under_way = find, {}, {}
        self._lock = threading.Lock()

    def __call__(self, name: str, stage: Stage = unheard) -> Any:
        with self._lock:
            one = self._under_way.setdefault(name, threading.Lock())
        with one:
            with self._lock:
                known = name in self._found
                found = self._found.pop(name, None)
            if not known:
                found = self._find(name, stage)
            with self._lock:
                self._found[name] = found
                while len(self._found) > REMEMBERED:
                    del self._found[next(iter(self._found))]
            return found

    def cache_clear(self) -> None:
        with self._lock:
            self._found.clear()


@Kept
def cleaned(name: str, stage: Stage) -> Dataset:
    """A built-in or saved dataset, cleaned."""
    return _clean(Dataset.load(name), stage)


def _clean(data: Dataset, stage: Stage = unheard) -> Dataset:
    done = data.recipe.steps[-1:] == (Clean(),)
    return data if done else data.clean(progress=stage("Rows cleaned"))


def opens_at_once(name: str | None) -> bool:
    """False for a large dataset that was never cleaned: the app does that before it shows it."""
    if name in BUILTIN or name not in names():
        return True
    about = saved.meta(saved.folder_of(name))
    steps = Recipe.from_json(about["recipe"]).steps if "recipe" in about else ()
    return about["rows"] < MANY or steps[-1:] == (Clean(),)


def row_of(example: Example) -> dict:
    """An example as the chat process takes it."""
    return {"prompt": [turn.as_dict() for turn in example.prompt], "completion": example.completion}


@Kept
def parts(name: str, stage: Stage) -> Splits:
    """Train, validation and test of a dataset, cut as everywhere."""
    return cleaned(name, stage).split(seed=0, progress=stage("Prompts compared for the split"))


def names() -> list[str]:
    return [*BUILTIN, *Dataset.saved()]


def to_tune_on() -> list[str]:
    """Datasets whose examples have completions to learn."""
    return [name for name in names() if name != PROMPTS]


def to_ask() -> list[str]:
    """Datasets whose prompts can be answered, the prompts made for that first."""
    return [PROMPTS, *to_tune_on()]


def add(data: Dataset, called: str, stage: Stage = unheard) -> tuple[str, Dataset]:
    """Clean what was read and keep it under a name made from what it is called; the name and the data.

    Raises DatasetError where no row is left.
    """
    clean = _clean(data, stage)
    if not len(clean):
        first = "; ".join(f"row {one.row}: {one.message}" for one in clean.findings[:TOLD])
        raise DatasetError(
            f"No row can be learned from: {first}",
            rule="A dataset needs at least one row that is left after cleaning",
            remedy="Correct the rows and add them again",
        )
    return _keep(clean, named(called), stage("Rows kept")), clean


def family(name: str) -> str:
    """The name without the number that a later version of the same data bears."""
    first = re.sub(r"-\d+$", "", name)
    return first if first in names() else name


def opened(path: Path, progress: Progress | None = None) -> source.Source:
    """The rows of a file, kept while a person says what its columns hold. Raises DatasetError."""
    key = (path, path.stat().st_mtime_ns if path.exists() else 0)
    known, rows = _last.get("file", (None, None))
    if known != key:
        let_go()
        rows = source.read(path, progress=progress)
        _last["file"] = (key, rows)
    return rows


def let_go() -> None:
    """Forget the rows of the last file: they are kept as a dataset by now."""
    _last.clear()


_last: dict[str, tuple] = {}


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


def _keep(data: Dataset, name: str, progress: Progress | None) -> str:
    """Save under the name, or with the next number where it holds other content; the name taken."""
    for number in itertools.count(1):
        ending = f"-{number}" if number > 1 else ""
        free = name[: LONGEST - len(ending)] + ending
        if free in BUILTIN:
            continue
        try:
            data.save(free, progress=progress)
        except ConflictError:
            continue
        return free
