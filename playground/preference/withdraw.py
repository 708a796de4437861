"""Taking back all that an annotator said, by appending: it stays in the log and counts no more."""

import secrets
import time
from dataclasses import dataclass

import sqlalchemy as sa

from playground.errors import NotFoundError
from playground.preference.campaign import find
from playground.store.database import connect, reading, writing
from playground.store.tables import assignments, campaigns, items, votes

PREFIX = "withdrawn-"
"""How the keys of these revisions begin, which tells them from an annotator's own undo."""


@dataclass(frozen=True, slots=True)
class Withdrawal:
    """What was taken back just now."""

    annotator: str
    votes: tuple[str, ...]
    """The keys of the votes that stood."""
    campaigns: tuple[str, ...]
    """The campaigns they stood in, which have free slots now."""


def votes_of(
    annotator: str, campaign: str | None = None, *, engine: sa.Engine | None = None
) -> tuple[str, ...]:
    """The keys of all judgements an annotator ever gave, in one campaign or in all, in order of arrival.

    Those taken back are among them, for a model may have learned from them before. Raises NotFoundError
    for an unknown campaign.
    """
    query = _votes(annotator).where(votes.c.choice.is_(None) | votes.c.choice.not_in(["skip", "undone"]))
    with reading(engine or connect()) as connection:
        if campaign:
            query = query.where(items.c.campaign == find(connection, campaign).id)
        return tuple(row.key for row in connection.execute(query))


def withdraw_votes(
    annotator: str,
    campaign: str | None = None,
    *,
    now: float | None = None,
    engine: sa.Engine | None = None,
) -> Withdrawal:
    """Take back every standing vote of an annotator, in one campaign or in all, all of them or none.

    A revision is appended to each, as an undo does, and its slot is free for others; the annotator is not
    asked again about these items, and may judge others. Skips stay. Done again it finds nothing left.
    Which models learned from the votes says `run.lineage.learned_from`.
    Raises NotFoundError for an unknown campaign, or an annotator who never judged there.
    """
    with writing(engine or connect()) as connection:
        named = [find(connection, campaign, lock=True).id] if campaign else _lock_all(connection)
        rows = connection.execute(_votes(annotator).where(items.c.campaign.in_(named))).all()
        if not rows:
            raise NotFoundError(
                f"There is no vote by {annotator!r} here",
                remedy="progress(campaign).annotators names all who judged",
            )
        newest = {row.assignment: row for row in rows if row.state == "voted"}
        for row in newest.values():
            _take_back(connection, row, time.time() if now is None else now)
    standing = newest.values()
    return Withdrawal(
        annotator, tuple(row.key for row in standing), tuple(sorted({row.campaign for row in standing}))
    )


def _votes(annotator: str) -> sa.Select:
    return (
        sa.select(
            votes.c.assignment, votes.c.key, votes.c.revision, assignments.c.state, items.c.campaign
        )
        .join(assignments, assignments.c.id == votes.c.assignment)
        .join(items, items.c.id == assignments.c.item)
        .where(assignments.c.annotator == annotator)
        .order_by(votes.c.sequence)
    )


def _lock_all(connection: sa.Connection) -> list[str]:
    query = sa.select(campaigns.c.id).order_by(campaigns.c.id).with_for_update()
    return list(connection.scalars(query))


def _take_back(connection: sa.Connection, row: sa.Row, now: float) -> None:
    connection.execute(
        votes.insert(),
        {
            "key": f"{PREFIX}{secrets.token_hex(16)}",
            "assignment": row.assignment,
            "revision": row.revision + 1,
            "choice": "undone",
            "ranking": None,
            "created": now,
        },
    )
    change = assignments.update().where(assignments.c.id == row.assignment)
    connection.execute(change.values(state="open", leased_until=0.0))
