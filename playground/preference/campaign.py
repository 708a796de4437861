"""Campaigns: which completions are to be judged, how often, and how far that has come."""

import json
import secrets
import time
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from itertools import combinations
from random import Random
from typing import Any, Literal

import sqlalchemy as sa

from playground.errors import InputError, NotFoundError
from playground.preference.design import LEAST, TASKS, Criterion, Design, Task, check_size
from playground.preference.gold import Gold, known_items
from playground.records import Completion
from playground.store.database import connect, reading, writing
from playground.store.files import has_lone_surrogate
from playground.store.tables import assignments, campaigns, completions, items, votes

LEASE_SECONDS = 600.0

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
    design: Design
    """Criteria, order of work and checks."""


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a campaign has come.

    Skips and withdrawn votes do not count as votes, nor do judgements of gold items and repeats.
    """

    items: int
    """One for each group of completions and each criterion; gold items left out."""
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
    checks: int = 0
    """Judgements of gold items and repeats."""

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
    gold: Iterable[Gold] = (),
    criteria: Iterable[Criterion | str] = (),
    engine: sa.Engine | None = None,
    **design: Any,
) -> str:
    """Store completions as items to be judged; the campaign's id.

    Completions of one prompt are grouped and equal texts counted once. `pairwise` makes pairs of
    them: `disjoint` uses each completion in one pair, `all` in every possible pair. `ranking`, `rating`
    and `best_worst` make one item of all, 7 at most. Prompts with too few different completions are left
    out. `criteria` (of CRITERIA by name, or your own) each make an item of every group, one after the
    other. `gold` are comparisons or rankings known to be right, mixed in as `gold_share` says. For this and
    the rest of `design` see `Design`. `seed` fixes display orders and draws; the default is drawn anew.

    Raises InputError where nothing is left to judge or a setting breaks its rule.
    """
    _check(name, votes_per_item, task, pairing, lease_seconds)
    plan = _design(criteria, design)
    groups = [group for group in _distinct(drafts) if len(group) >= LEAST[task]]
    item_groups = [item for group in groups for item in _items(group, task, pairing)]
    known = known_items(gold, task)
    if bool(known) is not bool(plan.gold_share):
        raise InputError(
            f"There are {len(known)} gold items, and their share is {plan.gold_share:g}",
            rule="Gold items need a share of the work, and a share needs gold items",
            remedy="Give both, or neither",
        )
    if not item_groups:
        raise InputError(
            f"No prompt has {'two' if LEAST[task] == 2 else 'three'} different completions",
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
        "design": plan.as_json(),
    }
    contents = [(group, None, "") for group in item_groups] + known
    with writing(engine or connect()) as connection:
        connection.execute(campaigns.insert(), row)
        for values, group in _numbered(contents, plan, Random(f"{row['seed']}\nturns")):
            new = items.insert().values(campaign=identifier, **values)
            item = connection.execute(new).inserted_primary_key[0]
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
    """The prompts of a campaign in order, each once, judged or not; those of gold items are left out."""
    query = sa.select(items.c.prompt).where(_ordinary(campaign)).order_by(items.c.position)
    with reading(engine or connect()) as connection:
        return list(dict.fromkeys(connection.scalars(query)))


def models(campaign: str, engine: sa.Engine | None = None) -> list[str]:
    """Whose completions a campaign compares, for its owner alone; gold items left out."""
    query = sa.select(completions.c.model).join(items, items.c.id == completions.c.item)
    with reading(engine or connect()) as connection:
        return sorted(connection.scalars(query.where(_ordinary(campaign)).distinct()))


def progress(campaign: str, *, now: float | None = None, engine: sa.Engine | None = None) -> Progress:
    """How far a campaign has come. Raises NotFoundError."""
    now = time.time() if now is None else now
    with reading(engine or connect()) as connection:
        row = find(connection, campaign)
        count = connection.scalar(sa.select(sa.func.count()).select_from(items).where(_ordinary(campaign)))
        entries = connection.execute(
            sa.select(
                assignments.c.item, assignments.c.annotator, assignments.c.state, assignments.c.leased_until,
                sa.or_(assignments.c.round > 1, items.c.gold.is_not(sa.null())).label("check"),
            )
            .join(items, items.c.id == assignments.c.item)
            .where(items.c.campaign == campaign)
        ).all()  # fmt: skip
    rows = [entry for entry in entries if not entry.check]
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
        checks=sum(entry.check and entry.state == "voted" for entry in entries),
    )


def vote_log(campaign: str, engine: sa.Engine | None = None) -> list[dict]:
    """Every revision of every vote, in the order of arrival, in canonical places."""
    with reading(engine or connect()) as connection:
        find(connection, campaign)
        rows = connection.execute(
            sa.select(
                votes, assignments.c.annotator, assignments.c.display, assignments.c.round,
                items.c.position, items.c.criterion, items.c.gold,
            )
            .join(assignments, assignments.c.id == votes.c.assignment)
            .join(items, items.c.id == assignments.c.item)
            .where(items.c.campaign == campaign)
            .order_by(votes.c.sequence)
        )  # fmt: skip
        return [dict(row) for row in rows.mappings()]


def find(connection: sa.Connection, campaign: str, *, lock: bool = False) -> sa.Row:
    """The row of a campaign; with `lock`, no one else decides in it until we commit."""
    query = campaigns.select().where(campaigns.c.id == campaign)
    query = query.with_for_update() if lock else query
    row = connection.execute(query).one_or_none() if is_identifier(campaign) else None
    if row is None:
        raise NotFoundError(f"There is no campaign {campaign!r}", remedy="list_campaigns() names them all")
    return row


def is_identifier(text: str) -> bool:
    """Whether we may have given something this name: a database cannot even be asked for some others."""
    return text.isascii() and text.isprintable()


def check_text(prompt: str, text: str) -> None:
    """Raises InputError for a text that a database would not keep as it is."""
    if "\0" in text or has_lone_surrogate(text):
        raise InputError(
            f"The completion of {prompt[:60]!r} cannot be stored",
            rule="Texts may hold neither NUL nor half characters",
        )


def check_name(name: str) -> None:
    """Raises InputError for what is no campaign's name."""
    if not (0 < len(name.strip()) <= 200 and "\0" not in name):
        raise InputError(f"The name is {json.dumps(name)}", rule="A campaign's name has 1 to 200 characters")


