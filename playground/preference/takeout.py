"""Judgements out in the forms that trainers and researchers read: pairs, thumbs, rankings, the raw log."""

from collections.abc import Callable, Iterator
from pathlib import Path

import sqlalchemy as sa

from playground.errors import InputError
from playground.preference.campaign import vote_log
from playground.preference.judgements import Judgement, judgements_of
from playground.preference.settle import standing_judgements
from playground.store.database import connect, reading
from playground.store.files import write_jsonl
from playground.store.tables import completions, decisions, items


def export_judgements(
    source, path: str | Path, form: str = "pairs", *, url: str | None = None, engine: sa.Engine | None = None
) -> Path:
    """Write judgements as JSON lines in one of FORMS; where the file lies.

    `source` is a campaign's id, in which the owner's decisions stand for the votes they overrule, or, but for
    `log`, whatever `agreement` takes.

    - `pairs`: {"prompt", "chosen", "rejected"} as conversations, TRL's form for reward modelling and DPO;
      "strength" is how much better, where that was asked, and the pairs of one ranking have one "vote". Ties
      have no winner and are left out.
    - `kto`: {"prompt", "completion", "label"}: what won is good, what lost is bad, and so are two bad ones.
      A tie says neither.
    - `ranked`: {"prompt", "completions", "ranks"}, 1 the best, equal ones tied; ratings have their "scores",
      best and worst give the pairs that they compare.
    - `log`: every revision of every vote and every decision in the order of arrival, with the texts, whose
      they are and how they were shown; skips and their reasons, notes and rewrites too.

    Raises NotFoundError, and InputError for another form, a source without a log, or no rows.
    """
    if form not in FORMS:
        raise InputError(f"The form is {form!r}", rule=f"It is one of {', '.join(FORMS)}")
    engine = engine or connect(url)
    if form == "log":
        if not isinstance(source, str):
            raise InputError("Only a campaign has a log", remedy="Give the campaign's id")
        rows = _log(source, engine)
    else:
        judged = standing_judgements(source, engine) if isinstance(source, str) else judgements_of(source)
        rows = [row for judgement in judged for row in FORMS[form](judgement)]
    if not rows:
        rule = "A file holds at least one row"
        raise InputError("There is nothing to export", rule=rule, remedy="Judge more")
    return write_jsonl(Path(path).expanduser(), rows)


def _pairs(judgement: Judgement) -> Iterator[dict]:
    for pair in judgement.comparisons():
        if pair.chosen is not None:
            yield _asked(judgement) | {
                "chosen": _turn("assistant", pair.chosen),
                "rejected": _turn("assistant", pair.rejected),
                **({"strength": pair.strength} if pair.strength else {}),
                **_of(judgement),
            }


def _kto(judgement: Judgement) -> Iterator[dict]:
    said: dict[str, bool] = {}
    for pair in judgement.comparisons():
        if pair.choice == "both_bad":
            said |= {pair.first: False, pair.second: False}
    if len(judgement.order) > 1:
        # Of a ranking, the ends: what lies between was neither liked best nor least.
        for group, label in ((judgement.order[0], True), (judgement.order[-1], False)):
            said |= {judgement.completions[place]: label for place in group}
    for text, label in said.items():
        yield _asked(judgement) | {"completion": _turn("assistant", text), "label": label, **_of(judgement)}


def _ranked(judgement: Judgement) -> Iterator[dict]:
    for part in judgement.parts():
        rank = {place: number for number, group in enumerate(part.order, 1) for place in group}
        yield {
            "prompt": part.prompt,
            "completions": list(part.completions),
            "ranks": [rank[place] for place in range(len(part.completions))],
            **({"scores": list(part.scores)} if part.scores else {}),
            **_of(part),
        }


FORMS: dict[str, Callable[[Judgement], Iterator[dict]] | None] = {
    "pairs": _pairs, "kto": _kto, "ranked": _ranked, "log": None,
}  # fmt: skip


def _log(campaign: str, engine: sa.Engine) -> list[dict]:
    log = vote_log(campaign, engine)
    with reading(engine) as connection:
        texts: dict[int, list[dict]] = {}
        asked: dict[int, str] = {}
        query = (
            sa.select(items.c.position, items.c.prompt, completions.c.text, completions.c.model)
            .join(completions, completions.c.item == items.c.id)
            .where(items.c.campaign == campaign)
            .order_by(items.c.position, completions.c.place)
        )
        for position, prompt, text, model in connection.execute(query):
            asked[position] = prompt
            texts.setdefault(position, []).append({"text": text, "model": model})
        query = (
            sa.select(decisions, items.c.position)
            .join(items, items.c.id == decisions.c.item)
            .where(items.c.campaign == campaign)
            .order_by(decisions.c.sequence)
        )
        decided = [dict(row) for row in connection.execute(query).mappings()]
    return [
        {"kind": kind, "prompt": asked[row["position"]], "completions": texts[row["position"]]} | row
        for kind, rows in (("vote", log), ("decision", decided))
        for row in rows
    ]


def _asked(judgement: Judgement) -> dict:
    return {"prompt": _turn("user", judgement.prompt)}


def _turn(role: str, text: str) -> list[dict]:
    return [{"role": role, "content": text}]


def _of(judgement: Judgement) -> dict:
    """Whose judgement it is, by what; only what is told."""
    told = {
        "annotator": judgement.annotator, "criterion": judgement.criterion, "vote": judgement.vote,
        "note": judgement.note,
    }  # fmt: skip
    return {name: value for name, value in told.items() if value}
