"""A person's own words for what the columns hold, where no format fits."""

import json
import re
from collections.abc import Callable, Iterable, Sequence
from collections.abc import Mapping as Table
from dataclasses import asdict, dataclass, field, fields
from pathlib import Path
from typing import Any, get_args

from playground.dataset import formats, tools
from playground.dataset.cells import Row, RowProblem, code, kind
from playground.errors import DatasetError, InputError
from playground.records import Choice, Finding
from playground.store.files import parse_json, read_bytes, write_atomic

NumberedRow = tuple[int, Any]

_PLACEHOLDER = re.compile(r"\{\{|\}\}|\{([^{}]*)\}")
_ROLES = ("completion", "first", "second", "label", "chosen", "rejected")
_SETS = ({"completion"}, {"first", "second", "label"}, {"chosen", "rejected"}, set())


@dataclass(frozen=True, kw_only=True)
class Mapping:
    """Which columns hold what. Every part but `label` is a column's name or a template.

    A template holds columns in braces: "Question: {question}\\n{context}"; {{ and }} are braces
    themselves. With `prompt` go `completion`, for examples; or `first`, `second` and `label`, or
    `chosen` and `rejected`, for preferences; or nothing, for prompts alone.

    Raises InputError where the parts do not go together.
    """

    prompt: str
    """What is asked."""
    completion: str = ""
    """The answer to learn."""
    first: str = ""
    """The first of two answers."""
    second: str = ""
    """The second of two answers."""
    label: str = ""
    """The column that says which answer is better."""
    chosen: str = ""
    """The better answer."""
    rejected: str = ""
    """The worse answer."""
    labels: Table[str, str] = field(default_factory=dict)
    """What codes stand for: in `label` a choice (first, second, tie, both_bad, skip), in a column that is
    the completion its text."""

    def __post_init__(self):
        wrong = [
            f.name for f in fields(self) if f.name != "labels" and not isinstance(getattr(self, f.name), str)
        ]
        if wrong or not isinstance(self.labels, Table):
            raise InputError(
                f"The mapping's {wrong[0] if wrong else 'labels'} is of the wrong kind",
                rule="Its parts are column names or templates, its labels go from codes to words",
                remedy="Try Mapping(prompt='question', completion='answer')",
            )
        # A copy with codes as text, because a caller's dictionary may change and may hold numbers.
        object.__setattr__(self, "labels", {str(code).strip(): word for code, word in self.labels.items()})
        given = {name for name in _ROLES if getattr(self, name)}
        if (
            not self.prompt.strip()
            or given not in _SETS
            or (self.labels and not given & {"label", "completion"})
        ):
            parts = ["prompt"] * bool(self.prompt.strip()) + sorted(given) + ["labels"] * bool(self.labels)
            raise InputError(
                f"The mapping has {', '.join(parts) or 'no parts'}",
                rule="With prompt go completion; or first, second and label; or chosen and rejected; or "
                "nothing; and labels belong to label or completion",
                remedy="Try Mapping(prompt='question', completion='answer')",
            )
        self._check_words()

    def _check_words(self) -> None:
        words = get_args(Choice)
        bad = [word for word in self.labels.values() if not isinstance(word, str) or not word.strip()]
        bad += [word for word in self.labels.values() if self.label and word not in words and word not in bad]
        if bad:
            raise InputError(
                f"A label is to stand for {bad[0]!r}",
                rule=f"A code stands for one of {', '.join(words)}"
                if self.label
                else "A code stands for a text",
                remedy="Try labels={'1': 'first', '2': 'second', '0': 'tie'}",
            )
        if empty := [name for name, part in self._parts().items() if "{}" in part.replace("{{", "")]:
            raise InputError(
                f"The {empty[0]} holds {{}} without a column's name",
                rule="A placeholder is a column's name in braces; {{ and }} are braces themselves",
                remedy="Write the column's name into the braces",
            )

    @property
    def judges(self) -> bool:
        """True for a mapping of preferences."""
        return bool(self.first or self.chosen)

    def rows(self, rows: Sequence[NumberedRow]) -> tuple[list[NumberedRow], list[Finding]]:
        """Rows in the columns this mapping is named after, and a finding for every row that lacks one.

        Raises DatasetError naming the columns there are where the mapping names one that is not.
        """
        rows, findings = tools.plain(rows)
        columns = formats.columns_of(row for _, row in rows)
        fill = {name: self._filler(name, part, set(columns), columns) for name, part in self._parts().items()}
        mapped = []
        for number, row in rows:
            try:
                if not isinstance(row, dict):
                    raise RowProblem(f"It is {kind(row)}, not an object with columns")
                values = {name: value(row) for name, value in fill.items()}
                mapped.append((number, self._named(values) | _aside(row)))
            except RowProblem as problem:
                findings.append(Finding(number, "not mapped", str(problem)))
        return mapped, findings

    def save(self, path: str | Path) -> Path:
        """Write it as JSON, which `load` reads."""
        return write_atomic(path, json.dumps(asdict(self), ensure_ascii=False, indent=1))

    @classmethod
    def load(cls, path: str | Path) -> "Mapping":
        """A mapping saved as JSON.

        Raises NotFoundError, DatasetError for another file, InputError for parts that do not fit.
        """
        path = Path(path)
        known = {part.name for part in fields(cls)}
        try:
            value = parse_json(read_bytes(path, 2**20).decode("utf-8-sig"))
            if not isinstance(value, dict) or not {"prompt"} <= value.keys() <= known:
                raise ValueError("it is not an object with the parts of a mapping")
        except ValueError as error:
            if isinstance(error, InputError):
                raise
            raise DatasetError(
                f"{path.name} is not a mapping: {error}",
                rule=f"It holds prompt and any of {', '.join(sorted(known - {'prompt'}))}",
                remedy="Save it with Mapping.save",
            ) from error
        return cls(**value)

    def _parts(self) -> dict[str, str]:
        return {name: part for name in ("prompt", *_ROLES) if (part := getattr(self, name))}

    def _filler(self, name: str, part: str, known: set[str], columns: list[str]) -> Callable[[Row], Any]:
        coded = ("label", "completion") if self.labels else ("label",)
        if part in known:
            return (lambda row: row.get(part)) if name in coded else (lambda row: _cell(row, part))
        places = [found for found in _PLACEHOLDER.findall(part) if found]
        missing = [place for place in places if place not in known] or (
            [] if places and name != "label" else [part]
        )
        if missing:
            raise DatasetError(
                f"The mapping's {name} names the column {missing[0]!r}, which is not there",
                rule=f"The columns are {', '.join(map(repr, columns[:20])) or 'missing'}",
                remedy="Name one of these, alone or in braces within a template",
            )
        return lambda row: _PLACEHOLDER.sub(lambda found: _filled(row, found), part)

    def _named(self, values: Row) -> Row:
        """Codes become what they stand for."""
        if not self.labels:
            return values
        part = "label" if self.label else "completion"
        value = values.pop(part)
        codes = {code(known): word for known, word in self.labels.items()}
        if code(value) not in codes:
            said = "is missing" if code(value) == "" else f"is {str(value)[:80]!r}"
            raise RowProblem(f"The {part} {said}, and the labels are {', '.join(self.labels)}")
        return values | {"choice" if self.label else part: codes[code(value)]}


