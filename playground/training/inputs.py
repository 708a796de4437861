"""What people hand to `fit`, turned into the plain rows that a run folder keeps.

Data is duck-typed: a Dataset or Preferences of ours, a list of records, or a list of row dicts.
"""

import json
import math

from playground.dataset.clean import DRAFT
from playground.errors import InputError
from playground.model import source
from playground.run import knee

PROMPT_HINT = 'Give rows such as {"prompt": "What does it cost?", "completion": "It costs 0.1 percent."}'
PAIR_HINT = 'Give rows such as {"prompt": "Hello", "chosen": "Good day.", "rejected": "What."}'
SILENT = "Every answer is empty"
SPEAK = "Sample answers of a model that writes some, such as one tuned on instructions"
THUMB_HINT = 'Give rows such as {"prompt": "Hello", "completion": "Good day.", "label": True}'

PAIR = ("prompt", "chosen", "rejected", "weight", "margin", "vote", "tags")
"""What is kept of a pair; a table may have any columns besides."""
THUMB = ("prompt", "completion", "label", "vote", "tags")
FACT = ("prompt", "answers")
ROW_RULE = "Data is rows by column name, or records"


def examples(data) -> list[dict]:
    """Rows {"prompt": [{"role", "content"}, …], "completion": str}. Raises InputError where one is unfit."""
    rows = [_example(row, number) for number, row in enumerate(_rows(data), 1)]
    if not rows:
        raise InputError("There are no examples to learn from", remedy=PROMPT_HINT)
    return rows


def pairs(data, least: int = 2) -> list[dict]:
    """Rows {"prompt", "chosen", "rejected"}: the judgements that prefer one of two completions.

    A "weight" (how much a pair counts, 1 where none is told) or a "margin" (by how much the chosen one is to
    score higher, 0 where none is told) that some rows have, all get; where all are the same as if nothing
    were told, none has it. Raises InputError for others than numbers from 0 on, and too few pairs.
    """
    items = data.pairs() if hasattr(data, "pairs") else _rows(data)
    rows = [_pair(item, number) for number, item in enumerate(items, 1)]
    rows = [row for row in rows if row is not None]
    for number, row in enumerate(rows, 1):
        if not all(isinstance(row.get(key), str) for key in ("prompt", "chosen", "rejected")):
            raise InputError(f"Pair {number} lacks a prompt, chosen or rejected text", remedy=PAIR_HINT)
    _check_told(rows)
    if len(rows) < least:
        raise InputError(
            f"Judgements that prefer one completion: {len(rows)}",
            rule=f"At least {least} are needed; ties and skipped items teach no preference",
            remedy="Judge more pairs",
        )
    return _measured(_measured(rows, "weight", 1.0), "margin", 0.0)


def _measured(rows: list[dict], name: str, plain: float) -> list[dict]:
    """The rows with a number each under this name, or without any where it says nothing."""
    for number, row in enumerate(rows, 1):
        value = row.get(name, plain)
        told = isinstance(value, int | float) and not isinstance(value, bool)
        if not told or not 0 <= value < math.inf:
            raise InputError(
                f"Pair {number} has the {name} {value!r}", rule=f"A {name} is a number, 0 or more",
                remedy=f"Leave it out for {plain:g}",
            )
    if all(row.get(name, plain) == plain for row in rows):
        return [{key: value for key, value in row.items() if key != name} for row in rows]
    return [row | {name: float(row.get(name, plain))} for row in rows]


def refuse_margins(rows: list[dict]) -> None:
    """Raises InputError where pairs have margins and the loss knows none."""
    if rows and "margin" in rows[0]:
        raise InputError(
            "The pairs have margins", rule="DPO has no term for them; reward modelling has",
            remedy="Leave the margins out, or train a reward model on them",
        )


def _check_told(rows: list[dict]) -> None:
    """Raises InputError where no pair has two answers of which one could be preferred."""
    texts = [[row[key].strip() for key in ("chosen", "rejected")] for row in rows]
    if rows and not any(map(any, texts)):
        raise InputError(SILENT, rule="Answers teach what to write", remedy=SPEAK)
    if rows and all(chosen == rejected for chosen, rejected in texts):
        raise InputError(
            "In every pair the two answers are the same", rule="Between equal answers there is no preference",
            remedy="Sample answers at a higher temperature, and judge again",
        )


