"""Judgements that stand, with all that is known of them: who, when, how long, as shown, whose texts."""

import dataclasses
import hashlib
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import combinations

import sqlalchemy as sa

from playground.errors import InputError
from playground.preference import ranking
from playground.preference.campaign import find
from playground.preference.ranking import Order
from playground.records import Choice, Comparison, Ranking
from playground.store.database import connect, reading
from playground.store.tables import assignments, completions, items, votes

SETTLED = "settled:"
"""How the annotator of an owner's decision begins."""

Item = tuple[str, str, tuple[str, ...]]
"""What was judged: criterion, prompt, and the completions in the order of their texts."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Judgement:
    """One person's judgement of two or more completions of a prompt.

    What a source does not tell is empty: a file knows no models, no times and nothing of the display.
    """

    prompt: str
    completions: tuple[str, ...]
    order: Order
    """Places best first, ties grouped."""
    annotator: str = ""
    both_bad: bool = False
    """A tie of two completions that are both bad."""
    criterion: str = ""
    models: tuple[str, ...] = ()
    """Whose completions they are, by place."""
    vote: str = ""
    """The vote's key, or the row it was cut from."""
    sequence: int = 0
    """Its place in the order of arrival, which is not always the order of the clock."""
    created: float | None = None
    seconds: float | None = None
    """From when the item came in sight to the vote."""
    shown: tuple[int, ...] = ()
    """Places in the order shown."""
    scores: tuple[int, ...] = ()
    """By place, where they were rated; `order` follows from them."""
    partial: bool = False
    """Whether the completions of one group were not compared with each other: of best and worst, the rest."""
    strength: int = 0
    """How much better the better of two is, 1 slightly to 3 far; 0 where it was not asked."""
    note: str = ""
    rewrite: str = ""
    """The better completion as the annotator would have it."""
    repeat: bool = False
    """Whether they had judged it before, the other way round."""
    gold: Order = ()
    """The order known to be right, where the item is there to measure annotators."""

    @property
    def item(self) -> Item:
        return self.criterion, self.prompt, tuple(sorted(self.completions))

    @property
    def record(self) -> Comparison | Ranking:
        """What was said, in the project's words: of two completions a comparison, of more a ranking."""
        if len(self.completions) == 2:
            return next(self.comparisons())
        return Ranking(
            self.prompt, self.completions, self.order, self.annotator, self.scores, self.criterion, self.note
        )

    def comparisons(self, margin: int = 1) -> Iterator[Comparison]:
        """Every pair that was compared, each with the vote's name.

        A ranking of k gives k (k - 1) / 2, best and worst of k give 2k - 3: the best before all others, all
        others before the worst. Ratings that differ by less than `margin` points tie, and the points are
        the strength of the others.
        """
        told = {"vote": self.vote, "criterion": self.criterion, "note": self.note}
        for one, other, gap in self._pairs():
            texts = self.completions[one], self.completions[other]
            choice: Choice = "first" if gap > 0 else "second" if gap < 0 else "tie"
            strength = self.strength if choice in ("first", "second") else 0
            if self.scores:
                strength = abs(gap) if abs(gap) >= margin else 0
                choice = choice if strength else "tie"
            if self.both_bad:
                choice = "both_bad"
            yield Comparison(self.prompt, *texts, choice, self.annotator, strength=strength, **told)

    def parts(self) -> list["Judgement"]:
        """Itself; best and worst as the pairs that they compare, for what can only read whole orders."""
        if not self.partial:
            return [self]
        return [
            dataclasses.replace(
                self, partial=False, shown=(), order=((0,), (1,)) if gap > 0 else ((1,), (0,)),
                completions=(self.completions[one], self.completions[other]),
                models=(self.models[one], self.models[other]) if self.models else (),
            )
            for one, other, gap in self._pairs()
        ]  # fmt: skip

    def _pairs(self) -> Iterator[tuple[int, int, int]]:
        """(place, place, how much higher the first stands) of every two that were compared."""
        level = {place: number for number, group in enumerate(self.order) for place in group}
        for one, other in combinations(range(len(self.completions)), 2):
            gap = self.scores[one] - self.scores[other] if self.scores else level[other] - level[one]
            if gap or not self.partial:
                yield one, other, gap


