"""Datasets kept under a name in the home folder: rows as JSON lines, and what is known about them.

`data.jsonl` has the rows, `meta.json` what is known of all of them, `findings.jsonl` what is known of single
ones, and `index.npy` where each line begins and which row of the source it was, so that a page is read alone.
"""

import hashlib
import io
import json
import re
import shutil
from collections.abc import Iterable, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any, NamedTuple

import numpy

from playground import settings
from playground.dataset.builtins import BUILTIN
from playground.dataset.lines import Lines
from playground.dataset.origin import Version
from playground.errors import ConflictError, DatasetError, InputError, NotFoundError
from playground.records import Finding
from playground.store.files import new_folder, read_bytes, to_jsonl, write_atomic

_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}")
_GONE = ".gone"


class Index(NamedTuple):
    """Line i of the rows has the bytes `starts[i]:starts[i + 1]` and was row `numbers[i]` of the source."""

    starts: numpy.ndarray
    numbers: numpy.ndarray


def names() -> list[str]:
    """Names of the datasets saved on this machine, in alphabetical order."""
    folder = settings.get().datasets
    return sorted(path.parent.name for path in folder.glob("*/meta.json") if path.parent.name[0] != ".")


def folder_of(name: str) -> Path:
    """The folder of a saved dataset. Raises NotFoundError."""
    if name not in names():
        raise NotFoundError(
            f"There is no saved dataset {name!r}",
            rule=f"Saved: {', '.join(names()) or 'none'}",
            remedy="Give one of these names",
        )
    return settings.get().datasets / name


def write(
    name: str,
    data: bytes,
    about: dict[str, Any],
    numbers: Sequence[int],
    findings: Iterable[Finding] = (),
) -> Path:
    """Keep rows, as JSON lines, under a name; the folder they lie in. `about` holds their `sha256`.

    Raises ConflictError if other content has the name or had it, InputError for a name that is no name.
    """
    if not _NAME.fullmatch(name) or name in BUILTIN:
        raise InputError(
            f"The dataset name is {name!r}",
            rule="A name has up to 64 letters, digits, dots, hyphens and underscores, starts with "
            "a letter or digit, and is not that of a built-in dataset",
            remedy="Try my-dataset",
        )
    folder, gone = settings.get().datasets / name, settings.get().datasets / _GONE / name
    if folder.exists() and meta(folder)["sha256"] == about["sha256"]:
        return folder
    if folder.exists() or (gone.exists() and gone.read_text() != about["sha256"]):
        raise ConflictError(
            f"There {'is already' if folder.exists() else 'was'} a dataset {name!r} with other content",
            rule="Saved datasets never change, and a name stands for one content, because runs name it",
            remedy="Choose another name",
        )
    with new_folder(folder) as temporary:
        index = io.BytesIO()
        numpy.save(index, numpy.stack((_starts(data), [*numbers, 0])))
        write_atomic(temporary / "data.jsonl", data)
        write_atomic(temporary / "index.npy", index.getvalue())
        write_atomic(temporary / "findings.jsonl", to_jsonl(map(asdict, findings)))
        noted = json.dumps({"name": name, **about}, ensure_ascii=False, indent=1)
        write_atomic(temporary / "meta.json", noted)
    return folder


def meta(folder: Path) -> dict[str, Any]:
    """What was written about a saved dataset."""
    return json.loads((folder / "meta.json").read_text(encoding="utf-8"))


def examples(folder: Path) -> Lines:
    """The rows of a saved dataset, not yet parsed. Raises DatasetError if they were changed since."""
    data = read_bytes(folder / "data.jsonl")
    if hashlib.sha256(data).hexdigest() != meta(folder)["sha256"]:
        raise _changed(folder)
    # Written by us and unchanged, so there is nothing left to check in it.
    return Lines(data, numpy.array(index(folder).starts))


def version(folder: Path) -> Version:
    """The name and hash of a saved dataset."""
    return Version(folder.name, meta(folder)["sha256"])


def findings(folder: Path) -> list[Finding]:
    """What was repaired or refused on the way to a saved dataset."""
    path = folder / "findings.jsonl"
    # Datasets saved by the first version keep what is known of single rows in meta.json.
    given = map(json.loads, path.read_bytes().splitlines()) if path.exists() else meta(folder)["findings"]
    return [Finding(**one | {"repairs": tuple(one.get("repairs", ()))}) for one in given]


def index(folder: Path) -> Index:
    """Where the rows of a saved dataset stand. Raises DatasetError where its files do not fit together."""
    data, path = folder / "data.jsonl", folder / "index.npy"
    if path.exists():
        try:
            found = Index(*numpy.load(path, mmap_mode="r"))
        except (ValueError, EOFError, TypeError) as error:
            raise _changed(folder) from error
    else:
        starts = _starts(data.read_bytes())
        found = Index(starts, numpy.array([*meta(folder)["numbers"], 0]))
    fits = len(found.starts) == len(found.numbers) and found.starts[0] == 0
    if not fits or found.starts[-1] != data.stat().st_size or (numpy.diff(found.starts) <= 0).any():
        raise _changed(folder)
    return found


def delete(folder: Path) -> int:
    """Remove a saved dataset for good; the bytes it took. Its name is not given to other content."""
    gone, size = settings.get().datasets / _GONE, sum(path.stat().st_size for path in folder.iterdir())
    write_atomic(gone / folder.name, meta(folder)["sha256"])
    # Under a dotted name it is no dataset any more, whatever becomes of the rest of the work.
    doomed = folder.rename(folder.with_name(f".deleted-{folder.name}"))
    shutil.rmtree(doomed)
    return size


def _changed(folder: Path) -> DatasetError:
    return DatasetError(
        f"The saved dataset {folder.name!r} was changed after it was saved",
        rule="Its rows must have the SHA-256 noted in meta.json",
        remedy="Load its data.jsonl as a file and save it under another name",
    )


def _starts(data: bytes) -> numpy.ndarray:
    """Where each line begins, and the end of the last one."""
    ends = numpy.flatnonzero(numpy.frombuffer(data, numpy.uint8) == ord("\n")) + 1
    return numpy.concatenate(([0], ends)).astype(numpy.int64)
