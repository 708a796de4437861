"""What sets two versions of a dataset apart, row by row."""

from collections import Counter, defaultdict
from collections.abc import Callable, Hashable, Iterable, Sequence
from typing import Any, Literal, NamedTuple

from playground.dataset.clean import Numbered
from playground.dataset.split import prompt_key
from playground.records import Example

SHOWN = 200
"""Rows of each kind that are told with their texts, if nothing else is asked."""


class Difference(NamedTuple):
    """A row that one version lacks, or that both have with other texts."""

    what: Literal["added", "removed", "changed"]
    before: Numbered | None
    after: Numbered | None

    @property
    def fields(self) -> tuple[str, ...]:
        """Which of prompt, completion and tags differ."""
        if self.before is None or self.after is None:
            return ()
        one, other = self.before.example, self.after.example
        return tuple(
            name for name in ("prompt", "completion", "tags") if getattr(one, name) != getattr(other, name)
        )


class Diff(NamedTuple):
    """How many rows differ, and the first of them in the order of the table."""

    same: int
    added: int
    removed: int
    changed: int
    rows: list[Difference]
    """The changed, then the added, then the removed; of each kind as many as were asked for."""

    def __str__(self) -> str:
        parts = [f"{self.added:,} rows added", f"{self.removed:,} removed", f"{self.changed:,} changed"]
        return ", ".join(parts) + f", {self.same:,} the same"


def diff(before: Any, after: Any, shown: int = SHOWN) -> Diff:
    """What sets two datasets apart; `shown` bounds the rows of each kind that are told.

    Rows are the same where their content is, wherever they stand. Of the others, one was changed into
    another where both have the same row of one source and share prompt or completion; or the same prompt;
    or the same completion, found nowhere else; or, in one source, the same row at least.
    """
    left, right = _rest(before, after)
    same = len(before) - len(left)
    changed: list[tuple[int, int]] = []
    one_source = _source(before) is not None and _source(before) == _source(after)
    for key, unique in _KEYS if one_source else _KEYS[2:4]:
        changed += _match(before, after, left, right, key, unique)
        matched = {one for one, _ in changed}, {other for _, other in changed}
        left = [at for at in left if at not in matched[0]]
        right = [at for at in right if at not in matched[1]]
    changed.sort(key=lambda pair: pair[1])
    rows = [Difference("changed", _row(before, one), _row(after, other)) for one, other in changed[:shown]]
    rows += [Difference("added", None, _row(after, at)) for at in right[:shown]]
    rows += [Difference("removed", _row(before, at), None) for at in left[:shown]]
    return Diff(same, len(right), len(left), len(changed), rows)


def _rest(before: Sequence[Example], after: Sequence[Example]) -> tuple[list[int], list[int]]:
    """Positions of the rows that have no twin in the other table."""
    places: dict[Example, list[int]] = defaultdict(list)
    for at, example in enumerate(after):
        places[example].append(at)
    for found in places.values():
        found.reverse()
    left = []
    for at, example in enumerate(before):
        twins = places.get(example)
        if twins:
            twins.pop()
        else:
            left.append(at)
    return left, sorted(at for found in places.values() for at in found)


def _match(
    before: Any,
    after: Any,
    left: Iterable[int],
    right: Iterable[int],
    key: Callable[[int, Example], Hashable],
    unique: bool,
) -> list[tuple[int, int]]:
    """Pairs of positions with one key, in order; with `unique` only where it stands once in each table."""
    ones, others = _by_key(before, left, key), _by_key(after, right, key)
    pairs = []
    if unique:
        whole = [Counter(map(key, dataset.numbers, dataset)) for dataset in (before, after)]
        ones = {value: found for value, found in ones.items() if whole[0][value] == 1 == whole[1][value]}
    for value, positions in ones.items():
        partners = others.get(value, [])
        pairs += list(zip(positions, partners, strict=False))
    return pairs


def _by_key(dataset: Any, positions: Iterable[int], key: Callable) -> dict[Hashable, list[int]]:
    found: dict[Hashable, list[int]] = defaultdict(list)
    for at in positions:
        found[key(dataset.numbers[at], dataset[at])].append(at)
    return found


_KEYS: tuple[tuple[Callable[[int, Example], Hashable], bool], ...] = (
    (lambda number, example: (number, prompt_key(example)), False),
    (lambda number, example: (number, example.completion), False),
    (lambda number, example: prompt_key(example), False),
    (lambda number, example: example.completion, True),
    (lambda number, example: number, False),
)


def _source(dataset: Any) -> tuple[str, str] | None:
    """What makes row numbers of two tables mean the same rows: one source, in whatever state."""
    origin = dataset.origin
    return (origin.kind, origin.name) if origin else None


def _row(dataset: Any, at: int) -> Numbered:
    return Numbered(dataset.numbers[at], dataset[at])
