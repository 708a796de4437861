"""Rows that hold one answer each: with a rank, or, as KTO has it, with good or bad."""

from collections.abc import Callable, Iterable, Iterator
from typing import Any, NamedTuple

from playground.dataset import cells
from playground.dataset.answers import PROMPTS, SINGLE, answers_in
from playground.dataset.cells import RowProblem
from playground.dataset.shapes import label_column, truth
from playground.preference import labels, ranking
from playground.records import Comparison, Finding, Ranking

Question = Callable[[dict[str, Any], str], str]
"""Reads a prompt, or raises RowProblem."""


class Single(NamedTuple):
    """One answer and its mark: a rank as text, or whether it is good."""

    row: int
    prompt: str
    answer: str
    mark: Any


def ranked(number: int, row: dict[str, Any], question: Question) -> Single:
    """An answer with its rank. Raises RowProblem."""
    found = answers_in(tuple(row))
    answer = cells.storable(cells.answer(row, found.columns[0]))
    return Single(number, question(row, found.prompt), answer, cells.code(row[found.label]))


def good_or_bad(number: int, row: dict[str, Any], question: Question) -> Single:
    """An answer with KTO's label. Raises RowProblem."""
    prompt = next(name for name in PROMPTS if row.get(name) is not None)
    answer = next(name for name in SINGLE if row.get(name) is not None)
    said = cells.storable(cells.answer(row, answer))
    return Single(number, question(row, prompt), said, truth(row[label_column(row)]))


def compare_ranked(singles: Iterable[Single]) -> tuple[list[Comparison], list[Finding]]:
    """Every two answers to a prompt, by their ranks; a prompt with one answer becomes a finding."""
    return _compare(singles, _by_rank, "It is the only answer to its prompt")


def compare_good_and_bad(singles: Iterable[Single]) -> tuple[list[Comparison], list[Finding]]:
    """Every good answer before every bad one to the same prompt, which is all that such labels say."""
    return _compare(singles, _by_truth, "No answer to this prompt has the other label")


def _compare(
    singles: Iterable[Single], pair: Callable[[list[Single]], Iterator[Comparison]], alone: str
) -> tuple[list[Comparison], list[Finding]]:
    groups: dict[str, list[Single]] = {}
    for single in singles:
        groups.setdefault(single.prompt, []).append(single)
    comparisons, findings = [], []
    for whole in groups.values():
        group = whole[: labels.MAX_ANSWERS]
        much = f"Only the first {labels.MAX_ANSWERS} answers to a prompt are compared"
        findings += [Finding(single.row, "not a comparison", much) for single in whole[labels.MAX_ANSWERS :]]
        # The same answer twice says nothing about itself.
        found = [c for c in pair(group) if c.first.strip() != c.second.strip()]
        comparisons += found
        used = {text for comparison in found for text in (comparison.first, comparison.second)}
        findings += [Finding(s.row, "not a comparison", alone) for s in group if s.answer not in used]
    return comparisons, findings


def _by_rank(group: list[Single]) -> Iterator[Comparison]:
    try:
        order = labels.order_of_ranks([single.mark for single in group], len(group), "rank")
    except RowProblem:
        return iter(())
    return ranking.comparisons(Ranking(group[0].prompt, tuple(single.answer for single in group), order))


def _by_truth(group: list[Single]) -> Iterator[Comparison]:
    good, bad = ([s.answer for s in group if s.mark is mark] for mark in (True, False))
    return (Comparison(group[0].prompt, one, other, "first") for one in good for other in bad)
