"""What is known of each annotator: pace, habits that are not taste, steadiness, and the gold items."""

import statistics
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, replace
from itertools import combinations

from playground.evaluation.intervals import Estimate, clustered_share
from playground.preference.agreement import firsts
from playground.preference.judgements import Item, Judgement, Verdict, judgements_of, verdicts


@dataclass(frozen=True, slots=True)
class AnnotatorReport:
    """One annotator's work in figures. A share without anything to rest on is nan, its count 0."""

    annotator: str
    votes: int
    seconds: float | None
    """Median seconds from when an item came in sight to the vote; None where no times are stored."""
    ties: Estimate
    """Share of pairs called a tie or both bad."""
    side: Estimate
    """Share of decided pairs won by what was shown first: 0.5 without a side bias."""
    longer: Estimate
    """Share of decided pairs won by the longer text."""
    longer_others: Estimate
    """The same share among the other annotators' judgements of the same pairs: what is better may well
    be longer, so only the difference is a habit."""
    consistency: Estimate
    """Share of repeats judged as before."""
    repeats: int
    gold: Estimate
    """Share of gold pairs judged right."""
    gold_pairs: int
    agreement: Estimate
    """Share of their judgements that another annotator's of the same pair agrees with."""
    met: int
    """Judgements of others that theirs were compared with."""

    @property
    def side_biased(self) -> bool:
        """Whether the side's interval leaves out 0.5."""
        return not (self.side.low <= 0.5 <= self.side.high) and self.side.value == self.side.value


def annotator_reports(source, gold=(), url: str | None = None) -> list[AnnotatorReport]:
    """A report on each annotator, by name, with 95 % intervals over items.

    `source` is whatever `agreement` takes; `gold` are judgements known to be right, in the same forms:
    a pair that both name is a gold pair, and so is every decided pair of a campaign's gold items, which
    tell of nothing else. A repeat is a pair that somebody judged more than once, in whatever order it was
    shown. The side is known only for votes, not for files.

    Raises NotFoundError, InputError. No judgements give no reports.
    """
    judgements = judgements_of(source, url, checks=True)
    right = {verdict.unit: verdict.choice for verdict in verdicts(judgements_of(gold, url))}
    right |= {verdict.unit: verdict.choice for verdict in _known(judgements)}
    units = firsts(verdicts(judgements))
    groups: dict[str, list[Judgement]] = defaultdict(list)
    for judgement in sorted(judgements, key=lambda one: one.sequence):
        groups[judgement.annotator].append(judgement)
    return [_report(name, groups[name], units, right) for name in sorted(groups)]


def _report(
    name: str, own: list[Judgement], units: dict[tuple, dict[str, Verdict]], right: dict[tuple, str]
) -> AnnotatorReport:
    work = [judgement for judgement in own if not judgement.gold]
    said = verdicts(work)
    first = {unit: by[name] for unit, by in units.items() if name in by}
    free = {verdict.unit for verdict in said}
    others = [
        (mine, by)
        for unit, mine in first.items()
        for who, by in units[unit].items()
        if who != name and unit in free
    ]
    times = [judgement.seconds for judgement in own if judgement.seconds is not None]
    again = list(_repeats(said))
    known = [(verdict, right[unit]) for unit, verdict in first.items() if unit in right]
    return AnnotatorReport(
        annotator=name,
        votes=sum(not judgement.repeat for judgement in work),
        seconds=statistics.median(times) if times else None,
        ties=_share((one.item, one.choice not in ("first", "second")) for one in said),
        side=_share((one.item, won) for one in work for won in _shown_first_won(one)),
        longer=_share(_longer_won(said)),
        longer_others=_share(_longer_won(by for _, by in others)),
        consistency=_share(again),
        repeats=len(again),
        gold=_share((verdict.item, verdict.choice == choice) for verdict, choice in known),
        gold_pairs=len(known),
        agreement=_share((mine.item, mine.choice == by.choice) for mine, by in others),
        met=len(others),
    )


def _known(judgements: Iterable[Judgement]) -> list[Verdict]:
    """What is right of the gold items among them, where it is decided."""
    gold = [
        replace(one, order=one.gold, scores=(), partial=False, both_bad=False)
        for one in judgements
        if one.gold
    ]
    return [verdict for verdict in verdicts(gold) if verdict.choice in ("first", "second")]


def _share(found: Iterable[tuple[Item, bool]]) -> Estimate:
    """The share of true ones, those of one item in one cluster."""
    clusters: dict[Item, list[bool]] = defaultdict(list)
    for item, true in found:
        clusters[item].append(true)
    return clustered_share([sum(one) for one in clusters.values()], [len(one) for one in clusters.values()])


def _shown_first_won(judgement: Judgement) -> list[bool]:
    """For each decided pair of a judgement, whether the winner was shown before the loser."""
    at = {place: position for position, place in enumerate(judgement.shown)}
    level = {place: number for number, group in enumerate(judgement.order) for place in group}
    return [
        (at[one] < at[other]) == (level[one] < level[other])
        for one, other in combinations(sorted(at), 2)
        if level[one] != level[other]
    ]


def _longer_won(found: Iterable[Verdict]) -> list[tuple[Item, bool]]:
    return [
        (one.item, (len(one.pair[0]) > len(one.pair[1])) == (one.choice == "first"))
        for one in found
        if one.choice in ("first", "second") and len(one.pair[0]) != len(one.pair[1])
    ]


def _repeats(said: list[Verdict]) -> Iterable[tuple[Item, bool]]:
    """Each later verdict on a pair against the one before it."""
    before: dict[tuple, Verdict] = {}
    for verdict in said:
        if verdict.unit in before:
            yield verdict.item, before[verdict.unit].choice == verdict.choice
        before[verdict.unit] = verdict
