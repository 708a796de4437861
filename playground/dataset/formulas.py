"""Cells that a spreadsheet would compute (CWE-1236), made harmless, and read back as they were."""

import re
from collections.abc import Iterable, Iterator

from playground.records import Finding

_FORMULA = re.compile(r"'*[=+\-@\t\r\n\uff1d\uff0b\uff0d\uff20]")
_QUOTED = re.compile(r"'+[=+\-@\t\r\n\uff1d\uff0b\uff0d\uff20]")


def neutralise(cell: str) -> str:
    """The cell with an apostrophe before it where a spreadsheet might take it for a formula.

    One goes also before those that have apostrophes already, so that `restore` is its exact inverse.
    """
    return f"'{cell}" if _FORMULA.match(cell) else cell


def restore(cell: str) -> str:
    """The cell as it was before `neutralise`."""
    return cell[1:] if cell[:1] == "'" and _QUOTED.match(cell) else cell


def restored(rows: Iterable[list[str]], findings: list[Finding]) -> Iterator[list[str]]:
    """Rows of a CSV file with their cells restored; how many were, is told in `findings` at the end."""
    count = 0
    for cells in rows:
        plain = [restore(cell) for cell in cells]
        count += sum(map(str.__ne__, cells, plain))
        yield plain
    if count:
        told = f"In {count:,} cells the apostrophe was taken off that keeps spreadsheets from computing them"
        findings.append(Finding(0, "formula", told, "repaired"))
