"""Judgements from elsewhere, kept as a campaign: trained on, judged further and measured like our own."""

import hashlib
import secrets
import time
from collections.abc import Iterable

import sqlalchemy as sa

from playground.errors import InputError
from playground.preference.campaign import LEASE_SECONDS, check_name, check_text
from playground.records import Comparison
from playground.store.database import connect, writing
from playground.store.tables import assignments, campaigns, completions, items, votes

NOBODY = "imported"
"""The annotator of a judgement that names none, and the model of a completion."""
_STATES = {"skip": "skipped"}
_OTHER = {"first": "second", "second": "first"}


def import_comparisons(
    name: str, comparisons: Iterable[Comparison], *, engine: sa.Engine | None = None
) -> str:
    """Store comparisons as a pairwise campaign whose votes are in; the campaign's id.

    Every pair of completions is one item, however often it was judged. An annotator who is named and
    judges a pair again has changed their mind: the last judgement stands and the earlier ones stay in
    the log. Judgements without a name are of different people.

    Raises InputError where there are none, or a text cannot be stored.
    """
    check_name(name)
    pairs: dict[tuple, list[Comparison]] = {}
    for one in comparisons:
        for text in (one.prompt, one.first, one.second, one.annotator):
            check_text(one.prompt, text)
        flipped = (one.prompt, one.second, one.first)
        if flipped in pairs:
            choice = _OTHER.get(one.choice, one.choice)
            pairs[flipped].append(Comparison(*flipped, choice, one.annotator))
        else:
            pairs.setdefault((one.prompt, one.first, one.second), []).append(one)
    if not pairs:
        raise InputError(
            "There is no comparison to keep", rule="A campaign has at least one pair", remedy="Add some rows"
        )
    identifier, now = f"campaign-{secrets.token_hex(4)}", time.time()
    fewest = min(len(_by_annotator(given)) for given in pairs.values())
    row = {
        "id": identifier,
        "name": name.strip(),
        "task": "pairwise",
        "guidelines": "",
        "votes_per_item": fewest,
        "lease_seconds": LEASE_SECONDS,
        "seed": secrets.token_hex(16),
        "created": now,
    }
    with writing(engine or connect()) as connection:
        connection.execute(campaigns.insert(), row)
        _fill(connection, identifier, pairs, now)
    return identifier


def _fill(connection: sa.Connection, campaign: str, pairs: dict[tuple, list[Comparison]], now: float) -> None:
    """The items, completions, assignments and votes of a campaign."""
    connection.execute(
        items.insert(),
        [
            {"campaign": campaign, "position": position, "prompt": prompt}
            for position, (prompt, _, _) in enumerate(pairs)
        ],
    )
    order = sa.select(items.c.id).where(items.c.campaign == campaign).order_by(items.c.position)
    texts, lent, cast = [], [], []
    for item, ((_, *answers), given) in zip(connection.scalars(order).all(), pairs.items(), strict=True):
        texts += [
            {"item": item, "place": place, "text": text, "model": NOBODY, "seed": 0, "temperature": 1.0}
            for place, text in enumerate(answers)
        ]
        for annotator, choices in _by_annotator(given).items():
            assignment = secrets.token_hex(16)
            lent.append(
                {
                    "id": assignment,
                    "item": item,
                    "annotator": annotator,
                    "display": [0, 1],
                    "state": _STATES.get(choices[-1], "voted"),
                    "leased_until": 0.0,
                }
            )
            cast += [
                {
                    "key": _key(assignment, revision),
                    "assignment": assignment,
                    "revision": revision,
                    "choice": choice,
                    "ranking": None,
                    "created": now,
                }
                for revision, choice in enumerate(choices, 1)
            ]
    for table, rows in ((completions, texts), (assignments, lent), (votes, cast)):
        connection.execute(table.insert(), rows)


def _by_annotator(given: list[Comparison]) -> dict[str, list[str]]:
    """The choices of each annotator about one pair, in order."""
    choices: dict[str, list[str]] = {}
    unnamed = 0
    for one in given:
        if not one.annotator:
            unnamed += 1
        annotator = one.annotator or (NOBODY if unnamed == 1 else f"{NOBODY}-{unnamed}")
        choices.setdefault(annotator, []).append(one.choice)
    return choices


def _key(assignment: str, revision: int) -> str:
    return hashlib.sha256(f"{assignment} {revision}".encode()).hexdigest()[:32]
