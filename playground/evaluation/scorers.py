"""Scorers on Hugging Face `evaluate`: each a Metric that works offline and tells its uncertainty.

ProbeAccuracy().compute(predictions=texts, references=probes)
{"probe_accuracy": 0.95, "low": 0.91, "high": 0.97}
"""

import dataclasses
from collections.abc import Callable
from typing import ClassVar

import datasets
import evaluate

from playground.evaluation import intervals, probes
from playground.records import Probe

TEXT = datasets.Value("string")
PROBE = {"prompt": TEXT, "answers": [TEXT], "rejects": [TEXT], "kind": TEXT}


class _Scorer(evaluate.Metric):
    """A Metric that needs no name on the Hub, keeps its rows in memory and takes our records."""

    about = ""
    columns: ClassVar[dict] = {}

    def __init__(self, **settings):
        super().__init__(keep_in_memory=True, **settings)

    def _info(self):
        return evaluate.MetricInfo(
            description=self.about, citation="", features=datasets.Features(self.columns)
        )

    def _result(self, name: str, estimate: intervals.Estimate) -> dict[str, float]:
        return {name: estimate.value, "low": estimate.low, "high": estimate.high}


class ProbeAccuracy(_Scorer):
    """The share of probes answered right, with Wilson's interval. references: Probe records."""

    about = "Share of probes answered right, by whole words."
    columns: ClassVar[dict] = {"predictions": TEXT, "references": PROBE}

    def compute(self, *, predictions=None, references=None, **kwargs):
        """{"probe_accuracy", "low", "high"} of texts and the probes they answer."""
        return super().compute(predictions=predictions, references=_plain(references), **kwargs)

    def add_batch(self, *, predictions=None, references=None, **kwargs):
        """Texts and the probes they answer, kept for a later `compute()`."""
        return super().add_batch(predictions=predictions, references=_plain(references), **kwargs)

    def _compute(self, predictions, references):
        wanted = [
            Probe(one["prompt"], tuple(one["answers"]), tuple(one["rejects"]), one["kind"])
            for one in references
        ]
        right = sum(map(probes.is_right, wanted, predictions))
        return self._result("probe_accuracy", intervals.share(right, len(wanted)))


class ExactMatch(_Scorer):
    """The share of texts that are their reference word for word, with Wilson's interval."""

    about = "Share of texts equal to their reference, spaces aside."
    columns: ClassVar[dict] = {"predictions": TEXT, "references": TEXT}

    def _compute(self, predictions, references):
        equal = (text.split() == wanted.split() for text, wanted in zip(predictions, references, strict=True))
        return self._result("exact_match", intervals.share(sum(equal), len(references)))


class MeanScore(_Scorer):
    """The mean of a function of prompt and text, with its bootstrap interval. references: prompts."""

    about = "Mean of a score of (prompt, text)."
    columns: ClassVar[dict] = {"predictions": TEXT, "references": TEXT}

    def __init__(self, score: Callable[[str, str], float], name: str = "score", **settings):
        self._score, self._name = score, name
        super().__init__(**settings)

    def _compute(self, predictions, references):
        scores = list(map(self._score, references, predictions))
        return self._result(self._name, intervals.mean(scores))


def gold_score() -> MeanScore:
    """The hidden quality that Larkspur's simulated annotators approximate."""
    from playground.world.gold import gold

    return MeanScore(gold, "gold")


def _plain(references):
    """Probe records as the dicts that `evaluate` stores."""
    if references is None:
        return None
    return [dataclasses.asdict(one) if isinstance(one, Probe) else one for one in references]
