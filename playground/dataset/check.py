"""What a table of examples suffers from, row by row. Checking changes nothing: `repair` does."""

import json
import random
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence

from playground.dataset import clean
from playground.dataset.clean import Numbered
from playground.dataset.kinds import KINDS, known
from playground.dataset.languages import foreign, language, main_language
from playground.dataset.near import THRESHOLD, near_links
from playground.dataset.progress import Progress
from playground.dataset.residue import shorten
from playground.errors import InputError
from playground.records import Example, Finding

_SELDOM = 0.05
_EVERY = 2000
_SAMPLE = 2000
_MISSING = frozenset(["nan", "none", "null", "n/a", "na", "nil", "undefined", "#n/a"])
_TRUTH = frozenset(("true", "false"))


def check(
    rows: Sequence[Numbered],
    kinds: str | Iterable[str] | None = None,
    *,
    limit: int = clean.MAX_CHARACTERS,
    length: Callable[[str], int] | None = None,
    threshold: float = THRESHOLD,
    prompts_only: bool = False,
    progress: Progress | None = None,
) -> list[Finding]:
    """Findings of these kinds (all, if none are given), in the order of rows; every action is `kept`.

    `limit` is what an example may have, in characters or, where `length` counts a text's tokens, in
    tokens. `threshold` is for near-duplicates. `progress(done, total)` hears of every few thousand rows.
    Drafts that wait to be filled in have no findings. Raises InputError for an unknown kind, a limit below
    1, or a threshold outside 0 … 1.
    """
    wanted = known(kinds)
    if limit < 1:
        raise InputError(f"The limit is {limit}", rule="It must be positive")
    rows = [row for row in rows if not _waits(row.example, prompts_only)]
    near = "near duplicate" in wanted
    total = len(rows) * (1 + near)
    tell = progress or (lambda done, total: None)
    findings: list[Finding] = []
    in_text = [(name, KINDS[name].find) for name in wanted if KINDS[name].find]
    faults = {"empty", "turn order", "lone surrogate"}.intersection(wanted)
    for done, (number, example) in enumerate(rows):
        if done % _EVERY == 0:
            tell(done, total)
        findings += _in_row(number, example, in_text)
        if faults and (fault := clean.fault(number, example, prompts_only)) and fault.kind in faults:
            findings.append(_found(*fault))
        if "overlong" in wanted and (problem := overlong(example, limit, length)):
            findings.append(_found(number, "overlong", problem))
    for name, of_table in _OF_TABLE.items():
        if name in wanted:
            findings += of_table(rows)
    if near:
        findings += near_duplicates(rows, threshold, lambda done, _: tell(len(rows) + done, total))
    tell(total, total)
    place = {row.row: at for at, row in enumerate(rows)}
    order = {name: at for at, name in enumerate(KINDS)}
    return sorted(findings, key=lambda one: (place[one.row], order[one.kind], one.field_name != "prompt"))


def overlong(example: Example, limit: int, length: Callable[[str], int] | None = None) -> str | None:
    """By how much an example exceeds a limit in characters, or in tokens as `length` counts them."""
    size = sum(map(length or len, clean.texts(example)))
    if size <= limit:
        return None
    unit = "tokens" if length else "characters"
    return f"It has {size:,} {unit}; at most {limit:,} are allowed: {shorten(example.question, 24)}"


def whole(example: Example) -> str:
    """The example as one text."""
    return "\n".join(clean.texts(example))


def near_duplicates(
    rows: Sequence[Numbered], threshold: float = THRESHOLD, progress: Progress | None = None
) -> list[Finding]:
    """Rows that nearly repeat an earlier one; exact repetitions are `duplicate`."""
    result = []
    first: dict[tuple, int] = {}
    for at, row in enumerate(rows):
        first.setdefault(clean.identity(row.example), at)
    unique = list(first.values())
    links = near_links([whole(rows[at].example) for at in unique], threshold, progress)
    for link in links:
        number, twin = rows[unique[link.second]], rows[unique[link.first]]
        message = f"Nearly the same as row {twin.row} ({link.similarity:.0%}): "
        result.append(_found(number.row, "near duplicate", message + shorten(twin.example.question)))
    return result


