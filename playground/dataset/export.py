"""Rows out: JSON lines, Parquet, CSV and the files of annotation tools, streamed and whole or absent."""

import csv
import io
import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import MISSING, fields
from itertools import islice
from pathlib import Path
from typing import Any, BinaryIO

from playground.dataset import formulas
from playground.dataset.cells import Row, holds_turns
from playground.dataset.clean import texts
from playground.dataset.progress import Progress
from playground.dataset.tools import TOOLS
from playground.errors import DatasetError, InputError
from playground.records import Comparison, Example, Ranking
from playground.store.files import json_line, whole_file

ENDINGS = (".jsonl", ".parquet", ".csv", ".json")

Record = Example | Comparison | Ranking

_EVERY = 1000


def write(
    path: str | Path, records: Sequence[Record], tool: str | None = None, progress: Progress | None = None
) -> Path:
    """Write examples or judgements to a file of the kind that its ending tells; where it lies.

    `.json` is for a `tool`, one of TOOLS. An older file stays as it is until the new one is whole.
    `progress(done, total)` hears of every thousand rows. Raises InputError for another ending, no rows,
    or a place that cannot be written; DatasetError for half a character, which no file can hold.
    """
    path = Path(path).expanduser()
    _check(path, records, tool)
    if tool:
        write_in, rows = _json, TOOLS[tool].records(records)
    elif path.suffix.lower() == ".csv":
        write_in, rows = _csv, flat_rows(records)
    else:
        write_in = _parquet if path.suffix.lower() == ".parquet" else _jsonl
        rows = plain_rows(records)
    try:
        with whole_file(path) as file:
            write_in(file, _told(rows, len(records), progress), records)
    except UnicodeEncodeError as error:
        raise DatasetError(
            f"A text holds half of a character: {error.object[:40]!a}",
            rule="No file can hold it",
            remedy="Clean the data first: clean() leaves such rows out",
        ) from error
    except OSError as error:
        raise InputError(
            f"{path} cannot be written: {error.strerror or error}", remedy="Choose another place"
        ) from error
    return path


def plain_rows(records: Sequence[Record], like: Sequence[Record] | None = None) -> Iterator[Row]:
    """Rows for JSON and Parquet: {"prompt": turns, "completion", "tags"}, or a comparison's fields.

    Where no example has a completion there is no such column: they are prompts. `like` are the rows of
    which these are a part, and whose columns they have.
    """
    whole = records if like is None else like
    prompts_only = asks_only(whole)
    columns = {kind: columns_of(whole, kind) for kind in (Comparison, Ranking)}
    for record in records:
        if isinstance(record, Example):
            row = {"prompt": [message.as_dict() for message in record.prompt]}
            row |= {} if prompts_only else {"completion": record.completion}
            yield row | {"tags": list(record.tags)}
        else:
            yield {name: getattr(record, name) for name in columns[type(record)]}


def columns_of(records: Iterable[Record], kind: type = Comparison) -> list[str]:
    """The fields of comparisons, or of rankings: those that are not always known, where one has them."""
    always = {field.name for field in fields(kind) if field.default is MISSING} | {"annotator"}
    given = [one for one in records if isinstance(one, kind)]
    return [
        name for name in kind.__slots__ if name in always or any(getattr(one, name) for one in given)
    ]


def flat_rows(records: Sequence[Record]) -> Iterator[dict[str, str]]:
    """Rows for CSV, text alone: conversations of several turns make all rows JSON in a column 'messages'."""
    if not _are_examples(records):
        return plain_rows(records)
    plain = all(_is_question(example) for example in records)
    system = plain and any(len(example.prompt) == 2 for example in records)
    # Conversations without an answer are known by this, that all of them end with the user.
    waiting = all(message.role == "user" for one in records for message in one.prompt[-1:])
    prompts_only = asks_only(records) and waiting
    return (_flat(example, plain, system, prompts_only) for example in records)


def schema(records: Sequence[Record]):
    """The Arrow schema of `plain_rows`."""
    import pyarrow as pa

    if not _are_examples(records):
        kinds = {"strength": pa.int64()}
        return pa.schema([(name, kinds.get(name, pa.string())) for name in columns_of(records)])
    turns = pa.list_(pa.struct([("role", pa.string()), ("content", pa.string())]))
    completion = [] if asks_only(records) else [("completion", pa.string())]
    return pa.schema([("prompt", turns), *completion, ("tags", pa.list_(pa.string()))])


