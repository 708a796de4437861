"""The shapes in which people keep examples, recognised by their columns and told apart aloud."""

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from typing import Any

from playground.dataset import cells, tools
from playground.dataset.cells import Row, RowProblem, answer, kind, messages, text, turns
from playground.dataset.clean import Numbered
from playground.dataset.progress import Progress, told
from playground.dataset.shapes import ASIDE, CODED, PAIRS, PREFERENCES, REASONS, USED, label_column, shape
from playground.errors import DatasetError
from playground.records import Example, Finding, Message
from playground.store.files import has_lone_surrogate

NumberedRow = tuple[int, Any]

_TALKS = ("messages", "conversations", "conversation")
"""Columns that hold whole conversations."""


def detect(rows: Sequence[Any]) -> tuple[str, str]:
    """The format of rows and the reason, as (name, sentence).

    A format is recognised by the columns that have a value, and must fit more than half of the
    rows. Raises DatasetError naming the columns where none does, or where codes have no meaning of
    their own.
    """
    shapes = Counter(shape(row) for row in rows)
    check_codes(rows, shapes)
    name, count = max(
        ((name, count) for name, count in shapes.items() if name),
        key=lambda entry: entry[1],
        default=("", 0),
    )
    if name == "coded label":
        raise _coded(rows, name)
    if not name or count * 2 <= len(rows):
        raise _unknown(rows, shapes)
    if name in ("messages", "sharegpt") and all(map(_is_open, rows)):
        name = "turns-only"
    share = "" if count == len(rows) else f", in {count} of {len(rows)} rows"
    reason = REASONS[name] + _more(rows, name) + share + _left(rows, name)
    return ("prompt-only" if name in ("text-only", "turns-only") else name), reason


def check_codes(rows: Sequence[Any], shapes: Counter) -> None:
    """Raise DatasetError where codes or truth values beside an answer may mean more than one thing."""
    if shapes["coded answer"]:
        raise _coded(rows, "coded answer")
    if shapes["kto"] and any(shapes[name] for name in PAIRS) and shapes["kto"] * 2 <= len(rows):
        raise DatasetError(
            f"{_columns(rows)}, and the label is a truth value in {shapes['kto']} of {len(rows)} rows",
            rule="A label beside a completion is a truth value in every row, as KTO has it, or in none",
            remedy="Leave the label column out to learn every completion, or correct the labels",
        )


def to_examples(
    rows: Sequence[NumberedRow], name: str, progress: Progress | None = None, *, plain: bool = False
) -> tuple[list[Numbered], list[Finding]]:
    """Examples of numbered rows in format `name`; rows that are none become findings.

    A cell of a table may hold a conversation as JSON, unless the rows are `plain`. Raises DatasetError for
    a format of preferences.
    """
    if name in PREFERENCES:
        raise DatasetError(
            f"The rows are preferences in the format {name}: {REASONS[name]}",
            rule="Instruction tuning needs one completion for each prompt, and that is to be good",
            remedy="Load them with Preferences.load or in the Preferences tab, or keep only the good answer "
            "as 'completion'",
        )
    parse = _PARSERS[name]
    examples, findings = [], []
    for number, row in told(rows, progress):
        try:
            if not isinstance(row, dict):
                raise RowProblem(f"It is {kind(row)}, not an object with columns")
            prompt, completion = parse(row if plain else cells.unfolded(row))
            example = Example(tuple(prompt), completion, _tags(row.get("tags")))
        except RowProblem as problem:
            findings.append(Finding(number, "not an example", str(problem)))
            continue
        example, finding = _storable(number, example)
        findings += [finding] if finding else []
        examples += [Numbered(number, example)] if example else []
    return examples, findings


def columns_of(rows: Iterable[Any]) -> list[str]:
    """Every column that any row has, in order of appearance; the plain ones of a tool's records."""
    rows = (row for _, row in tools.plain(list(enumerate(rows, start=1)))[0])
    return list(dict.fromkeys(str(name) for row in rows if isinstance(row, dict) for name in row))


def _columns(rows: Sequence[Any]) -> str:
    shown = ", ".join(repr(name) for name in columns_of(rows[:100])[:12])
    return f"The columns are {shown or 'missing: the rows are not objects'}"


def _unknown(rows: Sequence[Any], shapes: Counter) -> DatasetError:
    fits = ", ".join(f"{count} rows look like {name}" for name, count in shapes.most_common() if name)
    return DatasetError(
        _columns(rows) + (f" ({fits}, of {len(rows)})" if fits else ""),
        rule="Most rows must have values in prompt and completion; or question and answer; or "
        "instruction, input and output; or messages; or conversations; or text and label; or prompt alone",
        remedy="Rename the columns and load the data again, or say what they hold with "
        "mapping=Mapping(prompt=…, completion=…)",
    )


def _coded(rows: Sequence[Any], name: str) -> DatasetError:
    coded = [row for row in rows if shape(row) in (name, "kto")]
    column = label_column(coded[0]) or "label"
    codes = ", ".join(sorted({str(row.get(column)).strip() for row in coded})[:12])
    words = "'completion'" if name == "coded answer" else f"{column!r}, labels={{'0': 'negative', …}}"
    prompt = next((one for one in ("prompt", "text", "sentence") if one in coded[0]), "prompt")
    return DatasetError(
        f"{_columns(rows)}, and {column!r} holds the codes {codes}",
        rule=CODED,
        remedy=f"Rename the columns, or say it: mapping=Mapping(prompt={prompt!r}, completion={words})",
    )


