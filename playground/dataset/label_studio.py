"""Tasks of Label Studio as JSON: what its JSON export writes and its import reads.

A completion of ours is a prediction there, which people see and correct; a judgement is an annotation.
The other way round an annotation goes before a prediction. A project reads the file with one of CONFIGS
as its labeling interface.
"""

from collections.abc import Callable, Iterator, Sequence
from typing import Any

from playground.dataset.answers import LABELS, plain_name
from playground.dataset.cells import Row, table, tables
from playground.records import Comparison, Example, Finding, Ranking

ABOUT = "the tasks of Label Studio, with their data, annotations and predictions"

CONFIGS = {
    "examples": """<View>
  <Text name="prompt" value="$prompt"/>
  <TextArea name="completion" toName="prompt" rows="6" editable="true" maxSubmissions="1"/>
</View>""",
    "conversations": """<View>
  <Paragraphs name="prompt" value="$prompt" layout="dialogue" nameKey="role" textKey="content"/>
  <TextArea name="completion" toName="prompt" rows="6" editable="true" maxSubmissions="1"/>
</View>""",
    "comparisons": """<View>
  <Text name="prompt" value="$prompt"/>
  <Pairwise name="better" toName="first,second"/>
  <Text name="first" value="$first"/>
  <Text name="second" value="$second"/>
  <Choices name="choice" toName="prompt">
    <Choice value="tie"/> <Choice value="both_bad"/> <Choice value="skip"/>
  </Choices>
</View>""",
    "rankings": """<View>
  <Text name="prompt" value="$prompt"/>
  <List name="answers" value="$items"/>
  <Ranker name="ranking" toName="answers"/>
</View>""",
}
"""Labeling interfaces for what `records` writes."""

_OWN = ("annotator", "strength", "note", "vote")
"""What was said with a judgement of ours, and is no part of an annotation that somebody added to it."""
_BESIDE = ("criterion", *_OWN[1:])
"""What is known of a judgement and goes into a task's `meta`, for no control asks it."""
_SIDES = {"left": "first", "right": "second"}


def is_record(row: Any) -> bool:
    """Whether a row is one of Label Studio's tasks."""
    return (
        isinstance(row, dict)
        and isinstance(row.get("data"), dict)
        and (any(isinstance(row.get(name), list) for name in ("annotations", "completions", "predictions")))
    )


def records(given: Sequence[Example | Comparison | Ranking]) -> Iterator[Row]:
    """Examples or judgements as tasks. A ranker knows no ties, so they stand in the task's `meta` too."""
    examples = [one for one in given if isinstance(one, Example)]
    chat = any([message.role for message in example.prompt] != ["user"] for example in examples)
    answered = any(example.completion for example in examples)
    for number, one in enumerate(given, start=1):
        if isinstance(one, Example):
            turns = [message.as_dict() for message in one.prompt]
            said = _result("completion", "prompt", "textarea", {"text": [one.completion]})
            told = [{"model_version": "playground", "result": [said]}] if answered else []
            data = {"prompt": turns if chat else turns[0]["content"]}
            yield _task(number, data, predictions=told, tags=list(one.tags))
        elif isinstance(one, Comparison):
            data = {"prompt": one.prompt, "first": one.first, "second": one.second}
            yield _task(number, data, [_result(*_judged(one))], annotator=one.annotator, **_aside(one))
        else:
            ids = [f"answer_{place}" for place in range(1, len(one.completions) + 1)]
            items = [
                {"id": i, "title": "", "body": text} for i, text in zip(ids, one.completions, strict=True)
            ]
            order = [ids[place] for group in one.order for place in group]
            ranked = _result("ranking", "answers", "ranker", {"ranker": {"rank": order}})
            ranks = {ids[place]: rank for rank, group in enumerate(one.order, 1) for place in group}
            ties = [ranks[i] for i in ids] if len(one.order) < len(ids) else []
            data = {"prompt": one.prompt, "items": items}
            yield _task(number, data, [ranked], annotator=one.annotator, ranks=ties, **_aside(one))