def asks_only(records: Sequence[Record]) -> bool:
    """True for examples none of which has a completion."""
    return _are_examples(records) and not any(example.completion for example in records)


def write_parquet(path: Path, records: Sequence[Record], like: Sequence[Record]) -> None:
    """A Parquet file of these records, with the columns of all of which they are a part."""
    with whole_file(path) as file:
        _parquet(file, plain_rows(records, like), like)


def _check(path: Path, records: Sequence[Record], tool: str | None) -> None:
    ending = path.suffix.lower()
    if tool is not None and tool not in TOOLS:
        raise InputError(f"The tool is {tool!r}", rule=f"It can be {' or '.join(TOOLS)}")
    if ending not in ENDINGS or (ending == ".json") is not (tool is not None):
        raise InputError(
            f"The file is called {path.name!r}{f', for {tool}' if tool else ''}",
            rule=f"Files end in {', '.join(ENDINGS[:3])}; in .json for a tool: {', '.join(TOOLS)}",
            remedy="Try rows.jsonl, or rows.json with tool='argilla'",
        )
    if not len(records):
        raise InputError("There is nothing to export", rule="A file holds at least one row")
    if ending in (".csv", ".parquet") and any(isinstance(record, Ranking) for record in records):
        raise InputError(f"{path.name} is to hold rankings", rule="They are kept as .jsonl or for a tool")
    if path.is_dir():
        raise InputError(f"{path} is a folder", remedy="Give the name of a file")


def _are_examples(records: Sequence[Record]) -> bool:
    return all(isinstance(record, Example) for record in records)


def _told(rows: Iterable[Any], total: int, progress: Progress | None) -> Iterator[Any]:
    tell = progress or (lambda done, total: None)
    for done, row in enumerate(rows):
        if done % _EVERY == 0:
            tell(done, total)
        yield row
    tell(total, total)


def _is_question(example: Example) -> bool:
    """One question, perhaps with a system message before it, and no text that would be read as turns."""
    if any(map(holds_turns, texts(example))):
        return False
    roles = [message.role for message in example.prompt]
    return roles == ["user"] or (roles == ["system", "user"] and example.prompt[0].content != "")


def _flat(example: Example, plain: bool, system: bool, prompts_only: bool) -> dict[str, str]:
    if plain:
        row = {"system": example.prompt[0].content if len(example.prompt) == 2 else ""} if system else {}
        row["prompt"] = example.prompt[-1].content
        row |= {} if prompts_only else {"completion": example.completion}
    else:
        turns = [message.as_dict() for message in example.prompt]
        turns += [] if prompts_only else [{"role": "assistant", "content": example.completion}]
        row = {"messages": json.dumps(turns, ensure_ascii=False)}
    one = len(example.tags) == 1 and example.tags[0] != "" and not example.tags[0].startswith("[")
    listed = json.dumps(example.tags, ensure_ascii=False) if example.tags else ""
    return row | {"tags": example.tags[0] if one else listed}


def _jsonl(file: BinaryIO, rows: Iterable[Row], _records: Sequence[Record]) -> None:
    file.writelines(map(json_line, rows))


def _json(file: BinaryIO, rows: Iterable[Row], _records: Sequence[Record]) -> None:
    """One list, a row a line."""
    before = b"[\n"
    for row in rows:
        file.write(before + json_line(row).rstrip(b"\n"))
        before = b",\n"
    file.write(b"\n]\n")


def _csv(file: BinaryIO, rows: Iterable[dict[str, str]], _records: Sequence[Record]) -> None:
    """With a byte order mark, without which spreadsheets take UTF-8 for something else; all cells quoted."""
    text = io.TextIOWrapper(file, encoding="utf-8-sig", newline="", write_through=True)
    writer = csv.writer(text, quoting=csv.QUOTE_ALL)
    for number, row in enumerate(rows):
        if number == 0:
            writer.writerow(row)
        writer.writerow(formulas.neutralise(str(cell)) for cell in row.values())
    text.detach()


def _parquet(file: BinaryIO, rows: Iterable[Row], records: Sequence[Record]) -> None:
    import pyarrow as pa
    import pyarrow.parquet as pq

    shape, rows = schema(records), iter(rows)
    with pq.ParquetWriter(file, shape) as writer:
        while part := list(islice(rows, _EVERY)):
            writer.write_batch(pa.RecordBatch.from_pylist(part, schema=shape))


