"""The rows of a saved dataset as a sequence: a row is parsed when it is asked for, so opening is quick."""

import json
import threading
from collections.abc import Iterator, Sequence

import numpy

from playground.records import Example, Message


def example(line: bytes) -> Example:
    """An example from its line."""
    row = json.loads(line)
    prompt = tuple(Message(turn["role"], turn["content"]) for turn in row["prompt"])
    return Example(prompt, row["completion"], tuple(row["tags"]))


class Lines(Sequence[Example]):
    """Line i of `data` has the bytes `starts[i]:starts[i + 1]`.

    Whoever goes through all of them has all parsed and kept; the bytes are let go then.
    """

    def __init__(self, data: bytes, starts: numpy.ndarray):
        self._data, self._starts, self._all = data, starts, None
        self._lock = threading.Lock()

    def __len__(self) -> int:
        return len(self._starts) - 1

    def __iter__(self) -> Iterator[Example]:
        return iter(self._parsed())

    def __getitem__(self, at):
        data, parsed = self._data, self._all
        if parsed is not None:
            return parsed[at]
        if isinstance(at, slice):
            return tuple(self[place] for place in range(len(self))[at])
        place = range(len(self))[at]
        return example(data[self._starts[place] : self._starts[place + 1]])

    def tagged(self, tag: str) -> list[int]:
        """Positions of the rows that bear a tag, without parsing the others."""
        data, parsed = self._data, self._all
        if parsed is not None:
            return [at for at, one in enumerate(parsed) if tag in one.tags]
        # In a text of a row no quote stands bare, so this is found as a whole value only.
        sought, found, at = json.dumps(tag, ensure_ascii=False).encode(), [], -1
        while (at := data.find(sought, at + 1)) >= 0:
            place = int(numpy.searchsorted(self._starts, at, "right")) - 1
            if found[-1:] != [place] and tag in self[place].tags:
                found.append(place)
        return found

    def _parsed(self) -> tuple[Example, ...]:
        with self._lock:
            if self._all is None:
                self._all = tuple(map(example, self._data.splitlines()))
                self._data = b""
            return self._all
