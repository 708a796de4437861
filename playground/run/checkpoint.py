"""Checkpoints that are whole or absent, each with the proof that it is whole.

    checkpoints/
        checkpoint-40/  manifest.json   size and SHA-256 of every other file, and whose it is
                        ...             what the trainer needs to go on
        .new-60/                        being written; nobody reads it
        .old-20/                        being deleted
        .damaged-40/                    found wanting, kept until the run has completed

The manifest is written last, everything is synced, then the folder gets its name by one rename. It goes
by one rename too: a kill inside a deletion would leave half a folder under a name that promises a whole.
"""

import contextlib
import hashlib
import json
import os
import shutil
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from playground.store import files

MANIFEST = "manifest.json"
NAME = "checkpoint"
KEEP = 2
"""Checkpoints kept, so that one may turn out damaged."""

LARGEST_SHARE = 0.05
"""Of the time between two checkpoints, saving may take this much."""

CHEAP = 1.0
"""Seconds that a checkpoint may take whenever one is planned."""

PACE = 2e8
"""Bytes a second that the first one is expected to be written at: copied, hashed, and synced."""


@dataclass(frozen=True)
class Found:
    """A checkpoint whose manifest verified."""

    folder: Path
    step: int
    origin: dict
    """What made it: run id, versions, threads, processes."""


class Checkpoints:
    """The checkpoints of one run. `origin` says what makes them: its id, versions, threads, processes."""

    def __init__(self, root: Path, origin: dict):
        self.root, self.origin = Path(root), origin
        self.spared: int | None = None
        """Step of a checkpoint to keep beyond the newest, such as the best one."""
        self._saved, self._cost = time.monotonic(), 0.0

    @contextlib.contextmanager
    def new(self, step: int) -> Iterator[Path]:
        """A folder to write into, which becomes the newest checkpoint when the block ends.

        If the block raises, or the process dies in it, the checkpoints stay what they were.
        """
        began = time.monotonic()
        self._sweep()
        staging = self.root / f".new-{step}" / f"{NAME}-{step}"
        staging.mkdir(parents=True)
        try:
            yield staging
            self._seal(staging, step)
            self._publish(staging)
        except BaseException:
            shutil.rmtree(staging.parent, ignore_errors=True)
            raise
        self._rotate()
        self._saved = time.monotonic()
        self._cost = self._saved - began

    def expect(self, size: int) -> None:
        """Take the first one for as costly as `size` bytes are on a common disk."""
        self._cost = size / PACE

    def due(self, least: float) -> bool:
        """Whether it is time for another: `least` seconds since the last one, and cheap enough."""
        return time.monotonic() - self._saved > max(least, self._cost / LARGEST_SHARE)

    def dear(self) -> bool:
        """Whether one that is planned had better wait: large weights would be written more than trained."""
        return self._cost > CHEAP and not self.due(0.0)

    def newest(self) -> tuple[Found | None, list[tuple[int, str]]]:
        """The newest whole checkpoint, and step and fault of every damaged one that is newer.

        The damaged are put aside, so that they neither come up again nor count among those kept.
        """
        damaged = []
        for folder in self._all():
            step = _step(folder)
            fault = self._fault(folder)
            if fault is None:
                return Found(folder, step, json.loads((folder / MANIFEST).read_text())["origin"]), damaged
            damaged.append((step, fault))
            self._aside(folder, f".damaged-{step}")
        return None, damaged

    def find(self, step: int) -> Path | None:
        """The folder of the checkpoint of this step, or None where it is missing or damaged."""
        folder = self.root / f"{NAME}-{step}"
        return folder if self._fault(folder) is None else None

    def _all(self) -> list[Path]:
        """Newest first."""
        named = (path for path in self.root.glob(f"{NAME}-*") if path.name[len(NAME) + 1 :].isdigit())
        return sorted(named, key=_step, reverse=True)

    def _fault(self, folder: Path) -> str | None:
        try:
            origin = verify(folder)
        except (OSError, ValueError) as error:
            return str(error)
        if origin.get("run") != self.origin["run"]:
            return f"it belongs to run {origin.get('run')}"
        return None

    def _seal(self, staging: Path, step: int) -> None:
        write_manifest(staging, {**self.origin, "step": step})
        files.sync_tree(staging)

    def _publish(self, staging: Path) -> None:
        target = self.root / staging.name
        if target.exists():
            self._aside(target, f".old-{_step(target)}")
        staging.rename(target)
        files.sync(self.root)
        staging.parent.rmdir()

    def _rotate(self) -> None:
        for folder in self._all()[KEEP:]:
            if _step(folder) != self.spared:
                self._aside(folder, f".old-{_step(folder)}")
        self._sweep()

    def _aside(self, folder: Path, name: str) -> None:
        target = self.root / name
        shutil.rmtree(target, ignore_errors=True)
        folder.rename(target)
        files.sync(self.root)

    def _sweep(self) -> None:
        """Delete what is half written or half deleted."""
        for pattern in (".new-*", ".old-*"):
            for leftover in self.root.glob(pattern):
                shutil.rmtree(leftover, ignore_errors=True)


