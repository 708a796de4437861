"""Bytes in, numbered rows out: files, archives, folders, lists and pasted text."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import replace
from pathlib import Path, PurePosixPath
from typing import Any, NamedTuple

from playground.dataset import archives, arrow, paste, readers, sheets
from playground.dataset.origin import Origin, digest_bytes, digest_rows
from playground.dataset.progress import Progress, told, within
from playground.dataset.readers import MAX_BYTES, Given, NumberedRow, Reader, empty
from playground.errors import DatasetError
from playground.records import Finding
from playground.store.files import read_bytes

HUB_ID = re.compile(r"(hub:)?[A-Za-z0-9][\w.-]*/[\w.-]+|hub:[A-Za-z0-9][\w.-]*")

READERS: dict[str, Reader] = {
    ".jsonl": readers.read_jsonl,
    ".json": readers.read_json,
    ".csv": readers.read_csv,
    ".tsv": readers.read_csv,
    ".parquet": readers.read_parquet,
    ".xlsx": sheets.read_xlsx,
    ".txt": readers.read_text,
    ".md": readers.read_text,
}

EXECUTABLE = (
    ".pkl", ".pickle", ".pt", ".pth", ".ckpt", ".bin", ".npy", ".npz", ".joblib", ".dill",
)  # fmt: skip
"""Endings of formats that may run code of their author's when they are opened."""

ENDINGS = (*READERS, *archives.PACKED)
"""Endings of the files that can be read, archives included."""

_SPLITS = {"train", "training", "test", "validation", "valid", "val", "dev", "eval"}


_SHARD = re.compile(r"-\d{5}-of-\d{5}")


class Source(NamedTuple):
    """What was read: a name for it, rows numbered as in the source, and what was noticed on the way."""

    name: str
    rows: list[NumberedRow]
    findings: list[Finding]
    origin: Origin | None = None


def is_file(path: Path) -> bool:
    """True where a path is meant as a file, whether or not there is one: by its ending."""
    return path.suffix.lower() in (*ENDINGS, *EXECUTABLE)


def read(
    path: str | Path,
    max_bytes: int = MAX_BYTES,
    split: str | None = None,
    progress: Progress | None = None,
) -> Source:
    """Read a file by its ending, an archive of such files, or every data file of a folder.

    Where the source holds several splits, `split` says which is meant.

    Raises NotFoundError, or DatasetError with the line, the rule and the remedy.
    """
    path = Path(path)
    if path.is_dir():
        return _read_folder(path, max_bytes, split, progress)
    _check_ending(path.name)
    if path.exists() and not path.is_file():
        # A pipe or a device has no size to check and may never end.
        raise DatasetError(f"{path.name} is not a file", remedy="Save the data as a file and load that")
    given = Given(read_bytes(path, max_bytes), path.name, [], split, max_bytes, progress)
    if readers.is_blank(given.data):
        raise empty(path.name)
    origin = Origin(
        kind="file",
        name=path.name,
        sha256=digest_bytes(given.data),
        size=len(given.data),
        path=str(path.absolute()),
        split=split,
    )
    read_it = _read_archive if path.suffix.lower() in archives.PACKED else _read_one
    return read_it(given)._replace(origin=origin)


def from_text(text: str, name: str = "pasted text", max_bytes: int = MAX_BYTES) -> Source:
    """Rows of pasted text: JSON lines, JSON, a table with a header, or plain lines, told by content."""
    if len(text) > max_bytes:
        raise readers.too_large(name, len(text), max_bytes)
    if readers.is_blank(text):
        raise empty(name)
    given = Given(text.removeprefix("\ufeff"), name, [], None, max_bytes)
    size = len(text.encode("utf-8", "replace"))
    origin = Origin(kind="text", name=name, sha256=digest_bytes(text), size=size)
    return _numbered(given, paste.reader_for(given.data)(given))._replace(origin=origin)


def from_list(rows: Iterable[Any], name: str = "rows") -> Source:
    """Rows already in memory, numbered from 1."""
    numbered = list(enumerate(rows, start=1))
    if not numbered:
        raise empty(name)
    origin = Origin(kind="rows", name=name, sha256=digest_rows(row for _, row in numbered))
    return Source(name, numbered, [], origin)


def _check_ending(name: str) -> None:
    suffixes = [suffix.lower() for suffix in PurePosixPath(name).suffixes]
    bare = suffixes[:-1] if suffixes[-1:] == [".gz"] else suffixes
    if bare and bare[-1] in EXECUTABLE:
        raise DatasetError(
            f"{name} was not opened: files that end in {bare[-1]} may run code of their author's when opened",
            rule=f"Data files end in {', '.join(ENDINGS)}",
            remedy="Save the data as JSON lines, CSV or Parquet where you trust the file",
        )
    if bare and bare[-1] == ".pdf":
        raise DatasetError(
            f"{name} is a document and holds no rows",
            rule="A document is cut into passages, each of which becomes a question and its answer",
            remedy="Give it under More examples, or to Dataset.from_document",
        )
    if not suffixes or suffixes[-1] not in ENDINGS:
        raise DatasetError(
            f"{name} has the ending {PurePosixPath(name).suffix!r}",
            rule=f"Files must end in {', '.join(ENDINGS)}",
            remedy="Save the data as one of these",
        )