@dataclass(frozen=True, slots=True)
class Verdict:
    """What a judgement says of one pair of completions.

    The pair stands in an order that has nothing to do with quality, whoever judged it and however it
    was shown: which of the two is `first` is drawn by a hash of the texts. So chance agreement is what
    it is for people who do not know the models: the two sides come equally often.
    """

    item: Item
    pair: tuple[str, str]
    choice: Choice
    annotator: str

    @property
    def unit(self) -> tuple[str, str, tuple[str, str]]:
        """The same for everybody who judged this pair by this criterion."""
        return self.item[0], self.item[1], self.pair


def verdicts(judgements: Iterable[Judgement]) -> list[Verdict]:
    """Every pair of every judgement, turned into one order of the two texts."""
    found = []
    for judgement in judgements:
        for pair in judgement.comparisons():
            turned = _draw(pair.first) > _draw(pair.second)
            texts = (pair.second, pair.first) if turned else (pair.first, pair.second)
            choice = ranking.canonical_choice(pair.choice, [1, 0] if turned else [0, 1])
            found.append(Verdict(judgement.item, texts, choice, judgement.annotator))
    return found


def judgements_of(source, url: str | None = None, *, checks: bool = False) -> list[Judgement]:
    """The judgements in whatever people hold: a campaign's id, Preferences, or records in a list.

    Preferences of a campaign are looked up in its database, for what they leave out: models, times,
    rankings whole, and what annotators said of items that the owner settled. `url` names another
    database than the settings'. Skips are left out, and so are gold items and repeats unless `checks`
    asks for them: they tell of annotators, not of completions.

    Raises NotFoundError for an unknown campaign, InputError for what holds no judgements.
    """
    if isinstance(source, str):
        return campaign_judgements(source, connect(url), checks=checks)
    campaign = getattr(source, "campaign", None)
    if campaign:
        found = campaign_judgements(campaign, connect(url or source.url), checks=checks)
        return _among(source, found)
    given = [_judgement(record, number) for number, record in enumerate(source, 1) if not _skipped(record)]
    return [one for one in given if checks or not (one.repeat or one.gold)]


def _among(source: Iterable[Comparison], found: list[Judgement]) -> list[Judgement]:
    """Those that comparisons were cut from, or that an owner's decision among them overruled; the repeats
    of these, and gold items, which measure annotators."""
    votes = {one.vote for one in source}
    settled = {_texts_of(one) for one in source if one.annotator.startswith(SETTLED)}

    def is_in(one: Judgement) -> bool:
        return one.vote in votes or any(_texts_of(pair) in settled for pair in one.comparisons())

    within = {(one.item, one.annotator) for one in found if is_in(one)}
    return [one for one in found if one.gold or (one.item, one.annotator) in within]


def campaign_judgements(
    campaign: str, engine: sa.Engine | None = None, *, checks: bool = False
) -> list[Judgement]:
    """The judgements that stand, in the order of the items: the last revision of every vote.

    Skips and withdrawn votes are left out; gold items and repeats come where `checks` asks for them.
    Raises NotFoundError.
    """
    with reading(engine or connect()) as connection:
        row = find(connection, campaign)
        texts = _texts(connection, campaign)
        log = connection.execute(_LOG, {"within": campaign}).all()
    last = {entry.assignment: entry.revision for entry in log}
    found, before = [], {}
    for entry in log:
        began = max(entry.leased_until - row.lease_seconds, before.get(entry.annotator, 0.0))
        before[entry.annotator] = entry.created
        if entry.revision != last[entry.assignment] or entry.choice in ("skip", "undone"):
            continue
        if checks or (entry.gold is None and entry.round == 1):
            found.append((entry.position, _of_vote(entry, texts[entry.item], began)))
    return [judgement for _, judgement in sorted(found, key=lambda pair: pair[0])]


def campaign_comparisons(
    campaign: str, engine: sa.Engine | None = None, *, margin: int = 1
) -> list[Comparison]:
    """`campaign_judgements` in pairs; see `Judgement.comparisons` for `margin`. Raises NotFoundError."""
    found = campaign_judgements(campaign, engine)
    return [pair for judgement in found for pair in judgement.comparisons(margin)]


