"""The desk annotators come to: it lends items, takes votes and gives receipts.

An item has `votes_per_item` slots. A vote fills one, a lease on the item keeps one free for its
holder until it expires. An assignment is lent, and a late vote taken, only where a slot is free, so
an item gets exactly the votes wanted, whatever the clock says and whoever comes at once. Gold items and
repeats are mixed in and fill no slot. Votes are never changed: taking one back appends a revision.

A vote carries a key made by the client. Sent again with the same key it is stored once and gets
the same receipt, so a client repeats it until a receipt arrives.
"""

import hashlib
import json
import random
import secrets
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Any, Literal

import sqlalchemy as sa

from playground.errors import ConflictError, ForbiddenError, InputError, NotFoundError
from playground.preference import campaign as campaigns
from playground.preference.design import Criterion, Task
from playground.preference.desk import Desk
from playground.preference.said import FIELDS, Said
from playground.records import Choice
from playground.store.database import connect, writing
from playground.store.tables import assignments, completions, items, votes

_KEY = frozenset("0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ-")
_STATES = {"skip": "skipped", "undone": "open"}

_WHICH = sa.bindparam("which")
_ASSIGNMENT = assignments.select().where(assignments.c.id == _WHICH)
_CAMPAIGN_OF = sa.select(items.c.campaign).join(assignments).where(assignments.c.id == _WHICH)
_TEXTS = (
    sa.select(items.c.prompt, items.c.criterion, completions.c.text)
    .join(completions)
    .where(items.c.id == _WHICH)
    .order_by(completions.c.place)
)
_VOTE = votes.select().where(votes.c.key == _WHICH)
_LEND = assignments.insert().returning(assignments)
_RENEW = assignments.update().where(assignments.c.id == _WHICH).values(leased_until=sa.bindparam("until"))
_NEWEST = sa.select(sa.func.max(votes.c.revision)).where(votes.c.assignment == sa.bindparam("lent"))
_STORE = votes.insert().values(revision=sa.func.coalesce(_NEWEST.scalar_subquery(), 0) + 1).returning(votes)
_CHANGE = assignments.update().where(assignments.c.id == _WHICH).values(state=sa.bindparam("to"))


@dataclass(frozen=True, slots=True)
class Assignment:
    """What an annotator sees: texts and positions. Whose texts they are stays with us."""

    id: str
    task: Task
    prompt: str
    completions: tuple[str, ...]
    """In the order to be shown."""
    criterion: Criterion
    """What they are judged by."""
    scale: int
    """Ratings go from 1 to this."""
    strength: bool
    """Whether it is asked how much better the better of two is."""
    remaining: int
    """Items left for this annotator, this one included."""
    done: int
    """Items this annotator has judged."""


@dataclass(frozen=True, slots=True)
class Receipt:
    """Proof that a vote lies in the database: a hash over all that was stored."""

    receipt: str
    status: Literal["stored", "already stored"]


def next_assignment(
    campaign: str,
    annotator: str,
    *,
    besides: Collection[str] = (),
    now: float | None = None,
    engine: sa.Engine | None = None,
) -> Assignment | None:
    """The item this annotator judges next, or None when nothing is left for them.

    An item lent to them before and not yet judged comes back first, in the same display order and
    with a fresh lease: reloading a page changes nothing. `besides` names assignments the client
    holds already, so that it can fetch ahead. Raises NotFoundError, InputError.
    """
    if not 0 < len(annotator) <= 200 or "\0" in annotator:
        raise InputError(f"The annotator is {annotator!r}", rule="A name has 1 to 200 characters")
    with writing(engine or connect()) as connection:
        row = campaigns.find(connection, campaign, lock=True)
        desk = Desk(connection, row, annotator, now)
        if lent := desk.lent([*filter(campaigns.is_identifier, besides)]):
            connection.execute(_RENEW, {"which": lent.id, "until": desk.lease_end})
            return _show(desk, lent, _texts(connection, lent.item))
        item, again = desk.fresh()
        if item is None:
            return None
        texts = _texts(connection, item.id)
        lent = _lend(connection, desk, item, len(texts), again)
        return _show(desk, lent, texts)


def record_vote(
    assignment: str,
    key: str,
    *,
    annotator: str,
    choice: Choice | None = None,
    ranking: Sequence[Sequence[int]] | None = None,
    now: float | None = None,
    engine: sa.Engine | None = None,
    **more: Any,
) -> Receipt:
    """Store a judgement; when this returns it is on the disk.

    `choice`, `ranking`, or, in `more`, `scores` or `best_worst` speak of display positions and are stored
    in canonical places. What else goes with a vote, `strength`, `reason`, `note` and `rewrite`, is told by
    `Said`. `key` is made by the client, new for each vote and the same for each repetition.

    Raises InputError (no such judgement), NotFoundError (no such assignment), ForbiddenError
    (somebody else's), ConflictError (judged already, no slot left, or the key used for another vote).
    """
    check_key(key)
    with writing(engine or connect()) as connection:
        row, lent = _find(connection, assignment, annotator)
        said = Said(choice=choice, ranking=ranking, **more)
        stored = said.stored(row.task, campaigns.design_of(row), lent.display)
        if earlier := _by_key(connection, key):
            if earlier.assignment != assignment or _said(earlier) != stored:
                raise _key_conflict(key)
            return _receipt(earlier, "already stored")
        if lent.state != "open":
            raise ConflictError(
                "This item has your judgement already",
                rule="An annotator judges an item once",
                remedy="Take the judgement back first to change it",
            )
        desk = Desk(connection, row, annotator, now)
        if stored["choice"] != "skip" and not desk.may_judge(lent.id):
            raise ConflictError(
                "This item went to somebody else after its time ran out",
                rule=f"It was kept for you for {row.lease_seconds / 60:g} minutes and has all its votes now",
                remedy="Go on with the next item",
            )
        return _append(connection, lent, key, stored, now=desk.now)


