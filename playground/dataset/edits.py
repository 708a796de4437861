"""Changes by hand as steps of a recipe: a cell, a row more, a row less.

A step holds no text that it replaces, because that may be what had to go, but four digits of its hash:
enough to notice another text, too few to guess this one by. A row that was added counts down from -1: rows
of a source count up from 1, and a grown source has more of them.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any, Literal, NamedTuple, get_args

from playground.dataset import clean, formats
from playground.dataset.check import whole
from playground.dataset.clean import Numbered
from playground.dataset.repair import BY_HAND, Change, Outcome, mark
from playground.errors import ConflictError, InputError, NotFoundError, PlaygroundError
from playground.records import Example, Finding, Message
from playground.store.files import has_lone_surrogate

Field = Literal["prompt", "completion", "tags"]


@dataclass(frozen=True)
class Edit:
    """Another text in one cell of one row. `field_name` is prompt, completion or tags."""

    row: int
    field_name: Field
    was: str
    """The mark of the text that is replaced."""
    text: str
    turn: int = -1
    """The turn of the prompt that it is about, counted from 0, or from the last with -1."""


@dataclass(frozen=True)
class Add:
    """One more row at the end, under a number of its own below 0."""

    row: int
    example: Example


@dataclass(frozen=True)
class Drop:
    """One row less."""

    row: int
    was: str
    """The mark of the row's texts."""


@dataclass(frozen=True)
class Settle:
    """Drafts that were approved or rejected. One that says something else by now stays a draft."""

    action: Literal["approve", "reject"]
    rows: tuple[int, ...]
    was: tuple[str, ...]
    """The marks of their texts."""


class _Approve(NamedTuple):
    row: int
    was: str


ByHand = Edit | Add | Drop | Settle


def cell(example: Example, field_name: Field, turn: int = -1) -> str:
    """The text of a cell. Raises InputError for a cell that does not exist."""
    if field_name not in get_args(Field):
        raise InputError(
            f"The field is {field_name!r}", rule=f"It is one of {', '.join(get_args(Field))}"
        )
    if field_name == "completion":
        return example.completion
    if field_name == "tags":
        return ", ".join(example.tags)
    if not isinstance(turn, int) or not -len(example.prompt) <= turn < len(example.prompt):
        raise InputError(
            f"The turn is {turn}",
            rule=f"The prompt has {len(example.prompt)} turns, counted from 0, or from the last with -1",
        )
    return example.prompt[turn].content


def editing(
    row: Numbered, field_name: Field, text: str, before: str | None = None, turn: int = -1
) -> Edit:
    """The step that puts a text into a cell of this row.

    Raises InputError for a text that cannot be stored or a cell that does not exist, ConflictError
    where the cell no longer holds `before`.
    """
    was = cell(row.example, field_name, turn)
    if before is not None and before != was:
        raise ConflictError(
            f"Row {row.row} has another {field_name} than the one that was changed: {was[:80]!r}",
            rule="A change is made to the text that was seen",
            remedy="Look at the row again, then change it",
        )
    _check_storable(text)
    return Edit(row.row, field_name, mark(was), text, turn)


def adding(number: int, given: Example | dict[str, Any]) -> Add:
    """The step that adds a row under a number. Raises InputError for what is no example."""
    if not isinstance(given, Example):
        prompts_only = isinstance(given, dict) and given.get("completion") in (None, "")
        found, problems = formats.to_examples(
            [(number, given)], "prompt-only" if prompts_only else "prompt-completion"
        )
        if not found:
            raise InputError(
                f"The row is no example: {problems[0].message}",
                remedy='Give {"prompt": …, "completion": …} or an Example',
            )
        given = found[0].example
    for text in (*(message.content for message in given.prompt), given.completion, *given.tags):
        _check_storable(text)
    return Add(number, given)


def dropping(row: Numbered) -> Drop:
    """The step that leaves out a row."""
    return Drop(row.row, mark(whole(row.example)))


def find(rows: Sequence[Numbered], number: int) -> Numbered:
    """The row with a number. Raises NotFoundError."""
    for row in rows:
        if row.row == number:
            return row
    raise NotFoundError(
        f"There is no row {number!r}",
        rule="Rows are numbered as in the source, those added by hand from -1 downwards",
        remedy="Choose a row that the table shows",
    )


def apply(rows: Sequence[Numbered], steps: Sequence[ByHand]) -> Outcome:
    """The rows after these steps. A step whose row or text is not there any more is told, not taken."""
    kept: dict[int, Numbered] = {row.row: row for row in rows}
    findings: list[Finding] = []
    changes: list[Change] = []
    for step in _each(steps):
        try:
            change = _take(kept, step)
        except PlaygroundError as error:
            message = f"A change by hand was not made: {error.value[:200]}"
            findings.append(Finding(step.row, BY_HAND, message, "kept"))
            continue
        changes.append(change)
        if change.action not in ("add", "approve"):
            done = "dropped" if change.after is None else "repaired"
            findings.append(Finding(step.row, BY_HAND, change.why, done, change.field_name))
    return Outcome(list(kept.values()), findings, changes)


def _each(steps: Sequence[ByHand]) -> Iterator[Edit | Add | Drop | _Approve]:
    """Steps about one row each."""
    for step in steps:
        if not isinstance(step, Settle):
            yield step
            continue
        kind = _Approve if step.action == "approve" else Drop
        yield from map(kind, step.rows, step.was)


def _take(kept: dict[int, Numbered], step: Edit | Add | Drop | _Approve) -> Change:
    if isinstance(step, Add):
        # A grown source may have bred more drafts, which count downwards too.
        number = step.row if step.row not in kept else min(kept) - 1
        kept[number] = Numbered(number, step.example)
        return Change(number, BY_HAND, "add", "Added by hand", "", "", whole(step.example))
    row = find(list(filter(None, [kept.get(step.row)])), step.row)
    if isinstance(step, Drop):
        before = whole(row.example)
        _check_same(before, step)
        del kept[step.row]
        return Change(step.row, BY_HAND, "drop", "Left out by hand", "", before, None)
    if isinstance(step, _Approve):
        before = whole(row.example)
        _check_same(before, step)
        tags = tuple(tag for tag in row.example.tags if tag != clean.DRAFT)
        kept[step.row] = Numbered(step.row, replace(row.example, tags=tags))
        return Change(step.row, clean.DRAFT, "approve", "It was approved", "", before, before)
    before = cell(row.example, step.field_name, step.turn)
    _check_same(before, step)
    kept[step.row] = Numbered(step.row, _with(row.example, step))
    return Change(step.row, BY_HAND, "edit", "Changed by hand", step.field_name, before, step.text)


def _with(example: Example, step: Edit) -> Example:
    if step.field_name == "completion":
        return replace(example, completion=step.text)
    if step.field_name == "tags":
        tags = (tag.strip() for tag in step.text.split(","))
        return replace(example, tags=tuple(tag for tag in tags if tag))
    prompt = list(example.prompt)
    prompt[step.turn] = Message(prompt[step.turn].role, step.text)
    return replace(example, prompt=tuple(prompt))


def _check_same(before: str, step: Edit | Drop | _Approve) -> None:
    if mark(before) != step.was:
        raise ConflictError(f"Row {step.row} holds another text than when it was changed by hand")


def _check_storable(text: Any) -> None:
    if not isinstance(text, str) or "\0" in text or has_lone_surrogate(text):
        raise InputError(
            f"The text is {text!r:.80}",
            rule="A cell holds text without the NUL character and without half a character",
            remedy="Type the text again",
        )
