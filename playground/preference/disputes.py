"""Items on which annotators differ, for somebody to settle."""

from collections import defaultdict
from dataclasses import dataclass
from itertools import combinations

from playground.preference.judgements import Item, Judgement, judgements_of
from playground.preference.ranking import Order


@dataclass(frozen=True, slots=True)
class Dispute:
    """An item whose judgements conflict, in the places of the first of them."""

    criterion: str
    prompt: str
    completions: tuple[str, ...]
    conflict: float
    """Mean distance of two annotators: 0 the same, 1 the very opposite; a tie lies half way."""
    orders: dict[str, Order]
    """What each annotator said first: places best first, ties grouped."""
    votes: tuple[str, ...]
    """The votes' names, in the order of `orders`."""


def disputes(source, least: float = 0.0, url: str | None = None) -> list[Dispute]:
    """Items with judgements of two or more annotators that differ by more than `least`, the worst first.

    The distance of two judgements is the share of pairs of completions turned round, with half for a
    pair that only one of them calls a tie: Kendall's distance with ties (Fagin et al. 2006, p = 1/2).
    `both_bad` counts as a tie. Raises NotFoundError, InputError; without conflicts the list is empty.
    """
    groups: dict[Item, dict[str, Judgement]] = defaultdict(dict)
    for judgement in sorted(judgements_of(source, url), key=lambda one: one.sequence):
        groups[judgement.item].setdefault(judgement.annotator, judgement)
    found = [_dispute(list(group.values())) for group in groups.values() if len(group) > 1]
    return sorted((one for one in found if one.conflict > least), key=lambda one: -one.conflict)


def distance(one: Order, other: Order) -> float:
    """Kendall's distance of two orders of the same places, 0 to 1."""
    pairs = list(combinations(sorted(place for group in one for place in group), 2))
    signs = []
    for order in (one, other):
        level = {place: number for number, group in enumerate(order) for place in group}
        signs.append([_sign(level[a] - level[b]) for a, b in pairs])
    return sum(abs(a - b) / 2 for a, b in zip(*signs, strict=True)) / len(pairs)


def _dispute(group: list[Judgement]) -> Dispute:
    first = group[0]
    orders = {judgement.annotator: _turned(judgement, first.completions) for judgement in group}
    distances = [distance(a, b) for a, b in combinations(orders.values(), 2)]
    return Dispute(
        criterion=first.criterion,
        prompt=first.prompt,
        completions=first.completions,
        conflict=sum(distances) / len(distances),
        orders=orders,
        votes=tuple(judgement.vote for judgement in group),
    )


def _turned(judgement: Judgement, completions: tuple[str, ...]) -> Order:
    """Its order in the places of `completions`, the same texts perhaps otherwise arranged."""
    place = {text: number for number, text in enumerate(completions)}
    texts = judgement.completions
    return tuple(tuple(sorted(place[texts[at]] for at in group)) for group in judgement.order)


def _sign(number: int) -> int:
    return (number > 0) - (number < 0)
