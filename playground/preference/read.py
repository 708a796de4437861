"""Rows of preference data, in the forms people keep them, as comparisons."""

from typing import Any, get_args

from playground.dataset import formats, source
from playground.dataset.formats import RowProblem
from playground.errors import DatasetError
from playground.records import Choice, Comparison, Finding, Message
from playground.store.files import has_lone_surrogate


def read_comparisons(read: source.Source) -> tuple[list[Comparison], list[Finding]]:
    """Comparisons of numbered rows, and a finding for every row that is none.

    Raises DatasetError where no row is a comparison.
    """
    comparisons, findings = [], list(read.findings)
    for number, row in read.rows:
        try:
            comparisons.append(comparison(row))
        except RowProblem as problem:
            findings.append(Finding(number, "not a comparison", str(problem)))
    if not comparisons:
        raise DatasetError(
            f"No row of {read.name} is a comparison; row {findings[0].row}: {findings[0].message}",
            rule="A row has prompt, chosen and rejected; or prompt, first, second and choice",
            remedy="Rename the columns and load the data again",
        )
    return comparisons, findings


def comparison(row: Any) -> Comparison:
    """One row: our own form, or TRL's with text, with turns, or with the prompt inside the answers.

    Raises RowProblem saying what is wanting.
    """
    if not isinstance(row, dict):
        raise RowProblem("It is not an object with columns")
    if "choice" in row:
        texts = [formats.text(row, column) for column in ("prompt", "first", "second")]
        choice = formats.text(row, "choice")
        if choice not in get_args(Choice):
            raise RowProblem(f"The choice is {choice!r}, not one of {', '.join(get_args(Choice))}")
    else:
        texts = list(_chosen_rejected(row))
        choice = "first"
    if not all(text.strip() for text in texts):
        raise RowProblem("The prompt or an answer is empty")
    if texts[1].strip() == texts[2].strip():
        raise RowProblem("The two answers are the same")
    if any("\0" in text or has_lone_surrogate(text) for text in texts):
        raise RowProblem("A text holds NUL or half of a character and cannot be stored")
    return Comparison(*texts, choice, str(row.get("annotator") or ""))


def _chosen_rejected(row: dict[str, Any]) -> tuple[str, str, str]:
    if row.get("prompt") is not None:
        turns = formats.turns(row, "prompt")
        return _question(turns), formats.answer(row, "chosen"), formats.answer(row, "rejected")
    chosen, rejected = (formats.messages(row.get(column), column) for column in ("chosen", "rejected"))
    if chosen[:-1] != rejected[:-1] or chosen[-1].role != "assistant" or rejected[-1].role != "assistant":
        raise RowProblem("'chosen' and 'rejected' must be one conversation with two last answers")
    return _question(chosen[:-1]), chosen[-1].content, rejected[-1].content


def _question(turns: list[Message]) -> str:
    if [turn.role for turn in turns] != ["user"]:
        raise RowProblem("The prompt must be one question, not a conversation of several turns")
    return turns[0].content
