"""Judgements from elsewhere, kept as a campaign: trained on, judged further and measured like our own."""

import hashlib
import secrets
import time
from collections.abc import Iterable
from dataclasses import replace

import sqlalchemy as sa

from playground.errors import InputError
from playground.preference.campaign import LEASE_SECONDS, check_name, check_text
from playground.preference.design import Design, criteria
from playground.records import Comparison
from playground.store.database import connect, writing
from playground.store.tables import assignments, campaigns, completions, items, votes

NOBODY = "imported"
"""The annotator of a judgement that names none, and the model of a completion."""
ELSEWHERE = "file:"
"""How the annotators of a file are called here, whom no account of the same name speaks for."""
_STATES = {"skip": "skipped"}
_OTHER = {"first": "second", "second": "first"}


def import_comparisons(
    name: str, comparisons: Iterable[Comparison], *, engine: sa.Engine | None = None
) -> str:
    """Store comparisons as a pairwise campaign whose votes are in; the campaign's id.

    Every pair of completions is one item for each criterion, however often it was judged. An annotator
    who is named and judges a pair again has changed their mind: the last judgement stands and the earlier
    ones stay in the log. Judgements without a name are of different people. `anna` of a file becomes
    `file:anna`; names with a colon, such as `simulated:courteous`, are nobody's account and stay.

    Raises InputError where there are none, or a text cannot be stored.
    """
    check_name(name)
    pairs: dict[tuple, list[Comparison]] = {}
    for one in comparisons:
        for text in (one.prompt, one.first, one.second, one.annotator, one.criterion, one.note):
            check_text(one.prompt, text)
        flipped = (one.prompt, one.second, one.first, one.criterion)
        if flipped in pairs:
            choice = _OTHER.get(one.choice, one.choice)
            turned = replace(one, first=one.second, second=one.first, choice=choice)
            pairs[flipped].append(turned)
        else:
            pairs.setdefault((one.prompt, one.first, one.second, one.criterion), []).append(one)
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
        "design": _design(pairs).as_json(),
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
            {
                "campaign": campaign, "position": position, "content": position, "turn": position,
                "prompt": prompt, "criterion": criterion,
            }
            for position, (prompt, _, _, criterion) in enumerate(pairs)
        ],
    )
    order = sa.select(items.c.id).where(items.c.campaign == campaign).order_by(items.c.position)
    texts, lent, cast = [], [], []
    for item, ((_, *answers, _), given) in zip(connection.scalars(order).all(), pairs.items(), strict=True):
        texts += [
            {"item": item, "place": place, "text": text, "model": NOBODY, "seed": 0, "temperature": 1.0}
            for place, text in enumerate(answers)
        ]
        for annotator, said in _by_annotator(given).items():
            assignment = secrets.token_hex(16)
            lent.append(
                {
                    "id": assignment,
                    "item": item,
                    "annotator": annotator,
                    "display": [0, 1],
                    "state": _STATES.get(said[-1].choice, "voted"),
                    "leased_until": 0.0,
                }
            )
            cast += [
                {
                    "key": _key(assignment, revision),
                    "assignment": assignment,
                    "revision": revision,
                    "choice": one.choice,
                    "strength": one.strength or None,
                    "note": one.note or None,
                    "created": now,
                }
                for revision, one in enumerate(said, 1)
            ]
    for table, rows in ((completions, texts), (assignments, lent), (votes, cast)):
        connection.execute(table.insert(), rows)


def _design(pairs: Iterable[tuple]) -> Design:
    """What the judgements were asked, as far as they tell."""
    names = sorted({criterion for *_, criterion in pairs})
    few = "" not in names and len(names) < 20 and all(len(name) <= 80 for name in names)
    return Design(criteria=criteria(map(str.strip, names))) if few else Design()


def _by_annotator(given: list[Comparison]) -> dict[str, list[Comparison]]:
    """The judgements of each annotator about one pair, in order, by the names they have here."""
    said: dict[str, list[Comparison]] = {}
    unnamed = 0
    for one in given:
        if not one.annotator:
            unnamed += 1
        said.setdefault(_name(one.annotator, unnamed), []).append(one)
    return said


def _name(annotator: str, unnamed: int) -> str:
    if annotator:
        return annotator if ":" in annotator else f"{ELSEWHERE}{annotator}"
    return NOBODY if unnamed == 1 else f"{NOBODY}-{unnamed}"


def _key(assignment: str, revision: int) -> str:
    return hashlib.sha256(f"{assignment} {revision}".encode()).hexdigest()[:32]
