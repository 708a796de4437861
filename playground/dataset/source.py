"""Bytes in, numbered rows out: files, folders, lists and the Hub."""

import csv
import io
import re
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any, NamedTuple

from playground.errors import DatasetError, UnavailableError
from playground.records import Finding
from playground.store.files import parse_json, parse_jsonl, read_bytes

MAX_BYTES = 512 * 2**20
HUB_ID = re.compile(r"(hub:)?[A-Za-z0-9][\w.-]*/[\w.-]+|hub:[A-Za-z0-9][\w.-]*")

NumberedRow = tuple[int, Any]


class Source(NamedTuple):
    """What was read: a name for it, rows numbered as in the source, and what was noticed on the way."""

    name: str
    rows: list[NumberedRow]
    findings: list[Finding]


def read(path: str | Path, max_bytes: int = MAX_BYTES) -> Source:
    """Read a file by its suffix, or every data file of a folder.

    Raises NotFoundError, or DatasetError with the line, the rule and the remedy.
    """
    path = Path(path)
    if path.is_dir():
        return _read_folder(path, max_bytes)
    reader = READERS.get(path.suffix.lower())
    if reader is None:
        raise DatasetError(
            f"{path.name} has the ending {path.suffix!r}",
            rule=f"Files must end in {', '.join(READERS)}",
            remedy="Save the data as one of these",
        )
    data = read_bytes(path, max_bytes)
    if not data.strip(b" \t\r\n\xef\xbb\xbf"):
        raise _empty(path.name)
    findings: list[Finding] = []
    rows = list(reader(data, path.name, findings))
    if not rows:
        raise _empty(path.name)
    return Source(path.name, rows, findings)


def from_list(rows: Iterable[Any], name: str = "rows") -> Source:
    """Rows already in memory, numbered from 1."""
    numbered = list(enumerate(rows, start=1))
    if not numbered:
        raise _empty(name)
    return Source(name, numbered, [])


def from_hub(identifier: str, split: str = "train", limit: int | None = None) -> Source:
    """Rows of a Hub dataset; with `limit`, the first so many are streamed and nothing else is fetched."""
    import datasets

    identifier = identifier.removeprefix("hub:")
    try:
        table = datasets.load_dataset(identifier, split=split, streaming=limit is not None)
        rows = list(table.take(limit) if limit is not None else table)
    except (ValueError, datasets.exceptions.DatasetNotFoundError) as error:
        raise DatasetError(
            f"The Hub dataset {identifier} could not be read: {_first_line(error)}",
            remedy="Check its id and its splits on the Hub",
        ) from error
    except (OSError, ConnectionError) as error:
        raise UnavailableError(
            f"The Hub did not answer for {identifier}: {_first_line(error)}",
            remedy="Check the connection, or load a file",
        ) from error
    return from_list(rows, identifier)


def _read_folder(folder: Path, max_bytes: int) -> Source:
    paths = [path for path in sorted(folder.iterdir()) if path.suffix.lower() in READERS and path.is_file()]
    paths = [path for path in paths if not path.name.startswith(".")]
    if (folder / "data.jsonl") in paths and (folder / "meta.json") in paths:
        paths = [folder / "data.jsonl"]
    if not paths:
        raise DatasetError(
            f"The folder {folder.name} holds no data file",
            rule=f"Files must end in {', '.join(READERS)}",
            remedy="Choose the folder that holds them",
        )
    if len(paths) == 1:
        return read(paths[0], max_bytes)._replace(name=folder.name)
    rows: list[NumberedRow] = []
    findings: list[Finding] = []
    for path in paths:
        part = read(path, max_bytes)
        findings += part.findings
        rows += [(len(rows) + position, row) for position, (_, row) in enumerate(part.rows, start=1)]
    return Source(folder.name, rows, findings)


def _decode(data: bytes, name: str, findings: list[Finding]) -> str:
    encoding = "utf-16" if data.startswith((b"\xff\xfe", b"\xfe\xff")) else "utf-8-sig"
    try:
        return data.decode(encoding)
    except UnicodeDecodeError as error:
        line = data[: error.start].count(b"\n") + 1
        try:
            decoded = data.decode("cp1252")
        except UnicodeDecodeError:
            decoded = None
        if encoding == "utf-16" or decoded is None or "\0" in decoded:
            raise DatasetError(
                f"Line {line} of {name} is not text",
                rule="The file must be text in UTF-8",
                remedy="Save it again as UTF-8",
            ) from error
        message = f"Line {line} is not UTF-8, so the file was read as Windows-1252; check its accents"
        findings.append(Finding(0, "encoding", message, "repaired"))
        return decoded


