"""Judgements that stand, with all that is known of them: who, when, how long, as shown, whose texts."""

import dataclasses
import hashlib
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

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

    @property
    def item(self) -> Item:
        return self.criterion, self.prompt, tuple(sorted(self.completions))

    @property
    def record(self) -> Comparison | Ranking:
        """What was said, in the project's words: of two completions a comparison, of more a ranking."""
        if len(self.completions) == 2:
            return next(self.comparisons())
        return Ranking(self.prompt, self.completions, self.order, self.annotator)

    def comparisons(self) -> Iterator[Comparison]:
        """Every pair of it, k (k - 1) / 2, each with the vote's name."""
        whole = Ranking(self.prompt, self.completions, self.order, self.annotator)
        for pair in ranking.comparisons(whole):
            choice = "both_bad" if self.both_bad else pair.choice
            yield dataclasses.replace(pair, choice=choice, vote=self.vote)


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


def judgements_of(source, url: str | None = None) -> list[Judgement]:
    """The judgements in whatever people hold: a campaign's id, Preferences, or records in a list.

    Preferences of a campaign are looked up in its database, for what they leave out: models, times,
    rankings whole, and what annotators said of items that the owner settled. `url` names another
    database than the settings'. Skips are left out.

    Raises NotFoundError for an unknown campaign, InputError for what holds no judgements.
    """
    if isinstance(source, str):
        return campaign_judgements(source, connect(url))
    campaign = getattr(source, "campaign", None)
    if campaign:
        kept = {comparison.vote for comparison in source}
        settled = {_texts_of(one) for one in source if one.annotator.startswith(SETTLED)}
        found = campaign_judgements(campaign, connect(url or source.url))
        return [one for one in found if one.vote in kept or _texts_of(one.record) in settled]
    return [_judgement(record, number) for number, record in enumerate(source, 1) if not _skipped(record)]


def campaign_judgements(campaign: str, engine: sa.Engine | None = None) -> list[Judgement]:
    """The judgements that stand, in the order of the items: the last revision of every vote.

    Skips and withdrawn votes are left out. Raises NotFoundError.
    """
    with reading(engine or connect()) as connection:
        row = find(connection, campaign)
        texts, models = defaultdict(list), defaultdict(list)
        for item, text, model in connection.execute(
            sa.select(completions.c.item, completions.c.text, completions.c.model)
            .join(items, items.c.id == completions.c.item)
            .where(items.c.campaign == campaign)
            .order_by(completions.c.item, completions.c.place)
        ):
            texts[item].append(text)
            models[item].append(model)
        log = connection.execute(
            sa.select(
                votes, items.c.id.label("item"), items.c.position, items.c.prompt,
                assignments.c.annotator, assignments.c.display, assignments.c.leased_until,
            )
            .join(assignments, assignments.c.id == votes.c.assignment)
            .join(items, items.c.id == assignments.c.item)
            .where(items.c.campaign == campaign)
            .order_by(votes.c.sequence)
        ).all()
    last = {entry.assignment: entry.revision for entry in log}
    found, before = [], {}
    for entry in log:
        began = max(entry.leased_until - row.lease_seconds, before.get(entry.annotator, 0.0))
        before[entry.annotator] = entry.created
        if entry.revision != last[entry.assignment] or entry.choice in ("skip", "undone"):
            continue
        judgement = Judgement(
            prompt=entry.prompt,
            completions=tuple(texts[entry.item]),
            models=tuple(models[entry.item]),
            order=_order(entry.choice) if entry.ranking is None else tuple(map(tuple, entry.ranking)),
            both_bad=entry.choice == "both_bad",
            annotator=entry.annotator,
            vote=entry.key,
            sequence=entry.sequence,
            created=entry.created,
            # A clock that was set back in between tells nothing.
            seconds=entry.created - began if entry.created > began else None,
            shown=tuple(entry.display),
        )
        found.append((entry.position, judgement))
    return [judgement for _, judgement in sorted(found, key=lambda pair: pair[0])]


def campaign_comparisons(campaign: str, engine: sa.Engine | None = None) -> list[Comparison]:
    """`campaign_judgements` in pairs: a ranking of k gives its k (k - 1) / 2. Raises NotFoundError."""
    return [pair for judgement in campaign_judgements(campaign, engine) for pair in judgement.comparisons()]


def _order(choice: str) -> Order:
    return {"first": ((0,), (1,)), "second": ((1,), (0,))}.get(choice, ((0, 1),))


def _judgement(record, number: int) -> Judgement:
    if isinstance(record, Judgement):
        return record
    if isinstance(record, Ranking):
        return Judgement(
            prompt=record.prompt, completions=record.completions, order=record.order,
            annotator=record.annotator, sequence=number,
        )
    if isinstance(record, Comparison):
        return Judgement(
            prompt=record.prompt, completions=(record.first, record.second), order=_order(record.choice),
            annotator=record.annotator, both_bad=record.choice == "both_bad", vote=record.vote,
            sequence=number,
        )
    raise InputError(
        f"Judgement {number} is {record!r:.80}",
        rule="Judgements are a campaign's id, Preferences, or a list of comparisons or rankings",
        remedy="Load them first: Preferences.load(…)",
    )


def _skipped(record) -> bool:
    return getattr(record, "choice", None) == "skip"


def _texts_of(record: Comparison | Ranking) -> tuple[str, frozenset[str]]:
    texts = record.completions if isinstance(record, Ranking) else (record.first, record.second)
    return record.prompt, frozenset(texts)


def _draw(text: str) -> bytes:
    return hashlib.sha256(text.encode()).digest()
