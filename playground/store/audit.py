"""Who did what, and what was refused: an append-only log in which every entry seals those before it.

The digest of an entry is SHA-256 over its content and the digest before it. The database refuses to
change or delete entries; whoever does so all the same, in the file, breaks the chain, and whoever
writes the whole chain anew ends with another last digest than the one noted down before.
"""

import hashlib
import json
import time
from collections.abc import Sequence
from dataclasses import asdict, astuple, dataclass

import sqlalchemy as sa

from playground.store.database import connect, reading, writing
from playground.store.people import audit

GENESIS = "0" * 64
_LONGEST = 500
_LOCK = 0x61756469


@dataclass(frozen=True, slots=True)
class Entry:
    """One line of the audit trail."""

    number: int
    """Counts from 1 without gaps."""
    at: float
    """Seconds since 1970."""
    actor: str
    action: str
    subject: str
    detail: str
    previous: str
    """The digest of the entry before."""

    @property
    def digest(self) -> str:
        return hashlib.sha256(json.dumps(astuple(self)).encode()).hexdigest()


@dataclass(frozen=True, slots=True)
class Verdict:
    """What checking the chain found."""

    entries: int
    digest: str
    """The last digest: note it down elsewhere, and nothing up to here can be changed unnoticed."""
    faults: tuple[str, ...]


def note(
    actor: str, action: str, subject: str = "", detail: str = "", *, engine: sa.Engine | None = None
) -> None:
    """Append one entry."""
    with writing(engine or connect()) as connection:
        append(connection, actor, action, subject, detail)


def append(connection: sa.Connection, actor: str, action: str, subject: str = "", detail: str = "") -> None:
    """Append one entry within a write transaction: it stands if and only if the deed does."""
    if connection.dialect.name == "postgresql":
        connection.execute(sa.select(sa.func.pg_advisory_xact_lock(_LOCK)))
    newest = sa.select(audit.c.number, audit.c.digest).order_by(audit.c.number.desc()).limit(1)
    last = connection.execute(newest).one_or_none()
    texts = (_storable(text) for text in (actor, action, subject, detail))
    number, previous = (last.number + 1, last.digest) if last else (1, GENESIS)
    entry = Entry(number, time.time(), *texts, previous)
    connection.execute(audit.insert(), asdict(entry) | {"digest": entry.digest})


def entries(engine: sa.Engine | None = None) -> list[Entry]:
    """The whole trail, oldest first."""
    return [entry for entry, _ in _read(engine)]


def verify(known: Sequence[str] = (), engine: sa.Engine | None = None) -> Verdict:
    """Recompute the chain. `known` are last digests noted down before: each must still stand in it."""
    faults, previous, seen = [], GENESIS, set()
    for place, (entry, stored) in enumerate(_read(engine), start=1):
        if entry.number != place:
            faults.append(f"Entry {place} is missing")
            break
        if entry.previous != previous or entry.digest != stored:
            faults.append(f"Entry {place} is not as it was written")
            break
        previous = stored
        seen.add(stored)
    lost = [digest for digest in known if digest not in seen]
    faults += [f"The digest {digest} noted down before does not occur" for digest in lost]
    return Verdict(len(seen), previous, tuple(faults))


def _read(engine: sa.Engine | None) -> list[tuple[Entry, str]]:
    with reading(engine or connect()) as connection:
        rows = connection.execute(audit.select().order_by(audit.c.number)).all()
    return [(Entry(*row[:-1]), row.digest) for row in rows]


def _storable(text: str) -> str:
    """What any database keeps and any terminal shows: whoever is refused chooses this text."""
    return "".join(one if one.isprintable() else "\N{REPLACEMENT CHARACTER}" for one in text[:_LONGEST])