def undo_vote(
    campaign: str, key: str, *, annotator: str, now: float | None = None, engine: sa.Engine | None = None
) -> Receipt:
    """Take back this annotator's last judgement in a campaign by appending a revision.

    The item is theirs again and comes next. Repeating with the same key does nothing further.
    Raises NotFoundError, and ConflictError where nothing can be taken back.
    """
    check_key(key)
    with writing(engine or connect()) as connection:
        row = campaigns.find(connection, campaign, lock=True)
        if earlier := _by_key(connection, key):
            lent = connection.execute(_ASSIGNMENT, {"which": earlier.assignment}).one()
            if earlier.choice != "undone" or lent.annotator != annotator:
                raise _key_conflict(key)
            return _receipt(earlier, "already stored")
        desk = Desk(connection, row, annotator, now)
        lent = desk.last_judged()
        if lent is None:
            raise ConflictError("There is nothing to take back", remedy="Judge an item first")
        if lent.state == "skipped" and not desk.is_free(lent):
            raise ConflictError(
                "The item you skipped has all its votes now", remedy="Go on with the next item"
            )
        connection.execute(_RENEW, {"which": lent.id, "until": desk.lease_end})
        return _append(connection, lent, key, {"choice": "undone"}, now=desk.now)


def _find(connection: sa.Connection, assignment: str, annotator: str) -> tuple[sa.Row, sa.Row]:
    """The campaign, locked, and then the assignment, so that no newer state of it can exist."""
    known = campaigns.is_identifier(assignment)
    campaign = connection.scalar(_CAMPAIGN_OF, {"which": assignment}) if known else None
    if campaign is None:
        raise NotFoundError("There is no such assignment", remedy="Ask for the next item")
    row = campaigns.find(connection, campaign, lock=True)
    lent = connection.execute(_ASSIGNMENT, {"which": assignment}).one()
    if lent.annotator != annotator:
        raise ForbiddenError("This item was lent to somebody else", remedy="Ask for the next item")
    return row, lent


def _texts(connection: sa.Connection, item: int) -> Sequence[sa.Row]:
    """The completions of an item in canonical order, each with the item's prompt and criterion."""
    return connection.execute(_TEXTS, {"which": item}).all()


def _lend(connection: sa.Connection, desk: Desk, item: sa.Row, texts: int, again: sa.Row | None) -> sa.Row:
    """A new assignment; the second round of an item, `again` its first, is shown the other way round."""
    if again:
        display = again.display[::-1]
    else:
        # Of the same content, so that under another criterion the texts stay where they were.
        display = list(range(texts))
        random.Random(f"{desk.campaign.seed}\n{item.content}\n{desk.annotator}").shuffle(display)
    values = {
        "id": secrets.token_hex(16),
        "item": item.id,
        "annotator": desk.annotator,
        "display": display,
        "state": "open",
        "leased_until": desk.lease_end,
        "round": again.round + 1 if again else 1,
    }
    return connection.execute(_LEND, values).one()


def _show(desk: Desk, lent: sa.Row, texts: Sequence[sa.Row]) -> Assignment:
    remaining, done = desk.counts()
    return Assignment(
        id=lent.id,
        task=desk.campaign.task,
        prompt=texts[0].prompt,
        completions=tuple(texts[place].text for place in lent.display),
        criterion=desk.design.criterion(texts[0].criterion),
        scale=desk.design.scale,
        strength=desk.design.strength,
        remaining=remaining,
        done=done,
    )


def _append(
    connection: sa.Connection, lent: sa.Row, key: str, stored: dict[str, Any], *, now: float
) -> Receipt:
    values = {"key": key, "assignment": lent.id, "lent": lent.id, "created": now, **stored}
    vote = connection.execute(_STORE, values).one()
    connection.execute(_CHANGE, {"which": lent.id, "to": _STATES.get(stored["choice"], "voted")})
    return _receipt(vote, "stored")


def _by_key(connection: sa.Connection, key: str) -> sa.Row | None:
    return connection.execute(_VOTE, {"which": key}).one_or_none()


def _said(row: sa.Row) -> dict[str, Any]:
    return {name: getattr(row, name) for name in FIELDS}


def _receipt(row: sa.Row, status: Literal["stored", "already stored"]) -> Receipt:
    stored = [row.sequence, row.key, row.assignment, row.revision, row.choice, row.ranking]
    # Only what is there: a vote from before a column existed keeps its receipt.
    more = {name: value for name, value in _said(row).items() if name in FIELDS[2:] and value is not None}
    told = json.dumps([*stored, *([more] if more else [])])
    return Receipt(hashlib.sha256(told.encode()).hexdigest(), status)


def check_key(key: str) -> None:
    """Raises InputError for what is no client-made key."""
    if not (isinstance(key, str) and 8 <= len(key) <= 64 and _KEY.issuperset(key)):
        raise InputError(
            "The vote's key is not a UUID",
            rule="It has 8 to 64 letters, digits and hyphens, made by the client for this vote alone",
        )


def _key_conflict(key: str) -> ConflictError:
    return ConflictError(
        f"The key {key} was used for another vote",
        rule="Every vote has a key of its own",
        remedy="Make a new key",
    )
