"""Rows of preference data, in the forms people keep them, as comparisons."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from typing import Any, get_args

from playground.dataset import cells, formats, source, tools
from playground.dataset.answers import PROMPTS, Answers, answers_in, named, plain_name
from playground.dataset.cells import RowProblem
from playground.dataset.mapping import Mapping, mapped
from playground.dataset.read import nothing_in
from playground.dataset.shapes import REASONS, shape
from playground.errors import DatasetError
from playground.preference import labels, ranking, single
from playground.records import Choice, Comparison, Finding, Message, Ranking

_SPEAKERS = ("\n\nHuman:", "\n\nAssistant:")


def read_comparisons(
    read: source.Source, mapping: Mapping | None = None
) -> tuple[list[Comparison], list[Finding]]:
    """Comparisons of numbered rows, and a finding for every row that is none.

    Raises DatasetError where no row is a comparison, and where labels or ranks may mean more than
    one thing.
    """
    rows, findings = tools.plain(read.rows)
    findings = [*read.findings, *findings]
    if not rows:
        raise nothing_in(read.name, findings)
    if mapping is not None:
        rows, found = mapped(rows, mapping, judged=True)
        findings += found
    values = [row for _, row in rows]
    shapes = [shape(row) for row in values]
    counts = Counter(shapes)
    formats.check_codes(values, counts)
    _check_order(values)
    meanings = _meanings(values, mapping)
    findings += _noted(values, meanings)
    comparisons: list[Comparison] = []
    ranked, judged = [], []
    for (number, row), name in zip(rows, shapes, strict=True):
        try:
            if name == "kto":
                judged.append(single.good_or_bad(number, cells.unfolded(row), question))
            elif name == "ranked-answers" and answers_in(tuple(row)).kind == "one by one":
                ranked.append(single.ranked(number, cells.unfolded(row), question))
            else:
                pairs = _row(row, meanings)
                whole = f"{read.name}:{number}" if len(pairs) > 1 else ""
                beside = _beside(row)
                comparisons += [replace(pair, vote=pair.vote or whole, **beside) for pair in pairs]
                findings += _implied(number, row, comparisons[-1])
        except RowProblem as problem:
            findings.append(Finding(number, "not a comparison", str(problem)))
    for found, missed in (single.compare_ranked(ranked), single.compare_good_and_bad(judged)):
        comparisons += found
        findings += missed
    if not comparisons:
        raise _none(read.name, findings, counts, judged)
    return comparisons, sorted(findings, key=lambda finding: finding.row)


def question(row: dict[str, Any], column: str) -> str:
    """A prompt that is one question. Raises RowProblem for a conversation of several turns."""
    asked = cells.storable(_question(cells.turns(row, column)))
    # Alpaca's input and a passage belong to what was asked.
    more = [row[name] for name in ("input", "context") if name != column and row.get(name) not in (None, "")]
    if not all(isinstance(part, str) for part in more):
        raise RowProblem("The input or context beside the prompt is not text")
    return cells.storable("\n\n".join([asked, *more]))


def _row(row: Any, meanings: dict[Answers, dict[str, Choice]]) -> list[Comparison]:
    """The comparisons in one row. Raises RowProblem saying what is wanting."""
    if not isinstance(row, dict):
        raise RowProblem("It is not an object with columns")
    annotator = str(row.get("annotator") or "")
    vote = row["vote"] if isinstance(row.get("vote"), str) else ""
    if row.get("choice") is not None and "first" in row:
        texts = [question(row, "prompt"), *(cells.answer(row, column) for column in ("first", "second"))]
        choice = cells.code(cells.text(row, "choice"))
        if choice not in get_args(Choice):
            raise RowProblem(f"The choice is {choice!r}, not one of {', '.join(get_args(Choice))}")
        return [_checked(Comparison(*texts, choice, annotator, vote))]
    row = cells.unfolded(row)
    found = answers_in(tuple(row)) if not {"chosen", "rejected"} <= row.keys() else None
    if found is None or found.kind == "one by one":
        return [_checked(Comparison(*_chosen_rejected(row), "first", annotator, vote))]
    if found.kind == "labelled":
        texts = [cells.answer(row, column) for column in found.columns]
        choice = _choice(row[found.label], texts, found, meanings[found])
        return [_checked(Comparison(question(row, found.prompt), *texts, choice, annotator))]
    pairs = map(_checked, ranking.comparisons(_ranking(row, found, annotator)))
    return [replace(pair, vote="" if found.label == "vote" else vote) for pair in pairs]


def _beside(row: dict[str, Any]) -> dict[str, Any]:
    """What else a row tells of its judgement. Raises RowProblem for half characters and the like."""
    found = {name: row[name] for name in ("criterion", "note") if isinstance(row.get(name), str)}
    told: dict[str, Any] = {name: cells.storable(text) for name, text in found.items() if text}
    strength = cells.code(row["strength"]) if row.get("strength") is not None else ""
    return told | ({"strength": int(strength)} if strength in set("123456789") else {})


def _choice(value: Any, texts: Sequence[str], answers: Answers, meanings: dict[str, Choice]) -> Choice:
    code = cells.code(value)
    meaning = meanings.get(code) or meanings.get(plain_name(code))
    same = [text.strip().casefold() == code for text in texts]
    if meaning:
        return meaning
    if sum(same) == 1:
        return "first" if same[0] else "second"
    said = "is missing" if not code else f"is {code[:80]!r}, which names neither answer"
    raise RowProblem(f"The label '{answers.label}' {said}")


def _ranking(row: dict[str, Any], answers: Answers, annotator: str) -> Ranking:
    prompt = question(row, answers.prompt)
    if answers.kind == "ranked":
        texts = [cells.answer(row, column) for column in answers.columns]
        if answers.label:
            order = labels.order_of(row[answers.label], len(texts), answers.label)
        else:
            ranks = [row[column] for column in answers.ranks]
            order = labels.order_of_ranks(ranks, len(texts), answers.ranks[0])
        return Ranking(prompt, tuple(texts), order, annotator)
    column = answers.columns[0]
    items = row[column]
    if not isinstance(items, list | tuple) or len(items) < 2:
        raise RowProblem(f"'{column}' is not a list of two or more answers")
    if len(items) > labels.MAX_ANSWERS:
        raise RowProblem(f"'{column}' holds {len(items):,} answers, more than {labels.MAX_ANSWERS}")
    texts = [_item(item, column) for item in items]
    if answers.label:
        order = labels.order_of(row[answers.label], len(texts), answers.label)
    else:
        ranks = [item.get("rank") if isinstance(item, dict) else None for item in items]
        order = labels.order_of_ranks(ranks, len(texts), "rank")
    return Ranking(prompt, tuple(texts), order, annotator, _points(row.get("scores"), order))


def _points(given: Any, order: ranking.Order) -> tuple[int, ...]:
    """The points that an order was made of; empty where there are none, or they say another order."""
    if not isinstance(given, list) or not all(type(one) is int for one in given):
        return ()
    if len(given) != sum(map(len, order)):
        return ()
    made = labels.order_of_ranks([-one for one in given], len(given), "scores")
    return tuple(given) if made == order else ()


def _item(item: Any, column: str) -> str:
    if isinstance(item, dict):
        names = ("text", "content", "answer", "response", "completion", "output")
        item = next((item[name] for name in names if name in item), None)
    if not isinstance(item, str):
        raise RowProblem(f"An answer in '{column}' is {cells.kind(item)}, not text")
    return item


def _checked(comparison: Comparison) -> Comparison:
    texts = [cells.storable(text) for text in (comparison.prompt, comparison.first, comparison.second)]
    if texts[1].strip() == texts[2].strip():
        raise RowProblem("The two answers are the same")
    return comparison


def _chosen_rejected(row: dict[str, Any]) -> tuple[str, str, str]:
    if row.get("chosen") is None and row.get("rejected") is None:
        names = ", ".join(map(repr, row)) or "none"
        raise RowProblem(f"No two answers with a label or a rank are told from its columns {names}"[:300])
    if column := _prompt_column(row):
        return question(row, column), cells.answer(row, "chosen"), cells.answer(row, "rejected")
    if isinstance(row.get("chosen"), str) and isinstance(row.get("rejected"), str):
        return _shared(row["chosen"], row["rejected"])
    chosen, rejected = (cells.messages(row.get(column), column) for column in ("chosen", "rejected"))
    if chosen[:-1] != rejected[:-1] or chosen[-1].role != "assistant" or rejected[-1].role != "assistant":
        raise RowProblem("'chosen' and 'rejected' must be one conversation with two last answers")
    return _question(chosen[:-1]), chosen[-1].content, rejected[-1].content


def _prompt_column(row: dict[str, Any]) -> str | None:
    return next((name for name in PROMPTS if row.get(name) is not None), None)


def _shared(chosen: str, rejected: str) -> tuple[str, str, str]:
    """Two texts that begin with the same prompt: written with speakers, or on lines of their own."""
    human, assistant = _SPEAKERS
    talks = ["\n\n" + text.lstrip() for text in (chosen, rejected)]
    if all(talk.startswith(human) and assistant in talk for talk in talks):
        (one, good), (other, bad) = (talk.rsplit(assistant, 1) for talk in talks)
        if one != other:
            raise RowProblem("'chosen' and 'rejected' must be one conversation with two last answers")
        if assistant in one:
            raise RowProblem("The prompt must be one question, not a conversation of several turns")
        return one.removeprefix(human).strip(), good.strip(), bad.strip()
    both = zip(chosen, rejected, strict=False)
    length = next(
        (at for at, (one, other) in enumerate(both) if one != other), min(len(chosen), len(rejected))
    )
    common = chosen[:length]
    cut = common.rfind("\n") + 1 or common.rfind(" ") + 1
    if not common[:cut].strip():
        raise RowProblem("'prompt' is missing, and 'chosen' and 'rejected' do not share their beginning")
    return common[:cut].strip(), chosen[cut:], rejected[cut:]


def _implied(number: int, row: dict[str, Any], comparison: Comparison) -> list[Finding]:
    """What to tell of a prompt taken from the answers: it is only as right as their common beginning."""
    if "choice" in row or _prompt_column(row) or not isinstance(row.get("chosen"), str):
        return []
    told = f"There is no prompt: what both answers begin with was taken as it, {comparison.prompt[:80]!r}"
    return [Finding(number, "prompt", told, "kept")]


def _question(turns: list[Message]) -> str:
    if [turn.role for turn in turns] != ["user"]:
        raise RowProblem("The prompt must be one question, not a conversation of several turns")
    return turns[0].content


def _meanings(rows: Sequence[Any], mapping: Mapping | None) -> dict[Answers, dict[str, Choice]]:
    """What labels mean, told from all rows of a kind together: a single 1 does not say what a 0 is."""
    values: dict[Answers, list[Any]] = {}
    for row in rows:
        found = answers_in(tuple(row)) if isinstance(row, dict) else None
        if found is not None and found.kind == "labelled":
            values.setdefault(found, []).append(row[found.label])
    own = named(mapping.prompt, mapping.first, mapping.second, mapping.label) if mapping else None
    return {answers: labels.reading(given, own or answers) for answers, given in values.items()}


def _noted(rows: Sequence[Any], meanings: dict[Answers, dict[str, Choice]]) -> list[Finding]:
    """What was understood that a person may have meant otherwise."""
    told = [
        f"In {answers.label!r}, 1 was read as the first answer, {answers.columns[0]!r}, and 2 as the second"
        for answers, meaning in meanings.items()
        if "1" in meaning and not answers.endings[0].isdigit()
    ]
    if any(isinstance(row, dict) and isinstance(row.get("system"), str) and row["system"] for row in rows):
        told.append("The system messages in 'system' were left out: a comparison's prompt is one question")
    return [Finding(0, "columns", message, "kept") for message in told]


def _check_order(rows: Sequence[Any]) -> None:
    """A flat list called ranking is ranks or positions; where no tie tells, it has to be asked."""
    lists: dict[str, list[Any]] = {}
    for row in rows:
        found = answers_in(tuple(row)) if isinstance(row, dict) else None
        if found is not None and found.label.strip().casefold() == "ranking":
            lists.setdefault(found.label, []).append(row[found.label])
    for column, given in lists.items():
        tied = any(isinstance(v, list) and len(set(map(str, v))) < len(v) for v in given)
        unclear = next((value for value in given if labels.is_unclear(value)), None)
        if unclear is not None and not tied:
            raise DatasetError(
                f"The column {column!r} holds {unclear!r}",
                rule="These may be the answers' ranks or their positions, best first, which is not the same",
                remedy="Rename the column to 'ranks' (1 is best) or to 'order' (positions, best first)",
            )


def _none(name: str, findings: list[Finding], shapes: Counter, singles: list[single.Single]) -> DatasetError:
    if singles:
        good = sum(one.mark is True for one in singles)
        return DatasetError(
            f"{name} holds single answers labelled good or bad (KTO): {good} and {len(singles) - good}",
            rule="A comparison needs a good and a bad answer to one prompt, and no prompt here has both",
            remedy="Add answers with the other label to the same prompts, or compare answers in a campaign",
        )
    (common, _), *_ = shapes.most_common(1)
    tune = common in REASONS and common not in formats.PREFERENCES
    return DatasetError(
        f"No row of {name} is a comparison; row {findings[0].row}: {findings[0].message}",
        rule="A row has prompt, chosen and rejected; or prompt, first, second and choice; or two answers "
        "and a label; or several answers and their ranks",
        remedy=f"This looks like {common}, which Dataset.load reads"
        if tune
        else "Rename the columns and load the data again, or say what they hold with mapping=Mapping(…)",
    )
