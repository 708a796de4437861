"""Campaigns: which completions are to be judged, how often, and how far that has come."""

import json
import secrets
import time
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from itertools import combinations
from typing import Literal

import sqlalchemy as sa

from playground.errors import InputError, NotFoundError
from playground.preference.ranking import comparisons
from playground.records import Comparison, Completion, Ranking
from playground.store.database import connect, reading, writing
from playground.store.files import has_lone_surrogate
from playground.store.tables import assignments, campaigns, completions, items, votes

LEASE_SECONDS = 600.0
MOST_RANKED = 7

Task = Literal["pairwise", "ranking"]
Pairing = Literal["disjoint", "all"]


@dataclass(frozen=True, slots=True)
class Campaign:
    """A set of items to be judged in one way."""

    id: str
    name: str
    task: Task
    guidelines: str
    votes_per_item: int
    lease_seconds: float
    created: float


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a campaign has come. Skips and withdrawn votes do not count as votes."""

    items: int
    wanted: int
    """Votes wanted in all: items times votes per item."""
    votes: int
    complete: int
    """Items that have all their votes."""
    started: int
    """Items with at least one vote."""
    skips: int
    leased: int
    """Items on somebody's screen now."""
    annotators: dict[str, int]
    """Votes by annotator."""

    @property
    def coverage(self) -> float:
        """Share of items with at least one vote, 0 to 1."""
        return self.started / self.items if self.items else 0.0


def create_campaign(
    name: str,
    drafts: Iterable[Completion],
    votes_per_item: int = 1,
    *,
    task: Task = "pairwise",
    pairing: Pairing = "disjoint",
    guidelines: str = "",
    lease_seconds: float = LEASE_SECONDS,
    seed: int | str | None = None,
    engine: sa.Engine | None = None,
) -> str:
    """Store completions as items to be judged; the campaign's id.

    Completions of one prompt are grouped and equal texts counted once. `pairwise` makes pairs of
    them: `disjoint` uses each completion in one pair, `all` in every possible pair. `ranking` makes
    one item of all, 2 to 7. Prompts with fewer than two different completions are left out. `seed`
    fixes the display orders; the default is drawn anew.

    Raises InputError where nothing is left to judge or a setting breaks its rule.
    """
    _check(name, votes_per_item, task, pairing, lease_seconds)
    groups = [group for group in _distinct(drafts) if len(group) > 1]
    item_groups = [item for group in groups for item in _items(group, task, pairing)]
    if not item_groups:
        raise InputError(
            "No prompt has two different completions",
            rule="An annotator needs a choice",
            remedy="Sample more completions for each prompt, at a higher temperature",
        )
    identifier = f"campaign-{secrets.token_hex(4)}"
    row = {
        "id": identifier,
        "name": name.strip(),
        "task": task,
        "guidelines": guidelines,
        "votes_per_item": votes_per_item,
        "lease_seconds": lease_seconds,
        "seed": secrets.token_hex(16) if seed is None else str(seed),
        "created": time.time(),
    }
    with writing(engine or connect()) as connection:
        connection.execute(campaigns.insert(), row)
        for position, group in enumerate(item_groups):
            values = {"campaign": identifier, "position": position, "prompt": group[0].prompt}
            item = connection.execute(items.insert().values(values)).inserted_primary_key[0]
            connection.execute(completions.insert(), [_row(item, *pair) for pair in enumerate(group)])
    return identifier


def list_campaigns(engine: sa.Engine | None = None) -> list[Campaign]:
    """Every campaign, newest first."""
    with reading(engine or connect()) as connection:
        rows = connection.execute(campaigns.select().order_by(campaigns.c.created.desc(), campaigns.c.id))
        return [_campaign(row) for row in rows]


def load_campaign(campaign: str, engine: sa.Engine | None = None) -> Campaign:
    """One campaign. Raises NotFoundError."""
    with reading(engine or connect()) as connection:
        return _campaign(find(connection, campaign))


def prompts(campaign: str, engine: sa.Engine | None = None) -> list[str]:
    """The prompts of a campaign in order, each once, judged or not."""
    query = sa.select(items.c.prompt).where(items.c.campaign == campaign).order_by(items.c.position)
    with reading(engine or connect()) as connection:
        return list(dict.fromkeys(connection.scalars(query)))


def progress(campaign: str, *, now: float | None = None, engine: sa.Engine | None = None) -> Progress:
    """How far a campaign has come. Raises NotFoundError."""
    now = time.time() if now is None else now
    with reading(engine or connect()) as connection:
        row = find(connection, campaign)
        count = connection.scalar(sa.select(sa.func.count()).where(items.c.campaign == campaign))
        rows = connection.execute(
            sa.select(
                assignments.c.item, assignments.c.annotator, assignments.c.state, assignments.c.leased_until
            )
            .join(items, items.c.id == assignments.c.item)
            .where(items.c.campaign == campaign)
        ).all()
    by_item: dict[int, int] = defaultdict(int)
    by_annotator: dict[str, int] = defaultdict(int)
    for entry in rows:
        if entry.state == "voted":
            by_item[entry.item] += 1
            by_annotator[entry.annotator] += 1
    leased = {entry.item for entry in rows if entry.state == "open" and entry.leased_until > now}
    return Progress(
        items=count,
        wanted=count * row.votes_per_item,
        votes=sum(by_item.values()),
        complete=sum(given >= row.votes_per_item for given in by_item.values()),
        started=len(by_item),
        skips=sum(entry.state == "skipped" for entry in rows),
        leased=len(leased),
        annotators=dict(sorted(by_annotator.items())),
    )


