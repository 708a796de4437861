"""A reward model, questioned: how right, how sure, how biased, and whether to optimise against it."""

import json
import math
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from functools import cached_property
from pathlib import Path

import numpy as np

from playground.evaluation import baselines, edits, margins
from playground.evaluation.edits import Bias, Length
from playground.evaluation.intervals import Estimate
from playground.evaluation.margins import Bin, Calibration
from playground.evaluation.verdict import Rule, Verdict, judge
from playground.store import files

FILE = "questions.json"
OWN, RULE = "this reward model", "the hidden rule"
MOST_PAIRS = 500
"""Held-out pairs that are scored at most."""
MOST_ANSWERS = 60
"""Answers that are edited at most, one a prompt."""
ALONE = 20
"""Answers that are scored once more by themselves."""

Score = Callable[[Sequence[tuple[str, str]]], Sequence[float]]


@dataclass(frozen=True)
class Standing:
    """How right somebody is on the held-out pairs."""

    name: str
    accuracy: Estimate
    ahead: Estimate | None
    """By how much the reward model is right more often on the same pairs; None for itself."""


@dataclass(frozen=True)
class Questions:
    """What a reward model answered. Figures only: nothing here needs the model any more."""

    model: str
    trained_on: int
    pairs: int
    """Held-out pairs it was asked."""
    prompts: int
    """Prompts that these came from."""
    standings: tuple[Standing, ...]
    """The reward model, the baselines, and the hidden rule where there is one."""
    ceiling: Estimate | None
    """What annotators who differ allow; None where no pair was judged twice."""
    margins: tuple[float, ...]
    """Score of the chosen answer less that of the rejected one, pair by pair."""
    calibration: Calibration
    biases: tuple[Bias, ...]
    length: Length
    alone: float
    """Largest change of a score where an answer is scored by itself instead of beside others."""
    verdict: Verdict
    remarks: tuple[str, ...] = ()

    @property
    def accuracy(self) -> Estimate:
        return self.standings[0].accuracy

    @cached_property
    def table(self):
        """DataFrame, one row a judge: accuracy and how far the reward model is ahead, with intervals."""
        import pandas

        rows = [
            {"judge": one.name, **_told("accuracy", one.accuracy), **_told("ahead", one.ahead or _NONE)}
            for one in self.standings
        ]
        rows.append({"judge": "noise ceiling", **_told("accuracy", self.ceiling or _NONE)})
        return pandas.DataFrame(rows).set_index("judge")

    @cached_property
    def calibration_table(self):
        """DataFrame, one row a bin: predicted probability, observed share, its interval, pairs."""
        import pandas

        rows = [
            {"from": one.low, "to": one.high, "predicted": one.predicted, **_told("observed", one.observed),
             "pairs": one.pairs}
            for one in self.calibration.bins
        ]
        return pandas.DataFrame(rows, columns=["from", "to", "predicted", "observed", "observed_low",
                                               "observed_high", "pairs"])

    @cached_property
    def bias_table(self):
        """DataFrame, one row an edit: change of the score, in typical margins, and of the hidden rule."""
        import pandas

        rows = [
            {"edit": one.edit, "kind": one.kind, "empty": one.empty, **_told("change", one.change),
             **_told("relative", one.relative), **_told("gold", one.gold), "answers": one.answers}
            for one in self.biases
        ]
        return pandas.DataFrame(rows).set_index("edit")

    @cached_property
    def rules(self):
        """DataFrame, one row a rule of the verdict: what it asks, what was found, whether it passed."""
        import pandas

        rows = [one._asdict() for one in self.verdict.rules]
        return pandas.DataFrame(rows, columns=["name", "asks", "found", "passed"]).set_index("name")

    def plot(self, what: str = "calibration"):
        """A plotly figure: `calibration`, `margins`, `accuracy` or `biases`."""
        from playground.evaluation import questions_plots

        return questions_plots.plot(self, what)

    def save(self, folder: str | Path) -> Path:
        """Write it into a run's folder."""
        plain = _plain(asdict(self))
        return files.write_atomic(Path(folder) / FILE, json.dumps(plain, ensure_ascii=False, indent=1))

    @classmethod
    def read(cls, folder: str | Path) -> "Questions | None":
        """What was written there; None where nothing was, or nothing that can be read."""
        try:
            found = json.loads((Path(folder) / FILE).read_text(encoding="utf-8"))
            return _questions(found)
        except (OSError, ValueError, TypeError, KeyError, AttributeError):
            return None

    def __repr__(self) -> str:
        shown = self.table.round(3).to_string()
        return f"{self.model}: {self.verdict.answer}. {self.verdict.reason}\n{shown}"