def thumbs(data, both: bool = True) -> list[dict]:
    """Rows {"prompt", "completion", "label"}: answers found good (true) or bad (false).

    Of Preferences or pairs each gives one of either kind. Raises InputError for a row that is none, and,
    where `both` kinds are needed, for fewer than two of each.
    """
    given = _rows(data) if not hasattr(data, "pairs") else []
    if not given or any(isinstance(row, dict) and "chosen" in row for row in given):
        found = pairs(data, least=2 if both else 1)
        if {"weight", "margin"} & {name for row in found for name in row}:
            raise InputError(
                "The pairs have weights or margins", rule="KTO counts every answer once",
                remedy="Leave them out, or choose DPO, which counts weights",
            )
        rows = [
            {name: row[name] for name in ("prompt", "vote") if name in row}
            | {"completion": row[answer], "label": good}
            for row in found
            for answer, good in (("chosen", True), ("rejected", False))
        ]
    else:
        rows = [_thumb(item, number) for number, item in enumerate(given, 1)]
    if not any(row["completion"].strip() for row in rows):
        raise InputError(SILENT, rule="Answers teach what to write", remedy=SPEAK)
    good = sum(row["label"] for row in rows)
    if both and min(good, len(rows) - good) < 2:
        raise InputError(
            f"Good answers: {good}, bad ones: {len(rows) - good}",
            rule="KTO learns from the difference, and needs at least 2 of each",
            remedy="Judge more answers, or learn from good ones alone with SFT",
        )
    return rows


def prompts(data, least: int = 1) -> list[dict]:
    """Rows {"prompt": str}. Raises InputError for fewer than `least` prompts."""
    rows = [{"prompt": _question(item, number)} for number, item in enumerate(_rows(data), 1)]
    if len(rows) < least:
        raise InputError(
            f"There are {len(rows)} prompts", rule=f"One update uses {least} different prompts",
            remedy=f"Give at least {least} prompts, or make the rollout smaller",
        )
    return rows


def facts(probes, model: str) -> list[dict]:
    """Rows {"prompt", "answers"}: beginnings that the model should go on completing rightly.

    `probes` are a Suite (of which the cloze probes count), Probe records or such rows; None: what the
    small world's own model has read, if `model` is made of it or of its shape, else nothing.
    """
    if probes is None:
        probes = knee.facts(model)
    if hasattr(probes, "of_kind"):
        probes = probes.of_kind("cloze")
    return [_fact(one, number) for number, one in enumerate(probes, 1)]


def check_lengths(dropped: int, total: int, limit: int) -> None:
    """TRL drops rows whose answer would be cut away without a word; we refuse them. Raises InputError."""
    if dropped:
        raise InputError(
            f"{dropped} of {total} rows are longer than {limit} tokens",
            rule="A row whose answer is cut away teaches nothing",
            remedy="Leave them out, or raise the length",
        )


def check_vocabulary(model: str, reward: str) -> None:
    """Raises InputError where a reward model reads other tokens than the policy writes."""
    policy, judge = source.find(model), source.find(reward)
    for one in judge.members or (judge,):
        both = [found.root.folder / "tokenizer.json" for found in (policy, one)]
        if all(file.is_file() for file in both) and not _same(*both):
            raise InputError(
                f"{one.name} reads another vocabulary than {policy.name} writes",
                rule="PPO hands the policy's tokens to the reward model as they are",
                remedy="Train one on this policy's base, or choose GRPO or RLOO, for they hand text",
            )


def _same(*files) -> bool:
    """Whether tokenizers give the same number to every token."""
    if files[0].read_bytes() == files[1].read_bytes():
        return True
    told = [json.loads(file.read_text(encoding="utf-8")) for file in files]
    vocabularies = [
        (one["model"].get("vocab"), {token["content"]: token["id"] for token in one.get("added_tokens", ())})
        for one in told
    ]
    return vocabularies[0] == vocabularies[1]


def name_of(data) -> str:
    """What the person calls this data, where it has a name."""
    name = getattr(data, "name", "")
    return name if isinstance(name, str) else ""


def model_of(model, reward: bool = False) -> str:
    """The portable name of a model: from a Model, a RewardModel, a Run, a name or a folder.

    Raises NotFoundError where it leads nowhere, InputError where it is of the wrong kind.
    """
    name = getattr(model, "folder", None) or model
    found = source.find(name)
    if found.is_reward != reward:
        wanted = "a reward model" if reward else "a language model"
        raise InputError(
            f"{found.name} is {'a reward model' if found.is_reward else 'a language model'}",
            rule=f"This stage needs {wanted} here", remedy=f"Choose {wanted}",
        )
    return found.name