def campaign_comparisons(campaign: str, engine: sa.Engine | None = None) -> list[Comparison]:
    """`campaign_judgements` in pairs: a ranking of k gives its k (k - 1) / 2. Raises NotFoundError."""
    judged = campaign_judgements(campaign, engine)
    return [
        pair for one in judged for pair in (comparisons(one) if isinstance(one, Ranking) else [one])
    ]


def campaign_judgements(
    campaign: str, engine: sa.Engine | None = None
) -> list[Comparison | Ranking]:
    """The judgements that stand, in the order of the items: the last revision of every vote.

    Skips and withdrawn votes are left out, ties and `both_bad` are in. Raises NotFoundError.
    """
    newer = votes.alias()
    last = ~sa.exists().where(newer.c.assignment == votes.c.assignment, newer.c.revision > votes.c.revision)
    with reading(engine or connect()) as connection:
        find(connection, campaign)
        texts: dict[int, list[str]] = defaultdict(list)
        for item, text in connection.execute(
            sa.select(completions.c.item, completions.c.text)
            .join(items, items.c.id == completions.c.item)
            .where(items.c.campaign == campaign)
            .order_by(completions.c.item, completions.c.place)
        ):
            texts[item].append(text)
        rows = connection.execute(
            sa.select(items.c.id, items.c.prompt, assignments.c.annotator, votes.c.choice, votes.c.ranking)
            .join(assignments, assignments.c.id == votes.c.assignment)
            .join(items, items.c.id == assignments.c.item)
            .where(items.c.campaign == campaign, last)
            .where(sa.or_(votes.c.choice.is_(None), votes.c.choice.not_in(["skip", "undone"])))
            .order_by(items.c.position, votes.c.sequence)
        ).all()
    return [
        Comparison(prompt, *texts[item], choice, annotator)
        if order is None
        else Ranking(prompt, tuple(texts[item]), tuple(map(tuple, order)), annotator)
        for item, prompt, annotator, choice, order in rows
    ]


def vote_log(campaign: str, engine: sa.Engine | None = None) -> list[dict]:
    """Every revision of every vote, in the order of arrival, in canonical places."""
    with reading(engine or connect()) as connection:
        find(connection, campaign)
        rows = connection.execute(
            sa.select(votes, assignments.c.annotator, assignments.c.display, items.c.position)
            .join(assignments, assignments.c.id == votes.c.assignment)
            .join(items, items.c.id == assignments.c.item)
            .where(items.c.campaign == campaign)
            .order_by(votes.c.sequence)
        )
        return [dict(row) for row in rows.mappings()]


def find(connection: sa.Connection, campaign: str, *, lock: bool = False) -> sa.Row:
    """The row of a campaign; with `lock`, no one else decides in it until we commit."""
    query = campaigns.select().where(campaigns.c.id == campaign)
    row = connection.execute(query.with_for_update() if lock else query).one_or_none()
    if row is None:
        raise NotFoundError(f"There is no campaign {campaign!r}", remedy="list_campaigns() names them all")
    return row


def _campaign(row: sa.Row) -> Campaign:
    return Campaign(
        row.id, row.name, row.task, row.guidelines, row.votes_per_item, row.lease_seconds, row.created
    )


def _distinct(drafts: Iterable[Completion]) -> list[list[Completion]]:
    groups: dict[str, dict[str, Completion]] = defaultdict(dict)
    for draft in drafts:
        for text in (draft.prompt, draft.text):
            if "\0" in text or has_lone_surrogate(text):
                raise InputError(
                    f"The completion of {draft.prompt[:60]!r} cannot be stored",
                    rule="Texts may hold neither NUL nor half characters",
                )
        groups[draft.prompt].setdefault(draft.text.strip(), draft)
    return [list(group.values()) for group in groups.values()]


def _items(group: list[Completion], task: Task, pairing: Pairing) -> list[tuple[Completion, ...]]:
    if task == "ranking":
        if len(group) > MOST_RANKED:
            raise InputError(
                f"The prompt {group[0].prompt[:60]!r} has {len(group)} completions",
                rule=f"An annotator ranks at most {MOST_RANKED}",
                remedy="Sample fewer, or judge them in pairs",
            )
        return [tuple(group)]
    if pairing == "all":
        return list(combinations(group, 2))
    return list(zip(group[::2], group[1::2], strict=False))


def _row(item: int, place: int, draft: Completion) -> dict:
    return {
        "item": item,
        "place": place,
        "text": draft.text,
        "model": draft.model,
        "seed": draft.seed,
        "temperature": draft.temperature,
    }


def _check(name: str, votes_per_item: int, task: str, pairing: str, lease_seconds: float) -> None:
    for value, ok, rule in (
        (
            name,
            0 < len(name.strip()) <= 200 and "\0" not in name,
            "A campaign's name has 1 to 200 characters",
        ),
        (votes_per_item, 1 <= votes_per_item <= 1000, "votes_per_item lies between 1 and 1000"),
        (task, task in ("pairwise", "ranking"), "task is pairwise or ranking"),
        (pairing, pairing in ("disjoint", "all"), "pairing is disjoint or all"),
        (lease_seconds, lease_seconds > 0, "lease_seconds is positive"),
    ):
        if not ok:
            raise InputError(f"The value is {json.dumps(value)}", rule=rule)
