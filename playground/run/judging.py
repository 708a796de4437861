"""What gives answers their reward: a model, a rule, functions of one's own, or several of them."""

from collections.abc import Sequence
from pathlib import Path

from playground.errors import InputError
from playground.evaluation.best_of import BestOf, question
from playground.model.load import RewardModel
from playground.run import functions
from playground.run.spec import RunSpec
from playground.world import rules

Pair = tuple[str, str]
"""A question and an answer."""


class Points:
    """The parts of a reward, opened from a run's specification. Raises InputError where one is not here."""

    def __init__(self, spec: RunSpec, folder: Path, questions: list[str]):
        self.model = RewardModel.load(spec.reward) if spec.reward else None
        # Runs from before there were rules have none in their settings.
        self.rule = rules.chosen(spec.settings.get("rule", rules.NONE), questions)
        self.weight = spec.settings.get("rule_weight", 1.0)
        self.functions = functions.of(spec, folder)

    def parts(self, pairs: Sequence[Pair], whole: Sequence | None = None) -> dict[str, list[float]]:
        """Points by part: `score`, `rule`, and every function. The model reads the `whole` conversations."""
        asked = whole or [question for question, _ in pairs]
        texts = [text for _, text in pairs]
        found = {}
        if self.model is not None:
            found["score"] = self.model.score_many(list(zip(asked, texts, strict=True)))
        if self.rule is not None:
            found["rule"] = [self.weight * self.rule(*pair) for pair in pairs]
        for place, function in enumerate(self.functions):
            found[f"function {place}"] = [float(function(*pair)) for pair in pairs]
        return found

    def __call__(self, pairs: Sequence[tuple]) -> list[float]:
        """The reward of each (conversation, answer)."""
        asked = [(question(conversation), text) for conversation, text in pairs]
        parts = self.parts(asked, [conversation for conversation, _ in pairs])
        return [sum(each) for each in zip(*parts.values(), strict=True)]


def best_model(spec: RunSpec, folder: Path, questions: list[str]):
    """The model of a best-of-n run: it answers as that run chose."""
    n, temperature = spec.settings["answers"], spec.settings["temperature"]
    return BestOf(spec.model, n=n, temperature=temperature, judge=Points(spec, folder, questions))


def check(rule: str, judge, own: Sequence, questions: list[str]) -> None:
    """Raises InputError where nothing judges, or the rule cannot judge answers to these questions."""
    if judge is None and not own and rule == rules.NONE:
        raise InputError(
            "Nothing judges the answers",
            rule="A reward model, a rule or a function of yours gives each answer its reward",
            remedy="Pass reward=…, or choose a rule",
        )
    rules.chosen(rule, questions)
