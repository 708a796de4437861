"""Where a dataset comes from: the source it was read from, and the version it was made from."""

import hashlib
from collections.abc import Iterable
from dataclasses import asdict, dataclass, fields
from typing import Any, Literal, NamedTuple


@dataclass(frozen=True, kw_only=True)
class Origin:
    """A source as it was when it was read, so that it can be told and read again."""

    kind: Literal["built-in", "file", "folder", "hub", "text", "rows"]
    name: str
    """Name of the file or folder, Hub id, or what else people call it."""
    sha256: str = ""
    """Of the bytes of a file, of names and bytes of a folder, of the rows of anything else."""
    size: int = 0
    """Bytes of a file, folder or text."""
    path: str = ""
    """Where the file or folder lay."""
    config: str | None = None
    split: str | None = None
    limit: int | None = None
    revision: str = ""
    """The commit of a Hub dataset that was read."""
    seed: int = 0
    """What a built-in dataset was made with."""

    def __str__(self) -> str:
        parts = [self.name, self.config, self.split, self.revision[:8], self.sha256[:8]]
        return f"{self.kind} " + ", ".join(part for part in parts if part)


class Version(NamedTuple):
    """A saved dataset: its name, and the SHA-256 of its rows."""

    name: str
    sha256: str


@dataclass(frozen=True)
class History:
    """What a dataset knows of its past. `before` is the dataset that its last step was taken on."""

    origin: Origin | None = None
    parent: Version | None = None
    """The saved version that it was made from."""
    version: Version | None = None
    """The saved version that it is."""
    before: Any = None

    def then(self, dataset) -> "History":
        """The past of what is made from `dataset`, whose past this is."""
        return History(self.origin, self.version or self.parent, None, dataset)

    def noted(self) -> dict[str, Any]:
        """Plain JSON of what outlives the process, for a dataset that is to be saved."""
        parent = self.version or self.parent
        return {
            "origin": asdict(self.origin) if self.origin else None,
            "parent": parent._asdict() if parent else None,
        }

    @classmethod
    def read(cls, meta: dict[str, Any]) -> "History":
        """The past of a saved dataset from what was written about it."""
        origin, parent = meta.get("origin"), meta.get("parent")
        known = {field.name for field in fields(Origin)}
        return cls(
            Origin(**{name: value for name, value in origin.items() if name in known}) if origin else None,
            Version(**parent) if parent else None,
            Version(meta["name"], meta["sha256"]),
        )


def digest_bytes(data: bytes | bytearray | str) -> str:
    content = data.encode("utf-8", "surrogatepass") if isinstance(data, str) else data
    return hashlib.sha256(content).hexdigest()


def digest_rows(rows: Iterable[Any]) -> str:
    """A hash of rows as Python writes them, which also tells apart what JSON cannot hold."""
    digest = hashlib.sha256()
    for row in rows:
        digest.update(repr(row).encode("utf-8", "surrogatepass") + b"\n")
    return digest.hexdigest()
