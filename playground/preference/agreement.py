"""How far annotators say the same: beyond chance, in pairs, by criterion, over time, one by one."""

from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import combinations
from typing import Literal

from playground.errors import InputError
from playground.evaluation.intervals import Estimate, clustered_share
from playground.preference import alpha as krippendorff
from playground.preference.alpha import Level
from playground.preference.judgements import Item, Judgement, Verdict, judgements_of, verdicts

CHOICES = ("first", "second", "tie", "both_bad")
_NUMBERS = {"second": -1, "tie": 0, "both_bad": 0, "first": 1}
Period = Literal["hour", "day", "week"]
Meeting = tuple[Item, Verdict, Verdict]
"""Two annotators' verdicts on one pair."""


@dataclass(frozen=True, slots=True)
class Agreement:
    """How far the annotators of a set of judgements agree, with 95 % intervals."""

    alpha: Estimate
    """Krippendorff's alpha; nan where everybody always said the same one thing."""
    share: Estimate
    """Share of pairs of judgements on the same two completions, by different annotators, that agree."""
    pairs: int
    """Pairs of judgements that the share rests on."""
    items: int
    """Items judged by two or more."""
    judgements: int
    annotators: int
    level: Level = "nominal"


@dataclass(frozen=True, slots=True)
class Bucket:
    """The agreement on the items that got their last judgement in a stretch of time or of votes."""

    start: datetime | int
    """The start of the hour, day or week (UTC), or the number of the first vote, from 1."""
    agreement: Agreement | None


@dataclass(frozen=True, slots=True)
class Confusion:
    """Who says what where the other says what, on the pairs that both judged.

    `counts[row][column]`: how often `first` gave the choice of the row and `second` that of the
    column. Which of two completions is called first is drawn by a hash, see `Verdict`.
    """

    first: str
    second: str
    labels: tuple[str, ...]
    counts: tuple[tuple[int, ...], ...]
    share: Estimate
    """How often they agree."""


def agreement(
    source, *, level: Level = "nominal", draws: int = 1000, seed: int = 0, url: str | None = None
) -> Agreement | None:
    """Agreement of all who judged: alpha with a bootstrap interval over items, and the share of pairs.

    `source` is a campaign's id, Preferences, or comparisons or rankings in a list. Every pair of
    completions is a unit; the pairs of one ranking are drawn together. At the nominal level `tie` and
    `both_bad` differ; at the ordinal and interval levels both lie in the middle between the two sides.
    Where somebody judged an item again, their first judgement counts.

    None where no item has judgements of two annotators. Raises NotFoundError, InputError.
    """
    return _agreement(judgements_of(source, url), level, draws, seed)


def agreement_by_criterion(source, **settings) -> dict[str, Agreement | None]:
    """`agreement` of each criterion's judgements; settings as there."""
    groups: dict[str, list[Judgement]] = defaultdict(list)
    for judgement in judgements_of(source, settings.pop("url", None)):
        groups[judgement.criterion].append(judgement)
    return {name: agreement(group, **settings) for name, group in sorted(groups.items())}


def agreement_over_time(source, every: Period | int = "week", **settings) -> list[Bucket]:
    """`agreement` by stretches: by hour, day or week of the clock, or by `every` so many votes.

    An item belongs where its last judgement falls, so every judgement counts once. Settings as in
    `agreement`. Raises InputError where `every` is something else, or a period is asked of judgements
    without times.
    """
    judgements = sorted(judgements_of(source, settings.pop("url", None)), key=lambda one: one.sequence)
    start_of = _stretches(judgements, every)
    last: dict[Item, datetime | int] = {one.item: start_of[place] for place, one in enumerate(judgements)}
    buckets: dict[datetime | int, list[Judgement]] = defaultdict(list)
    for judgement in judgements:
        buckets[last[judgement.item]].append(judgement)
    return [Bucket(start, agreement(group, **settings)) for start, group in sorted(buckets.items())]


def confusion(
    source, first: str | None = None, second: str | None = None, url: str | None = None
) -> Confusion | None:
    """How two annotators' choices meet; without names, those of all pairs of annotators together.

    Without names every pair of judgements is counted both ways. None where they judged nothing both.
    Raises InputError where only one is named.
    """
    if (first is None) != (second is None):
        raise InputError("One annotator is named", rule="Name two, or none for all", remedy="Name the other")
    met = _meetings(judgements_of(source, url))
    if first is None:
        both_ways = [(item, *way) for item, one, other in met for way in ((one, other), (other, one))]
        return _confusion("", "", both_ways)
    return _confusion(first, second, _by_pair(met).get(frozenset((first, second)), []))


