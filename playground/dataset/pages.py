"""A saved dataset read a page at a time: its index says where each line begins, so no other is parsed."""

import functools
import json
from collections.abc import Collection, Iterable
from pathlib import Path
from typing import NamedTuple, get_args

import numpy

from playground.dataset import saved
from playground.dataset.clean import Numbered
from playground.dataset.lines import example
from playground.errors import InputError
from playground.records import Example, Role

LONGEST = 1000
"""Rows that a page may have."""
_REMEMBERED = 32

_BLOCK = 2**24

_TURNS = [f'{{"role":"{role}","content":"' for role in get_args(Role)]
_ENDS = ['"}', '],"completion":"', '","tags":[', "]}\n"]
_FRAME = ['{"prompt":[', *(f",{turn}" for turn in _TURNS), *_TURNS, *_ENDS]
"""What stands in lines around the texts, where to be found says nothing. In a text no quote stands bare."""


class Page(NamedTuple):
    """Rows of a saved dataset, numbered as in the source, and how many there are to page through."""

    rows: list[Numbered]
    total: int


def page(
    name: str,
    start: int = 0,
    stop: int = 50,
    *,
    text: str = "",
    kind: str | None = None,
    rows: Collection[int] | None = None,
) -> Page:
    """The rows from position `start` up to `stop` of those that hold `text` and have a finding of a `kind`.

    `text` is sought in prompt, completion and tags, in any case. `kind` is one of the findings saved with
    the dataset; `rows` names rows of the source, as the findings of a check do. Whether the file is as it
    was saved is what loading proves, not this.

    Raises NotFoundError for a name that is not saved, InputError for an impossible range.
    """
    if not 0 <= start <= stop or stop - start > LONGEST:
        raise InputError(
            f"The rows asked for are {start} to {stop}",
            rule=f"A page begins at 0 or later and has up to {LONGEST} rows",
        )
    folder = saved.folder_of(name)
    index = _index(folder)
    total = len(index.numbers) - 1
    if not text and kind is None and rows is None:
        return Page(_read(folder, index, range(start, min(stop, total))), total)
    chosen = _chosen(folder, text, kind)
    if rows is not None:
        chosen = chosen[numpy.isin(index.numbers[chosen], list(rows))]
    return Page(_read(folder, index, chosen[start:stop].tolist()), len(chosen))


@functools.lru_cache(maxsize=_REMEMBERED)
def _index(folder: Path) -> saved.Index:
    return saved.index(folder)


@functools.lru_cache(maxsize=_REMEMBERED)
def _chosen(folder: Path, text: str, kind: str | None) -> numpy.ndarray:
    """Positions of the rows that hold a text and have a finding."""
    index = _index(folder)
    chosen = numpy.arange(len(index.numbers) - 1)
    if kind is not None:
        found = [one.row for one in saved.findings(folder) if one.kind == kind]
        chosen = chosen[numpy.isin(index.numbers[:-1], found)]
    return numpy.intersect1d(chosen, _holding(folder, index, text)) if text else chosen


def _holding(folder: Path, index: saved.Index, text: str) -> numpy.ndarray:
    """Positions of the lines with a text: sought by Arrow, to which the index is a column's offsets."""
    import pyarrow

    written = json.dumps(text, ensure_ascii=False)[1:-1]
    framed = written.casefold() in "\0".join(_FRAME)
    found, starts, at = [numpy.zeros(0, numpy.int64)], numpy.asarray(index.starts), 0
    with open(folder / "data.jsonl", "rb") as file:
        while at < len(starts) - 1:
            end = max(int(numpy.searchsorted(starts, starts[at] + _BLOCK, "right")) - 1, at + 1)
            whole = block = file.read(int(starts[end] - starts[at]))
            for part in _FRAME if framed else ():
                block = block.replace(part.encode(), bytes(len(part)))
            offsets = starts[at : end + 1] - starts[at]
            buffers = pyarrow.py_buffer(offsets), pyarrow.py_buffer(block)
            lines = pyarrow.LargeStringArray.from_buffers(end - at, *buffers)
            here, escaped = (_places(lines, sought) for sought in (written, "\\" + written))
            # The n of a line break is none of the text's: such rows are looked at as they are read.
            seen = {row: example(whole[offsets[row] : offsets[row + 1]]) for row in escaped.tolist()}
            wrong = [row for row, one in seen.items() if not _holds(one, text)]
            found.append(at + numpy.setdiff1d(here, wrong))
            at = end
    return numpy.concatenate(found)


def _places(lines, sought: str) -> numpy.ndarray:
    import pyarrow.compute

    mask = pyarrow.compute.match_substring(lines, sought, ignore_case=True)
    return numpy.flatnonzero(mask.to_numpy(zero_copy_only=False))


def _holds(row: Example, text: str) -> bool:
    parts = (*(message.content for message in row.prompt), row.completion, *row.tags)
    return any(text.casefold() in part.casefold() for part in parts)


def _read(folder: Path, index: saved.Index, positions: Iterable[int]) -> list[Numbered]:
    """The rows at these positions."""
    rows = []
    with open(folder / "data.jsonl", "rb") as file:
        for at in positions:
            file.seek(int(index.starts[at]))
            line = file.read(int(index.starts[at + 1] - index.starts[at]))
            rows.append(Numbered(int(index.numbers[at]), example(line)))
    return rows
