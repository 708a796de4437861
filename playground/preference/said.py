"""What an annotator said of one item: checked, and turned from the screen to canonical places."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, get_args

from playground.errors import InputError
from playground.preference.design import Design, Task
from playground.preference.ranking import canonical_choice, canonical_order, check, choice_of
from playground.records import Choice
from playground.store.files import has_lone_surrogate

REASONS = {
    "unclear": "The question is unclear",
    "beyond me": "I know too little to judge this",
    "uncomfortable": "I would rather not read this",
    "broken": "An answer is broken or unreadable",
    "other": "Another reason",
}
"""Why an item may be skipped; own words go into the note."""
LEVELS = {1: "slightly", 2: "clearly", 3: "far"}
"""How much better one of two is."""
LONGEST_NOTE, LONGEST_REWRITE = 2_000, 20_000
FIELDS = ("choice", "ranking", "scores", "best_worst", "strength", "reason", "note", "rewrite")
"""The columns of a vote that hold what was said."""
_FORM = {"ranking": "ranking", "rating": "scores", "best_worst": "best_worst"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Said:
    """A judgement as it was given, in display positions. One of the first four, and what goes with it."""

    choice: Choice | None = None
    ranking: Sequence[Sequence[int]] | None = None
    scores: Sequence[int] | None = None
    """One for each completion, 1 the worst."""
    best_worst: Sequence[int] | None = None
    strength: int | None = None
    reason: str | None = None
    note: str | None = None
    rewrite: str | None = None
    """The better completion in the annotator's own words."""

    def stored(self, task: Task, design: Design, display: Sequence[int]) -> dict[str, Any]:
        """The columns of a vote, in canonical places. Raises InputError for what the task does not ask."""
        form, value = self._judgement(task, design, display)
        columns: dict[str, Any] = dict.fromkeys(FIELDS) | {form: value}
        columns["note"] = _text(self.note, "note", LONGEST_NOTE)
        columns["rewrite"] = _text(self.rewrite, "rewrite", LONGEST_REWRITE)
        columns["reason"] = self.reason or None
        columns["strength"] = self.strength
        _check_beside(columns, task, design)
        return columns

    def _judgement(self, task: Task, design: Design, display: Sequence[int]) -> tuple[str, Any]:
        given = {name: getattr(self, name) for name in FIELDS[:4] if getattr(self, name) is not None}
        if len(given) != 1:
            raise InputError("The vote is not one judgement", rule="Give either a choice or a ranking")
        [(form, value)] = given.items()
        if form == "ranking" and task == "pairwise":
            return "choice", choice_of(canonical_order(check(value, len(display)), display))
        if form == "choice":
            return form, _choice(value, task, display)
        if form != _FORM.get(task):
            asked = _FORM.get(task, "choice")
            raise InputError(f"The vote is a {form}", rule=f"In a {task} campaign a {asked} is given")
        if form == "ranking":
            return form, [list(group) for group in canonical_order(check(value, len(display)), display)]
        if form == "scores":
            return form, _scores(value, design.scale, display)
        return form, _best_worst(value, display)


def _choice(choice: str, task: str, display: Sequence[int]) -> Choice:
    allowed = get_args(Choice) if task == "pairwise" else ("skip",)
    if choice not in allowed:
        form = {"ranking": "a ranking", "rating": "scores", "best_worst": "best and worst"}.get(task)
        raise InputError(
            f"The choice is {choice!r}",
            rule=f"In a {task} campaign it is one of {', '.join(allowed)}"
            + (f", or {form} is given" if form else ""),
        )
    return canonical_choice(choice, display)


def _scores(given: Sequence[int], scale: int, display: Sequence[int]) -> list[int]:
    whole = isinstance(given, list | tuple) and all(type(one) is int and 1 <= one <= scale for one in given)
    if not whole or len(given) != len(display):
        raise InputError(
            f"The scores are {given!r}",
            rule=f"Each of the {len(display)} completions has one from 1 to {scale}",
        )
    by_place = dict(zip(display, given, strict=True))
    return [by_place[place] for place in range(len(display))]


def _best_worst(given: Sequence[int], display: Sequence[int]) -> list[int]:
    places = range(len(display))
    good = isinstance(given, list | tuple) and len(given) == 2
    if not good or any(type(one) is not int or one not in places for one in given) or given[0] == given[1]:
        raise InputError(
            f"Best and worst are {given!r}",
            rule=f"They are two different positions from 0 to {len(display) - 1}",
        )
    return [display[position] for position in given]


def _text(text: str | None, name: str, longest: int) -> str | None:
    if text is None or not text.strip():
        return None
    if not isinstance(text, str) or len(text) > longest or "\0" in text or has_lone_surrogate(text):
        raise InputError(
            f"The {name} has {len(text):,} characters",
            rule=f"At most {longest:,}, and neither NUL nor half characters",
            remedy="Make it shorter",
        )
    return text.strip()


def _check_beside(columns: dict[str, Any], task: str, design: Design) -> None:
    skipped = columns["choice"] == "skip"
    reason, strength = columns["reason"], columns["strength"]
    if reason and not (skipped and reason in REASONS):
        raise InputError(f"The reason is {reason!r}", rule=f"A skip's is one of {', '.join(REASONS)}")
    if strength is not None and not (
        task == "pairwise"
        and design.strength
        and columns["choice"] in ("first", "second")
        and type(strength) is int
        and strength in LEVELS
    ):
        raise InputError(
            f"The strength is {strength!r}",
            rule="It is 1, 2 or 3, of a decided pair, in a campaign that asks for it",
        )
    if skipped and columns["rewrite"]:
        raise InputError("A skipped item was rewritten", rule="A rewrite belongs to a judgement")