def design_of(row: sa.Row) -> Design:
    """The design in a campaign's row."""
    return Design.from_json(row.design)


def _campaign(row: sa.Row) -> Campaign:
    return Campaign(
        row.id, row.name, row.task, row.guidelines, row.votes_per_item, row.lease_seconds, row.created,
        design_of(row),
    )  # fmt: skip


def _ordinary(campaign: str) -> sa.ColumnElement[bool]:
    return sa.and_(items.c.campaign == campaign, items.c.gold.is_(sa.null()))


def _design(criteria: Iterable[Criterion | str], more: dict[str, Any]) -> Design:
    unknown = more.keys() - Design.__dataclass_fields__.keys()
    if unknown:
        raise InputError(f"There is no setting {', '.join(sorted(unknown))}", remedy="See Design")
    return Design(criteria=tuple(criteria), **more)


def _numbered(contents, design: Design, chance: Random):
    """(columns of an item, its completions): every content under each criterion it is to be judged by."""
    position = 0
    for content, (group, order, criterion) in enumerate(contents):
        drawn = chance.random()
        for name in [criterion] if criterion else [one.name for one in design.asked]:
            turn = drawn if design.order == "random" else position
            yield {
                "position": position, "prompt": group[0].prompt, "content": content, "criterion": name,
                "turn": turn, "gold": order,
            }, group  # fmt: skip
            position += 1


def _distinct(drafts: Iterable[Completion]) -> list[list[Completion]]:
    groups: dict[str, dict[str, Completion]] = defaultdict(dict)
    for draft in drafts:
        for text in (draft.prompt, draft.text):
            check_text(draft.prompt, text)
        groups[draft.prompt].setdefault(draft.text.strip(), draft)
    return [list(group.values()) for group in groups.values()]


def _items(group: list[Completion], task: Task, pairing: Pairing) -> list[tuple[Completion, ...]]:
    if task != "pairwise":
        check_size(task, group[0].prompt, len(group))
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
    check_name(name)
    for value, ok, rule in (
        (votes_per_item, 1 <= votes_per_item <= 1000, "votes_per_item lies between 1 and 1000"),
        (task, task in TASKS, f"task is one of {', '.join(TASKS)}"),
        (pairing, pairing in ("disjoint", "all"), "pairing is disjoint or all"),
        (lease_seconds, lease_seconds > 0, "lease_seconds is positive"),
    ):
        if not ok:
            raise InputError(f"The value is {json.dumps(value)}", rule=rule)
