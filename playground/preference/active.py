"""Which items to judge first: those a reward model is least sure of, beside a random control arm.

A reward model foretells who wins a pair with P = sigmoid(score(first) - score(second)) (Bradley-Terry). One
model is least sure where P is nearest to 1/2; several are where they differ: by the spread of their P, the
disagreement of a committee (Seung, Opper and Sompolinsky 1992). Some items, drawn at random, are left out of
that: the control arm. Both arms are judged side by side in the proportion of their sizes, so that what the
order is worth can be told from the votes themselves.
"""

import math
import statistics
import time
from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from itertools import combinations
from random import Random
from typing import Literal, NamedTuple

import numpy as np
import sqlalchemy as sa

from playground.errors import InputError
from playground.evaluation.intervals import UNKNOWN, Estimate, clustered_share, percentile
from playground.preference.campaign import find
from playground.preference.judgements import Item, Judgement, campaign_judgements
from playground.store.database import connect, reading, writing
from playground.store.tables import assignments, completions, items, priorities

Arm = Literal["uncertain", "random"]
Scorer = Callable[[Sequence[tuple[str, str]]], Sequence[float]]
"""Rewards of (prompt, completion) pairs."""
CHUNK = 64
"""Texts scored between two reports of progress."""
_DRAWS = 2000


@dataclass(frozen=True, slots=True)
class Saving:
    """What asking by uncertainty has brought, from the votes that are in.

    A vote corrects the reward model where it names another winner than the model foretold. So many
    corrections would have taken more votes in random order: `saved` of them.
    """

    votes: dict[Arm, int]
    """Decided votes on pairs, by arm."""
    corrections: dict[Arm, Estimate]
    """Share of them that the model had not foretold."""
    saved: Estimate
    """Votes that the random order would have needed more for as many corrections; nan where the control
    arm tells nothing yet."""


def prioritise(
    campaign: str,
    scorers: Sequence[Scorer],
    *,
    control: float = 0.25,
    seed: int = 0,
    progress: Callable[[int, int], None] | None = None,
    now: float | None = None,
    url: str | None = None,
    engine: sa.Engine | None = None,
) -> int:
    """Order the items of a campaign by what reward models are unsure of; how many were ordered.

    `scorers` are one reward model's `score_many`, or several models': an ensemble. A share `control` of the
    items, drawn at random, keeps a random order and is lent in turn with the others. Done again, with newer
    models, everything is ordered anew but who is in which arm, and what models foretold of items that have
    votes. `progress(done, total)` counts texts.

    Raises NotFoundError; InputError without a model, for a share that is none, or for scores that are not
    finite.
    """
    if not scorers or not 0 <= control < 1:
        told = "There is no reward model" if not scorers else f"The control arm's share is {control}"
        raise InputError(told, rule="Uncertainty is a reward model's; the share lies from 0 to below 1")
    engine = engine or connect(url)
    found = _items(campaign, engine)
    asked = [(prompt, text) for _, _, prompt, texts in found for text in texts]
    scores = _scores(scorers, asked, progress)
    now = time.time() if now is None else now
    rows, at = [], 0
    for item, *_, texts in found:
        foretold = [
            [_sigmoid(by_model[at + one] - by_model[at + other]) for by_model in scores]
            for one, other in combinations(range(len(texts)), 2)
        ]
        told = {"uncertainty": uncertainty(foretold), "foretold": foretold, "created": now}
        rows.append({"item": item, "campaign": campaign, **told})
        at += len(texts)
    _store(campaign, rows, control, seed, engine)
    return len(rows)


def clear(campaign: str, *, url: str | None = None, engine: sa.Engine | None = None) -> None:
    """Forget the order by uncertainty: items come as they stand again. Raises NotFoundError."""
    with writing(engine or connect(url)) as connection:
        find(connection, campaign, lock=True)
        connection.execute(priorities.delete().where(priorities.c.campaign == campaign))


