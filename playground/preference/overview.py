"""Everything an owner wants to know of a campaign, in one go."""

import math
from collections.abc import Callable
from dataclasses import dataclass

import sqlalchemy as sa

from playground.errors import InputError
from playground.preference import agreement as agreeing
from playground.preference.active import Saving, saving
from playground.preference.agreement import Agreement, Bucket, Confusion
from playground.preference.annotators import AnnotatorReport, annotator_reports
from playground.preference.campaign import Campaign, Progress, find, load_campaign, progress
from playground.preference.ceiling import NoiseCeiling, noise_ceiling
from playground.preference.disputes import Dispute, disputes
from playground.preference.judgements import Item, Judgement, campaign_judgements
from playground.preference.leaderboard import Influence, Leaderboard, leaderboard, leave_one_out
from playground.preference.pairs import annotator_weights
from playground.preference.settle import settled
from playground.preference.stopping import WinRate, enough_votes
from playground.store.database import connect, reading
from playground.store.tables import assignments, decisions, items, votes

STRETCHES = 8
"""Points at most in the course of agreement."""
LEAST = 10
"""Votes at least behind one of them."""
MOST_LEFT_OUT = 400_000
"""Annotators times votes at most for which all is reckoned again without each annotator: about 10 s."""


@dataclass(frozen=True, slots=True)
class Overview:
    """A campaign's coverage, agreement, annotators, conflicts and models, as its votes stand."""

    campaign: Campaign
    progress: Progress
    given: tuple[int, ...]
    """Votes by item, in the order of the items."""
    agreement: Agreement | None
    by_criterion: dict[str, Agreement | None]
    course: list[Bucket]
    """Agreement by stretches of `every` votes."""
    every: int
    confusion: Confusion | None
    """What is said where another annotator says what, all of them together."""
    between: list[Confusion]
    """Every two annotators who met, the ones who agree least first."""
    reports: list[AnnotatorReport]
    weights: dict[str, float]
    """How much each annotator's judgements tell; 1 on average."""
    disputes: list[Dispute]
    settled: dict[Item, Judgement]
    """What the owner decided, by item."""
    in_force: dict[Item, str]
    """A standing vote on each of these items that has one, by which the decision can be taken back."""
    ceiling: NoiseCeiling | None
    leaderboard: Leaderboard | None
    win_rates: list[WinRate]
    influence: list[Influence]
    lacks: dict[str, str]
    """Why there is no `leaderboard` or `influence`; the latter is left out of the largest campaigns."""
    saving: Saving | None
    """What asking by uncertainty has saved; None where items come in another order."""


def overview(
    campaign: str,
    *,
    gold=(),
    draws: int = 500,
    seed: int = 0,
    progress_to: Callable[[int, int], None] | None = None,
    url: str | None = None,
    engine: sa.Engine | None = None,
) -> Overview:
    """All statistics of a campaign. `gold` are judgements known to be right, as `annotator_reports` takes.

    `draws` are for bootstrap intervals; `progress_to(done, total)` hears of every step. Raises NotFoundError.
    """
    engine = engine or connect(url)
    with_checks = campaign_judgements(campaign, engine, checks=True)
    said = [one for one in with_checks if not (one.gold or one.repeat)]
    every = max(LEAST, math.ceil(len(said) / STRETCHES))
    lacks: dict[str, str] = {}

    def asked(name: str, work: Callable):
        try:
            return work()
        except InputError as error:
            lacks[name] = str(error)
            return None

    steps: dict[str, Callable] = {
        "agreement": lambda: agreeing.agreement(said, draws=draws, seed=seed),
        "by_criterion": lambda: agreeing.agreement_by_criterion(said, draws=draws, seed=seed),
        "course": lambda: agreeing.agreement_over_time(said, every, draws=draws, seed=seed),
        "confusion": lambda: agreeing.confusion(said),
        "between": lambda: agreeing.agreement_between(said),
        "reports": lambda: annotator_reports(with_checks, gold),
        "weights": lambda: annotator_weights(said),
        "disputes": lambda: disputes(said),
        "settled": lambda: {one.item: one for one in settled(campaign, engine)},
        "ceiling": lambda: noise_ceiling(said, draws=draws, seed=seed),
        "leaderboard": lambda: asked("leaderboard", lambda: leaderboard(said, draws=draws, seed=seed)),
        "win_rates": lambda: asked("win_rates", lambda: enough_votes(said)) or [],
        "influence": lambda: asked("influence", lambda: _influence(said, draws, seed)) or [],
        "saving": lambda: saving(campaign, engine=engine),
    }
    found = {}
    for done, (name, work) in enumerate(steps.items()):
        if progress_to:
            progress_to(done, len(steps))
        found[name] = work()
    standing = {one.item: one.vote for one in said}
    return Overview(
        in_force={item: standing[item] for item in found["settled"] if item in standing},
        campaign=load_campaign(campaign, engine),
        progress=progress(campaign, engine=engine),
        given=votes_by_item(campaign, engine),
        every=every,
        lacks=lacks,
        **found,
    )


def _influence(said: list[Judgement], draws: int, seed: int) -> list[Influence]:
    annotators = len({one.annotator for one in said})
    if annotators * len(said) > MOST_LEFT_OUT:
        raise InputError(
            f"What each of {annotators} annotators changes in {len(said):,} votes takes long to reckon",
            rule=f"Annotators times votes are at most {MOST_LEFT_OUT:,} here",
            remedy="Call pg.leave_one_out(campaign) in a notebook",
        )
    return leave_one_out(said, draws=draws, seed=seed)


def votes_by_item(campaign: str, engine: sa.Engine | None = None) -> tuple[int, ...]:
    """How many votes stand on each item, in the order of the items; gold items are left out.

    Raises NotFoundError.
    """
    stands = sa.and_(
        assignments.c.item == items.c.id, assignments.c.state == "voted", assignments.c.round == 1
    )
    query = (
        sa.select(sa.func.count(assignments.c.sequence))
        .select_from(items)
        .outerjoin(assignments, stands)
        .where(items.c.campaign == campaign, items.c.gold.is_(sa.null()))
        .group_by(items.c.id, items.c.position)
        .order_by(items.c.position)
    )
    with reading(engine or connect()) as connection:
        find(connection, campaign)
        return tuple(connection.scalars(query))


def stamp(campaign: str, engine: sa.Engine | None = None) -> str:
    """Differs once a vote or a decision has come in. Raises NotFoundError."""
    of_votes = (
        sa.select(sa.func.count(votes.c.sequence), sa.func.max(votes.c.sequence))
        .join(assignments, assignments.c.id == votes.c.assignment)
        .join(items, items.c.id == assignments.c.item)
        .where(items.c.campaign == campaign)
    )
    of_decisions = (
        sa.select(sa.func.count(decisions.c.sequence))
        .join(items, items.c.id == decisions.c.item)
        .where(items.c.campaign == campaign)
    )
    with reading(engine or connect()) as connection:
        find(connection, campaign)
        number, newest = connection.execute(of_votes).one()
        return f"{number}-{newest or 0}-{connection.scalar(of_decisions)}"
