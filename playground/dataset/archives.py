"""Gzip and zip: unpacked in memory, under a cap, and never onto the disk."""

import gzip
import io
import lzma
import re
import stat
import zipfile
import zlib
from collections import Counter
from collections.abc import Collection
from pathlib import PurePosixPath
from typing import IO, NamedTuple

from playground.dataset.readers import Given, too_large
from playground.errors import DatasetError
from playground.records import Finding

PACKED = (".gz", ".zip")
MAX_MEMBERS = 10_000
"""Files a zip archive may hold."""

_CHUNK = 2**20
_NESTED = (".zip", ".gz", ".tgz", ".tar", ".bz2", ".xz", ".7z", ".rar", ".zst")
_MAGIC = (b"\x1f\x8b", b"PK\x03\x04", b"7z\xbc\xaf", b"Rar!", b"BZh", b"\xfd7zXZ")
_DAMAGED = (
    zipfile.BadZipFile,
    zlib.error,
    lzma.LZMAError,
    EOFError,
    OSError,
    RuntimeError,
    OverflowError,
    ValueError,
)


class Unpacked(NamedTuple):
    """One file out of an archive."""

    name: str
    data: bytearray


def unpack(given: Given, kinds: Collection[str], forbidden: Collection[str]) -> list[Unpacked]:
    """The data files of an archive whose endings are among `kinds`.

    Of a zip archive these are the files of the kind it holds most of; the others become findings.
    Raises DatasetError for an archive that is damaged, encrypted, holds another archive, a link, a
    path that leads out of it or a file with a `forbidden` ending, or unpacks to more than the cap.
    """
    try:
        if given.name.lower().endswith(".gz"):
            return [_gunzip(given, kinds)]
        return _unzip(given, kinds, forbidden)
    except DatasetError:
        raise
    except _DAMAGED as error:
        raise DatasetError(
            f"{given.name} is damaged or cut short: {str(error) or type(error).__name__}",
            rule="An archive must be whole",
            remedy="Copy or pack it again",
        ) from error


def _gunzip(given: Given, kinds: Collection[str]) -> Unpacked:
    inner = given.name[: -len(".gz")]
    if PurePosixPath(inner).suffix.lower() not in kinds:
        raise DatasetError(
            f"{given.name} does not say what is packed in it",
            rule=f"Before .gz a name must end in {', '.join(kinds)}",
            remedy="Rename it, as in data.jsonl.gz; unpack a .tar.gz first",
        )
    with gzip.GzipFile(fileobj=io.BytesIO(given.data)) as file:
        return Unpacked(inner, _read(file, given, inner, given.max_bytes))


def _unzip(given: Given, kinds: Collection[str], forbidden: Collection[str]) -> list[Unpacked]:
    with zipfile.ZipFile(io.BytesIO(given.data)) as archive:
        members = [member for member in archive.infolist() if not member.filename.endswith("/")]
        if len(members) > MAX_MEMBERS:
            raise _refused(given, f"It holds {len(members):,} files, more than {MAX_MEMBERS:,}")
        for member in members:
            _check_member(member, given, forbidden)
        chosen = _choose(members, given, kinds)
        declared = sum(member.file_size for member in chosen)
        if declared > given.max_bytes:
            raise too_large(given.name, declared, given.max_bytes)
        unpacked, left = [], given.max_bytes
        for member in chosen:
            with archive.open(member) as file:
                data = _read(file, given, member.filename, left)
            left -= len(data)
            unpacked.append(Unpacked(member.filename, data))
        return unpacked


def _read(file: IO[bytes], given: Given, name: str, left: int) -> bytearray:
    """What is packed, chunk by chunk, so that no more than the cap and one chunk is ever held."""
    data = bytearray()
    while chunk := file.read(_CHUNK):
        if len(data) + len(chunk) > left:
            raise too_large(given.name, None, given.max_bytes)
        data += chunk
    if data.startswith(_MAGIC) and not name.lower().endswith(".xlsx"):
        raise _refused(given, f"{name!r} in it is an archive itself")
    return data


def _check_member(member: zipfile.ZipInfo, given: Given, forbidden: Collection[str]) -> None:
    name = member.orig_filename
    parts = re.split(r"[/\\]", name)
    suffix = PurePosixPath(name).suffix.lower()
    mode = member.external_attr >> 16
    if name.startswith(("/", "\\")) or ".." in parts or re.match(r"[A-Za-z]:", name) or "\0" in name:
        raise _refused(given, f"{name[:80]!r} in it leads out of the archive")
    if mode and not stat.S_ISREG(mode) and stat.S_IFMT(mode):
        raise _refused(given, f"{name[:80]!r} in it is a link or a device, not a file")
    if member.flag_bits & 0x1:
        raise _refused(given, f"{name[:80]!r} in it is encrypted")
    if suffix in _NESTED:
        raise _refused(given, f"{name[:80]!r} in it is an archive itself")
    if suffix in forbidden:
        raise _refused(given, f"{name[:80]!r} in it may hold code that runs when it is opened")


def _choose(members: list[zipfile.ZipInfo], given: Given, kinds: Collection[str]) -> list[zipfile.ZipInfo]:
    files = {member: PurePosixPath(member.filename) for member in members}
    # What macOS and editors add to every archive is nobody's data.
    files = {m: p for m, p in files.items() if "__MACOSX" not in p.parts and not p.name.startswith(".")}
    counts = Counter(path.suffix.lower() for path in files.values() if path.suffix.lower() in kinds)
    if len(counts) > 1:
        counts.pop(".md", None)
    ranked = counts.most_common(2)
    if not ranked:
        raise _refused(given, "It holds no data file", f"Files in it must end in {', '.join(kinds)}")
    if len(ranked) == 2 and ranked[0][1] == ranked[1][1]:
        both = " and ".join(kind for kind, _ in ranked)
        raise _refused(given, f"It holds as many files of the kind {both}", "Its files must be of one kind")
    kind = ranked[0][0]
    chosen = sorted((m for m, p in files.items() if p.suffix.lower() == kind), key=lambda m: m.filename)
    for member in files:
        if member not in chosen:
            message = f"{member.filename[:80]!r} in {given.name} was not read: the data is in {kind} files"
            given.findings.append(Finding(0, "other file", message, "dropped"))
    return chosen


def _refused(given: Given, why: str, rule: str = "") -> DatasetError:
    return DatasetError(
        f"{given.name} is refused. {why}",
        rule=rule or "An archive holds plain data files and nothing else",
        remedy="Unpack it where you trust it, and load the data file in it",
    )
