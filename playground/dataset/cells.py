"""Single cells of a row: text, turns and answers, in the forms people write them."""

import re
from typing import Any

from playground.records import Message
from playground.store.files import has_lone_surrogate, parse_json

Row = dict[str, Any]

ROLES = {
    "system": "system",
    "developer": "system",
    "user": "user",
    "human": "user",
    "prompter": "user",
    "assistant": "assistant",
    "gpt": "assistant",
    "chatgpt": "assistant",
    "model": "assistant",
}


_PRINTED = re.compile(r"\[\s*\{\s*'(?:role|from|content|value)'\s*:")


class RowProblem(ValueError):
    """Why one row is not what it should be; becomes a finding."""


def messages(value: Any, column: str) -> list[Message]:
    """A list of turns, in the keys of OpenAI (role, content) or ShareGPT (from, value).

    A table's cell may hold the list as JSON. Raises RowProblem naming the turn that is none.
    """
    if value is None:
        raise RowProblem(f"'{column}' is missing")
    value = listed(value) or value
    if not isinstance(value, list | tuple) or not value:
        raise RowProblem(f"'{column}' is {kind(value)}, not a list of turns")
    result = []
    for position, turn in enumerate(value, start=1):
        if not isinstance(turn, dict):
            raise RowProblem(f"Turn {position} of '{column}' is {kind(turn)}, not an object")
        role = turn.get("role", turn.get("from"))
        known = role.strip().lower() if isinstance(role, str) else ""
        if known not in ROLES:
            raise RowProblem(f"Turn {position} of '{column}' has the role {role!r}, which is unknown")
        content = turn.get("content", turn.get("value"))
        result.append(Message(ROLES[known], _content(content, f"turn {position} of '{column}'")))
    return result


def listed(value: Any) -> list[Any] | None:
    """The list that a cell of text holds as JSON, or None."""
    if not isinstance(value, str) or not value.startswith("["):
        return None
    try:
        return parse_json(value, damaged_text=True)
    except ValueError:
        return None


def unfolded(row: Row) -> Row:
    """A row of a table, where every cell is text, with the conversations in its cells as lists of turns.

    Raises RowProblem for turns as Python prints them: what stands for a quote in them cannot be told.
    """
    if any(isinstance(value, list | dict) for value in row.values()):
        return row
    held = {name: _held(value) for name, value in row.items()}
    if printed := next((name for name, turns in held.items() if turns == []), None):
        raise RowProblem(f"'{printed}' holds turns as Python prints them; write the column as JSON")
    return row | {name: turns for name, turns in held.items() if turns}


def holds_turns(text: str) -> bool:
    """Whether a table's cell with this text is read as a conversation."""
    return _held(text) is not None


def _held(value: Any) -> list[Row] | None:
    """The turns that a cell of text holds as JSON; none of them where Python printed them."""
    if not isinstance(value, str) or not value.lstrip().startswith("["):
        return None
    text = value.strip()
    if _PRINTED.match(text) and text.endswith("]"):
        return []
    found = listed(text)
    return found if found and all(map(_is_turn, found)) else None


def _is_turn(value: Any) -> bool:
    role = value.get("role", value.get("from")) if isinstance(value, dict) else None
    known = isinstance(role, str) and role.strip().lower() in ROLES
    return known and not value.keys().isdisjoint(("content", "value"))


def table(value: Any) -> Row:
    """An object of a file as it is; empty for whatever else stands in its place."""
    return value if isinstance(value, dict) else {}


def tables(value: Any) -> list[Row]:
    """The objects in a list; none for whatever else stands in its place."""
    return [part for part in value if isinstance(part, dict)] if isinstance(value, list) else []


def text(row: Row, column: str) -> str:
    """A column that must hold text. Raises RowProblem if it does not."""
    value = row.get(column)
    if not isinstance(value, str):
        raise RowProblem(f"'{column}' is {kind(value)}, not text")
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


def code(value: Any) -> str:
    """A label as it is compared: without spaces around it, in lower case, 1.0 as 1."""
    text = "" if value is None else str(value).strip().casefold()
    return re.sub(r"\.0+$", "", text) if re.fullmatch(r"[-+]?\d+\.0+", text) else text


def storable(text: str) -> str:
    """A text that is not empty and that a database can hold. Raises RowProblem for any other."""
    if not text.strip():
        raise RowProblem("The prompt or an answer is empty")
    if "\0" in text or has_lone_surrogate(text):
        raise RowProblem("A text holds NUL or half of a character and cannot be stored")
    return text


def _content(value: Any, where: str) -> str:
    if isinstance(value, list) and all(isinstance(p, dict) and isinstance(p.get("text"), str) for p in value):
        return "".join(part["text"] for part in value)
    if not isinstance(value, str):
        raise RowProblem(f"The content of {where} is {kind(value)}, not text")
    return value


_KINDS = {
    bool: "a truth value",
    int: "a number",
    float: "a number",
    str: "text",
    list: "a list",
    dict: "an object",
}


def kind(value: Any) -> str:
    """What a value is, in words for a person."""
    if value is None:
        return "missing"
    return _KINDS.get(type(value), f"a {type(value).__name__}")
