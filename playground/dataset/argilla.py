"""Records of Argilla as JSON: what its `dataset.records.to_json` writes and `from_json` reads.

A completion or a judgement of ours is a suggestion there, with whose it is as the agent: a response
belongs to an account of the server, which a file cannot make. So a person in Argilla sees what is known,
and accepts or corrects it. The other way round a response goes before a suggestion. The settings that
Argilla wants before it reads the file:

    examples     TextField or, for conversations, ChatField `prompt`; TextQuestion `completion`
    comparisons  TextFields `prompt`, `first`, `second`; LabelQuestion `choice` with the words of `Choice`
    rankings     TextFields `prompt`, `answer_1` …; RankingQuestion `ranking` with the answers' names
"""

from collections.abc import Iterator, Sequence
from typing import Any

from playground.dataset.answers import plain_name
from playground.dataset.cells import Row, table, tables
from playground.records import Comparison, Example, Finding, Ranking

ABOUT = "the records of Argilla, with their fields, suggestions and responses"

_LEFT = ("discarded", "draft")
_ASIDE = ("tags", "criterion")
_OWN = ("strength", "note", "vote")
"""What was said with a judgement of ours, and is no part of anybody else's."""


def is_record(row: Any) -> bool:
    """Whether a row is one of Argilla's records."""
    return (
        isinstance(row, dict)
        and isinstance(row.get("fields"), dict)
        and bool({"responses", "suggestions", "_server_id", "external_id"} & row.keys())
    )


def records(given: Sequence[Example | Comparison | Ranking]) -> Iterator[Row]:
    """Examples or judgements as records."""
    examples = [one for one in given if isinstance(one, Example)]
    chat = any([message.role for message in example.prompt] != ["user"] for example in examples)
    answered = any(example.completion for example in examples)
    for number, one in enumerate(given, start=1):
        if isinstance(one, Example):
            turns = [message.as_dict() for message in one.prompt]
            fields = {"prompt": turns if chat else turns[0]["content"]}
            told = {"completion": _suggestion(one.completion)} if answered else {}
            yield _record(number, fields, told, {"tags": list(one.tags)} if one.tags else {})
        elif isinstance(one, Comparison):
            fields = {"prompt": one.prompt, "first": one.first, "second": one.second}
            yield _record(number, fields, {"choice": _suggestion(one.choice, one.annotator)}, _aside(one))
        else:
            names = [f"answer_{place}" for place in range(1, len(one.completions) + 1)]
            fields = {"prompt": one.prompt, **dict(zip(names, one.completions, strict=True))}
            order = [
                {"value": names[place], "rank": rank}
                for rank, group in enumerate(one.order, start=1)
                for place in group
            ]
            yield _record(number, fields, {"ranking": _suggestion(order, one.annotator)}, _aside(one))


def rows(number: int, record: Row) -> tuple[list[Row], list[Finding]]:
    """A record as rows of plain columns: one for everyone who answered, or one with the suggestions."""
    answers, left = _answers(record)
    findings = [Finding(number, "argilla", f"A response is {status} and was left out") for status in left]
    if left and not answers:
        return [], findings
    beside = _ASIDE if answers else (*_ASIDE, *_OWN)
    answers = answers or _suggested(record)
    aside = {name: value for name, value in table(record.get("metadata")).items() if name in beside}
    return [_ranked({**record["fields"], **aside, **answer}) for answer in answers or [{}]], findings


def _aside(one: Comparison | Ranking) -> Row:
    """What is known of a judgement besides, of which Argilla asks nothing."""
    return {name: value for name in (*_ASIDE, *_OWN) if (value := getattr(one, name, None))}


def _record(number: int, fields: Row, suggestions: Row, metadata: Row | None = None) -> Row:
    return {
        "id": str(number), "fields": fields, "metadata": metadata or {}, "suggestions": suggestions,
        "responses": {}, "vectors": {},
    }  # fmt: skip


def _suggestion(value: Any, agent: str = "") -> Row:
    return {"value": value, "score": None, "agent": agent or None}


def _answers(record: Row) -> tuple[list[Row], list[str]]:
    """What each person answered, by the names of the questions, and the states of what nobody handed in."""
    given = record.get("responses")
    people: dict[str, Row] = {}
    if isinstance(given, dict):  # Argilla 2
        for question, responses in given.items():
            for response in tables(responses):
                who = str(response.get("user_id") or "")
                people.setdefault(who, {"annotator": who})[question] = response.get("value")
        return list(people.values()), []
    answers, left = [], []
    for response in tables(given):  # Argilla 1
        if response.get("status") in _LEFT:
            left.append(response["status"])
        else:
            values = {question: _value(value) for question, value in table(response.get("values")).items()}
            answers.append({"annotator": str(response.get("user_id") or ""), **values})
    return answers, left


def _suggested(record: Row) -> list[Row]:
    given = record.get("suggestions")
    if isinstance(given, list):  # Argilla 1
        given = {str(one.get("question_name")): one for one in tables(given)}
    if not table(given):
        return []
    agent = next(filter(None, (one.get("agent") for one in tables(list(given.values())))), "")
    return [{"annotator": agent, **{question: _value(one) for question, one in given.items()}}]


def _value(given: Any) -> Any:
    return given.get("value") if isinstance(given, dict) else given


def _ranked(row: Row) -> Row:
    """The row with a ranking of its fields as answers and their ranks; as it is where there is none."""
    for question, value in row.items():
        named = _ranks(value)
        if len(named) < 2:
            continue
        fields = {plain_name(name): name for name, text in row.items() if isinstance(text, str)}
        if named.keys() <= fields.keys():
            texts = {name: row[fields[name]] for name in named}
            used = {question, *(fields[name] for name in named)}
            left = {name: part for name, part in row.items() if name not in used}
            # In the order of the fields, not best first: the order is no news, and the text would leak it.
            names = [name for name in fields if name in named]
            return left | {"answers": [texts[n] for n in names], "ranks": [named[n] for n in names]}
    return row


def _ranks(value: Any) -> dict[str, int]:
    """Names and their ranks, of a list of names best first or of objects with value and rank."""
    if not isinstance(value, list):
        return {}
    if all(isinstance(one, str) for one in value):
        return {plain_name(name): rank for rank, name in enumerate(value, start=1)}
    if all(isinstance(one, dict) and isinstance(one.get("rank"), int) for one in value):
        return {plain_name(str(one.get("value"))): one["rank"] for one in value}
    return {}