def _read_one(given: Given) -> Source:
    if readers.is_blank(given.data):
        raise empty(given.name)
    suffix = PurePosixPath(given.name).suffix.lower()
    if given.split is not None and suffix != ".json":
        raise DatasetError(
            f"{given.name} has no splits, so there is none called {given.split!r}",
            remedy="Leave split out, or name the file of that split",
        )
    return _numbered(given, READERS[suffix](given))


def _numbered(given: Given, rows: Iterable[NumberedRow]) -> Source:
    # How many there will be is guessed by the lines.
    lines = given.data.count("\n" if isinstance(given.data, str) else b"\n") if given.progress else 0
    rows = list(told(rows, given.progress, lines))
    if not rows and not given.findings:
        raise empty(given.name)
    if not rows:
        raise DatasetError(
            f"No row of {given.name} can be read; row {given.findings[0].row}: {given.findings[0].message}",
            rule="A dataset needs at least one row",
            remedy="Correct the rows and load the data again",
        )
    return Source(given.name, rows, given.findings)


def _read_archive(given: Given) -> Source:
    files = archives.unpack(given, tuple(READERS), EXECUTABLE)
    split = given.split
    if _are_splits(PurePosixPath(file.name) for file in files):
        chosen = _of_split(given.name, [PurePosixPath(file.name) for file in files], split)
        files, split = [file for file in files if PurePosixPath(file.name) in chosen], None
    parts = [_read_one(given._replace(data=f.data, name=f.name, findings=[], split=split)) for f in files]
    return _joined(given.name, parts, given.findings)


def _read_folder(folder: Path, max_bytes: int, split: str | None, progress: Progress | None) -> Source:
    origin = Origin(kind="folder", name=folder.name, path=str(folder.absolute()), split=split)
    if arrow.is_saved(folder):
        saved = arrow.read(folder, max_bytes, split)
        source = _numbered(Given(b"", folder.name, []), enumerate(saved.rows, start=1))
        return source._replace(origin=replace(origin, sha256=saved.sha256, size=saved.size))
    paths = _data_files(folder)
    if _are_splits(paths):
        paths, split = _of_split(folder.name, paths, split), None
    parts = [
        read(path, max_bytes, split, within(progress, at / len(paths), (at + 1) / len(paths)))
        for at, path in enumerate(paths)
    ]
    source = _joined(folder.name, parts, [])
    sha256 = digest_rows((part.origin.name, part.origin.sha256) for part in parts)
    size = sum(part.origin.size for part in parts)
    return source._replace(origin=replace(origin, sha256=sha256, size=size))


def _data_files(folder: Path) -> list[Path]:
    """The data files of a folder, or of `data` in it, where a clone from the Hub has them."""
    # A folder's Markdown is its description, not its data.
    endings = {*READERS, ".gz"} - {".md"}
    for place in (folder, folder / "data"):
        found = sorted(place.iterdir()) if place.is_dir() else []
        paths = [path for path in found if path.suffix.lower() in endings and path.is_file()]
        paths = [path for path in paths if not path.name.startswith(".")]
        if {place / "data.jsonl", place / "meta.json"} <= set(paths):
            return [place / "data.jsonl"]
        if paths:
            return paths
    raise DatasetError(
        f"The folder {folder.name} holds no data file",
        rule=f"Files must end in {', '.join(ENDINGS)}",
        remedy="Choose the folder that holds them",
    )


def _joined(name: str, parts: Sequence[Source], findings: list[Finding]) -> Source:
    """One source of several files; rows are numbered through, and findings follow them."""
    if len(parts) == 1:
        return Source(name, parts[0].rows, [*findings, *parts[0].findings])
    rows: list[NumberedRow] = []
    findings = list(findings)
    for part in parts:
        start = len(rows)
        place = {number: start + position for position, (number, _) in enumerate(part.rows, start=1)}
        rows += [(place[number], row) for number, row in part.rows]
        for finding in part.findings:
            message = f"{part.name}, row {finding.row}: {finding.message}" if finding.row else finding.message
            findings.append(Finding(place.get(finding.row, 0), finding.kind, message, finding.action))
    return Source(name, rows, findings)


def _stem(path: PurePosixPath) -> str:
    """The split that a file is named after, by a word of its name or by its folder; else its first word."""
    words = re.split(r"[-_.]", path.name.lower())
    folders = [] if path.is_absolute() else [part.lower() for part in reversed(path.parts[:-1])]
    return next((one for one in (*words, *folders) if one in _SPLITS), words[0])


def _are_splits(paths: Iterable[PurePosixPath]) -> bool:
    stems = {_stem(path) for path in paths}
    return len(stems) > 1 and stems <= _SPLITS


def _of_split(name: str, paths: Sequence[Any], split: str | None) -> list[Any]:
    """The files of a split, where files are named after splits: all of them would mix test into train."""
    chosen = [path for path in paths if split is not None and _stem(path) == split.lower()]
    if len(chosen) > 1 and all(_SHARD.search(path.name) for path in chosen):
        return chosen
    if len(chosen) != 1:
        names = [path.name for path in paths] if chosen else dict.fromkeys(map(_stem, paths))
        raise readers.several(name, names, split)
    return chosen