def _read_jsonl(data: bytes, name: str, findings: list[Finding]) -> Iterator[NumberedRow]:
    return parse_jsonl(_decode(data, name, findings), name, damaged_text=True)


def _read_json(data: bytes, name: str, findings: list[Finding]) -> Iterator[NumberedRow]:
    content = _decode(data, name, findings)
    try:
        value = parse_json(content, damaged_text=True)
    except ValueError as error:
        line = content.count("\n", 0, getattr(error.__cause__, "pos", 0)) + 1
        raise DatasetError(
            f"{name} is not JSON: line {line}: {error}",
            rule="The file must hold one list of objects",
            remedy="Correct it, or rename it to .jsonl if every line is an object",
        ) from error
    return iter(enumerate(_rows_of(value, name), start=1))


def _rows_of(value: Any, name: str) -> list[Any]:
    if isinstance(value, list):
        return value
    lists = value if isinstance(value, dict) and value else {}
    if lists and all(isinstance(part, list) for part in lists.values()):
        if all(isinstance(row, dict) for part in lists.values() for row in part):
            if len(lists) == 1:
                return next(iter(lists.values()))
            names = ", ".join(repr(key) for key in lists)
            raise DatasetError(
                f"{name} holds several lists: {names}",
                rule="One dataset is one list of objects",
                remedy="Save each list in a file of its own",
            )
        if len({len(part) for part in lists.values()}) == 1:
            return [dict(zip(lists, row, strict=True)) for row in zip(*lists.values(), strict=True)]
    raise DatasetError(
        f"{name} holds no list of rows",
        rule='A JSON file must be a list of objects: [{"prompt": …, "completion": …}, …]',
        remedy="Wrap the rows in a list",
    )


def _read_csv(data: bytes, name: str, findings: list[Finding]) -> Iterator[NumberedRow]:
    content = _decode(data, name, findings).replace("\0", "")
    if not content.strip():
        raise DatasetError(
            f"{name} holds no text, only NUL characters",
            rule="A table is text with column names in its first line",
            remedy="Save the table again from its program",
        )
    delimiter = "\t" if name.lower().endswith(".tsv") else _delimiter(content)
    csv.field_size_limit(MAX_BYTES)
    reader = csv.reader(io.StringIO(content, newline=""), delimiter=delimiter, strict=True)
    try:
        header = [column.strip() for column in next(reader)]
        if len(set(header)) < len(header) or not all(header):
            raise DatasetError(
                f"The header of {name} is {', '.join(map(repr, header))}",
                rule="Every column needs a name of its own in the first line",
                remedy="Correct the first line",
            )
        for number, cells in enumerate(reader, start=1):
            if not cells:
                continue
            if len(cells) == len(header):
                yield number, dict(zip(header, cells, strict=True))
                continue
            message = f"It has {len(cells)} cells, the header has {len(header)}"
            findings.append(Finding(number, "cells", message))
    except csv.Error as error:
        raise DatasetError(
            f"Line {reader.line_num} of {name} is not readable: {error}",
            rule="A cell with a comma, a quote or a line break must be quoted",
            remedy="Correct the line, or save the table again from its program",
        ) from error


def _delimiter(content: str) -> str:
    header = re.sub(r'"[^"]*"', "", content.split("\n", 1)[0])
    return max(",;\t|", key=header.count)


def _read_parquet(data: bytes, name: str, findings: list[Finding]) -> Iterator[NumberedRow]:
    import pyarrow
    import pyarrow.parquet

    try:
        rows = pyarrow.parquet.read_table(io.BytesIO(data)).to_pylist()
    except (pyarrow.ArrowException, OSError, UnicodeDecodeError) as error:
        raise DatasetError(
            f"{name} is not a Parquet file: {_first_line(error)}", remedy="Save it again as Parquet"
        ) from error
    return iter(enumerate(rows, start=1))


def _read_text(data: bytes, name: str, findings: list[Finding]) -> Iterator[NumberedRow]:
    lines = _decode(data, name, findings).replace("\r\n", "\n").split("\n")
    return ((number, {"prompt": line}) for number, line in enumerate(lines, start=1) if line.strip())


READERS: dict[str, Callable[[bytes, str, list[Finding]], Iterator[NumberedRow]]] = {
    ".jsonl": _read_jsonl,
    ".json": _read_json,
    ".csv": _read_csv,
    ".tsv": _read_csv,
    ".parquet": _read_parquet,
    ".txt": _read_text,
}


def _empty(name: str) -> DatasetError:
    return DatasetError(
        f"{name} is empty", rule="A dataset needs at least one row", remedy="Choose another source"
    )


def _first_line(error: Exception) -> str:
    return (str(error).strip() or type(error).__name__).splitlines()[0]