def _waits(example: Example, prompts_only: bool) -> bool:
    return clean.DRAFT in example.tags and clean.unfilled(example, prompts_only)


def _in_row(number: int, example: Example, kinds: list[tuple[str, Callable]]) -> Iterator[Finding]:
    """At most one finding per kind and field."""
    fields = [("prompt", message.content) for message in example.prompt]
    for name, find in kinds:
        told = set()
        for field_name, text in (*fields, ("completion", example.completion)):
            if text and field_name not in told and (message := find(text)):
                told.add(field_name)
                yield _found(number, name, message, field_name)


def _duplicates(rows: Sequence[Numbered]) -> Iterator[Finding]:
    seen: dict[tuple, int] = {}
    for number, example in rows:
        first = seen.setdefault(clean.identity(example), number)
        if first != number:
            message = f"The same as row {first}: {shorten(example.question)}"
            yield _found(number, "duplicate", message)


def _mixed_types(rows: Sequence[Numbered]) -> Iterator[Finding]:
    """Values of another type where nearly all rows have prose: at most a twentieth of the table each."""
    found: dict[tuple[str, str], list[tuple[int, str]]] = defaultdict(list)
    for number, example in rows:
        for field_name, text in (("prompt", example.question), ("completion", example.completion)):
            if kind := literal(text):
                found[field_name, kind].append((number, text))
    no_prose: Counter[str] = Counter()
    for (field_name, _), where in found.items():
        no_prose[field_name] += len(where)
    for (field_name, kind), where in found.items():
        odd = len(where) <= max(1, _SELDOM * len(rows)) and no_prose[field_name] * 4 < len(rows)
        if odd and len(rows) >= 10:
            for number, text in where:
                message = f"It is {kind}, where other rows have prose: {shorten(text)}"
                yield _found(number, "mixed types", message, field_name)


def literal(text: str) -> str | None:
    """What a text is if it is no prose: a number, a truth value, a missing value, an object or a list."""
    bare = text.strip()
    if not bare:
        return None
    if len(bare) <= 24:
        if bare.lower() in _TRUTH:
            return "a truth value"
        if bare.lower() in _MISSING:
            return "a missing value"
        if bare[0] in "+-.0123456789" and bare.isascii() and _is_number(bare):
            return "a number"
    if (bare[0], bare[-1]) in (("{", "}"), ("[", "]")):
        try:
            return "an object" if isinstance(json.loads(bare), dict) else "a list"
        except (ValueError, RecursionError):
            return None
    return None


def _is_number(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    return "_" not in text


def _languages(rows: Sequence[Numbered]) -> Iterator[Finding]:
    """Texts in another language than nearly all; which one that is, a sample of the rows tells."""
    sample = rows if len(rows) <= _SAMPLE else random.Random(0).sample(rows, _SAMPLE)
    for field_name, read in _FIELDS.items():
        main = main_language(language(read(row.example)) for row in sample)
        if main is None:
            continue
        for row in rows:
            text = read(row.example)
            if name := foreign(text, main):
                message = f"It is in {name}, nearly all others in {main}: {shorten(text)}"
                yield _found(row.row, "language", message, field_name)


_FIELDS: dict[str, Callable[[Example], str]] = {
    "prompt": lambda example: example.question,
    "completion": lambda example: example.completion,
}
_OF_TABLE = {"duplicate": _duplicates, "mixed types": _mixed_types, "language": _languages}


def _found(number: int, kind: str, message: str, field_name: str = "") -> Finding:
    return Finding(number, kind, message, "kept", field_name, KINDS[kind].repairs)
