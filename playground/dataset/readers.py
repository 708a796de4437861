"""One file's content in, numbered rows out: a reader for every kind of file."""

import csv
import io
import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any, NamedTuple

from playground.dataset import formulas
from playground.dataset.progress import Progress
from playground.errors import DatasetError
from playground.records import Finding
from playground.store.files import parse_json, parse_jsonl

NumberedRow = tuple[int, Any]

MAX_BYTES = 512 * 2**20
"""Bytes a source may have, unpacked."""

MAX_ROWS = 2**23
"""Rows, or lines, a source may have: a row takes far more memory than the byte that may stand for it."""


class Given(NamedTuple):
    """A file's content, on its way to a reader. `findings` gathers what the reader notices."""

    data: bytes | bytearray | str
    name: str
    findings: list[Finding]
    split: str | None = None
    max_bytes: int = MAX_BYTES
    progress: Progress | None = None


Reader = Callable[[Given], Iterable[NumberedRow]]


def is_blank(data: bytes | bytearray | str) -> bool:
    """True where a file holds nothing but spaces, line ends and a byte order mark."""
    return not (data.strip(" \t\r\n\ufeff") if isinstance(data, str) else data.strip(b" \t\r\n\xef\xbb\xbf"))


def empty(name: str) -> DatasetError:
    return DatasetError(
        f"{name} is empty", rule="A dataset needs at least one row", remedy="Choose another source"
    )


def first_line(error: BaseException) -> str:
    return (str(error).strip() or type(error).__name__).splitlines()[0][:200]


def decode(given: Given) -> str:
    """The content as text. Raises DatasetError naming the line that is none."""
    data = given.data
    if isinstance(data, str):
        return data
    encoding = _encoding(data)
    try:
        return data.decode(encoding)
    except UnicodeDecodeError as error:
        line = data[: error.start].count(b"\n") + 1
        try:
            decoded = data.decode("cp1252")
        except UnicodeDecodeError:
            decoded = None
        kind = _packed(data)
        if encoding != "utf-8-sig" or decoded is None or "\0" in decoded or kind:
            raise DatasetError(
                f"{given.name} is not text but {kind}"
                if kind
                else f"Line {line} of {given.name} is not text",
                rule="The file must be text in UTF-8",
                remedy="Give it the ending of what it is" if kind else "Save it again as UTF-8",
            ) from error
        message = f"Line {line} is not UTF-8, so the file was read as Windows-1252; check its accents"
        given.findings.append(Finding(0, "encoding", message, "repaired"))
        return decoded


def _countable(given: Given, also: str = "") -> str:
    """The content as text with a bearable number of lines and, in JSON, of values."""
    content = decode(given)
    if content.count("\n") > MAX_ROWS or (also and content.count(also) > 8 * MAX_ROWS):
        raise too_many(given.name)
    return content


def _encoding(data: bytes | bytearray) -> str:
    if data.startswith((b"\xff\xfe", b"\xfe\xff")):
        return "utf-16"
    # UTF-16 without its mark: Latin letters alternate with NUL.
    even, odd = data[:4096:2], data[1:4096:2]
    for encoding, zeros, letters in (("utf-16-le", odd, even), ("utf-16-be", even, odd)):
        if zeros.count(0) > 0.7 * len(zeros) and letters.count(0) < 0.1 * len(letters):
            return encoding
    return "utf-8-sig"


_MAGIC = {
    b"\x1f\x8b": "a gzip archive (.gz)",
    b"PK\x03\x04": "a zip archive (.zip) or an Excel workbook (.xlsx)",
    b"%PDF": "a PDF",
    b"\xd0\xcf\x11\xe0": "an old Office file (.xls or .doc)",
    b"PAR1": "a Parquet file (.parquet)",
}


def _packed(data: bytes | bytearray) -> str:
    return next((kind for magic, kind in _MAGIC.items() if data.startswith(magic)), "")


def read_jsonl(given: Given) -> Iterator[NumberedRow]:
    return parse_jsonl(_countable(given), given.name, damaged_text=True)


def read_json(given: Given) -> Iterator[NumberedRow]:
    content = _countable(given, also=",")
    try:
        value = parse_json(content, damaged_text=True)
    except ValueError as error:
        line = content.count("\n", 0, getattr(error.__cause__, "pos", 0)) + 1
        raise DatasetError(
            f"{given.name} is not JSON: line {line}: {error}",
            rule="The file must hold one list of objects",
            remedy="Correct it, or rename it to .jsonl if every line is an object",
        ) from error
    return iter(enumerate(rows_of(value, given), start=1))


def rows_of(value: Any, given: Given) -> list[Any]:
    """The rows in a JSON value: a list, a list in a wrapper, one of several splits, or columns.

    Raises DatasetError where there are several lists and `given.split` names none of them.
    """
    if isinstance(value, list):
        return value
    lists = value if isinstance(value, dict) and value else {}
    if lists and all(isinstance(part, list) for part in lists.values()):
        if all(isinstance(row, dict) for part in lists.values() for row in part):
            if len(lists) == 1 and given.split is None:
                return next(iter(lists.values()))
            if given.split in lists:
                return lists[given.split]
            raise several(given.name, lists, given.split)
        if len({len(part) for part in lists.values()}) == 1:
            return [dict(zip(lists, row, strict=True)) for row in zip(*lists.values(), strict=True)]
    raise DatasetError(
        f"{given.name} holds no list of rows",
        rule='A JSON file must be a list of objects: [{"prompt": …, "completion": …}, …]',
        remedy="Wrap the rows in a list",
    )


