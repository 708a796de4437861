"""Orders of k completions: from the screen to canonical places, and from orders to pairs."""

from collections.abc import Iterator, Sequence
from itertools import combinations

from playground.errors import InputError
from playground.records import Choice, Comparison, Ranking

Order = tuple[tuple[int, ...], ...]
"""Positions best first, ties grouped: ((2,), (0, 1)) puts the third before the first two."""

_SWAPPED: dict[str, Choice] = {"first": "second", "second": "first"}


def check(order: Sequence[Sequence[int]], count: int) -> Order:
    """`order` as tuples, ties sorted. Raises InputError unless it holds 0 … count - 1, each once."""
    try:
        result = tuple(tuple(sorted(group)) for group in order)
        flat = sorted(position for group in result for position in group)
    except TypeError:
        result, flat = (), []
    if flat != list(range(count)) or not all(result) or any(type(position) is not int for position in flat):
        raise InputError(
            f"The ranking is {order!r}",
            rule=f"It must hold the positions 0 to {count - 1}, each once, best first, ties grouped",
            remedy="Try [[0], [1]] for two completions",
        )
    return result


def canonical_order(order: Order, display: Sequence[int]) -> Order:
    """An order of display positions as an order of canonical places; display[i] is the place shown at i."""
    return tuple(tuple(sorted(display[position] for position in group)) for group in order)


def canonical_choice(choice: Choice, display: Sequence[int]) -> Choice:
    """A choice between display positions as a choice between canonical places. Its own inverse."""
    return _SWAPPED.get(choice, choice) if list(display) == [1, 0] else choice


def choice_of(order: Order) -> Choice:
    """An order of two completions as a choice."""
    return "tie" if len(order) == 1 else ("first", "second")[order[0][0]]


def comparisons(ranking: Ranking) -> Iterator[Comparison]:
    """Every pair of a ranking as a comparison: k (k - 1) / 2 of them, ties included. Points that were given
    tell how much better."""
    rank = {place: level for level, group in enumerate(ranking.order) for place in group}
    for first, second in combinations(range(len(ranking.completions)), 2):
        better = rank[first] - rank[second]
        choice: Choice = "first" if better < 0 else "second" if better > 0 else "tie"
        texts = ranking.completions[first], ranking.completions[second]
        gap = abs(ranking.scores[first] - ranking.scores[second]) if ranking.scores else 0
        yield Comparison(ranking.prompt, *texts, choice, ranking.annotator, strength=gap)