_LOG = (
    sa.select(
        votes, items.c.id.label("item"), items.c.position, items.c.prompt, items.c.criterion, items.c.gold,
        assignments.c.annotator, assignments.c.display, assignments.c.leased_until, assignments.c.round,
    )
    .join(assignments, assignments.c.id == votes.c.assignment)
    .join(items, items.c.id == assignments.c.item)
    .where(items.c.campaign == sa.bindparam("within"))
    .order_by(votes.c.sequence)
)  # fmt: skip


def _texts(connection: sa.Connection, campaign: str) -> dict[int, list[tuple[str, str]]]:
    """By item, (text, model) of its completions by place."""
    found = defaultdict(list)
    for item, text, model in connection.execute(
        sa.select(completions.c.item, completions.c.text, completions.c.model)
        .join(items, items.c.id == completions.c.item)
        .where(items.c.campaign == campaign)
        .order_by(completions.c.item, completions.c.place)
    ):
        found[item].append((text, model))
    return found


def _of_vote(entry: sa.Row, shown: list[tuple[str, str]], began: float) -> Judgement:
    texts, models = zip(*shown, strict=True)
    lent = entry.leased_until > 0  # what came from a file was shown to nobody here
    return Judgement(
        prompt=entry.prompt,
        completions=texts,
        models=models,
        order=_order_of(entry, len(texts)),
        both_bad=entry.choice == "both_bad",
        annotator=entry.annotator,
        criterion=entry.criterion,
        vote=entry.key,
        sequence=entry.sequence,
        created=entry.created,
        # A clock that was set back in between tells nothing.
        seconds=entry.created - began if lent and entry.created > began else None,
        shown=tuple(entry.display) if lent else (),
        scores=tuple(entry.scores or ()),
        partial=entry.best_worst is not None,
        strength=entry.strength or 0,
        note=entry.note or "",
        rewrite=entry.rewrite or "",
        repeat=entry.round > 1,
        gold=tuple(map(tuple, entry.gold or ())),
    )


def _order_of(entry: sa.Row, count: int) -> Order:
    """What a vote says, as an order of canonical places, best first."""
    if entry.ranking is not None:
        return tuple(map(tuple, entry.ranking))
    if entry.scores is not None:
        return order_of_scores(entry.scores)
    if entry.best_worst is not None:
        best, worst = entry.best_worst
        return ((best,), tuple(place for place in range(count) if place not in (best, worst)), (worst,))
    return _order(entry.choice)


def order_of_scores(scores: Iterable[int]) -> Order:
    """Places by their scores, the highest first; equal ones tie."""
    given = list(scores)
    levels = sorted({*given}, reverse=True)
    return tuple(tuple(p for p, score in enumerate(given) if score == level) for level in levels)


def _order(choice: str) -> Order:
    return {"first": ((0,), (1,)), "second": ((1,), (0,))}.get(choice, ((0, 1),))


def _judgement(record, number: int) -> Judgement:
    if isinstance(record, Judgement):
        return record
    if isinstance(record, Ranking):
        return Judgement(
            prompt=record.prompt, completions=record.completions, order=record.order,
            annotator=record.annotator, sequence=number, scores=record.scores,
            criterion=record.criterion, note=record.note,
        )
    if isinstance(record, Comparison):
        return Judgement(
            prompt=record.prompt, completions=(record.first, record.second), order=_order(record.choice),
            annotator=record.annotator, both_bad=record.choice == "both_bad", vote=record.vote,
            sequence=number, criterion=record.criterion, strength=record.strength, note=record.note,
        )
    raise InputError(
        f"Judgement {number} is {record!r:.80}",
        rule="Judgements are a campaign's id, Preferences, or a list of comparisons or rankings",
        remedy="Load them first: Preferences.load(…)",
    )


def _skipped(record) -> bool:
    return getattr(record, "choice", None) == "skip"


def _texts_of(pair: Comparison) -> tuple[str, str, frozenset[str]]:
    return pair.criterion, pair.prompt, frozenset((pair.first, pair.second))


def _draw(text: str) -> bytes:
    return hashlib.sha256(text.encode()).digest()
