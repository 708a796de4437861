"""Which items are open to whom: the questions of one annotator at one moment.

An item has `votes_per_item` slots. A vote fills one; a lease keeps one for its holder until it
expires. A lease that ends much further ahead than a lease can is not believed: the clock was set
back. Whatever the clock says, nobody may judge an item that has all its votes. Gold items, and the second
round of an item, have no slots.

The statements are built once, with parameters: building them costs more than running them.
"""

import time
from collections.abc import Collection
from random import Random

import sqlalchemy as sa

from playground.preference.design import Design
from playground.preference.mixing import Mix
from playground.preference.withdraw import PREFIX
from playground.store.tables import assignments, items, priorities, votes

_ANNOTATOR = sa.bindparam("by", type_=sa.Text)
_CAMPAIGN = sa.bindparam("within", type_=sa.Text)
_HORIZON = sa.bindparam("horizon", type_=sa.Float)
_NOW = sa.bindparam("now", type_=sa.Float)
_WANTED = sa.bindparam("wanted", type_=sa.Integer)
_GAP = 5
"""Items that lie between a judgement and its repeat, at least."""


class Desk:
    """Answers for `annotator` in a campaign (its row, locked) at the time `now` in seconds.

    The default is the time of making the desk, which must come after locking: a time read while
    waiting for the lock lies before leases given in the meantime.
    """

    def __init__(self, connection: sa.Connection, campaign: sa.Row, annotator: str, now: float | None = None):
        self.campaign, self.annotator = campaign, annotator
        self.design = Design.from_json(campaign.design)
        self.now = time.time() if now is None else now
        self.lease_end = self.now + campaign.lease_seconds
        self._connection = connection
        self._salt = f"{campaign.seed}\n{annotator}"
        self._mix = Mix(self.design.gold_share, self.design.repeat_share, self._salt, _GAP)
        self._parameters = {
            "by": annotator,
            "within": campaign.id,
            "now": self.now,
            "horizon": self.now + 2 * campaign.lease_seconds,
            "wanted": campaign.votes_per_item,
        }

    def lent(self, besides: Collection[str]) -> sa.Row | None:
        """The oldest assignment of this annotator that may still be judged, but for `besides`.

        What was withdrawn is not asked again of whoever had said it.
        """
        return self._run(_MINE_FIRST, besides=list(besides)).first()

    def fresh(self) -> tuple[sa.Row | None, sa.Row | None]:
        """What to lend next: an item, and, where it is to be judged again, the assignment it was lent by.

        It is the first item in the order of work with a free slot, unless a check is due. Checks come only
        where such an item is left.
        """
        item = self._regular()
        if item is None or self._mix.is_empty:
            return item, None
        number = self._run(_SEEN).scalar()
        kinds = self._mix.due(number)
        for kind in kinds:
            if kind == "gold" and (gold := self._any(_GOLD, number)):
                return gold, None
            if kind == "repeat" and (before := self._any(_REPEATABLE, number)):
                return self._connection.execute(_ITEM, {"which": before.item}).one(), before
        return item, None

    def may_judge(self, assignment: str) -> bool:
        """Whether votes are wanted and the assignment's lease runs or a slot is free."""
        return self._run(_MAY_JUDGE_ONE, assignment=assignment).scalar()

    def is_free(self, lent: sa.Row) -> bool:
        """Whether the item has a slot neither filled by a vote nor kept by a lease, or needs none."""
        return self._run(_IS_FREE_ONE, assignment=lent.id).scalar()

    def last_judged(self) -> sa.Row | None:
        """The assignment this annotator judged most recently, by order of arrival."""
        return self._run(_LAST_JUDGED).first()

    def counts(self) -> tuple[int, int]:
        """Items left for this annotator, checks that are to come among them, and items judged."""
        mine, fresh, judged, seen, gold = self._run(_COUNTS).one()
        return mine + fresh + self._mix.coming(seen, fresh, gold), judged

    def _regular(self) -> sa.Row | None:
        """The first item never lent to this annotator that has a free slot; what has a rank goes first."""
        if self.design.order == "balanced":
            return self._run(_BALANCED_FIRST).first()
        start = Random(self._salt).random() if self.design.order == "random" else 0.0
        return self._run(_FRESH_FIRST, start=start).first()

    def _any(self, query: sa.Select, number: int) -> sa.Row | None:
        """One of these, drawn; a draw of the same number is the same."""
        found = self._run(query).all()
        return Random(f"{self._salt}\n{number}").choice(found) if found else None

    def _run(self, statement: sa.Select, **more) -> sa.CursorResult:
        return self._connection.execute(statement, self._parameters | more)


def _runs(lent) -> sa.ColumnElement[bool]:
    return sa.and_(lent.c.leased_until > _NOW, lent.c.leased_until <= _HORIZON)


def _number(item, taken) -> sa.ScalarSelect[int]:
    other = assignments.alias()
    counted = sa.select(sa.func.count()).where(other.c.item == item, other.c.round == 1, taken(other))
    return counted.scalar_subquery()


def _fewer(item, taken) -> sa.ColumnElement[bool]:
    return _number(item, taken) < _WANTED


