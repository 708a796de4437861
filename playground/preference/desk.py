"""Which items are open to whom: the questions of one annotator at one moment.

An item has `votes_per_item` slots. A vote fills one; a lease keeps one for its holder until it
expires. A lease that ends much further ahead than a lease can is not believed: the clock was set
back. Whatever the clock says, nobody may judge an item that has all its votes.

The statements are built once, with parameters: building them costs more than running them.
"""

import time
from collections.abc import Collection

import sqlalchemy as sa

from playground.store.tables import assignments, items, priorities, votes

_ANNOTATOR = sa.bindparam("by", type_=sa.Text)
_CAMPAIGN = sa.bindparam("within", type_=sa.Text)
_HORIZON = sa.bindparam("horizon", type_=sa.Float)
_NOW = sa.bindparam("now", type_=sa.Float)
_WANTED = sa.bindparam("wanted", type_=sa.Integer)


class Desk:
    """Answers for `annotator` in a campaign (its row, locked) at the time `now` in seconds.

    The default is the time of making the desk, which must come after locking: a time read while
    waiting for the lock lies before leases given in the meantime.
    """

    def __init__(self, connection: sa.Connection, campaign: sa.Row, annotator: str, now: float | None = None):
        self.campaign, self.annotator = campaign, annotator
        self.now = time.time() if now is None else now
        self.lease_end = self.now + campaign.lease_seconds
        self._connection = connection
        self._parameters = {
            "by": annotator,
            "within": campaign.id,
            "now": self.now,
            "horizon": self.now + 2 * campaign.lease_seconds,
            "wanted": campaign.votes_per_item,
        }

    def lent(self, besides: Collection[str]) -> sa.Row | None:
        """The oldest assignment of this annotator that may still be judged, but for `besides`."""
        return self._run(_MINE_FIRST, besides=list(besides)).first()

    def fresh(self) -> sa.Row | None:
        """The first item never lent to this annotator that has a free slot; what has a rank goes first."""
        return self._run(_URGENT_FIRST).first() or self._run(_FRESH_FIRST).first()

    def may_judge(self, assignment: str) -> bool:
        """Whether votes are wanted and the assignment's lease runs or a slot is free."""
        return self._run(_MAY_JUDGE_ONE, assignment=assignment).scalar()

    def is_free(self, item: int) -> bool:
        """Whether an item has a slot neither filled by a vote nor kept by a lease."""
        return self._run(_IS_FREE_ONE, item=item).scalar()

    def last_judged(self) -> sa.Row | None:
        """The assignment this annotator judged most recently, by order of arrival."""
        return self._run(_LAST_JUDGED).first()

    def counts(self) -> tuple[int, int]:
        """Items left for this annotator, and items judged."""
        mine, fresh, judged = self._run(_COUNTS).one()
        return mine + fresh, judged

    def _run(self, statement: sa.Select, **more) -> sa.CursorResult:
        return self._connection.execute(statement, self._parameters | more)


def _runs(lent) -> sa.ColumnElement[bool]:
    return sa.and_(lent.c.leased_until > _NOW, lent.c.leased_until <= _HORIZON)


def _fewer(item, taken) -> sa.ColumnElement[bool]:
    other = assignments.alias()
    count = sa.select(sa.func.count()).where(other.c.item == item, taken(other))
    return count.scalar_subquery() < _WANTED


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


_MAY_JUDGE = sa.or_(
    sa.and_(_runs(assignments), _fewer(assignments.c.item, _filled)), _fewer(assignments.c.item, _taken)
)
_MINE = _lent("open").where(_MAY_JUDGE)
_FRESH = items.select().where(
    items.c.campaign == _CAMPAIGN,
    ~sa.exists().where(assignments.c.item == items.c.id, assignments.c.annotator == _ANNOTATOR),
    _fewer(items.c.id, _taken),
)
_JUDGED = _lent("voted", "skipped")
_LATEST = sa.select(sa.func.max(votes.c.sequence)).where(votes.c.assignment == assignments.c.id)

_MINE_FIRST = (
    _MINE.where(assignments.c.id.not_in(sa.bindparam("besides", expanding=True)))
    .order_by(assignments.c.sequence)
    .limit(1)
)
_FRESH_FIRST = _FRESH.order_by(items.c.position).limit(1)
_URGENT_FIRST = (
    _FRESH.join(priorities, priorities.c.item == items.c.id)
    .where(priorities.c.campaign == _CAMPAIGN)
    .order_by(priorities.c.rank)
    .limit(1)
)
_MAY_JUDGE_ONE = sa.select(_MAY_JUDGE).where(assignments.c.id == sa.bindparam("assignment"))
_IS_FREE_ONE = sa.select(_fewer(sa.bindparam("item", type_=sa.Integer), _taken))
_LAST_JUDGED = _JUDGED.order_by(_LATEST.scalar_subquery().desc()).limit(1)
_COUNTS = sa.select(_count(_MINE), _count(_FRESH), _count(_JUDGED))