def write_manifest(folder: Path, origin: dict) -> None:
    """List every file of a folder with its size and SHA-256."""
    found = {name: _fingerprint(folder / name) for name in _names(folder)}
    files.write_atomic(folder / MANIFEST, _written({"files": found, "origin": origin}))


def verify(folder: Path) -> dict:
    """The origin that a folder's manifest states. Raises ValueError or OSError where a byte is amiss."""
    try:
        text = (folder / MANIFEST).read_text(encoding="utf-8")
    except FileNotFoundError:
        raise ValueError("it has no manifest") from None
    except UnicodeDecodeError:
        raise ValueError("its manifest is damaged") from None
    try:
        manifest = json.loads(text)
        listed, origin = manifest["files"], manifest["origin"]
        intact = text == _written({"files": listed, "origin": origin})
    except (ValueError, TypeError, KeyError, RecursionError):
        intact = False
    if not intact:
        raise ValueError("its manifest is damaged")
    if unlike := sorted(listed.keys() ^ _names(folder)):
        raise ValueError(f"{unlike[0]} is {'missing' if unlike[0] in listed else 'not part of it'}")
    for name, expected in listed.items():
        size = os.path.getsize(folder / name)
        if size != expected["bytes"]:
            raise ValueError(f"{name} has {size:,} bytes instead of {expected['bytes']:,}")
        if _fingerprint(folder / name) != expected:
            raise ValueError(f"{name} has changed")
    return origin


def differences(then: dict, now: dict) -> list[str]:
    """What of the surroundings of a checkpoint has changed, in words: `torch 2.12 instead of 2.13`."""
    told = []
    for what in ("threads", "processes"):
        if what in now and then.get(what, 1) != now[what]:
            told.append(f"{now[what]} {what} instead of {then.get(what, 1)}")
    if then.get("processor", chip := now.get("processor")) != chip:
        told.append(f"another processor ({chip} instead of {then['processor']})")
    for library, version in now["versions"].items():
        if (before := then.get("versions", {}).get(library)) != version:
            told.append(f"{library} {version} instead of {before}")
    return told


def _written(manifest: dict) -> str:
    """The manifest as text, with its own digest: a flipped bit in it shows too."""
    body = json.dumps(manifest, sort_keys=True)
    sealed = manifest | {"manifest": hashlib.sha256(body.encode()).hexdigest()}
    return json.dumps(sealed, indent=1, sort_keys=True)


def _names(folder: Path) -> set[str]:
    found = (path for path in folder.rglob("*") if not path.is_dir())
    return {path.relative_to(folder).as_posix() for path in found} - {MANIFEST}


def _fingerprint(path: Path) -> dict:
    with path.open("rb") as file:
        return {"bytes": os.path.getsize(path), "sha256": hashlib.file_digest(file, "sha256").hexdigest()}


def _step(folder: Path) -> int:
    return int(folder.name.rpartition("-")[2])