def ask(
    score: Score,
    held: Sequence[dict],
    train: Sequence[dict],
    *,
    model: str = OWN,
    ceiling: Estimate | None = None,
    gold: Callable[[str, str], float] | None = None,
    remarks: Sequence[str] = (),
) -> Questions:
    """Question a reward model.

    `score` takes (prompt, completion) pairs; `held` and `train` are rows {"prompt", "chosen", "rejected"},
    of which the model learned from `train` alone; `gold` is the hidden rule where there is one.
    """
    held = _some(held, MOST_PAIRS)
    prompts = [row["prompt"] for row in held]
    found = _margins(score, held)
    others = baselines.margins(train, held)
    accuracy = margins.accuracy(found, prompts)
    rivals = {
        name: (margins.accuracy(one, prompts), margins.ahead(found, one, prompts))
        for name, one in others.items()
    }
    standings = [Standing(OWN, accuracy, None), *(Standing(name, *one) for name, one in rivals.items())]
    if gold is not None:
        true = _margins(lambda pairs: [gold(*pair) for pair in pairs], held)
        standings.append(
            Standing(RULE, margins.accuracy(true, prompts), margins.ahead(found, true, prompts))
        )
    answers = _answers(held)
    biases = _biases(score, answers, float(np.median(np.abs(found))), gold)
    return Questions(
        model=model, trained_on=len(train), pairs=len(held), prompts=len(set(prompts)),
        standings=tuple(standings), ceiling=ceiling, margins=tuple(found),
        calibration=margins.calibration(found, prompts), biases=biases, length=_length(score, answers),
        alone=_alone(score, answers), verdict=judge(len(held), accuracy, rivals, ceiling, biases),
        remarks=tuple(remarks),
    )


def _margins(score: Score, rows: Sequence[dict]) -> list[float]:
    pairs = [(row["prompt"], row[side]) for row in rows for side in ("chosen", "rejected")]
    scores = [float(one) for one in score(pairs)]
    return [good - bad for good, bad in zip(scores[::2], scores[1::2], strict=True)]


def _answers(rows: Sequence[dict]) -> list[tuple[str, str]]:
    """One answer a prompt, chosen and rejected in turn: what an edit does to each is independent."""
    first = {}
    for row in rows:
        if row["chosen"].strip() and row["rejected"].strip():
            first.setdefault(row["prompt"], row)
    rows = list(first.values())[:MOST_ANSWERS]
    return [(row["prompt"], row["rejected" if place % 2 else "chosen"]) for place, row in enumerate(rows)]


def _biases(score: Score, answers, typical: float, gold) -> tuple[Bias, ...]:
    before = dict(zip(answers, score(answers), strict=True)) if answers else {}
    found = []
    for edit in edits.EDITS:
        changed = {one: (one[0], new) for one in before if (new := edit.apply(one[1])) is not None}
        after = score(list(changed.values())) if changed else []
        changes = [new - before[one] for one, new in zip(changed, after, strict=True)]
        golds = [gold(*new) - gold(*one) for one, new in changed.items()] if gold else ()
        found.append(edits.bias(edit, changes, typical, golds))
    return tuple(found)


def _length(score: Score, answers) -> Length:
    versions = [[(prompt, text) for text in edits.padded(answer)] for prompt, answer in answers]
    flat = [one for row in versions for one in row]
    scores = np.reshape(score(flat), (len(versions), -1)) if flat else []
    return edits.length([[len(text.split()) for _, text in row] for row in versions], scores)


def _alone(score: Score, answers) -> float:
    few = answers[:ALONE]
    together = score(few) if few else []
    return max((abs(score([one])[0] - value) for one, value in zip(few, together, strict=True)), default=0.0)


def _some(rows: Sequence[dict], most: int) -> list[dict]:
    """All rows, or evenly many of them."""
    rows = list(rows)
    return rows if len(rows) <= most else [rows[place * len(rows) // most] for place in range(most)]


_NONE = Estimate(math.nan, math.nan, math.nan)


def _told(name: str, estimate: Estimate) -> dict[str, float]:
    return dict(zip((name, f"{name}_low", f"{name}_high"), estimate, strict=True))


def _plain(value):
    """As JSON keeps it: numbers that are not finite become null."""
    if isinstance(value, dict):
        return {name: _plain(one) for name, one in value.items()}
    if hasattr(value, "_asdict"):
        return _plain(list(value) if isinstance(value, Estimate) else value._asdict())
    if isinstance(value, list | tuple):
        return [_plain(one) for one in value]
    return None if isinstance(value, float) and not math.isfinite(value) else value


def _estimate(values: list | None) -> Estimate | None:
    return None if values is None else Estimate(*(math.nan if one is None else one for one in values))


def _questions(found: dict) -> Questions:
    """The other way from `_plain`."""
    curve, length = found["calibration"], found["length"]
    bins = [Bin(**one | {"observed": _estimate(one["observed"])}) for one in curve["bins"]]
    error, chance = (math.nan if curve[name] is None else curve[name] for name in ("error", "by_chance"))
    told = ("change", "relative", "gold")
    return Questions(**found | {
        "standings": tuple(
            Standing(one["name"], _estimate(one["accuracy"]), _estimate(one["ahead"]))
            for one in found["standings"]
        ),
        "ceiling": _estimate(found["ceiling"]),
        "margins": tuple(found["margins"]),
        "calibration": Calibration(tuple(bins), error, chance),
        "biases": tuple(
            Bias(**one | {name: _estimate(one[name]) for name in told}) for one in found["biases"]
        ),
        "length": Length(*(_estimate(length[name]) for name in Length._fields)),
        "verdict": Verdict(
            found["verdict"]["answer"], found["verdict"]["reason"],
            tuple(Rule(**one) for one in found["verdict"]["rules"]),
        ),
        "remarks": tuple(found["remarks"]),
    })
