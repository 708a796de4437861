"""What a dataset can do about its own past: changes by hand, undoing, versions and what sets them apart."""

import hashlib
import time
from collections.abc import Callable, Collection
from dataclasses import replace
from pathlib import Path
from typing import Any, Self

from playground.dataset import diff, edits, pages, saved, versions
from playground.dataset.origin import History, Origin, Version
from playground.dataset.progress import Progress
from playground.dataset.recipe import Recipe
from playground.records import Example, Finding


class Versioned:
    """The part of Dataset that knows where it comes from. Methods return new datasets."""

    _history: History
    _recipe: Recipe

    @staticmethod
    def saved() -> list[str]:
        """Names of the datasets saved on this machine, in alphabetical order."""
        return saved.names()

    @property
    def recipe(self) -> Recipe:
        """The cleaning and repairs that led here from the source."""
        return self._recipe

    @property
    def origin(self) -> Origin | None:
        """The source, as it was when it was read."""
        return self._history.origin

    @property
    def parent(self) -> Version | None:
        """The saved version that this dataset was made from, if it was made from one."""
        return self._history.parent

    def save(self, name: str, *, progress: Progress | None = None) -> Path:
        """Keep this dataset under a name, which `Dataset.load` then finds; the folder it lies in.

        Saved datasets never change: saving other content under a taken name raises ConflictError,
        saving the same content again does nothing. Raises InputError for a name that is no name.
        """
        data = self._jsonl(progress)
        about = {
            "source": self.name,
            "format": self.format,
            "reason": self.reason,
            "rows": len(self),
            "sha256": hashlib.sha256(data).hexdigest(),
            "created": time.time(),
            "recipe": self._recipe.to_json(),
            **self._history.noted(),
        }
        return saved.write(name, data, about, self._numbers, self._findings)

    def edit(
        self, row: int, field_name: edits.Field, text: str, *, before: str | None = None, turn: int = -1
    ) -> Self:
        """A new dataset with another text in one cell.

        `row` is numbered as in the source, `field_name` is prompt, completion or tags (commas between them),
        `turn` says which turn of the prompt, the last unless told. `before` is the text that was seen.

        Raises NotFoundError for a row that is not there, ConflictError where the cell holds another text
        than `before`, InputError for a text that cannot be stored.
        """
        found = edits.find(self._numbered(), row)
        return self._by_hand((edits.editing(found, field_name, text, before, turn),))

    def add(self, *rows: Example | dict[str, Any]) -> Self:
        """A new dataset with these rows at its end, numbered from -1 downwards.

        A row is an Example or {"prompt": …, "completion": …}. Raises InputError for what is neither.
        """
        lowest = min(0, *self.numbers, 0)
        steps = (edits.adding(lowest - count, row) for count, row in enumerate(rows, start=1))
        return self._by_hand(tuple(steps))

    def drop(self, *rows: int) -> Self:
        """A new dataset without these rows, numbered as in the source. Raises NotFoundError."""
        numbered = self._numbered()
        known = {one.row: one for one in numbered}
        found = (known[row] if row in known else edits.find(numbered, row) for row in rows)
        return self._by_hand(tuple(map(edits.dropping, found)))

    def undo(
        self, *, length: Callable[[str], int] | None = None, progress: Progress | None = None
    ) -> Self:
        """The dataset without the last step of its recipe.

        Raises ConflictError where there is no step, or where the source is needed and has changed.
        """
        return versions.undo(self, length, progress)

    @classmethod
    def replay(
        cls,
        name_or_recipe: str | Recipe,
        source: Any = None,
        *,
        steps: int | None = None,
        length: Callable[[str], int] | None = None,
        progress: Progress | None = None,
    ) -> Self:
        """The recipe of a saved dataset, or any other, run once more: source, mapping, then every step.

        `source` is what `load` takes, or a dataset; without it the source is read again where it was, from
        the Hub as it is now. Only the first `steps` are taken, where that is given. The result is no version
        until it is saved; its parent is the saved dataset, and its last finding tells how many rows are new.

        Raises InputError where a source must be given, and what `load` raises.
        """
        return versions.replay(cls, name_or_recipe, source, length, progress, steps)

    @classmethod
    def diff(
        cls, before: "str | Versioned", after: "str | Versioned", *, shown: int = diff.SHOWN
    ) -> diff.Diff:
        """What sets two datasets apart, each given itself or by its name. See `dataset.diff.diff`."""
        one, other = (cls.load(given) if isinstance(given, str) else given for given in (before, after))
        return diff.diff(one, other, shown)

    @staticmethod
    def page(
        name: str,
        start: int = 0,
        stop: int = 50,
        *,
        text: str = "",
        kind: str | None = None,
        rows: Collection[int] | None = None,
    ) -> pages.Page:
        """Some rows of a saved dataset, however large it is, without loading it. See `dataset.pages.page`."""
        return pages.page(name, start, stop, text=text, kind=kind, rows=rows)

    @staticmethod
    def lineage(name: str) -> list[versions.Past]:
        """A saved dataset, the version it was made from, and so on; the last one came from its source.

        Raises NotFoundError.
        """
        return versions.lineage(name)

    @staticmethod
    def delete(name: str) -> int:
        """Remove a saved dataset for good; the bytes it took. Its name is never given to other content.

        Raises NotFoundError, or ConflictError where other versions were made from it.
        """
        return versions.delete(name)

    def _by_hand(self, steps: tuple[edits.ByHand, ...]) -> Self:
        outcome = edits.apply(self._numbered(), steps)
        return self._with(outcome.rows, outcome.findings, *steps, changes=outcome.changes)

    def _made_from(self, parent: Version | None, *findings: Finding) -> Self:
        """The same dataset as the next version of `parent`."""
        made = self._with(self._numbered(), findings)
        made._history = replace(self._history, parent=parent, version=None)
        return made