def several(name: str, splits: Iterable[str], asked: str | None) -> DatasetError:
    """Which split is meant: a question, because reading test rows as training rows is never noticed."""
    names = list(splits)
    shown = ", ".join(map(repr, names[:12]))
    has = (
        f"{name} has no split {asked!r}, it has {shown}" if asked else f"{name} holds several lists: {shown}"
    )
    return DatasetError(
        has,
        rule="One dataset is one list of objects",
        remedy=f"Say which one, as in split={names[0]!r}, or save each list in a file of its own",
    )


def read_csv(given: Given) -> Iterator[NumberedRow]:
    content = _countable(given).replace("\0", "")
    if not content.strip():
        raise DatasetError(
            f"{given.name} holds no text, only NUL characters",
            rule="A table is text with column names in its first line",
            remedy="Save the table again from its program",
        )
    delimiter = "\t" if given.name.lower().endswith(".tsv") else delimiter_of(content)
    csv.field_size_limit(MAX_BYTES)
    reader = csv.reader(io.StringIO(content, newline=""), delimiter=delimiter, strict=True)
    try:
        header, rows = next(reader), formulas.restored(reader, given.findings)
        yield from table_rows(header, enumerate(rows, start=1), given)
    except csv.Error as error:
        raise DatasetError(
            f"Line {reader.line_num} of {given.name} is not readable: {error}",
            rule="A cell with a comma, a quote or a line break must be quoted",
            remedy="Correct the line, or save the table again from its program",
        ) from error


def table_rows(
    header: Sequence[Any], rows: Iterable[tuple[int, Sequence[Any]]], given: Given
) -> Iterator[NumberedRow]:
    """Rows of cells as objects; rows of another width than the header's become findings.

    Raises DatasetError where a column has no name of its own.
    """
    names = ["" if cell is None else str(cell).strip() for cell in header]
    if not names or len(set(names)) < len(names) or not all(names):
        raise DatasetError(
            f"The header of {given.name} is {', '.join(map(repr, names[:12]))}",
            rule="Every column needs a name of its own in the first line",
            remedy="Correct the first line",
        )
    for number, cells in rows:
        if not cells:
            continue
        if len(cells) == len(names):
            yield number, dict(zip(names, cells, strict=True))
            continue
        message = f"It has {len(cells)} cells, the header has {len(names)}"
        given.findings.append(Finding(number, "cells", message))


def delimiter_of(content: str) -> str:
    """The delimiter that stands most often in the first line, outside of quotes."""
    header = re.sub(r'"[^"]*"', "", content.split("\n", 1)[0])
    return max(",;\t|", key=header.count)


def read_parquet(given: Given) -> Iterator[NumberedRow]:
    import pyarrow
    import pyarrow.parquet

    try:
        file = pyarrow.parquet.ParquetFile(io.BytesIO(given.data))
        if file.metadata.num_rows > MAX_ROWS:
            raise too_many(given.name)
        rows, size = [], 0
        # A long text that stands once in the file may stand in every row, so we count as we go.
        groups = map(file.metadata.row_group, range(file.metadata.num_row_groups))
        largest = max((group.total_byte_size for group in groups), default=1)
        for batch in file.iter_batches(batch_size=max(1, min(256, given.max_bytes // max(largest, 1)))):
            columns = [_decoded(column) for column in batch.columns]
            if (size := size + sum(column.nbytes for column in columns)) > given.max_bytes:
                raise too_large(given.name, None, given.max_bytes)
            rows += pyarrow.RecordBatch.from_arrays(columns, names=batch.schema.names).to_pylist()
    except (pyarrow.ArrowException, OSError, UnicodeDecodeError, ValueError, OverflowError) as error:
        if isinstance(error, DatasetError):
            raise
        raise DatasetError(
            f"{given.name} is not a Parquet file: {first_line(error)}", remedy="Save it again as Parquet"
        ) from error
    return iter(enumerate(rows, start=1))


def _decoded(column):
    """A column of codes as the texts that they stand for, of which each is one more in memory."""
    return column.dictionary_decode() if hasattr(column, "dictionary_decode") else column


def too_large(name: str, size: int | None, max_bytes: int) -> DatasetError:
    """A source beyond the cap; its size where it is known."""
    much = f"{size / 2**20:,.1f} MiB" if size else f"more than {max_bytes / 2**20:,.1f} MiB"
    return DatasetError(
        f"{name} unpacks to {much}",
        rule=f"Unpacked, a source may have {max_bytes / 2**20:,.1f} MiB",
        remedy="Split it, and check where it comes from: small files that unpack to huge ones are a trap",
    )


def too_many(name: str) -> DatasetError:
    return DatasetError(
        f"{name} has too many rows",
        rule=f"A source may have {MAX_ROWS:,} rows",
        remedy="Take a part of it, and check where it comes from",
    )


def read_text(given: Given) -> Iterator[NumberedRow]:
    lines = _countable(given).replace("\r\n", "\n").split("\n")
    numbered = enumerate(lines, start=1)
    return ((number, {"prompt": line}) for number, line in numbered if line.replace("\0", "").strip())
