"""What one row looks like: a format's name by its columns and, where names do not tell, by its values."""

import re
from typing import Any

from playground.dataset.answers import answers_in, rivals

PAIRS = {
    "prompt-completion": ("prompt", "completion"),
    "prompt-response": ("prompt", "response"),
    "question-answer": ("question", "answer"),
    "instruction-response": ("instruction", "response"),
    "input-output": ("input", "output"),
}

PREFERENCES = ("preference", "labelled-answers", "ranked-answers", "kto")
"""Formats whose rows judge answers; they are read by `Preferences.load`."""

ASIDE = ("id", "tags", "source", "category", "prompt_id", "annotator")
"""Columns that say where a row comes from and hold nothing to learn."""

CODED = "What a code stands for is not in the file, so it is not guessed"

REASONS = {
    "messages": "the column 'messages' holds conversations; the last assistant turn is the completion",
    "sharegpt": "the column 'conversations' holds turns; the last assistant turn is the completion",
    "preference": "the columns 'chosen' and 'rejected' hold two answers, one preferred",
    "labelled-answers": "two columns hold answers to one prompt, and a third says which is better",
    "ranked-answers": "there are several answers to one prompt, and their ranks",
    "kto": "there is one answer to a prompt, and a label that says whether it is good",
    "alpaca": "the columns 'instruction' and 'output', with 'input' appended to the instruction",
    "text-label": "the column 'text' is the prompt, and its label is the completion",
    "prompt-only": "there is a column 'prompt' and nothing that may be its completion",
    "turns-only": "the conversations end with the user's turn, in every row: each is a prompt",
    "text-only": "there is a column 'text' and nothing that may be its completion: each is a prompt",
} | {name: f"the columns '{a}' and '{b}' hold a prompt and its completion" for name, (a, b) in PAIRS.items()}

USED: dict[str, set[str]] = {
    "messages": {"messages"},
    "sharegpt": {"conversations", "conversation"},
    "turns-only": {"messages", "conversations", "conversation"},
    "alpaca": {"instruction", "input", "output"},
    "text-label": {"text", "sentence", "label", "label_text"},
    "prompt-only": {"prompt", "text"},
    "text-only": {"prompt", "text"},
} | {name: {*pair, "context"} for name, pair in PAIRS.items()}

_LABELS = ("label", "kto_tag", "desirable", "thumbs_up")
_NUMBER = re.compile(r"\s*[-+]?\d+(\.\d+)?\s*")
_TRUTH = {"true": True, "false": False, "1": True, "0": False, "1.0": True, "0.0": False}


def shape(row: Any) -> str:
    """The name of the format a row has, "" where it has none.

    "coded label" and "coded answer" are rows whose label is a number that stands for something.
    """
    if not isinstance(row, dict):
        return ""
    columns = {name for name, value in row.items() if value is not None}
    return _judged(row, columns) or _talk(columns) or _pair(row, columns) or _alone(row, columns)


def truth(value: Any) -> bool | None:
    """A truth value in the ways people write it, or None."""
    if isinstance(value, bool):
        return value
    return _TRUTH.get(str(value).strip().casefold())


def label_column(row: dict[str, Any]) -> str | None:
    """The column that labels a text or an answer, if the row has one."""
    if isinstance(row.get("label_text"), str) and "text" in row:
        return "label_text"
    return next((name for name in _LABELS if row.get(name) is not None), None)


def _judged(row: dict[str, Any], columns: set[str]) -> str:
    if columns >= {"chosen", "rejected"}:
        return "preference"
    found = answers_in(tuple(row))
    if found is None or "messages" in columns:
        return ""
    if found.kind == "labelled":
        return "labelled-answers"
    if found.kind == "one by one":
        return "ranked-answers" if is_number(row[found.label]) else ""
    if found.kind == "listed" and not found.label:
        items = row[found.columns[0]]
        ranked = isinstance(items, list) and items and all(isinstance(i, dict) and "rank" in i for i in items)
        return "ranked-answers" if ranked else ""
    return "ranked-answers"


def is_number(value: Any) -> bool:
    """True for numbers, written or typed, and not for truth values."""
    return not isinstance(value, bool) and bool(_NUMBER.fullmatch(str(value)))


def _talk(columns: set[str]) -> str:
    if "messages" in columns:
        return "messages"
    return "sharegpt" if columns & {"conversations", "conversation"} else ""


def _pair(row: dict[str, Any], columns: set[str]) -> str:
    name = "alpaca" if columns >= {"instruction", "output"} else ""
    name = name or next((name for name, pair in PAIRS.items() if columns.issuperset(pair)), "")
    if not name or rivals(row, USED[name]):
        return ""
    label = label_column(row)
    if name == "alpaca" or label is None:
        return name
    if truth(row[label]) is not None:
        return "kto"
    return "coded answer" if is_number(row[label]) else name


def _alone(row: dict[str, Any], columns: set[str]) -> str:
    text = next((name for name in ("text", "sentence") if name in columns), None)
    label = label_column(row)
    if text and label in ("label", "label_text") and "prompt" not in columns:
        coded = is_number(row[label]) or isinstance(row[label], bool)
        return "coded label" if coded else "text-label" if isinstance(row[label], str) else ""
    # What else stands beside a prompt, text or number, may be its completion: better to ask.
    name = "prompt" if "prompt" in columns else "text"
    alone = columns <= {name, "system", *ASIDE} and name in columns
    return {"prompt": "prompt-only", "text": "text-only"}[name] if alone else ""
