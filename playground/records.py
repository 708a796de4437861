"""The words of the project: frozen records that every room passes to the next."""

from dataclasses import dataclass, field
from typing import Literal

Role = Literal["system", "user", "assistant"]
Choice = Literal["first", "second", "tie", "both_bad", "skip"]


@dataclass(frozen=True, slots=True)
class Message:
    """One turn of a conversation."""

    role: Role
    content: str

    def as_dict(self) -> dict[str, str]:
        return {"role": self.role, "content": self.content}


@dataclass(frozen=True, slots=True)
class Example:
    """A prompt (one turn or a whole conversation) and the completion to learn from it.

    `tags` say where the example comes from (`("domain", "fee")`); they are never trained on.
    """

    prompt: tuple[Message, ...]
    completion: str
    tags: tuple[str, ...] = ()

    @property
    def question(self) -> str:
        """The last user turn."""
        return next((m.content for m in reversed(self.prompt) if m.role == "user"), "")


@dataclass(frozen=True, slots=True)
class Completion:
    """What a model said to a prompt. `model` names it for the owner, never for an annotator."""

    prompt: str
    text: str
    model: str
    seed: int = 0
    temperature: float = 1.0


@dataclass(frozen=True, slots=True)
class Comparison:
    """Two completions of one prompt and the judgement between them.

    `first` and `second` stand in canonical order, not in the order shown. `annotator` is
    `simulated:<persona>` where no human judged, `settled:<owner>` where the owner decided. `vote`
    names the vote or ranking it was cut from: the pairs of one ranking share it, and it says nothing
    about what was judged. `criterion` is what they were judged by, where not as a whole. `strength` tells
    how much better the better one is: 1 slightly, 2 clearly, 3 far, or the points between two ratings; 0
    where nobody told.
    """

    prompt: str
    first: str
    second: str
    choice: Choice
    annotator: str = ""
    vote: str = field(default="", compare=False)
    criterion: str = ""
    strength: int = 0
    note: str = field(default="", compare=False)

    @property
    def chosen(self) -> str | None:
        """The preferred completion, or None where there is no preference."""
        return {"first": self.first, "second": self.second}.get(self.choice)

    @property
    def rejected(self) -> str | None:
        return {"first": self.second, "second": self.first}.get(self.choice)


@dataclass(frozen=True, slots=True)
class Thumb:
    """One answer to a prompt that somebody found good or bad. `annotator` and `vote` as in Comparison."""

    prompt: str
    completion: str
    good: bool
    annotator: str = ""
    vote: str = field(default="", compare=False)


@dataclass(frozen=True, slots=True)
class Ranking:
    """k completions of one prompt, ranked; `order` lists positions best first, ties grouped.

    `scores` are their ratings, where it was made of ratings.
    """

    prompt: str
    completions: tuple[str, ...]
    order: tuple[tuple[int, ...], ...]
    annotator: str = ""
    scores: tuple[int, ...] = ()
    criterion: str = ""
    note: str = field(default="", compare=False)


@dataclass(frozen=True, slots=True)
class Finding:
    """Something wrong with one row of a source, and what was done about it.

    `repairs` are the actions that exist for what was only flagged: keep, fix, redact, drop.
    """

    row: int
    kind: str
    message: str
    action: Literal["dropped", "repaired", "kept"] = "dropped"
    field_name: str = field(default="")
    repairs: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Probe:
    """A question whose answer can be checked by machine.

    A text is right when it contains one of `answers` as whole words, in any case, and none of
    `rejects`; for `kind == "cloze"` the raw continuation must start with an answer.
    """

    prompt: str
    answers: tuple[str, ...]
    rejects: tuple[str, ...] = ()
    kind: Literal["domain", "general", "howto", "unknown", "cloze"] = "general"
