"""From what was read, given or saved to a dataset. `kind` is the class to make."""

from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

from playground.dataset import formats, saved, source
from playground.dataset.mapping import Mapping
from playground.dataset.read import read_examples
from playground.dataset.repair import Recipe
from playground.errors import DatasetError
from playground.records import Example, Finding
from playground.store.files import read_jsonl

Kind = Callable[..., Any]


def from_rows(kind: Kind, given: Iterable[Any], mapping: Mapping | None) -> Any:
    """A dataset of dictionaries, or of Example records."""
    rows = list(given)
    if rows and all(isinstance(row, Example) for row in rows):
        return kind(rows)
    return from_source(kind, source.from_list(rows), mapping)


def from_source(kind: Kind, given: source.Source, mapping: Mapping | None) -> Any:
    """A dataset of what was read. Raises DatasetError where no row is an example."""
    read = read_examples(given, mapping)
    return kind(
        (row.example for row in read.examples),
        name=given.name,
        format=read.format,
        reason=read.reason,
        findings=read.findings,
        numbers=(row.row for row in read.examples),
    )


def from_saved(kind: Kind, folder: Path) -> Any:
    """A dataset that was saved. Raises DatasetError if its rows were changed since."""
    meta = saved.meta(folder)
    rows = list(enumerate(read_jsonl(folder / "data.jsonl"), start=1))
    examples, _ = formats.to_examples(rows, "prompt-completion")
    dataset = kind(
        (row.example for row in examples),
        name=folder.name,
        format=meta["format"],
        reason=meta["reason"],
        findings=(_finding(finding) for finding in meta["findings"]),
        numbers=meta["numbers"],
        recipe=Recipe.from_json(meta["recipe"]) if "recipe" in meta else Recipe(),
    )
    if dataset.sha256 != meta["sha256"]:
        raise DatasetError(
            f"The saved dataset {folder.name!r} was changed after it was saved",
            rule="Its rows must have the SHA-256 noted in meta.json",
            remedy="Load its data.jsonl as a file and save it under another name",
        )
    return dataset


def _finding(given: dict[str, Any]) -> Finding:
    return Finding(**given | {"repairs": tuple(given.get("repairs", ()))})