def uncertainty(foretold: Sequence[Sequence[float]]) -> float:
    """Of the pairs of an item, each foretold by one or more models, the mean uncertainty, 0 to 1.

    Of one model it is 1 - |2P - 1|; of several, twice the standard deviation of P.
    """
    values = [2 * statistics.pstdev(one) if len(one) > 1 else 1 - abs(2 * one[0] - 1) for one in foretold]
    return sum(values) / len(values)


def interleaved(uncertain: Sequence[int], control: Sequence[int]) -> list[tuple[int, Arm]]:
    """The items of both arms in one order, each arm's in its own, in the proportion of their sizes."""
    total = len(uncertain) + len(control)
    order: list[tuple[int, Arm]] = []
    left = {"uncertain": list(uncertain), "random": list(control)}
    share = len(control) / total if total else 0.0
    for place in range(total):
        due = int((place + 1) * share + 1e-9) > int(place * share + 1e-9)
        arm: Arm = "random" if (due and left["random"]) or not left["uncertain"] else "uncertain"
        order.append((left[arm].pop(0), arm))
    return order


def saving(
    campaign: str, *, seed: int = 0, url: str | None = None, engine: sa.Engine | None = None
) -> Saving | None:
    """What the order by uncertainty has saved so far; None where a campaign has none.

    Where the share of corrections is u in the uncertain arm, of n votes, and r in the control arm, the
    random order would have needed n u / r votes for as many. Only votes that came after the model's word
    count. The interval is drawn over items of both arms. It counts corrections and says nothing of a reward
    model's accuracy, which `benchmarks.active` measures. Raises NotFoundError.
    """
    engine = engine or connect(url)
    told = _told(campaign, engine)
    if not told:
        return None
    wrong: dict[Arm, dict[Item, list[bool]]] = {"uncertain": defaultdict(list), "random": defaultdict(list)}
    for judgement in campaign_judgements(campaign, engine):
        known = told.get((judgement.criterion, judgement.prompt, judgement.completions))
        if known is not None and judgement.created >= known.created:
            wrong[known.arm][judgement.item] += _corrected(judgement, known.foretold)
    arms = {arm: _Counted.of(found.values()) for arm, found in wrong.items()}
    shares = {arm: clustered_share(one.hits, one.sizes) for arm, one in arms.items()}
    votes = {arm: int(one.sizes.sum()) for arm, one in arms.items()}
    return Saving(votes, shares, _saved(arms["uncertain"], arms["random"], seed))


