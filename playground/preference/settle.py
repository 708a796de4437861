"""Conflicts settled by the owner: a judgement of its own kind, which stands for all votes on an item.

Statistics go on telling what annotators said. What trains models, `standing_comparisons`, has the owner's
word instead. Decisions are a log like votes: a later one on the same item replaces an earlier one.
"""

import hashlib
import json
import secrets
import time
from collections.abc import Sequence

import sqlalchemy as sa

from playground.errors import ConflictError, InputError, NotFoundError
from playground.preference.assign import Receipt, check_key
from playground.preference.campaign import find
from playground.preference.judgements import SETTLED, Item, Judgement, campaign_judgements
from playground.preference.ranking import Order, check
from playground.records import Comparison
from playground.store.database import connect, reading, writing
from playground.store.tables import assignments, completions, decisions, items, votes

CHOICES = ("first", "second", "tie", "both_bad", "undone")
_ORDERS: dict[str, Order] = {"first": ((0,), (1,)), "second": ((1,), (0,))}


def settle(
    vote: str,
    *,
    choice: str | None = None,
    ranking: Sequence[Sequence[int]] | None = None,
    owner: str = "owner",
    key: str | None = None,
    campaign: str | None = None,
    now: float | None = None,
    url: str | None = None,
    engine: sa.Engine | None = None,
) -> Receipt:
    """Decide the item that a vote was cast on, in the places of its completions as a `Dispute` has them.

    `choice` is first, second, tie or both_bad of two completions, `ranking` an order of any number, places
    best first, ties grouped; the choice `undone` takes a decision back. `key` is made by the client:
    repeating it stores nothing further. With `campaign` the vote must be one of its votes.

    Raises NotFoundError where there is no such vote, InputError for what is no judgement of the item,
    ConflictError where the key was used for another decision or there is nothing to take back.
    """
    key = secrets.token_hex(16) if key is None else key
    check_key(key)
    with writing(engine or connect(url)) as connection:
        item = _item_of(connection, vote, campaign)
        stored = _decision(connection, item, choice, ranking)
        found = connection.execute(decisions.select().where(decisions.c.key == key)).one_or_none()
        if found is not None:
            if (found.item, found.choice, found.ranking) != (item, *stored):
                raise ConflictError(f"The key {key} was used for another decision", remedy="Make a new key")
            return _receipt(found, "already stored")
        if stored[0] == "undone" and _newest(connection, item) in (None, "undone"):
            raise ConflictError("There is no decision to take back", remedy="Decide the item first")
        values = {
            "key": key, "item": item, "choice": stored[0], "ranking": stored[1], "owner": owner,
            "created": time.time() if now is None else now,
        }  # fmt: skip
        connection.execute(decisions.insert(), values)
        return _receipt(connection.execute(decisions.select().where(decisions.c.key == key)).one(), "stored")


def settled(campaign: str, engine: sa.Engine | None = None, *, checks: bool = True) -> list[Judgement]:
    """The owner's decisions that stand, as judgements by `settled:<owner>`; those on gold items only with
    `checks`. Raises NotFoundError."""
    with reading(engine or connect()) as connection:
        find(connection, campaign)
        newest: dict[int, sa.Row] = {}
        log = sa.select(decisions, items.c.prompt, items.c.criterion, items.c.gold)
        log = log.join(items, items.c.id == decisions.c.item)
        for row in connection.execute(
            log.where(items.c.campaign == campaign).order_by(decisions.c.sequence)
        ):
            newest[row.item] = row
        standing = [
            row for row in newest.values() if row.choice != "undone" and (checks or row.gold is None)
        ]
        return [_judgement(connection, row) for row in standing]


def standing_judgements(campaign: str, engine: sa.Engine | None = None) -> list[Judgement]:
    """What is said of every item: the owner's decision where there is one, else all votes. Decisions on
    items whose votes are gone come last."""
    engine = engine or connect()
    decided: dict[Item, Judgement] = {one.item: one for one in settled(campaign, engine, checks=False)}
    found, told = [], set()
    for judgement in campaign_judgements(campaign, engine):
        decision = decided.get(judgement.item)
        if decision is None:
            found.append(judgement)
        elif judgement.item not in told:
            told.add(judgement.item)
            found.append(decision)
    return found + [decision for item, decision in decided.items() if item not in told]


def standing_comparisons(
    campaign: str, engine: sa.Engine | None = None, *, margin: int = 1
) -> list[Comparison]:
    """`standing_judgements` in pairs; see `Judgement.comparisons` for `margin`. Raises NotFoundError."""
    found = standing_judgements(campaign, engine)
    return [pair for judgement in found for pair in judgement.comparisons(margin)]


def _item_of(connection: sa.Connection, vote: str, campaign: str | None) -> int:
    query = (
        sa.select(items.c.id, items.c.campaign)
        .join(assignments, assignments.c.item == items.c.id)
        .join(votes, votes.c.assignment == assignments.c.id)
        .where(votes.c.key == vote)
    )
    row = connection.execute(query).one_or_none()
    if row is None or (campaign and row.campaign != campaign):
        raise NotFoundError(f"There is no vote {vote!r} here", remedy="disputes(campaign) names them")
    find(connection, row.campaign, lock=True)
    return row.id


def _decision(
    connection: sa.Connection, item: int, choice: str | None, ranking: Sequence[Sequence[int]] | None
) -> tuple[str | None, list[list[int]] | None]:
    count = connection.scalar(
        sa.select(sa.func.count()).select_from(completions).where(completions.c.item == item)
    )
    if (choice is None) == (ranking is None):
        raise InputError("The decision is not one judgement", rule="Give either a choice or a ranking")
    if ranking is not None:
        return None, [list(group) for group in check(ranking, count)]
    allowed = CHOICES if count == 2 else ("undone",)
    if choice not in allowed:
        rule = f"It is one of {', '.join(allowed)}, or a ranking is given"
        raise InputError(f"The choice is {choice!r}", rule=rule)
    return choice, None


def _newest(connection: sa.Connection, item: int) -> str | None:
    query = decisions.select().where(decisions.c.item == item).order_by(decisions.c.sequence.desc()).limit(1)
    row = connection.execute(query).one_or_none()
    return None if row is None else row.choice or "ranking"


def _judgement(connection: sa.Connection, row: sa.Row) -> Judgement:
    query = sa.select(completions.c.text, completions.c.model).where(completions.c.item == row.item)
    texts = connection.execute(query.order_by(completions.c.place)).all()
    order = _ORDERS.get(row.choice, ((0, 1),)) if row.ranking is None else tuple(map(tuple, row.ranking))
    return Judgement(
        prompt=row.prompt,
        criterion=row.criterion,
        completions=tuple(one.text for one in texts),
        models=tuple(one.model for one in texts),
        order=order,
        both_bad=row.choice == "both_bad",
        annotator=f"{SETTLED}{row.owner}",
        vote=row.key,
        created=row.created,
    )


def _receipt(row: sa.Row, status: str) -> Receipt:
    stored = json.dumps([row.sequence, row.key, row.item, row.choice, row.ranking, row.owner])
    return Receipt(hashlib.sha256(stored.encode()).hexdigest(), status)