def _full() -> sa.Select:
    """The items without a free slot. Found at once: item by item, a large campaign would take long."""
    other, shown = assignments.alias(), items.alias()
    return (
        sa.select(other.c.item)
        .join(shown, shown.c.id == other.c.item)
        .where(shown.c.campaign == _CAMPAIGN, other.c.round == 1, _taken(other))
        .group_by(other.c.item)
        .having(sa.func.count() >= _WANTED)
    )


def _filled(lent) -> sa.ColumnElement[bool]:
    return lent.c.state == "voted"


def _taken(lent) -> sa.ColumnElement[bool]:
    return sa.or_(_filled(lent), sa.and_(lent.c.state == "open", _runs(lent)))


def _lent(*states: str) -> sa.Select:
    return (
        assignments.select()
        .join(items, items.c.id == assignments.c.item)
        .where(items.c.campaign == _CAMPAIGN, assignments.c.annotator == _ANNOTATOR)
        .where(assignments.c.state.in_(states))
    )


def _count(query: sa.Select) -> sa.ScalarSelect[int]:
    return sa.select(sa.func.count()).select_from(query.subquery()).scalar_subquery()


def _never_lent(query: sa.Select) -> sa.Select:
    mine = sa.exists().where(assignments.c.item == items.c.id, assignments.c.annotator == _ANNOTATOR)
    return query.where(items.c.campaign == _CAMPAIGN, ~mine)


_NO_SLOTS = sa.or_(assignments.c.round > 1, items.c.gold.is_not(sa.null()))
_FREE = sa.or_(_NO_SLOTS, _fewer(assignments.c.item, _taken))
_MAY_JUDGE = sa.or_(_FREE, sa.and_(_runs(assignments), _fewer(assignments.c.item, _filled)))
_WITHDRAWN = sa.exists().where(
    votes.c.assignment == assignments.c.id, votes.c.choice == "undone", votes.c.key.startswith(PREFIX)
)
_MINE = _lent("open").where(_MAY_JUDGE, ~_WITHDRAWN)
_FRESH = _never_lent(items.select()).where(items.c.gold.is_(sa.null()), items.c.id.not_in(_full()))
_GOLD = _never_lent(items.select()).where(items.c.gold.is_not(sa.null())).order_by(items.c.position)
_JUDGED = _lent("voted", "skipped")
_ALL_LENT = _lent("open", "voted", "skipped")
_LATEST = sa.select(sa.func.max(votes.c.sequence)).where(votes.c.assignment == assignments.c.id)

_MINE_FIRST = (
    _MINE.where(assignments.c.id.not_in(sa.bindparam("besides", expanding=True)))
    .order_by(assignments.c.sequence)
    .limit(1)
)
_START = sa.bindparam("start", type_=sa.Float)
_BY_TURN = (sa.case((items.c.turn < _START, 1), else_=0), items.c.turn, items.c.position)
_RANKED = _FRESH.outerjoin(priorities, priorities.c.item == items.c.id)
_RANKED = _RANKED.order_by(priorities.c.rank.is_(sa.null()), priorities.c.rank).limit(1)
_FRESH_FIRST = _RANKED.order_by(*_BY_TURN)
_BALANCED_FIRST = _RANKED.order_by(_number(items.c.id, _taken), items.c.turn, items.c.position)
_ONE = sa.select(assignments.c.id).join(items, items.c.id == assignments.c.item)
_ONE = _ONE.where(assignments.c.id == sa.bindparam("assignment"))
_MAY_JUDGE_ONE = sa.select(sa.exists(_ONE.where(_MAY_JUDGE)))
_IS_FREE_ONE = sa.select(sa.exists(_ONE.where(_FREE)))
_LAST_JUDGED = _JUDGED.order_by(_LATEST.scalar_subquery().desc()).limit(1)
_SEEN = sa.select(_count(_ALL_LENT))
_COUNTS = sa.select(_count(_MINE), _count(_FRESH), _count(_JUDGED), _count(_ALL_LENT), _count(_GOLD))
_ITEM = items.select().where(items.c.id == sa.bindparam("which"))


def _repeatable() -> sa.Select:
    """First rounds judged long enough ago and not shown again yet."""
    later, again, shown = assignments.alias(), assignments.alias(), items.alias()
    # Of no single row, so that it is found once: all that came before the last few.
    before = (
        sa.select(later.c.sequence)
        .join(shown, shown.c.id == later.c.item)
        .where(shown.c.campaign == _CAMPAIGN, later.c.annotator == _ANNOTATOR)
        .order_by(later.c.sequence.desc())
        .limit(1)
        .offset(_GAP - 1)
    )
    twice = sa.exists().where(
        again.c.item == assignments.c.item, again.c.annotator == _ANNOTATOR, again.c.round > 1
    )
    return (
        _lent("voted")
        .where(items.c.gold.is_(sa.null()), assignments.c.round == 1, ~twice)
        .where(assignments.c.sequence < before.scalar_subquery())
        .order_by(assignments.c.sequence)
    )


_REPEATABLE = _repeatable()