class _Counted(NamedTuple):
    """Corrections and decided votes by item."""

    hits: np.ndarray
    sizes: np.ndarray

    @classmethod
    def of(cls, found: Iterable[list[bool]]) -> "_Counted":
        kept = [one for one in found if one]
        return cls(np.array([sum(one) for one in kept], float), np.array([len(one) for one in kept], float))

    def drawn(self, rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
        """Corrections and votes in bootstrap draws of items."""
        size = len(self.hits)
        times = rng.multinomial(size, np.full(size, 1 / size), _DRAWS)
        return times @ self.hits, times @ self.sizes


def _saved(uncertain: _Counted, control: _Counted, seed: int) -> Estimate:
    if not uncertain.sizes.sum() or not control.hits.sum():
        return UNKNOWN
    rng = np.random.default_rng(seed)
    hits, asked = uncertain.drawn(rng)
    found, votes = control.drawn(rng)
    # A draw with no correction in the control arm would need endlessly many votes: half a one stands in.
    drawn = hits * votes / np.maximum(found, 0.5) - asked
    value = uncertain.hits.sum() * control.sizes.sum() / control.hits.sum() - uncertain.sizes.sum()
    return percentile(value, drawn, min(len(uncertain.hits), len(control.hits)))


def _corrected(judgement: Judgement, foretold: Sequence[Sequence[float]]) -> list[bool]:
    """Of each decided pair, whether the models on average had foretold another winner."""
    level = {place: number for number, group in enumerate(judgement.order) for place in group}
    pairs = combinations(range(len(judgement.completions)), 2)
    return [
        (level[one] < level[other]) != (statistics.fmean(chances) >= 0.5)
        for (one, other), chances in zip(pairs, foretold, strict=True)
        if level[one] != level[other]
    ]


def _told(campaign: str, engine: sa.Engine) -> dict[tuple, sa.Row]:
    """By criterion, prompt and completions, the arm, what was foretold and when."""
    texts = {item: shown for item, *shown in _items(campaign, engine)}
    with reading(engine) as connection:
        query = priorities.select().where(priorities.c.campaign == campaign)
        return {tuple(texts[row.item]): row for row in connection.execute(query)}


def _scores(scorers: Sequence[Scorer], asked: list[tuple[str, str]], progress) -> list[list[float]]:
    tell = progress or (lambda done, total: None)
    total, found = len(asked) * len(scorers), []
    for number, scorer in enumerate(scorers):
        scores: list[float] = []
        for start in range(0, len(asked), CHUNK):
            tell(number * len(asked) + start, total)
            scores += [float(one) for one in scorer(asked[start : start + CHUNK])]
        if not all(map(math.isfinite, scores)):
            raise InputError("A reward model gave a score that is not finite", remedy="Choose another one")
        found.append(scores)
    tell(total, total)
    return found


def _store(campaign: str, rows: list[dict], control: float, seed: int, engine: sa.Engine) -> None:
    with writing(engine) as connection:
        find(connection, campaign, lock=True)
        query = priorities.select().where(priorities.c.campaign == campaign)
        before = {row.item: row for row in connection.execute(query)}
        chance = Random(f"{seed}\n{campaign}")
        order = [row["item"] for row in rows]
        chance.shuffle(order)
        if before:
            arms: dict[int, Arm] = {item: row.arm for item, row in before.items()}
        else:
            drawn = order[: round(control * len(order))]
            arms = dict.fromkeys(order, "uncertain") | dict.fromkeys(drawn, "random")
        values = {row["item"]: row for row in rows}
        least_sure = sorted(
            (item for item in order if arms.get(item, "uncertain") == "uncertain"),
            key=lambda item: -values[item]["uncertainty"],
        )
        ranked = interleaved(least_sure, [item for item in order if arms.get(item) == "random"])
        voted = _voted(connection, campaign)
        for rank, (item, arm) in enumerate(ranked):
            values[item] |= {"arm": arm, "rank": rank}
            if item in before and item in voted:
                values[item] |= {"foretold": before[item].foretold, "created": before[item].created}
        connection.execute(priorities.delete().where(priorities.c.campaign == campaign))
        connection.execute(priorities.insert(), list(values.values()))


def _voted(connection: sa.Connection, campaign: str) -> set[int]:
    query = sa.select(assignments.c.item).where(
        assignments.c.state == "voted", assignments.c.item.in_(_items_of(campaign))
    )
    return set(connection.scalars(query))


def _items_of(campaign: str) -> sa.Select:
    return sa.select(items.c.id).where(items.c.campaign == campaign)


def _items(campaign: str, engine: sa.Engine) -> list[tuple[int, str, str, tuple[str, ...]]]:
    """(item, criterion, prompt, completions) in order, without gold items. Raises NotFoundError."""
    texts: dict[int, list[str]] = {}
    asked: dict[int, tuple[str, str]] = {}
    with reading(engine) as connection:
        find(connection, campaign)
        query = (
            sa.select(items.c.id, items.c.criterion, items.c.prompt, completions.c.text)
            .join(completions, completions.c.item == items.c.id)
            .where(items.c.campaign == campaign, items.c.gold.is_(sa.null()))
            .order_by(items.c.position, completions.c.place)
        )
        for item, criterion, prompt, text in connection.execute(query):
            asked[item] = criterion, prompt
            texts.setdefault(item, []).append(text)
    return [(item, *asked[item], tuple(found)) for item, found in texts.items()]


def _sigmoid(difference: float) -> float:
    return 1 / (1 + math.exp(-max(-700.0, min(700.0, difference))))
