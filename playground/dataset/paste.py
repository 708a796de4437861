"""What a person pasted: JSON lines, JSON, a table or plain text, told by its content."""

import csv
import io
import re
from collections.abc import Iterator
from typing import Any

from playground.dataset import formulas, readers
from playground.dataset.readers import Given, NumberedRow, Reader
from playground.errors import DatasetError
from playground.store.files import parse_json

_NAME = re.compile(r"[^\W\d][\w .-]{0,39}", re.UNICODE)


def reader_for(text: str) -> Reader:
    """The reader for pasted text.

    What begins as JSON is JSON, whole or by lines. A table has a first line of column names and the
    same number of cells in the lines that follow. Everything else is plain text, a prompt a line.
    """
    start = text.lstrip()
    if re.match(r'\{\s*["}]|\[\s*[\[{"\]]', start):
        return _json if start[0] == "[" else _objects
    return _table if _delimiter(start) else readers.read_text


def _json(given: Given) -> Iterator[NumberedRow]:
    return readers.read_json(given) if not _by_lines(given.data) else readers.read_jsonl(given)


def _objects(given: Given) -> Iterator[NumberedRow]:
    """Objects line by line, or one object that holds the rows or is the only one."""
    if _by_lines(given.data):
        return readers.read_jsonl(given)
    try:
        value = parse_json(given.data, damaged_text=True)
    except ValueError:
        return readers.read_json(given)  # for its error, which names the line
    if _is_row(value):
        return iter([(1, value)])
    return iter(enumerate(readers.rows_of(value, given), start=1))


def _is_row(value: Any) -> bool:
    """True for one row; false for an object of lists that are rows or columns."""
    lists = [part for part in value.values() if isinstance(part, list)] if isinstance(value, dict) else []
    turns = lists and all(
        isinstance(t, dict) and ("role" in t or "from" in t) for part in lists for t in part
    )
    return isinstance(value, dict) and (len(lists) < len(value) or bool(turns))


def _by_lines(text: str) -> bool:
    """True where the first of several lines is a JSON value of its own, or there is but one line."""
    first, _, rest = text.strip().partition("\n")
    try:
        value = parse_json(first, damaged_text=True)
    except ValueError:
        return bool(rest.strip()) and first.rstrip().endswith("}") and first.startswith('{"')
    if rest.strip():
        return True
    return _is_row(value)


def _table(given: Given) -> Iterator[NumberedRow]:
    text = given.data.lstrip()
    delimiter = _delimiter(text)
    csv.field_size_limit(readers.MAX_BYTES)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    try:
        header, rows = next(reader), formulas.restored(reader, given.findings)
        yield from readers.table_rows(header, enumerate(rows, start=1), given)
    except csv.Error as error:
        raise DatasetError(
            f"Line {reader.line_num} of {given.name} is not readable: {error}",
            rule="A cell with a comma, a quote or a line break must be quoted",
            remedy="Correct the line, or copy the table again",
        ) from error


def _delimiter(text: str) -> str:
    """The delimiter of a table whose first line is a header, or nothing."""
    header, _, rest = text.partition("\n")
    line = next((line for line in rest.split("\n") if line.strip()), "")
    if not line:
        return ""
    delimiter = readers.delimiter_of(text)
    names = [name.strip().strip('"') for name in header.strip().split(delimiter)]
    if len(names) < 2 or not all(map(_NAME.fullmatch, names)):
        # One column of prompts under its name is still a table; the delimiter then never occurs.
        return "\x1f" if header.strip().casefold() in ("prompt", "text", "question") else ""
    # Prose has commas too, but seldom as many in the next line as in a first line of single names.
    short = all(len(name.split()) <= 3 for name in names)
    alike = delimiter == "\t" or line.count(delimiter) >= len(names) - 1
    return delimiter if short and alike else ""
