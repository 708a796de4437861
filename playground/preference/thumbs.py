"""Thumbs: single answers that somebody found good or bad, as KTO learns from them."""

from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any, overload

from playground.dataset import cells, source, tools
from playground.dataset.cells import RowProblem
from playground.dataset.read import nothing_in
from playground.dataset.shapes import shape
from playground.dataset.split import Splits, normalise, split_positions
from playground.errors import DatasetError
from playground.preference import single
from playground.preference.collect import Preferences
from playground.preference.read import question
from playground.records import Finding, Thumb


class Thumbs(Sequence[Thumb]):
    """Judged answers, immutable. `findings` tell what a file's rows lacked."""

    def __init__(self, thumbs: Iterable[Thumb], *, name: str = "thumbs", findings: Iterable[Finding] = ()):
        self._thumbs, self.name, self._findings = tuple(thumbs), name, tuple(findings)

    @classmethod
    def load(
        cls, source_or_rows: str | Path | Iterable[dict[str, Any]], split: str | None = None
    ) -> "Thumbs":
        """A file, an archive or folder of files, or a list of rows {"prompt", "completion", "label"}.

        The label is a truth value (true, false, 1, 0), also as kto_tag, desirable or thumbs_up. Unlike
        `Preferences.load` this needs no good and bad answer to the same prompt. `split` says which part is
        meant where a source has several. Raises DatasetError where no row is a judged answer; single rows
        that are none become findings.
        """
        if isinstance(source_or_rows, str | Path):
            read = source.read(Path(source_or_rows).expanduser(), split=split)
        else:
            read = source.from_list(source_or_rows)
        rows, findings = tools.plain(read.rows)
        findings = [*read.findings, *findings]
        if not rows:
            raise nothing_in(read.name, findings)
        thumbs = []
        for number, row in rows:
            try:
                thumbs.append(_thumb(number, row))
            except RowProblem as problem:
                findings.append(Finding(number, "not a judged answer", str(problem)))
        if not thumbs:
            raise DatasetError(
                f"No row of {read.name} is a judged answer; row {findings[0].row}: {findings[0].message}",
                rule="A row has prompt, completion and label, which is true or false",
                remedy="Rename the columns and load the data again",
            )
        return cls(thumbs, name=read.name, findings=findings)

    @classmethod
    def of(cls, preferences: Preferences) -> "Thumbs":
        """The two answers of every pair that has a winner: the chosen one good, the rejected one bad."""
        thumbs = [
            Thumb(one.prompt, text, good, one.annotator, one.vote)
            for one in preferences
            if one.chosen is not None
            for text, good in ((one.chosen, True), (one.rejected, False))
        ]
        return cls(thumbs, name=preferences.name, findings=preferences.findings)

    @property
    def findings(self) -> list[Finding]:
        return list(self._findings)

    def __len__(self) -> int:
        return len(self._thumbs)

    def __iter__(self) -> Iterator[Thumb]:
        return iter(self._thumbs)

    @overload
    def __getitem__(self, index: int) -> Thumb: ...
    @overload
    def __getitem__(self, index: slice) -> "Thumbs": ...

    def __getitem__(self, index):
        return self._part(range(len(self))[index]) if isinstance(index, slice) else self._thumbs[index]

    def __repr__(self) -> str:
        return f"<Thumbs {self.name}: {sum(one.good for one in self)} good of {len(self)}>"

    def split(self, train: float = 0.8, validation: float = 0.1, seed: int = 0) -> Splits:
        """Train, validation and test; all answers to a prompt, however it is typed, stay together."""
        keys = [normalise(thumb.prompt) for thumb in self]
        return Splits(*map(self._part, split_positions(keys, train, validation, seed)))

    def rows(self) -> list[dict]:
        """What KTO learns from: {"prompt", "completion", "label"}, with "vote" where a vote tells it."""
        return [
            {"prompt": one.prompt, "completion": one.completion, "label": one.good}
            | ({"vote": one.vote} if one.vote else {})
            for one in self
        ]

    def to_pandas(self):
        """A DataFrame of `rows()`."""
        import pandas

        return pandas.DataFrame(self.rows())

    def _part(self, positions: Iterable[int]) -> "Thumbs":
        return Thumbs([self._thumbs[place] for place in positions], name=self.name, findings=self._findings)


def _thumb(number: int, row: Any) -> Thumb:
    if shape(row) != "kto":
        raise RowProblem("It has no prompt, completion and label that is true or false")
    found = single.good_or_bad(number, cells.unfolded(row), question)
    return Thumb(found.prompt, found.answer, found.mark)
