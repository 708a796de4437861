"""The shapes in which people keep examples, recognised by their columns and told apart aloud."""

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from typing import Any

from playground.dataset.clean import Numbered
from playground.errors import DatasetError
from playground.records import Example, Finding, Message
from playground.store.files import has_lone_surrogate

Row = dict[str, Any]
NumberedRow = tuple[int, Any]

ROLES = {
    "system": "system",
    "developer": "system",
    "user": "user",
    "human": "user",
    "prompter": "user",
    "assistant": "assistant",
    "gpt": "assistant",
    "model": "assistant",
}

_PAIRS = {
    "prompt-completion": ("prompt", "completion"),
    "prompt-response": ("prompt", "response"),
    "question-answer": ("question", "answer"),
    "instruction-response": ("instruction", "response"),
    "input-output": ("input", "output"),
}

_LABELS = ("id", "tags", "source", "category")

REASONS = {
    "messages": "the column 'messages' holds conversations; the last assistant turn is the completion",
    "sharegpt": "the column 'conversations' holds turns; the last assistant turn is the completion",
    "preference": "the columns 'chosen' and 'rejected' hold two answers, one preferred",
    "alpaca": "the columns 'instruction' and 'output', with 'input' appended to the instruction",
    "prompt-only": "there is a column 'prompt' and no other text",
} | {name: f"the columns '{a}' and '{b}' hold a prompt and its completion" for name, (a, b) in _PAIRS.items()}


class RowProblem(ValueError):
    """Why one row is not an example; becomes a finding."""


def detect(rows: Sequence[Any]) -> tuple[str, str]:
    """The format of rows and the reason, as (name, sentence).

    A format is recognised by the columns that have a value, and must fit more than half of the
    rows. Raises DatasetError naming the columns where none does.
    """
    shapes = Counter(_shape(row) for row in rows)
    name, count = max(
        ((name, count) for name, count in shapes.items() if name),
        key=lambda entry: entry[1],
        default=("", 0),
    )
    if not name or count * 2 <= len(rows):
        raise _unknown(rows, shapes)
    share = "" if count == len(rows) else f", in {count} of {len(rows)} rows"
    return name, REASONS[name] + share


def to_examples(rows: Iterable[NumberedRow], name: str) -> tuple[list[Numbered], list[Finding]]:
    """Examples of numbered rows in format `name`; rows that are none become findings."""
    if name == "preference":
        raise DatasetError(
            "The rows are preferences: two answers to a prompt, one chosen",
            rule="Instruction tuning needs one completion for each prompt",
            remedy="Load them with Preferences.load, or keep only the chosen answer as 'completion'",
        )
    parse = _PARSERS[name]
    examples, findings = [], []
    for number, row in rows:
        try:
            if not isinstance(row, dict):
                raise RowProblem(f"It is {_kind(row)}, not an object with columns")
            prompt, completion = parse(row)
            example = Example(tuple(prompt), completion, _tags(row.get("tags")))
        except RowProblem as problem:
            findings.append(Finding(number, "not an example", str(problem)))
            continue
        example, finding = _storable(number, example)
        findings += [finding] if finding else []
        examples += [Numbered(number, example)] if example else []
    return examples, findings


def messages(value: Any, column: str) -> list[Message]:
    """A list of turns, in the keys of OpenAI (role, content) or ShareGPT (from, value).

    Raises RowProblem naming the turn that is none.
    """
    if not isinstance(value, list | tuple) or not value:
        raise RowProblem(f"'{column}' is {_kind(value)}, not a list of turns")
    result = []
    for position, turn in enumerate(value, start=1):
        if not isinstance(turn, dict):
            raise RowProblem(f"Turn {position} of '{column}' is {_kind(turn)}, not an object")
        role = turn.get("role", turn.get("from"))
        if not isinstance(role, str) or role not in ROLES:
            raise RowProblem(f"Turn {position} of '{column}' has the role {role!r}, which is unknown")
        content = turn.get("content", turn.get("value"))
        result.append(Message(ROLES[role], _content(content, f"turn {position} of '{column}'")))
    return result


