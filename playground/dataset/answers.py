"""Columns that hold several answers to one prompt, found by their names however these are written."""

import functools
import re
from dataclasses import dataclass
from typing import Any, Literal

PROMPTS = ("prompt", "question", "instruction", "query", "input")
SINGLE = ("completion", "response", "answer", "output", "reply")
LABELS = (
    "label", "choice", "preference", "preferred", "winner", "vote", "verdict", "chosen", "better",
    "judgement", "judgment",
)  # fmt: skip
LISTS = ("answers", "responses", "completions", "outputs", "candidates", "replies")
RANKS = ("ranks", "rank", "ranking", "order")

_NUMBERED = re.compile(
    r"(?:(completion|response|answer|output|reply|candidate))?(first|second|[a-h]|\d{1,2})"
)
_RIVAL = re.compile(r"(completion|response|answer|output|reply|chosen|rejected)([a-h]|\d{1,2})?")


@dataclass(frozen=True)
class Answers:
    """Where the answers to a prompt stand, and what orders them.

    `label` names the column that says which is better, `ranks` the columns of one rank for each
    answer. For kind "listed" one column holds a list of answers, for kind "one by one" a row holds
    one answer and its rank.
    """

    kind: Literal["labelled", "ranked", "listed", "one by one"]
    prompt: str
    columns: tuple[str, ...]
    endings: tuple[str, ...] = ()
    label: str = ""
    ranks: tuple[str, ...] = ()


@functools.lru_cache(maxsize=1024)
def answers_in(names: tuple[str, ...]) -> Answers | None:
    """The answers that columns of these names hold, or None where they are not told for sure."""
    plain = {plain_name(name): name for name in names}
    prompt = next((plain[name] for name in PROMPTS if name in plain), None)
    if prompt is None or len(plain) < len(names):
        return None
    return _numbered(plain, prompt) or _listed(plain, prompt)


@functools.lru_cache(maxsize=4096)
def plain_name(name: Any) -> str:
    """A column's name without case, spaces, hyphens and underscores."""
    return re.sub(r"[\s_.-]+", "", str(name).casefold())


def rivals(row: dict[str, Any], used: set[str]) -> list[str]:
    """Columns beside the used ones that may hold an answer too: which is meant has to be asked."""
    return [
        name
        for name, value in row.items()
        if name not in used and isinstance(value, str | list) and value and _RIVAL.fullmatch(plain_name(name))
    ]


def named(prompt: str, first: str, second: str, label: str) -> Answers:
    """Two answers in columns that a person named."""
    found = [_NUMBERED.fullmatch(plain_name(name)) for name in (first, second)]
    endings = tuple(match[2] for match in found if match)
    known = endings if len(set(endings)) == 2 else ("first", "second")
    return Answers("labelled", prompt, (first, second), known, label)


def _numbered(plain: dict[str, str], prompt: str) -> Answers | None:
    groups: dict[str, dict[str, str]] = {}
    for short, name in plain.items():
        found = _NUMBERED.fullmatch(short)
        if found and (found[1] or found[2] in ("first", "second")):
            groups.setdefault(found[1] or "", {})[found[2]] = name
    groups = {stem: columns for stem, columns in groups.items() if len(columns) > 1}
    if len(groups) != 1:
        return None
    (stem, columns), *_ = groups.items()
    endings = tuple(sorted(columns, key=lambda ending: (len(ending), ending)))
    if len({(ending.isdigit(), len(ending) == 1 and ending.isalpha()) for ending in endings}) != 1:
        return None
    texts = tuple(columns[ending] for ending in endings)
    forms = ("rank{1}", "{0}{1}rank", "rank{0}{1}", "{0}rank{1}")
    ranks = [
        next((plain[f] for f in (form.format(stem, e) for form in forms) if f in plain), "") for e in endings
    ]
    listed = [plain[name] for name in RANKS if name in plain]
    labels = [plain[name] for name in LABELS if name in plain]
    ways = all(ranks) + len(listed) + len(labels)
    if ways != 1 or (labels and len(texts) != 2):
        return None
    if labels:
        return Answers("labelled", prompt, texts, endings, labels[0])
    return Answers(
        "ranked", prompt, texts, endings, listed[0] if listed else "", () if listed else tuple(ranks)
    )


def _listed(plain: dict[str, str], prompt: str) -> Answers | None:
    lists = [plain[name] for name in LISTS if name in plain]
    ranks = [plain[name] for name in RANKS if name in plain]
    single = [plain[name] for name in SINGLE if name in plain and plain[name] != prompt]
    if len(lists) == 1 and len(ranks) < 2:
        return Answers("listed", prompt, (lists[0],), label=ranks[0] if ranks else "")
    if len(single) == 1 and not lists and "rank" in plain:
        return Answers("one by one", prompt, (single[0],), label=plain["rank"])
    return None