def _aside(row: Row) -> Row:
    return {name: row[name] for name in ("tags", "annotator") if row.get(name) is not None}


def _cell(row: Row, column: str) -> Any:
    """A cell that must not be empty; numbers become text, turns stay turns."""
    value = row.get(column)
    # Tables of numbers write NaN where a cell is empty.
    if value is None or value == [] or value != value or (isinstance(value, str) and not value.strip()):
        raise RowProblem(f"'{column}' is empty")
    if isinstance(value, bool | dict):
        raise RowProblem(f"'{column}' is {kind(value)}, not text")
    return str(value) if isinstance(value, int | float) else value


def _filled(row: Row, found: re.Match) -> str:
    if found[1] is None:
        return found[0][0]
    value = _cell(row, found[1])
    if not isinstance(value, str):
        raise RowProblem(f"'{found[1]}' is {kind(value)}, not text")
    return value


def mapped(
    rows: Iterable[NumberedRow], mapping: Mapping, *, judged: bool
) -> tuple[list[NumberedRow], list[Finding]]:
    """`mapping.rows(rows)` for examples, or with `judged` for preferences.

    Raises DatasetError where the mapping is for the other, and where no row is left.
    """
    if mapping.judges is not judged:
        here, there = (
            ("Dataset.load", "Preferences.load")[judged],
            ("Preferences.load", "Dataset.load")[judged],
        )
        raise DatasetError(
            f"The mapping is for {'examples' if judged else 'preferences'}",
            rule=f"{here} needs {'two answers and what says which is better' if judged else 'a completion'}",
            remedy=f"Load the data with {there}, or change the mapping",
        )
    result, findings = mapping.rows(list(rows))
    if not result:
        raise DatasetError(
            f"The mapping fits no row; row {findings[0].row}: {findings[0].message}",
            rule="At least one row must have all that the mapping names",
            remedy="Correct the mapping or the rows",
        )
    return result, findings


def codes_in(text: str, such: str) -> dict[str, str]:
    """What "0 = negative, 1 = positive" says the codes stand for; `such` is shown as the way to write it.

    Raises InputError for what does not say so.
    """
    found = {}
    for part in filter(None, (one.strip() for one in text.split(","))):
        code, equals, word = (one.strip() for one in part.partition("="))
        if not (code and equals and word):
            raise InputError(
                f"The labels are told as {text!r}",
                rule="Each code is followed by = and what it stands for, with commas between",
                remedy=f"Write {such}",
            )
        found[code] = word
    return found
