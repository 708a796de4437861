"""What is wrong with single examples, and what is done about it. Nothing is dropped silently."""

import re
from collections.abc import Sequence
from dataclasses import replace
from itertools import pairwise
from typing import NamedTuple

import ftfy

from playground.dataset.progress import Progress, told
from playground.errors import InputError
from playground.records import Example, Finding, Message
from playground.store.files import has_lone_surrogate

MAX_CHARACTERS = 8000
"""Characters an example may have, prompt and completion together."""

DRAFT = "draft"
"""The tag of a row that nobody has approved yet; no stage learns from it."""

_LINE_END = re.compile(r"\r\n|[\r\x0b\x0c]")
_CONTROL = re.compile(r"[\x00-\x08\x0e-\x1f\x7f-\x9f\ufffe\uffff]")


class Numbered(NamedTuple):
    """An example and the row of the source it came from, counted from 1."""

    row: int
    example: Example


def clean(
    examples: Sequence[Numbered],
    *,
    max_characters: int = MAX_CHARACTERS,
    prompts_only: bool = False,
    progress: Progress | None = None,
) -> tuple[list[Numbered], list[Finding]]:
    """The examples fit to learn from, repaired where possible, and a finding for every intervention.

    Kinds of finding: `mojibake` and `control characters` are repaired; `lone surrogate`, `empty`,
    `turn order`, `overlong` and `duplicate` are dropped. With `prompts_only` a completion may be
    empty. A draft that waits to be filled in stays. Raises InputError if `max_characters` is not positive.
    """
    if max_characters < 1:
        raise InputError(f"max_characters is {max_characters}", rule="It must be positive")
    kept: list[Numbered] = []
    findings: list[Finding] = []
    seen: dict[tuple, int] = {}
    for row, original in told(examples, progress):
        if DRAFT in original.tags and unfilled(original, prompts_only):
            kept.append(Numbered(row, original))
            continue
        example, repairs = repair(row, original)
        findings += repairs
        refused = refuse(row, example, max_characters, prompts_only)
        if refused is None:
            first = seen.setdefault(identity(example), row)
            if first != row:
                refused = Finding(row, "duplicate", f"The same as row {first}")
        if refused is None:
            kept.append(Numbered(row, example))
        else:
            findings.append(refused)
    return kept, findings


def repair(row: int, example: Example) -> tuple[Example, list[Finding]]:
    """The example without mojibake and control characters."""
    findings: list[Finding] = []

    def mend(text: str, field_name: str) -> str:
        before, done = "", []
        while text != before:  # either repair can uncover work for the other
            before = text
            for finding, action in _REPAIRS:
                mended = action(text)
                if mended != text and finding not in done:
                    done.append(finding)
                text = mended
        findings.extend(Finding(row, *finding, "repaired", field_name) for finding in done)
        return text

    prompt = tuple(Message(message.role, mend(message.content, "prompt")) for message in example.prompt)
    completion = mend(example.completion, "completion")
    return (replace(example, prompt=prompt, completion=completion) if findings else example), findings


def refuse(row: int, example: Example, max_characters: int, prompts_only: bool) -> Finding | None:
    """The first reason why this example cannot be learned from, if there is one."""
    if (why := fault(row, example, prompts_only)) is not None:
        return Finding(why.row, why.kind, why.message, field_name=why.field_name)
    if (length := sum(map(len, texts(example)))) > max_characters:
        message = f"It has {length:,} characters; at most {max_characters:,} are allowed"
        return Finding(row, "overlong", message)
    return None


class Fault(NamedTuple):
    """Why an example of any length cannot be learned from."""

    row: int
    kind: str
    message: str
    field_name: str = ""


def fault(row: int, example: Example, prompts_only: bool = False) -> Fault | None:
    """The first reason why this example cannot be learned from however long it may be."""
    if any(map(has_lone_surrogate, texts(example))):
        return Fault(row, "lone surrogate", "The text holds half of a character and cannot be stored")
    if not example.prompt or not all(message.content.strip() for message in example.prompt):
        return Fault(row, "empty", "A prompt is empty", field_name="prompt")
    if not prompts_only and not example.completion.strip():
        return Fault(row, "empty", "The completion is empty", field_name="completion")
    if problem := turn_problem(example.prompt):
        return Fault(row, "turn order", problem, field_name="prompt")
    return None


def unfilled(example: Example, prompts_only: bool = False) -> bool:
    """Whether a person has yet to write the last question or the completion."""
    return not example.question.strip() or not (prompts_only or example.completion.strip())


def texts(example: Example) -> list[str]:
    """Every text that is read or learned: the turns of the prompt, then the completion."""
    return [*(message.content for message in example.prompt), example.completion]


def turn_problem(prompt: tuple[Message, ...]) -> str | None:
    """Why this conversation cannot be answered next by the assistant, if it cannot."""
    roles = [message.role for message in prompt]
    turns = roles[1:] if roles[:1] == ["system"] else roles
    if "system" in turns:
        return "A system message may only stand first"
    if not turns or turns[-1] != "user":
        return "The last turn before the completion must be the user's"
    if turns[0] != "user" or any(a == b for a, b in pairwise(turns)):
        return "User and assistant must take turns, the user first"
    return None


def remove_control(text: str) -> str:
    """The text without control characters, its line ends, vertical tabs and page breaks as line feeds."""
    return _CONTROL.sub("", _LINE_END.sub("\n", text))


def restore_encoding(text: str) -> str:
    """The text as it was before it was decoded with the wrong encoding."""
    return text if text.isascii() else ftfy.fix_encoding(text)


def identity(example: Example) -> tuple:
    """What two examples share that are the same but for spaces."""
    turns = [(message.role, " ".join(message.content.split())) for message in example.prompt]
    return (*turns, " ".join(example.completion.split()))


_REPAIRS = (
    (("mojibake", "Text decoded with the wrong encoding was restored"), restore_encoding),
    (("control characters", "Control characters were removed or made line breaks"), remove_control),
)
