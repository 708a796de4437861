"""What people write for a judgement: words, letters and codes as a choice, and ranks as an order."""

import re
from collections.abc import Iterable
from typing import Any

from playground.dataset.answers import Answers, plain_name
from playground.dataset.cells import RowProblem, code, kind
from playground.errors import DatasetError
from playground.preference.ranking import Order
from playground.records import Choice

_WORDS: dict[str, Choice] = {
    "first": "first",
    "left": "first",
    "second": "second",
    "right": "second",
    "tie": "tie",
    "tied": "tie",
    "equal": "tie",
    "same": "tie",
    "draw": "tie",
    "both_bad": "both_bad",
    "both bad": "both_bad",
    "bothbad": "both_bad",
    "tie (bothbad)": "both_bad",
    "neither": "both_bad",
    "skip": "skip",
}
_NUMBER = re.compile(r"[-+]?\d+(\.\d+)?")


MAX_ANSWERS = 64
"""Answers to one prompt that are compared, each with each; beyond, pairs would outgrow their file."""


def reading(values: Iterable[Any], answers: Answers) -> dict[str, Choice]:
    """What the labels of two answers mean, by `code`; a label that is not among them means nothing.

    Words, letters and the names of the columns say it themselves. Numbers say it where the columns'
    names end in them, or where they are 1 and 2 and no name ends in a number. Raises DatasetError
    for all others: a 0 may be the first answer, a tie or "no".
    """
    (first, second), (a, b) = answers.columns, answers.endings
    meanings: dict[str, Choice] = dict(_WORDS)
    for ending, column, choice in ((a, first, "first"), (b, second, "second")):
        meanings |= {code(column): choice, plain_name(column): choice}
        if not ending.isdigit():
            meanings |= dict.fromkeys((ending, f"model_{ending}", f"assistant_{ending}"), choice)
    codes = {code(value) for value in values}
    numbers = {text for text in codes if _NUMBER.fullmatch(text) or text in ("true", "false")}
    named = a.isdigit() and b.isdigit()
    if numbers and (numbers <= {a, b} if named else numbers == {"1", "2"}):
        return meanings | ({a: "first", b: "second"} if named else {"1": "first", "2": "second"})
    if numbers:
        shown = ", ".join(sorted(numbers)[:12])
        raise DatasetError(
            f"The columns {first!r} and {second!r} hold answers, and {answers.label!r} the codes {shown}",
            rule="Whether a code means the first answer, the second or a tie is not in the file, so we ask",
            remedy=f"Say it: mapping=Mapping(prompt={answers.prompt!r}, first={first!r}, second={second!r}, "
            f"label={answers.label!r}, labels={{'0': 'tie', '1': 'first', '2': 'second'}})",
        )
    return meanings


def order_of(value: Any, count: int, column: str) -> Order:
    """Ranks or an order of `count` answers, best first, ties grouped.

    Nested lists are positions, ties grouped. A flat list in a column called order is positions; in
    any other it is one rank for each answer, the smallest best. Raises RowProblem.
    """
    if not isinstance(value, list | tuple):
        raise RowProblem(f"'{column}' is {kind(value)}, not a list")
    if value and all(isinstance(group, list | tuple) for group in value):
        return _positions([list(group) for group in value], count, column)
    if plain_name(column) == "order":
        return _positions([[place] for place in value], count, column)
    return order_of_ranks(list(value), count, column)


def order_of_ranks(ranks: list[Any], count: int, column: str) -> Order:
    """One rank for each answer as an order; equal ranks tie. Raises RowProblem."""
    values = [code(rank) for rank in ranks]
    if len(values) != count or not all(_NUMBER.fullmatch(value) for value in values):
        raise RowProblem(
            f"'{column}' holds {', '.join(map(repr, ranks[:8]))}, not one rank for each of {count}"
        )
    numbers = [float(value) for value in values]
    return tuple(
        tuple(place for place, number in enumerate(numbers) if number == level)
        for level in sorted({*numbers})
    )


def is_unclear(value: Any) -> bool:
    """True for a flat list that gives one order read as ranks and another read as positions."""
    if not isinstance(value, list | tuple) or not all(type(place) is int for place in value):
        return False
    base = min(value, default=0)
    places = [place - base for place in value]
    permuted = base in (0, 1) and sorted(places) == list(range(len(places)))
    return permuted and any(places[place] != at for at, place in enumerate(places))


def _positions(groups: list[list[Any]], count: int, column: str) -> Order:
    flat = [place for group in groups for place in group]
    if any(type(place) is not int for place in flat):
        raise RowProblem(f"'{column}' holds {flat[:8]!r}, not positions")
    base = min(flat, default=0)
    if base not in (0, 1) or sorted(flat) != list(range(base, count + base)):
        raise RowProblem(f"'{column}' holds {flat[:8]!r}, not each of {count} positions once")
    return tuple(tuple(sorted(place - base for place in group)) for group in groups if group)
