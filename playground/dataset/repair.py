"""Repairs of what `check` finds, as steps of a recipe, and what they did to every row."""

from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from typing import Literal, NamedTuple

from playground.dataset import clean
from playground.dataset.check import check, whole
from playground.dataset.clean import Numbered
from playground.dataset.kinds import ACTIONS, KINDS, known
from playground.dataset.near import THRESHOLD
from playground.dataset.origin import digest_bytes
from playground.dataset.progress import Progress
from playground.errors import InputError
from playground.records import Example, Finding, Message

BY_HAND = "by hand"
"""The kind of finding that tells of what a person did to single rows."""

_DONE = {"drop": "dropped", "fix": "repaired", "redact": "repaired", "keep": "kept"}


@dataclass(frozen=True)
class Clean:
    """What `Dataset.clean` does, as a step."""

    max_characters: int = clean.MAX_CHARACTERS


@dataclass(frozen=True)
class Repair:
    """One decision about one kind of finding: drop, fix, redact or keep.

    Raises InputError for a kind that does not exist or an action that it does not have.
    """

    kind: str
    action: Literal["drop", "fix", "redact", "keep"]
    rows: tuple[int, ...] | None = None
    """Rows of the source it is about, as findings number them; all that have the finding, if None."""
    limit: int = clean.MAX_CHARACTERS
    """For `overlong`: what an example may have."""
    unit: Literal["characters", "tokens"] = "characters"
    """What `limit` counts. Tokens need a `length` function when the step is applied."""
    threshold: float = THRESHOLD
    """For `near duplicate`: the share of words that makes one."""
    was: tuple[str, ...] | None = field(default=None, compare=False)
    """The marks of the texts of `rows` when they were chosen, "" for a row without the finding. It is noted
    when the step is taken; with it a replay leaves a row alone that holds another text."""

    def __post_init__(self):
        known((self.kind,))
        if self.action not in KINDS[self.kind].repairs:
            raise InputError(
                f"The action for {self.kind!r} is {self.action!r}",
                rule=f"It can be {', '.join(KINDS[self.kind].repairs)}",
                remedy="; ".join(f"{name}: {ACTIONS[name]}" for name in KINDS[self.kind].repairs),
            )
        if self.unit not in ("characters", "tokens"):
            raise InputError(f"The unit is {self.unit!r}", rule="It is characters or tokens")
        if self.rows is not None:
            if not all(isinstance(row, int) for row in self.rows):
                raise InputError("The rows of a repair are no whole numbers", rule="Rows count from 1")
            object.__setattr__(self, "rows", tuple(sorted(set(self.rows))))
        if self.was is not None and len(self.was) != len(self.rows or ()):
            raise InputError("The marks of a repair are not as many as its rows", rule="Each row has one")


class Change(NamedTuple):
    """What one repair did to one row; `after` is None where the row was left out."""

    row: int
    kind: str
    action: str
    why: str
    field_name: str
    before: str
    after: str | None


class Outcome(NamedTuple):
    """The rows after a repair, what to tell about it, and the text before and after."""

    rows: list[Numbered]
    findings: list[Finding]
    changes: list[Change]


def mark(text: str) -> str:
    """What tells a text from another one, but does not tell the text."""
    return digest_bytes(text)[:4]


def marking(rows: Sequence[Numbered], step: Repair, outcome: Outcome) -> Repair:
    """The step as it is noted after it was taken on these rows: with the marks of those it chose."""
    if step.rows is None or step.was is not None:
        return step
    found = {one.row for one in outcome.findings}
    marks = {row.row: mark(whole(row.example)) for row in rows if row.row in found}
    return replace(step, was=tuple(marks.get(number, "") for number in step.rows))


def apply(
    rows: Sequence[Numbered],
    step: Repair,
    *,
    prompts_only: bool = False,
    length: Callable[[str], int] | None = None,
    progress: Progress | None = None,
) -> Outcome:
    """The rows after one repair. Only rows that have the finding are touched, named or not.

    A row that held another text when it was chosen is left alone, and that is told. Raises InputError if
    the step counts tokens and `length` is missing.
    """
    if step.unit == "tokens" and length is None:
        raise InputError(
            "The step counts tokens", rule="It needs a tokenizer", remedy="Give length=, a function of a text"
        )
    found = check(
        rows,
        step.kind,
        limit=step.limit,
        length=length if step.unit == "tokens" else None,
        threshold=step.threshold,
        prompts_only=prompts_only,
        progress=progress,
    )
    chosen, missed = _chosen(rows, step)
    of_row: dict[int, list[Finding]] = defaultdict(list)
    for finding in found:
        if chosen is None or finding.row in chosen:
            of_row[finding.row].append(finding)
    result = Outcome([], missed, [])
    for row in rows:
        if row.row not in of_row:
            result.rows.append(row)
        else:
            _settle(row, step, of_row[row.row], result)
    return result


def _chosen(rows: Sequence[Numbered], step: Repair) -> tuple[set[int] | None, list[Finding]]:
    """The rows that the step is about, None for all, and what to tell of those that are not as they were."""
    if step.rows is None or step.was is None:
        return None if step.rows is None else set(step.rows), []
    wanted = {number: was for number, was in zip(step.rows, step.was, strict=True) if was}
    now = {row.row: mark(whole(row.example)) for row in rows if row.row in wanted}
    others = [number for number, was in wanted.items() if now.get(number) != was]
    return wanted.keys() - set(others), [_not_made(step, number, number in now) for number in others]


def _not_made(step: Repair, number: int, there: bool) -> Finding:
    why = "holds another text than when it was chosen" if there else "is not there any more"
    message = f"A repair was not made ({step.kind}: {ACTIONS[step.action]}): row {number} {why}"
    return Finding(number, BY_HAND, message, "kept")


def _settle(row: Numbered, step: Repair, found: list[Finding], result: Outcome) -> None:
    """Treat one row that has the finding."""
    done, example = _DONE[step.action], row.example
    if step.action == "drop":
        result.changes.append(
            Change(row.row, step.kind, "drop", found[0].message, "", whole(example), None)
        )
        found = found[:1]
    elif step.action == "keep":
        result.rows.append(row)
    else:
        example, changes = _mended(row, step, found)
        result.changes.extend(changes)
        result.rows.append(Numbered(row.row, example))
        done = done if changes else "kept"
    result.findings.extend(replace(finding, action=done) for finding in found)


def _mended(row: Numbered, step: Repair, found: list[Finding]) -> tuple[Example, list[Change]]:
    """The example with its texts mended; as it was where nothing would be left of a text."""
    mend, changes = KINDS[step.kind].mend, []
    why = {finding.field_name: finding.message for finding in found}

    def new(text: str, field_name: str) -> str:
        after = mend(text)
        if after == text or (text.strip() and not after.strip()):
            return text
        reason = why.get(field_name, found[0].message)
        changes.append(Change(row.row, step.kind, step.action, reason, field_name, text, after))
        return after

    example = row.example
    prompt = tuple(Message(message.role, new(message.content, "prompt")) for message in example.prompt)
    return replace(example, prompt=prompt, completion=new(example.completion, "completion")), changes
