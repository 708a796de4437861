"""Rows that nobody has approved yet: marked by a tag, filled in, approved or rejected."""

from collections.abc import Iterable, Sequence
from dataclasses import replace

from playground.dataset.cells import RowProblem, storable
from playground.dataset.clean import DRAFT, Numbered, unfilled
from playground.dataset.repair import Change
from playground.errors import InputError, NotFoundError
from playground.records import Example, Message

SYNTHETIC = "synthetic"
"""The tag of a row that a template or a model wrote; it stays when the row is approved."""


def is_draft(example: Example) -> bool:
    return DRAFT in example.tags


def marked(example: Example, *tags: str) -> Example:
    """The example with these tags after its own, and as a draft."""
    kept = [tag for tag in example.tags if tag not in (*tags, DRAFT)]
    return replace(example, tags=(*kept, *tags, DRAFT))


def approve(
    rows: Sequence[Numbered], chosen: Iterable[int] | None, *, prompts_only: bool = False
) -> tuple[list[Numbered], list[Change]]:
    """The rows without the mark on those that were chosen, or on all drafts, and what changed.

    Raises NotFoundError for a row that is no draft, InputError for one that lacks a prompt or completion.
    """
    wanted = _drafts(rows, chosen)
    empty = [row.row for row in rows if row.row in wanted and unfilled(row.example, prompts_only)]
    if empty:
        raise InputError(
            f"Drafts without a prompt or a completion: {_listed(empty)}",
            rule="What is approved is learned, so it must hold both",
            remedy="Fill them in with revise(row, prompt=…, completion=…), or leave them out with reject",
        )
    result, changes = [], []
    for row in rows:
        if row.row in wanted:
            tags = tuple(tag for tag in row.example.tags if tag != DRAFT)
            changes.append(_change(row, "approve", "It was approved", row.example.completion))
            row = Numbered(row.row, replace(row.example, tags=tags))
        result.append(row)
    return result, changes


def reject(rows: Sequence[Numbered], chosen: Iterable[int] | None) -> tuple[list[Numbered], list[Change]]:
    """The rows without the drafts that were chosen, or without any. Raises as `approve` does."""
    wanted = _drafts(rows, chosen)
    gone = [row for row in rows if row.row in wanted]
    return (
        [row for row in rows if row.row not in wanted],
        [_change(row, "reject", "It was rejected", None) for row in gone],
    )


def revise(
    rows: Sequence[Numbered], number: int, prompt: str | None, completion: str | None
) -> tuple[list[Numbered], list[Change]]:
    """The rows with one draft's last question, completion, or both, in other words.

    Raises NotFoundError for a row that is no draft, InputError for a text that cannot be kept.
    """
    _drafts(rows, [number])
    at = next(place for place, row in enumerate(rows) if row.row == number)
    example, changes = rows[at].example, []
    for field, before, after in (
        ("prompt", example.question, prompt),
        ("completion", example.completion, completion),
    ):
        if after is None or after == before:
            continue
        try:
            storable(after)
        except RowProblem as problem:
            raise InputError(f"Row {number}: {problem}", remedy=f"Write a {field}") from problem
        changes.append(Change(number, DRAFT, "revise", "A person wrote it", field, before, after))
        if field == "completion":
            example = replace(example, completion=after)
        else:
            example = replace(example, prompt=asked(example.prompt, after))
    return [*rows[:at], Numbered(number, example), *rows[at + 1 :]], changes


def asked(prompt: tuple[Message, ...], question: str) -> tuple[Message, ...]:
    """The conversation with another last question."""
    at = max((place for place, message in enumerate(prompt) if message.role == "user"), default=len(prompt))
    return (*prompt[:at], Message("user", question), *prompt[at + 1 :])


def _drafts(rows: Sequence[Numbered], chosen: Iterable[int] | None) -> set[int]:
    drafts = {row.row for row in rows if is_draft(row.example)}
    wanted = drafts if chosen is None else set(chosen)
    if missing := sorted(wanted - drafts):
        raise NotFoundError(
            f"Rows that are no drafts: {_listed(missing)}",
            rule=f"The drafts are {_listed(sorted(drafts)) or 'none'}",
            remedy="Give numbers as drafts().numbers has them",
        )
    return wanted


def _listed(numbers: Sequence[int]) -> str:
    return ", ".join(map(str, numbers[:8])) + (f" and {len(numbers) - 8} more" if len(numbers) > 8 else "")


def _change(row: Numbered, action: str, why: str, after: str | None) -> Change:
    return Change(row.row, DRAFT, action, why, "", row.example.completion, after)