def _more(rows: Sequence[Any], name: str) -> str:
    """What is asked together with the prompt, where there is such."""
    there = name in PAIRS and any(isinstance(row, dict) and row.get("context") for row in rows)
    return ", with 'context' appended to the prompt" if there else ""


def _left(rows: Sequence[Any], name: str) -> str:
    """The columns that a format does not read, so that nobody misses them later.

    Numbers are named beside prompts alone, where they may be completions.
    """
    if name in PREFERENCES:
        return ""
    holds = _is_there if name in ("prompt-only", "text-only") else _holds
    texts = {column for row in rows[:1000] if isinstance(row, dict) for column, v in row.items() if holds(v)}
    left = [column for column in columns_of(rows[:1000]) if column in texts - USED[name] - {*ASIDE, "system"}]
    return f"; not read: {', '.join(map(repr, left[:12]))}" if left else ""


def _is_there(value: Any) -> bool:
    return value not in (None, "", [], {})


def _holds(value: Any) -> bool:
    return isinstance(value, str | list | dict) and bool(value)


def _is_open(row: Any) -> bool:
    """Whether a row's conversation ends with the user, so that there is nothing to learn in it."""
    held = row.get(_first(row, *_TALKS)) if isinstance(row, dict) else None
    given = cells.listed(held) or held
    last = cells.table(given[-1]) if isinstance(given, list) and given else {}
    role = last.get("role", last.get("from"))
    return isinstance(role, str) and cells.ROLES.get(role.strip().lower()) == "user"


def _first(row: Row, *columns: str) -> str:
    """The first of these columns that has a value, or the first of all."""
    return next((name for name in columns if row.get(name) is not None), columns[0])


def _conversation(row: Row, *columns: str) -> tuple[list[Message], str]:
    column = _first(row, *columns)
    given = messages(row.get(column), column)
    if given[-1].role != "assistant":
        raise RowProblem(f"The last turn of '{column}' must be the assistant's: it is what is learned")
    return _with_system(row, given[:-1]), given[-1].content


def _asked(row: Row) -> tuple[list[Message], str]:
    talk = _first(row, *_TALKS)
    if row.get(talk) is not None:
        return _with_system(row, messages(row[talk], talk)), ""
    return _with_system(row, turns(row, _first(row, "prompt", "text"))), ""


def _with_system(row: Row, prompt: list[Message]) -> list[Message]:
    """A system message kept in a column of its own, put where it belongs."""
    if row.get("system") in (None, "") or any(message.role == "system" for message in prompt):
        return prompt
    return [Message("system", text(row, "system")), *prompt]


def _alpaca(row: Row) -> tuple[list[Message], str]:
    question = _with_more(row, text(row, "instruction"), "input")
    return _with_system(row, [Message("user", question)]), text(row, "output")


def _with_more(row: Row, question: str, column: str) -> str:
    return question if row.get(column) in (None, "") else f"{question}\n\n{text(row, column)}"


def _pair(prompt: str, completion: str) -> Callable[[Row], tuple[list[Message], str]]:
    def parse(row: Row) -> tuple[list[Message], str]:
        asked = turns(row, prompt)
        if row.get("context") not in (None, "") and len(asked) == 1:
            asked = [Message(asked[0].role, _with_more(row, asked[0].content, "context"))]
        return _with_system(row, asked), answer(row, completion)

    return parse


def _classified(row: Row) -> tuple[list[Message], str]:
    column = "text" if row.get("text") is not None else "sentence"
    label = text(row, label_column(row) or "label").strip()
    if shape(row) == "coded label":
        raise RowProblem(f"The label is the code {label!r}, and others are words")
    return _with_system(row, [Message("user", text(row, column))]), label


_PARSERS: dict[str, Callable[[Row], tuple[list[Message], str]]] = {
    "messages": lambda row: _conversation(row, "messages"),
    "sharegpt": lambda row: _conversation(row, "conversations", "conversation"),
    "alpaca": _alpaca,
    "text-label": _classified,
    "prompt-only": _asked,
} | {name: _pair(*columns) for name, columns in PAIRS.items()}


def _tags(value: Any) -> tuple[str, ...]:
    value = cells.listed(value) or value
    if isinstance(value, str):
        return (value,) if value else ()
    return tuple(map(str, value)) if isinstance(value, list | tuple) else ()


def _storable(number: int, example: Example) -> tuple[Example | None, Finding | None]:
    """No file and no database can hold half a surrogate pair; many refuse NUL."""
    parts = [message.content for message in example.prompt] + [example.completion, *example.tags]
    if any(map(has_lone_surrogate, parts)):
        return None, Finding(number, "lone surrogate", "The text holds half of a character")
    if not any("\0" in part for part in parts):
        return example, None
    prompt = tuple(Message(m.role, m.content.replace("\0", "")) for m in example.prompt)
    tags = tuple(tag.replace("\0", "") for tag in example.tags)
    repaired = Example(prompt, example.completion.replace("\0", ""), tags)
    return repaired, Finding(number, "control characters", "NUL characters were removed", "repaired")
