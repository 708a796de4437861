"""From a vote to every model that learned from it, directly or by way of other models."""

import contextlib
import itertools
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass
from typing import Literal

import sqlalchemy as sa

from playground import settings
from playground.errors import PlaygroundError
from playground.model import kept
from playground.preference.rewrites import VOTE
from playground.preference.withdraw import votes_of
from playground.run.spec import RunSpec, parent_of, read_rows
from playground.store.database import connect, reading
from playground.store.tables import assignments, decisions, items, votes

_WHICH = sa.bindparam("which")
_OF_VOTE = (
    sa.select(items.c.campaign)
    .join(assignments, assignments.c.item == items.c.id)
    .join(votes, votes.c.assignment == assignments.c.id)
    .where(votes.c.key == _WHICH)
)
_OF_DECISION = (
    sa.select(items.c.campaign)
    .join(decisions, decisions.c.item == items.c.id)
    .where(decisions.c.key == _WHICH)
)
_TRIED = 20
"""Votes looked up before their campaign counts as unknown."""


@dataclass(frozen=True, slots=True)
class Trained:
    """A run whose model goes back to some of the votes asked for."""

    run: str
    stage: str
    how: Literal["train", "validation", "inherited"]
    """The part that holds the votes: `train` learned from them, `validation` was measured on them (and
    may have chosen its weights by it); `inherited` starts from, or learns from, such a run's model."""
    votes: int
    """How many of the votes asked for are among its rows; 0 where they are only inherited."""
    through: tuple[str, ...] = ()
    """The affected runs that it comes from."""


def trained_on(votes: Collection[str]) -> list[Trained]:
    """Every run of this home that goes back to these votes (their keys), in the order of their making.

    Rows from a campaign keep their vote's key, examples that somebody rewrote in a tag. Rows written
    without one (a file that lost them, a list of one's own) lead back to no vote.
    """
    wanted = set(votes)
    found: dict[str, Trained] = {}
    for spec in _specs():
        parts = {name: sum(_is_from(row, wanted) for row in rows) for name, rows in _parts(spec)}
        comes_from = (*_made_of(spec.model), *spec.judges)
        through = tuple(dict.fromkeys(run for run in comes_from if run in found))
        if held := [name for name in ("train", "validation") if parts.get(name)]:
            found[spec.id] = Trained(spec.id, spec.stage, held[0], parts[held[0]], through)
        elif through:
            found[spec.id] = Trained(spec.id, spec.stage, "inherited", 0, through)
    return list(found.values())


def _made_of(model: str) -> list[str]:
    """The runs that a model comes from: its own, or those of the adapters that a kept model was made of."""
    if run := parent_of(model):
        return [run]
    try:
        made = kept.origin(model)
    except PlaygroundError:  # no kept model, or a damaged one, which leads nowhere
        return []
    parts = [*made.get("weights", ()), *filter(None, [made.get("adapter")])]
    return [run for part in parts for run in _made_of(part)]


def _is_from(row: dict, votes: set[str]) -> bool:
    named = {tag.removeprefix(VOTE) for tag in row.get("tags") or () if tag.startswith(VOTE)}
    return row.get("vote") in votes or not named.isdisjoint(votes)


def learned_from(
    annotator: str, campaign: str | None = None, *, engine: sa.Engine | None = None
) -> list[Trained]:
    """`trained_on` of all that an annotator ever judged, in one campaign or in all, withdrawn or not.

    Raises NotFoundError for an unknown campaign.
    """
    return trained_on(votes_of(annotator, campaign, engine=engine))


def campaign_of(votes: Iterable[str], engine: sa.Engine | None = None) -> str | None:
    """The campaign that the first known one of these votes or decisions belongs to; None for unknown ones."""
    with reading(engine or connect()) as connection:
        for key in itertools.islice(votes, _TRIED):
            for query in (_OF_VOTE, _OF_DECISION):
                if campaign := connection.scalar(query, {"which": key}):
                    return campaign
    return None


def _specs() -> list[RunSpec]:
    """Every run, each after the ones it comes from."""
    specs = {}
    for file in sorted(settings.get().runs.glob("*/run.json")):
        with contextlib.suppress(PlaygroundError):  # a damaged run leads nowhere
            spec = RunSpec.read(file.parent)
            specs[spec.id] = spec
    ordered: dict[str, RunSpec] = {}

    def place(spec: RunSpec, waiting: tuple[str, ...] = ()) -> None:
        if spec.id in ordered or spec.id in waiting:
            return
        for run in (*_made_of(spec.model), *spec.judges):
            if run in specs:
                place(specs[run], (*waiting, spec.id))
        ordered[spec.id] = spec

    for spec in sorted(specs.values(), key=lambda one: (one.created, one.id)):
        place(spec)
    return list(ordered.values())


def _parts(spec: RunSpec) -> Iterator[tuple[str, list[dict]]]:
    folder = settings.get().runs / spec.id
    for name, part in spec.data.items():
        with contextlib.suppress(OSError, PlaygroundError):  # its rows are gone
            yield name, read_rows(folder, part)
