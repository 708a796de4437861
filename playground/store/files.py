"""Files that are whole or absent, and JSON lines read without forgiveness."""

import contextlib
import json
import math
import os
import shutil
import tempfile
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any, BinaryIO

from playground.errors import ConflictError, DatasetError, NotFoundError

MAX_DEPTH = 32
"""Nested lists and objects a JSON value may have."""


@contextlib.contextmanager
def whole_file(path: str | Path) -> Iterator[BinaryIO]:
    """A file to write that appears at `path` when the block ends, and not at all if it raises.

    A reader, or a power cut, meets the old content or the new, never a part.
    """
    path = Path(path)
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, temporary = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}-")
    try:
        with os.fdopen(handle, "wb") as file:
            yield file
            file.flush()
            os.fsync(file.fileno())
        os.replace(temporary, path)
    except BaseException:
        Path(temporary).unlink(missing_ok=True)
        raise
    sync(path.parent)


def write_atomic(path: str | Path, data: bytes | str) -> Path:
    """Write a file as `whole_file` does."""
    with whole_file(path) as file:
        file.write(data.encode("utf-8") if isinstance(data, str) else data)
    return Path(path)


@contextlib.contextmanager
def new_folder(path: str | Path) -> Iterator[Path]:
    """A folder that appears at `path` complete when the block ends, or not at all if it raises.

    Raises ConflictError if something already stands at `path`.
    """
    path = Path(path)
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = Path(tempfile.mkdtemp(dir=path.parent, prefix=f".{path.name}-"))
    try:
        yield temporary
        sync_tree(temporary)
        try:
            temporary.rename(path)
        except OSError as error:
            raise ConflictError(f"{path.name} already exists", remedy="Choose another name") from error
    except BaseException:
        shutil.rmtree(temporary, ignore_errors=True)
        raise
    sync(path.parent)


def json_line(row: Any) -> bytes:
    """A row as one JSON line, one way of writing for one content, so that equal rows have equal bytes."""
    line = json.dumps(row, ensure_ascii=False, allow_nan=False, separators=(",", ":"))
    return f"{line}\n".encode()


def to_jsonl(rows: Iterable[Any]) -> bytes:
    """Rows as JSON lines."""
    return b"".join(map(json_line, rows))


def write_jsonl(path: str | Path, rows: Iterable[Any]) -> Path:
    """Write rows as JSON lines, atomically."""
    return write_atomic(path, to_jsonl(rows))


def read_jsonl(path: str | Path) -> list[Any]:
    """Every value of a JSON lines file.

    Raises NotFoundError where there is no file, DatasetError naming the line that breaks a rule.
    """
    path = Path(path)
    data = read_bytes(path)
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data[: error.start].count(b"\n") + 1
        raise DatasetError(
            f"Line {line} of {path.name} is not UTF-8", remedy="Save the file as UTF-8"
        ) from error
    return [value for _, value in parse_jsonl(text, path.name)]


def read_bytes(path: str | Path, max_bytes: int | None = None) -> bytes:
    """A file's content, or an error a person can act on."""
    path = Path(path)
    try:
        if max_bytes is not None and (size := path.stat().st_size) > max_bytes:
            raise DatasetError(
                f"{path.name} has {size / 2**20:,.0f} MiB",
                rule=f"A file may have {max_bytes / 2**20:,.0f} MiB",
                remedy="Split it, or store it as Parquet",
            )
        return path.read_bytes()
    except FileNotFoundError as error:
        raise NotFoundError(f"There is no file {path}", remedy="Check the path") from error
    except (OSError, ValueError) as error:
        if isinstance(error, DatasetError):
            raise
        why = getattr(error, "strerror", None) or error
        raise DatasetError(f"{path.name[:80]!r} cannot be read: {why}") from error


def parse_jsonl(
    text: str, name: str = "the text", *, damaged_text: bool = False
) -> Iterator[tuple[int, Any]]:
    """Line number (from 1) and value of every line that is not blank.

    Only a line feed ends a line: U+2028 and its kin may stand inside a string. Refused with the
    line's number: NaN and infinities, numbers beyond 64 bits, duplicate keys, nesting deeper than
    MAX_DEPTH, and, unless `damaged_text`, strings with NUL or half a surrogate pair.
    """
    for number, line in enumerate(text.removeprefix("\ufeff").split("\n"), start=1):
        if not line.strip(" \t\r"):
            continue
        try:
            yield number, parse_json(line, damaged_text=damaged_text)
        except ValueError as error:
            raise DatasetError(
                f"Line {number} of {name} is not a JSON value: {error}",
                rule="Every line must hold one complete JSON object",
                remedy="Correct the line and load the file again",
            ) from error


def parse_json(text: str, *, damaged_text: bool = False) -> Any:
    """One JSON value under the rules of `parse_jsonl`. Raises ValueError saying which rule broke."""
    try:
        value = json.loads(
            text,
            object_pairs_hook=_unique_keys,
            parse_constant=_refuse_constant,
            parse_float=_finite,
            parse_int=_sixty_four_bits,
        )
    except json.JSONDecodeError as error:
        raise ValueError(f"{error.msg} at column {error.pos + 1}") from error
    except RecursionError as error:
        raise ValueError(f"it is nested deeper than {MAX_DEPTH} levels") from error
    _check(value, damaged_text)
    return value


def _check(value: Any, damaged_text: bool) -> None:
    """Walk without recursion: the value may be as deep as its author was hostile."""
    waiting = [(value, 0)]
    while waiting:
        here, depth = waiting.pop()
        if depth > MAX_DEPTH:
            raise ValueError(f"it is nested deeper than {MAX_DEPTH} levels")
        if isinstance(here, str) and not damaged_text:
            if "\0" in here:
                raise ValueError("a string holds the NUL character")
            if has_lone_surrogate(here):
                raise ValueError("a string holds half a surrogate pair")
        elif isinstance(here, dict):
            waiting.extend((part, depth + 1) for item in here.items() for part in item)
        elif isinstance(here, list):
            waiting.extend((part, depth + 1) for part in here)


def has_lone_surrogate(text: str) -> bool:
    """True for text that no UTF-8 file and no database can hold."""
    if text.isascii():
        return False
    try:
        text.encode("utf-8")
    except UnicodeEncodeError:
        return True
    return False


def _unique_keys(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    result = dict(pairs)
    if len(result) < len(pairs):
        seen: set[str] = set()
        twice = next(key for key, _ in pairs if key in seen or seen.add(key))
        raise ValueError(f"the key {twice!r} appears twice in one object")
    return result


def _refuse_constant(name: str) -> float:
    raise ValueError(f"{name} is not a JSON number")


def _finite(digits: str) -> float:
    if not math.isfinite(number := float(digits)):
        raise ValueError(f"the number {digits[:20]} is too large")
    return number


def _sixty_four_bits(digits: str) -> int:
    if len(digits) > 20 or not -(2**63) <= (number := int(digits)) < 2**63:
        raise ValueError(f"the number {digits[:20]} is beyond 64 bits")
    return number


def sync_tree(folder: Path) -> None:
    """Have a folder and everything in it reach the disk."""
    for path in sorted(folder.rglob("*")):
        sync(path)
    sync(folder)


def sync(path: Path) -> None:
    """Have a file's content, or the names in a folder, reach the disk."""
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
