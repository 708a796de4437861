"""Which annotation tool wrote these rows, and the same rows in plain columns."""

from collections import Counter
from collections.abc import Iterable, Sequence
from typing import Any

from playground.dataset import argilla, label_studio
from playground.records import Finding

NumberedRow = tuple[int, Any]

TOOLS = {"argilla": argilla, "label-studio": label_studio}
"""Annotation tools whose JSON is written and read; see the module of each."""


def recognise(rows: Iterable[Any]) -> str | None:
    """The tool that more than half of the rows are from, if there is one."""
    counts = Counter(
        next((name for name, tool in TOOLS.items() if tool.is_record(row)), None) for row in rows
    )
    name = max(counts, key=counts.get, default=None)
    return name if counts[name] * 2 > counts.total() else None


def plain(rows: Sequence[NumberedRow]) -> tuple[list[NumberedRow], list[Finding]]:
    """Rows in plain columns, several of one number where several people answered, and what was not read.

    Rows of no tool stay as they are, so doing it again changes nothing.
    """
    result, findings = [], []
    for number, row in rows:
        tool = next((tool for tool in TOOLS.values() if tool.is_record(row)), None)
        if tool is None:
            result.append((number, row))
            continue
        read, found = tool.rows(number, row)
        result += [(number, one) for one in read]
        findings += found
    return result, findings


def first_answers(rows: Iterable[NumberedRow]) -> tuple[list[NumberedRow], list[Finding]]:
    """The first row of every number, and a finding for every number that has more."""
    first: dict[int, Any] = {}
    more: dict[int, int] = {}
    for number, row in rows:
        if number in first:
            more[number] = more.get(number, 1) + 1
        else:
            first[number] = row
    told = [
        Finding(number, "answers", f"{count} people answered it; the first answer was taken", "kept")
        for number, count in more.items()
    ]
    return list(first.items()), told