def agreement_between(source, url: str | None = None) -> list[Confusion]:
    """The confusion of every two annotators who met, the ones who agree least first."""
    groups = _by_pair(_meetings(judgements_of(source, url)))
    found = [_confusion(*sorted(pair), met) for pair, met in groups.items()]
    return sorted(found, key=lambda one: (one.share.value, one.first, one.second))


def firsts(found: Iterable[Verdict]) -> dict[tuple, dict[str, Verdict]]:
    """By pair of completions and annotator, what they said first of it."""
    units: dict[tuple, dict[str, Verdict]] = defaultdict(dict)
    for verdict in found:
        units[verdict.unit].setdefault(verdict.annotator, verdict)
    return units


def _meetings(judgements: Iterable[Judgement]) -> list[Meeting]:
    """Every pair of judgements of the same two completions by different annotators."""
    return [
        (a.item, a, b)
        for unit in firsts(verdicts(judgements)).values()
        for a, b in combinations(unit.values(), 2)
    ]


def _by_pair(met: Iterable[Meeting]) -> dict[frozenset[str], list[Meeting]]:
    groups: dict[frozenset[str], list[Meeting]] = defaultdict(list)
    for item, one, other in met:
        groups[frozenset((one.annotator, other.annotator))].append((item, one, other))
    return groups


def _confusion(first: str, second: str, met: list[Meeting]) -> Confusion | None:
    counts: Counter[tuple[str, str]] = Counter()
    agreed: dict[Item, list[bool]] = defaultdict(list)
    for item, one, other in met:
        row, column = (other, one) if first and one.annotator != first else (one, other)
        counts[row.choice, column.choice] += 1
        agreed[item].append(one.choice == other.choice)
    if not counts:
        return None
    labels = tuple(choice for choice in CHOICES if any(choice in pair for pair in counts))
    table = tuple(tuple(counts[row, column] for column in labels) for row in labels)
    return Confusion(first, second, labels, table, _share(agreed))


def _agreement(judgements: list[Judgement], level: Level, draws: int, seed: int) -> Agreement | None:
    agreed: dict[Item, list[bool]] = defaultdict(list)
    for item, one, other in _meetings(judgements):
        agreed[item].append(one.choice == other.choice)
    if not agreed:
        return None
    units = [list(unit.values()) for unit in firsts(verdicts(judgements)).values()]
    values = [
        [one.choice if level == "nominal" else _NUMBERS[one.choice] for one in unit] for unit in units
    ]
    clusters = [unit[0].item for unit in units]
    return Agreement(
        alpha=krippendorff.estimate(krippendorff.count(values), clusters, level, draws, seed),
        share=_share(agreed),
        pairs=sum(map(len, agreed.values())),
        items=len(agreed),
        judgements=len(judgements),
        annotators=len({one.annotator for one in judgements}),
        level=level,
    )


def _share(agreed: dict[Item, list[bool]]) -> Estimate:
    return clustered_share([sum(item) for item in agreed.values()], [len(item) for item in agreed.values()])


def _stretches(judgements: list[Judgement], every: Period | int) -> list[datetime | int]:
    """Where the stretch begins that each judgement falls into."""
    if isinstance(every, int) and every >= 1:
        return [place - place % every + 1 for place in range(len(judgements))]
    if every not in ("hour", "day", "week"):
        raise InputError(f"The stretch is {every!r}", rule="It is hour, day, week, or a number of votes")
    if any(judgement.created is None for judgement in judgements):
        raise InputError(
            "These judgements have no times",
            rule="Only a campaign's votes know when they were given",
            remedy="Take a number of votes instead, such as every=100",
        )
    return [_start(datetime.fromtimestamp(judgement.created, UTC), every) for judgement in judgements]


def _start(moment: datetime, every: str) -> datetime:
    if every == "hour":
        return moment.replace(minute=0, second=0, microsecond=0)
    day = moment.replace(hour=0, minute=0, second=0, microsecond=0)
    return day - timedelta(days=day.weekday()) if every == "week" else day
