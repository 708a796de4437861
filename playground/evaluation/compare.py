"""The same questions through several models."""

import contextlib
import json
from collections.abc import Iterable, Sequence

from playground.errors import InputError, NotFoundError
from playground.evaluation import intervals, probes
from playground.evaluation.intervals import UNKNOWN, Estimate
from playground.evaluation.report import COLUMNS, Report
from playground.evaluation.suite import Suite
from playground.model.load import Model, RewardModel
from playground.records import Probe

KINDS = {
    "domain": ("domain",),
    "general": ("general", "howto"),
    "unknown": ("unknown",),
    "retention": ("cloze",),
}
CLOZE_TOKENS = 12


def compare(suite: Suite, reward=None, max_tokens: int = 64, progress=None, **models) -> Report:
    """Examine models, given by name: `compare(suite, base=base, sft=sft.model)`.

    Every model answers the suite's probes and prompts through its chat template, greedily; cloze
    probes are continued as raw text. A model is a Model or what `Model.load` takes; `reward` a
    RewardModel or what its `load` takes, by default the one that the last PPO model was trained
    against. `progress(done, total)` counts finished models.

    Raises InputError where no model is given.
    """
    import pandas as pd

    if not models:
        raise InputError("No model to compare", remedy="Give at least one, such as base=Model.load('pocket')")
    models = {name: Model.load(model) for name, model in models.items()}
    judge = _trained_against(models.values()) if reward is None else RewardModel.load(reward)
    table, answers, details, scores = {}, {}, [], []
    for done, (name, model) in enumerate(models.items(), start=1):
        texts = ask(model, suite.probes, max_tokens)
        replies = model.reply_many(suite.prompts, max_tokens=max_tokens)
        judged = _judge(suite, judge, replies)
        table[name] = _row(suite.probes, texts, judged)
        answers[name] = replies
        details += [
            (name, probe.kind, probe.prompt, text, probes.is_right(probe, text))
            for probe, text in zip(suite.probes, texts, strict=True)
        ]
        scores += [
            {"model": name, "prompt": prompt} | {column: found[place] for column, found in judged.items()}
            for place, prompt in enumerate(suite.prompts)
        ]
        if progress:
            progress(done, len(models))
    return Report(
        suite.name,
        pd.DataFrame.from_dict(table, orient="index").rename_axis("model"),
        pd.DataFrame(answers, index=pd.Index(suite.prompts, name="prompt")),
        pd.DataFrame(details, columns=["model", "kind", "prompt", "text", "right"]),
        pd.DataFrame(scores, columns=["model", "prompt", "gold", "reward"]),
    )


def _trained_against(models: Iterable[Model]) -> RewardModel | None:
    """The reward model of the last given model that learned from one which is still there."""
    files = [model.folder.parent / "run.json" for model in models]
    named = [json.loads(file.read_text()).get("reward") for file in files if file.is_file()]
    for name in filter(None, reversed(named)):
        with contextlib.suppress(NotFoundError):
            return RewardModel.load(name)
    return None


def ask(model: Model, questions: Sequence[Probe], max_tokens: int = 64) -> list[str]:
    """The model's answers to probes, in order: cloze as raw continuations, others as replies."""
    cloze = [place for place, probe in enumerate(questions) if probe.kind == "cloze"]
    others = [place for place, probe in enumerate(questions) if probe.kind != "cloze"]
    texts = [""] * len(questions)
    continued = model.complete_many([questions[place].prompt for place in cloze], max_tokens=CLOZE_TOKENS)
    replied = model.reply_many([questions[place].prompt for place in others], max_tokens=max_tokens)
    for place, text in [*zip(cloze, continued, strict=True), *zip(others, replied, strict=True)]:
        texts[place] = text
    return texts


def _judge(suite: Suite, judge: RewardModel | None, replies: list[str]) -> dict[str, list[float]]:
    pairs = list(zip(suite.prompts, replies, strict=True))
    found = {}
    if suite.gold:
        found["gold"] = [float(suite.gold(*pair)) for pair in pairs]
    if judge:
        found["reward"] = judge.score_many(pairs)
    return found


def _row(questions: Sequence[Probe], texts: list[str], judged: dict[str, list[float]]) -> dict[str, float]:
    estimates: dict[str, Estimate] = {name: intervals.mean(found) for name, found in judged.items()}
    for column, kinds in KINDS.items():
        verdicts = [
            probes.is_right(probe, text)
            for probe, text in zip(questions, texts, strict=True)
            if probe.kind in kinds
        ]
        estimates[column] = intervals.share(sum(verdicts), len(verdicts))
    row = {}
    for column in COLUMNS:
        row |= zip((column, f"{column}_low", f"{column}_high"), estimates.get(column, UNKNOWN), strict=True)
    return row