def text(row: Row, column: str) -> str:
    """A column that must hold text. Raises RowProblem if it does not."""
    value = row.get(column)
    if not isinstance(value, str):
        raise RowProblem(f"'{column}' is {_kind(value)}, not text")
    return value


def turns(row: Row, column: str) -> list[Message]:
    """A prompt given as text or as a list of turns."""
    if isinstance(row.get(column), str):
        return [Message("user", row[column])]
    return messages(row.get(column), column)


def answer(row: Row, column: str) -> str:
    """An assistant's answer given as text or as a list of one assistant turn."""
    if isinstance(row.get(column), str):
        return row[column]
    given = messages(row.get(column), column)
    if [message.role for message in given] != ["assistant"]:
        raise RowProblem(f"'{column}' must hold exactly one turn, the assistant's")
    return given[0].content


def _shape(row: Any) -> str:
    if not isinstance(row, dict):
        return ""
    columns = {name for name, value in row.items() if value is not None}
    if "messages" in columns:
        return "messages"
    if columns & {"conversations", "conversation"}:
        return "sharegpt"
    if columns >= {"chosen", "rejected"}:
        return "preference"
    if columns >= {"instruction", "output"}:
        return "alpaca"
    for name, pair in _PAIRS.items():
        if columns.issuperset(pair):
            return name
    # Other text beside a prompt may be a completion under a name we do not know: better to ask.
    others = (value for name, value in row.items() if name not in ("prompt", *_LABELS))
    alone = "prompt" in columns and not any(isinstance(value, str | list | dict) for value in others)
    return "prompt-only" if alone else ""


def _unknown(rows: Sequence[Any], shapes: Counter) -> DatasetError:
    columns = list(dict.fromkeys(str(name) for row in rows[:100] if isinstance(row, dict) for name in row))
    shown = ", ".join(repr(name) for name in columns[:12]) or "missing: the rows are not objects"
    fits = ", ".join(f"{count} rows look like {name}" for name, count in shapes.most_common() if name)
    return DatasetError(
        f"The columns are {shown}" + (f" ({fits}, of {len(rows)})" if fits else ""),
        rule="Most rows must have values in prompt and completion; or question and answer; or "
        "instruction, input and output; or messages; or conversations; or prompt alone",
        remedy="Rename the columns and load the data again",
    )


def _conversation(row: Row, *columns: str) -> tuple[list[Message], str]:
    column = next((name for name in columns if row.get(name) is not None), columns[0])
    given = messages(row.get(column), column)
    if given[-1].role != "assistant":
        raise RowProblem(f"The last turn of '{column}' must be the assistant's: it is what is learned")
    return given[:-1], given[-1].content


def _alpaca(row: Row) -> tuple[list[Message], str]:
    instruction, extra, system = text(row, "instruction"), row.get("input"), row.get("system")
    question = f"{instruction}\n\n{text(row, 'input')}" if extra not in (None, "") else instruction
    opening = [Message("system", text(row, "system"))] if system not in (None, "") else []
    return [*opening, Message("user", question)], text(row, "output")


def _pair(prompt: str, completion: str) -> Callable[[Row], tuple[list[Message], str]]:
    return lambda row: (turns(row, prompt), answer(row, completion))


_PARSERS: dict[str, Callable[[Row], tuple[list[Message], str]]] = {
    "messages": lambda row: _conversation(row, "messages"),
    "sharegpt": lambda row: _conversation(row, "conversations", "conversation"),
    "alpaca": _alpaca,
    "prompt-only": lambda row: (turns(row, "prompt"), ""),
} | {name: _pair(*columns) for name, columns in _PAIRS.items()}


def _content(value: Any, where: str) -> str:
    if isinstance(value, list) and all(isinstance(p, dict) and isinstance(p.get("text"), str) for p in value):
        return "".join(part["text"] for part in value)
    if not isinstance(value, str):
        raise RowProblem(f"The content of {where} is {_kind(value)}, not text")
    return value


def _tags(value: Any) -> tuple[str, ...]:
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


_KINDS = {
    bool: "a truth value",
    int: "a number",
    float: "a number",
    str: "text",
    list: "a list",
    dict: "an object",
}


def _kind(value: Any) -> str:
    if value is None:
        return "missing"
    return _KINDS.get(type(value), f"a {type(value).__name__}")
