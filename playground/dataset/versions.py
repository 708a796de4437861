"""From a saved dataset back to its source, and forward to the next version. `kind` is the class to make."""

import contextlib
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any, NamedTuple

from playground import settings
from playground.dataset import diff, loading, remote, saved
from playground.dataset.origin import History, Origin, Version
from playground.dataset.progress import Progress
from playground.dataset.recipe import Recipe, Step
from playground.errors import ConflictError, InputError, PlaygroundError
from playground.records import Finding

Kind = Callable[..., Any]


class Past(NamedTuple):
    """A version as it is told in a lineage."""

    name: str
    sha256: str
    rows: int | None = None
    """None for a version that was deleted."""
    created: float | None = None
    origin: Origin | None = None
    """The source as it was then."""
    steps: tuple[Step, ...] = ()
    """What was done since the version before, or since the source where there is none."""
    again: bool = False
    """True where its recipe was run anew on another state of the source; then `steps` are all of it."""

    @property
    def there(self) -> bool:
        """False for a version that was deleted."""
        return self.rows is not None


def lineage(name: str) -> list[Past]:
    """A saved dataset, the one it was made from, and so on; the last one was made from its source.

    Raises NotFoundError for a name that is not saved.
    """
    folder: Path | None = saved.folder_of(name)
    told: list[Past] = []
    while folder is not None:
        meta = saved.meta(folder)
        history, steps = History.read(meta), _steps(meta)
        parent = _folder_of(history.parent) if history.parent else None
        before = saved.meta(parent) if parent else None
        known = _steps(before) if before else ()
        again = before is not None and before.get("origin") != meta.get("origin")
        if not again and steps[: len(known)] == known:
            steps = steps[len(known) :]
        told.append(
            Past(meta["name"], meta["sha256"], meta["rows"], meta["created"], history.origin, steps, again)
        )
        if history.parent and parent is None:
            told.append(Past(*history.parent))
        folder = parent
    return told


def children(name: str) -> list[str]:
    """Saved datasets that were made from this one, in alphabetical order."""
    version, made = saved.version(saved.folder_of(name)), []
    for other in saved.names():
        parent = History.read(saved.meta(settings.get().datasets / other)).parent
        if other != name and parent == version:
            made.append(other)
    return made


def delete(name: str) -> int:
    """Remove a saved dataset for good; the bytes it took.

    Raises NotFoundError, or ConflictError where others were made from it. Runs keep rows of their own.
    """
    folder = saved.folder_of(name)
    if made := children(name):
        raise ConflictError(
            f"{', '.join(made)} {'was' if len(made) == 1 else 'were'} made from {name}",
            rule="A version is kept as long as others lead back to it",
            remedy=f"Delete {'it' if len(made) == 1 else 'them'} first",
        )
    return saved.delete(folder)


def replay(
    kind: Kind,
    name_or_recipe: str | Recipe,
    given: Any = None,
    length: Callable[[str], int] | None = None,
    progress: Progress | None = None,
    steps: int | None = None,
) -> Any:
    """What `Dataset.replay` gives."""
    old = None if isinstance(name_or_recipe, Recipe) else kind.load(saved.folder_of(name_or_recipe).name)
    recipe = name_or_recipe if old is None else old.recipe
    recipe = replace(recipe, steps=recipe.steps[:steps])
    origin = old.origin if old is not None else None
    if given is None and origin is None:
        raise InputError(
            "A recipe alone does not say what to run on", remedy="Give source=, a file, a folder or a Hub id"
        )
    if given is None:
        fresh = _again(kind, origin, recipe, progress=progress)
    else:
        fresh = _given(kind, given, origin, recipe, progress)
    made = recipe.apply(fresh, length, progress)
    if old is None:
        return made
    found = diff.diff(old, made, shown=0)
    news = Finding(0, "version", f"Against {old.name}: {found}", "kept")
    return made._made_from(old._history.version, news)


def undo(dataset: Any, length: Callable[[str], int] | None, progress: Progress | None) -> Any:
    """What `Dataset.undo` gives: from the nearest table whose steps come first in what is left of them."""
    steps = dataset.recipe.steps[:-1]
    if not dataset.recipe.steps:
        raise ConflictError("There is no step to undo", rule="This is the dataset as it was read")
    base = dataset._history.before
    while base is not None and not _leads(base, steps):
        base = base._history.before
    if base is None:
        base = _saved_before(dataset, steps) or _same_source(dataset)
    rest = Recipe(steps[len(base.recipe.steps) :], dataset.recipe.mapping)
    return rest.apply(base, length, progress)


def _leads(base: Any, steps: tuple[Step, ...]) -> bool:
    return base.recipe.steps == steps[: len(base.recipe.steps)]


def _saved_before(dataset: Any, steps: tuple[Step, ...]) -> Any:
    parent = dataset._history.parent
    folder = _folder_of(parent) if parent else None
    base = loading.from_saved(type(dataset), folder) if folder else None
    return base if base is not None and base.origin == dataset.origin and _leads(base, steps) else None


def _same_source(dataset: Any) -> Any:
    """The dataset as it was read. Raises ConflictError where its source has changed since."""
    fresh = _again(type(dataset), dataset.origin, dataset.recipe, pinned=True)
    if fresh.origin.sha256 != dataset.origin.sha256:
        raise ConflictError(
            f"{dataset.origin.name} has changed since it was read",
            rule="A step is undone on the source as it was",
            remedy="Replay the recipe on what it is now, or go back to an earlier version",
        )
    return fresh


def _again(
    kind: Kind,
    origin: Origin | None,
    recipe: Recipe,
    pinned: bool = False,
    progress: Progress | None = None,
) -> Any:
    """The source read once more; from the Hub what is newest, or with `pinned` the same commit."""
    if origin is None or origin.kind in ("text", "rows"):
        raise InputError(
            "The source was given and not read from a place, so it cannot be read again",
            rule="Files, folders, Hub datasets and built-in ones can",
            remedy="Give source=, the rows or a file that holds them",
        )
    if origin.kind == "built-in":
        return loading.from_builtin(kind, origin.name, origin.seed)
    if origin.kind == "hub":
        revision = origin.revision if pinned else None
        asked = remote.Asked(origin.split, origin.limit, origin.config, revision)
        return loading.from_source(kind, remote.read(origin.name, asked), recipe.mapping, progress)
    asked = remote.Asked(split=origin.split)
    return loading.from_path(kind, origin.path, recipe.mapping, asked, progress)


def _given(
    kind: Kind, given: Any, origin: Origin | None, recipe: Recipe, progress: Progress | None = None
) -> Any:
    """A source that was handed over; read as the one before was, where nothing else is said."""
    if isinstance(given, kind):
        return given
    asked = {}
    if origin and origin.kind == "hub" and given == origin.name:
        asked = {"split": origin.split, "limit": origin.limit, "config": origin.config}
    elif origin and origin.kind in ("file", "folder") and isinstance(given, str | Path):
        asked = {"split": origin.split}
    return kind.load(given, mapping=recipe.mapping, progress=progress, **asked)


def _folder_of(version: Version) -> Path | None:
    """The folder of a version, found by its content where the name is gone."""
    for name in sorted(saved.names(), key=lambda name: name != version.name):
        folder = settings.get().datasets / name
        with contextlib.suppress(PlaygroundError, OSError):
            if saved.version(folder) == version or saved.version(folder).sha256 == version.sha256:
                return folder
    return None


def _steps(meta: dict[str, Any]) -> tuple[Step, ...]:
    return Recipe.from_json(meta["recipe"]).steps if "recipe" in meta else ()

