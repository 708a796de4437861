"""Work that may take long tells how far it is through a plain callable, `progress(done, total)`."""

import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any, TypeVar

Progress = Callable[[int, int], object]
"""Hears how many rows are done of how many. A total of 0 says that nobody knows it."""

_EVERY = 2000
_T = TypeVar("_T")


def progress(what: str = "rows", file: Any = None) -> Progress:
    """A bar for a notebook or a terminal: `data.check(progress=pg.progress("rows checked"))`.

    It is drawn with tqdm on `file`, standard error unless told, and closes when all is done.
    """
    from tqdm.auto import tqdm

    bar = None

    def tell(done: int, total: int) -> None:
        nonlocal bar
        if bar is None:
            bar = tqdm(total=total or None, desc=what, unit=" rows", file=file or sys.stderr)
        bar.total = total or None
        bar.update(done - bar.n)
        if total and done >= total:
            bar.close()
            bar = None

    return tell


def told(rows: Iterable[_T], tell: Progress | None, total: int = 0) -> Iterator[_T]:
    """The rows; `tell` hears of every 2,000 of them, and of the last one."""
    if tell is None:
        yield from rows
        return
    known = len(rows) if isinstance(rows, Sequence) else total
    done = 0
    for done, row in enumerate(rows, start=1):
        if done % _EVERY == 1:
            tell(min(done - 1, known) if known else done - 1, known)
        yield row
    tell(known or done, known or done)


def within(tell: Progress | None, first: float, last: float) -> Progress | None:
    """A callable for work that is the part of a whole between two shares of it, 0 … 1."""
    if tell is None:
        return None

    def told_of_all(done: int, total: int) -> None:
        if not total:
            tell(done, 0)
            return
        share = first + (last - first) * min(done / total, 1)
        tell(total if share >= 1 else int(share * total), total)

    return told_of_all