def rows(number: int, task: Row) -> tuple[list[Row], list[Finding]]:
    """A task as rows of plain columns: one for everyone who annotated it, or one with the prediction."""
    given = tables(task.get("annotations") or task.get("completions"))
    kept = [one for one in given if not one.get("was_cancelled")]
    findings = []
    if len(kept) < len(given):
        message = f"{len(given) - len(kept)} annotations were skipped in Label Studio and left out"
        findings = [Finding(number, "label studio", message, "kept" if kept else "dropped")]
    if given and not kept:
        return [], findings
    meta = table(task.get("meta"))
    aside = {name: meta[name] for name in ("tags", "criterion") if meta.get(name)}
    own = {name: meta[name] for name in _OWN if meta.get(name)}
    read = []
    for one in kept or tables(task.get("predictions"))[:1] or [{}]:
        results = tables(one.get("result"))
        row, unknown = _columns(task["data"], results)
        who = {"annotator": _who(one)} | (own if _is_ours(results) else {})
        if "ranks" in row and _agree(meta.get("ranks"), row["ranks"]):
            row["ranks"] = meta["ranks"]
        read.append({**task["data"], **aside, **who, **row})
        if unknown:
            message = f"Results of the type {', '.join(unknown)} were not read"
            findings.append(Finding(number, "label studio", message, "kept"))
    return read, findings


def _task(
    number: int, data: Row, result: list[Row] | None = None, predictions: Sequence[Row] = (), **meta: Any
) -> Row:
    annotations = [] if result is None else [{"result": result, "was_cancelled": False}]
    about = {name: value for name, value in meta.items() if value}
    return {
        "id": number, "data": data, "annotations": annotations, "predictions": list(predictions),
        "meta": about,
    }  # fmt: skip


def _aside(one: Comparison | Ranking) -> Row:
    return {name: getattr(one, name, None) for name in _BESIDE}


def _result(from_name: str, to_name: str, kind: str, value: Row) -> Row:
    return {
        "id": from_name, "from_name": from_name, "to_name": to_name, "type": kind, "value": value,
    }  # fmt: skip


def _is_ours(results: Sequence[Row]) -> bool:
    """Whether `_result` wrote what was annotated: Label Studio gives its own a name drawn by chance."""
    return all(one.get("id") == one.get("from_name") for one in results)


def _judged(one: Comparison) -> tuple[str, str, str, Row]:
    side = {choice: side for side, choice in _SIDES.items()}.get(one.choice)
    if side:
        return "better", "first,second", "pairwise", {"selected": side}
    return "choice", "prompt", "choices", {"choices": [one.choice]}


def _columns(data: Row, results: Sequence[Row]) -> tuple[Row, list[str]]:
    """What the controls of one annotation say, by column, and the types that say nothing to us."""
    row: Row = {}
    unknown = []
    for result in results:
        kind = str(result.get("type"))
        if kind in _READ:
            row |= _READ[kind](str(result.get("from_name") or kind), table(result.get("value")), data)
        else:
            unknown.append(kind)
    return row, unknown


def _text(name: str, value: Row, _data: Row) -> Row:
    texts = value.get("text")
    return {name: "\n".join(map(str, texts)) if isinstance(texts, list) else texts}


def _choices(name: str, value: Row, _data: Row) -> Row:
    chosen = value.get("choices")
    return {_label(name): ", ".join(map(str, chosen)) if isinstance(chosen, list) else chosen}


def _pairwise(name: str, value: Row, data: Row) -> Row:
    side = value.get("selected")
    return {"choice" if "first" in data else _label(name): _SIDES.get(side, side)}


def _ranker(_name: str, value: Row, data: Row) -> Row:
    """The items of the list that the ranks name, as answers; a list that holds other ids is not read."""
    order = value.get("ranker")
    if isinstance(order, dict):
        order = next((part for name, part in order.items() if name != "_" and part), order.get("_"))
    ranks = {str(name): rank for rank, name in enumerate(order if isinstance(order, list) else (), start=1)}
    for column, items in data.items():
        known = {str(one["id"]): one for one in tables(items) if "id" in one}
        if known and set(ranks) == set(known):
            texts = [one.get("body") or one.get("html") or one.get("title") for one in known.values()]
            return {column: None, "answers": texts, "ranks": [ranks[name] for name in known]}
    return {}


def _agree(tied: Any, ranks: list[int]) -> bool:
    """Whether ranks with ties say what the ranks of a ranker say, which nobody has changed since, then."""
    if not isinstance(tied, list) or len(tied) != len(ranks):
        return False
    places = range(len(ranks))
    return sorted(places, key=lambda at: (tied[at], at)) == sorted(places, key=ranks.__getitem__)


def _label(name: str) -> str:
    return name if plain_name(name) in LABELS else "label"


def _who(one: Row) -> str:
    """Who annotated it: an account's e-mail or number, or the name of what predicted it."""
    who = one.get("completed_by")
    if isinstance(who, dict):
        who = who.get("email") or who.get("id")
    return str(who or one.get("model_version") or "")


_READ: dict[str, Callable[[str, Row, Row], Row]] = {
    "textarea": _text,
    "choices": _choices,
    "pairwise": _pairwise,
    "ranker": _ranker,
}