def _rows(data) -> list:
    if data is None:
        return []
    if isinstance(data, str):
        raise InputError(
            f"The data is the text {data!r}", rule="Data is a Dataset or a list of rows",
            remedy="Load it first: Dataset.load(…)",
        )
    rows = list(data.rows()) if hasattr(data, "rows") else list(data)
    refuse_drafts(rows)
    return rows


def refuse_drafts(rows: list) -> None:
    """Raises InputError where nobody has approved some of the rows: a stage learns what people stand for."""
    drafts = sum(DRAFT in _tags(row) for row in rows)
    if drafts:
        raise InputError(
            f"{drafts:,} of {len(rows):,} rows are drafts that nobody has approved",
            rule=f"No stage learns from rows tagged {DRAFT!r}",
            remedy="Read them and approve them with data.approve(), or leave them out with data.reject()",
        )


def _tags(row) -> list:
    tags = row.get("tags") if isinstance(row, dict) else getattr(row, "tags", ())
    return [tags] if isinstance(tags, str) else list(tags or ())


def _example(row, number: int) -> dict:
    if not isinstance(row, dict):
        if not hasattr(row, "completion"):
            raise InputError(f"Example {number} is {row!r:.80}", rule=ROW_RULE, remedy=PROMPT_HINT)
        row = {
            "prompt": [message.as_dict() for message in row.prompt],
            "completion": row.completion, "tags": list(row.tags),
        }
    prompt, completion = row.get("prompt"), row.get("completion")
    if isinstance(prompt, str):
        prompt = [{"role": "user", "content": prompt}]
    told = isinstance(completion, str) and completion.strip()
    if not prompt or not isinstance(prompt, list) or not all(map(_is_turn, prompt)) or not told:
        raise InputError(f"Example {number} lacks a prompt or a completion", remedy=PROMPT_HINT)
    return {"prompt": prompt, "completion": completion, "tags": list(row.get("tags") or [])}


def _is_turn(turn) -> bool:
    return isinstance(turn, dict) and all(isinstance(turn.get(key), str) for key in ("role", "content"))


def _pair(item, number: int) -> dict | None:
    if isinstance(item, dict):
        return {name: item[name] for name in PAIR if name in item}
    if not hasattr(item, "chosen"):
        raise InputError(f"Pair {number} is {item!r:.80}", rule=ROW_RULE, remedy=PAIR_HINT)
    if item.chosen is None:
        return None
    return {"prompt": item.prompt, "chosen": item.chosen, "rejected": item.rejected}


def _thumb(item, number: int) -> dict:
    row = item if isinstance(item, dict) else {}
    texts = all(isinstance(row.get(key), str) for key in ("prompt", "completion"))
    if not texts or not isinstance(row.get("label"), bool):
        raise InputError(
            f"Answer {number} is {item!r:.80}",
            rule="It has a prompt, a completion, and a label that is true or false", remedy=THUMB_HINT,
        )
    return {name: row[name] for name in THUMB if name in row}


def _fact(item, number: int) -> dict:
    row = item if isinstance(item, dict) else {name: getattr(item, name, None) for name in FACT}
    prompt, answers = (row.get(name) for name in FACT)
    answers = [answers] if isinstance(answers, str) else list(answers or ())
    if not all(isinstance(one, str) and one.strip() for one in (prompt, *answers)) or not answers:
        raise InputError(
            f"Probe {number} is {item!r:.80}",
            rule="A probe is the beginning of a sentence and its right ends",
            remedy='Give rows such as {"prompt": "The capital of Kenya is", "answers": ["Nairobi"]}',
        )
    return {"prompt": prompt, "answers": answers}


def _question(item, number: int) -> str:
    if hasattr(item, "question"):
        return item.question
    prompt = item.get("prompt") if isinstance(item, dict) else item
    if isinstance(prompt, list) and prompt:
        prompt = prompt[-1].get("content")
    if not isinstance(prompt, str) or not prompt.strip():
        raise InputError(f"Prompt {number} is empty", remedy="Give prompts as plain text")
    return prompt


def check_judged(keep: str, patience: int, validation) -> None:
    """Raises InputError where weights are to be judged and there is nothing to judge them on."""
    if (keep != "last" or patience) and not validation:
        asked = f"Weights kept is {keep!r}" if keep != "last" else f"Patience is {patience}"
        raise InputError(
            f"{asked}, and there is no validation part",
            rule="Weights are judged on examples they do not learn from",
            remedy="Pass a validation part, or keep the last weights with a patience of 0",
        )
