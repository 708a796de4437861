"""From what was read, given or saved to a dataset. `kind` is the class to make."""

from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

from playground import settings
from playground.dataset import remote, saved, source
from playground.dataset.builtins import BUILTIN
from playground.dataset.mapping import Mapping
from playground.dataset.origin import History, Origin
from playground.dataset.progress import Progress, within
from playground.dataset.read import read_examples
from playground.dataset.recipe import Recipe
from playground.errors import InputError, NotFoundError
from playground.records import Example

Kind = Callable[..., Any]


def from_name(
    kind: Kind,
    given: str | Path,
    seed: int,
    mapping: Mapping | None,
    asked: remote.Asked,
    progress: Progress | None = None,
) -> Any:
    """A dataset by what it is called: built in, saved, a path or a Hub id, in this order."""
    name, path = str(given), Path(given)
    try:
        path = path.expanduser()
        exists = path.exists()
    except (OSError, ValueError, RuntimeError):  # a text that is no path
        exists = False
    is_path = exists or isinstance(given, Path) or source.is_file(path)
    is_ours = name in BUILTIN or name in saved.names()
    if not is_ours and not is_path and source.HUB_ID.fullmatch(name):
        return from_source(kind, remote.read(name, asked), mapping, progress)
    if asked.config or asked.revision:
        raise InputError(
            f"{name} is no Hub dataset",
            rule="Only datasets of the Hub have a config and a revision",
            remedy="Leave both out",
        )
    if name in BUILTIN:
        return from_builtin(kind, name, seed)
    if is_ours:
        return from_saved(kind, settings.get().datasets / name)
    if is_path:
        return from_path(kind, path, mapping, asked, progress)
    raise NotFoundError(
        f"There is no dataset {name!r}",
        rule=f"Built in: {', '.join(BUILTIN)}. Saved: {', '.join(saved.names()) or 'none'}",
        remedy="Give one of these names, a file, a folder or a Hub id such as owner/name",
    )


def from_builtin(kind: Kind, name: str, seed: int) -> Any:
    """One of the datasets that ship with the playground."""
    examples = BUILTIN[name](seed)
    only = not any(example.completion for example in examples)
    history = History(Origin(kind="built-in", name=name, seed=seed))
    form = "prompt-only" if only else "examples"
    return kind(examples, name=name, format=form, reason="built in", history=history)


def from_path(
    kind: Kind,
    path: str | Path,
    mapping: Mapping | None,
    asked: remote.Asked,
    progress: Progress | None = None,
) -> Any:
    """A dataset of a file or folder. Its rows count as half done when they are read."""
    read = source.read(path, split=asked.split, progress=within(progress, 0, 0.5))
    return from_source(kind, read, mapping, within(progress, 0.5, 1))


def from_rows(
    kind: Kind, given: Iterable[Any], mapping: Mapping | None, progress: Progress | None = None
) -> Any:
    """A dataset of dictionaries, or of Example records."""
    rows = list(given)
    if rows and all(isinstance(row, Example) for row in rows):
        return kind(rows, history=History(Origin(kind="rows", name="examples")))
    return from_source(kind, source.from_list(rows), mapping, progress)


def from_source(
    kind: Kind, given: source.Source, mapping: Mapping | None, progress: Progress | None = None
) -> Any:
    """A dataset of what was read. Raises DatasetError where no row is an example."""
    read = read_examples(given, mapping, progress)
    return kind(
        (row.example for row in read.examples),
        name=given.name,
        format=read.format,
        reason=read.reason,
        findings=read.findings,
        numbers=(row.row for row in read.examples),
        recipe=Recipe(mapping=mapping),
        history=History(given.origin),
    )


def from_saved(kind: Kind, folder: Path) -> Any:
    """A dataset that was saved. Raises DatasetError if its rows were changed since."""
    meta = saved.meta(folder)
    return kind(
        saved.examples(folder),
        name=folder.name,
        format=meta["format"],
        reason=meta["reason"],
        findings=saved.findings(folder),
        numbers=saved.index(folder).numbers[:-1].tolist(),
        recipe=Recipe.from_json(meta["recipe"]) if "recipe" in meta else Recipe(),
        history=History.read(meta),
    )
