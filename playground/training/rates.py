"""The learning-rate finder: a short run whose rate rises step by step, and what its losses tell (Smith 2017).

    found = pg.find_learning_rate("pocket", parts.train, pg.SFT())
    found.suggestion; found.plot()
"""

import contextlib
import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

from playground import fields
from playground.errors import DivergedError, InputError
from playground.fields import setting
from playground.model.source import find
from playground.model.start import way
from playground.model.tuning.base import Tuning
from playground.model.tuning.lora import LoRA
from playground.run import estimate, events
from playground.run.job import Run
from playground.training import inputs
from playground.training.sft import SFT
from playground.training.stage import Stage

STAGE = "rate"
SMOOTHING = 0.9
"""Weight of the past in the running mean of the losses."""
EXPLODED = 4.0
"""The loss, against the lowest so far, at which no higher rate is tried."""
WINDOW = 5
"""Steps on either side, over which the fall of the smoothed loss is measured."""
LEAST = 20
"""Losses from which a rate can be told."""


@dataclass(frozen=True, kw_only=True)
class RateSearch(Stage):
    """The run behind `find_learning_rate`: some steps at ever higher rates; it keeps no weights."""

    stage: ClassVar[str] = STAGE
    writes: ClassVar[bool] = False
    parallel: ClassVar[bool] = False

    tuning: Tuning = setting(LoRA(), "Tuning")  # noqa: RUF009
    """Which weights learn."""

    steps: int = setting(100, "Steps", low=LEAST, high=10_000)
    """How many rates are tried, one a step. More give a steadier curve."""

    lowest: float = setting(1e-6, "Lowest rate", low=1e-9, high=1.0, advanced=True)
    """The rate of the first step."""

    highest: float = setting(1.0, "Highest rate", low=1e-8, high=10.0, advanced=True)
    """The rate of the last step, unless the loss explodes before."""

    batch_size: int = setting(8, "Batch size", low=1, high=1024)
    """Examples that one step learns from at once."""

    accumulation: int = setting(1, "Accumulation", low=1, high=1024, advanced=True)
    """Batches added up before a step."""

    weight_decay: float = setting(0.0, "Weight decay", low=0.0, high=1.0, advanced=True)
    """How much every step shrinks the weights."""

    max_length: int = setting(512, "Longest example", low=8, high=131_072, advanced=True)
    """Tokens of prompt and answer together; what is longer is cut at the end."""

    seed: int = setting(0, "Seed", low=0, high=2**31, advanced=True)
    """Fixes the order of the examples and the start of new weights."""

    def __post_init__(self):
        super().__post_init__()
        if self.lowest >= self.highest:
            raise InputError(
                f"The rates go from {self.lowest:g} to {self.highest:g}", rule="They rise",
                remedy="Give a lowest rate below the highest",
            )

    @classmethod
    def of(cls, settings: SFT, **changes) -> "RateSearch":
        """The search for a run with these settings."""
        shared = {one.name for one in fields.describe(cls)} & {one.name for one in fields.describe(SFT)}
        return cls(**{**{name: getattr(settings, name) for name in shared}, **changes})

    @property
    def learning_rate(self) -> float:
        return self.highest

    def rate(self, step: int) -> float:
        """Of a step, counted from 0."""
        return self.highest * (self.lowest / self.highest) ** (1 - step / (self.steps - 1))

    def prepare(self, model, train) -> Run:
        """Write the run's folder without executing it; model and data as for SFT."""
        start, data = inputs.model_of(model), {"train": inputs.examples(train)}
        way(find(start), self.tuning)
        epochs = max(self.steps * self.batch_size * self.accumulation / len(data["train"]), 0.01)
        alike = {"epochs": epochs, "evaluations": 1, **fields.as_dict(self)}
        estimate.refuse_what_cannot_fit("sft", alike, start, data)
        return Run.create(STAGE, self, start, data, names={"train": inputs.name_of(train)})

    def fit(self, model, train) -> Run:
        """Prepare and execute in this process; returns the completed run."""
        return self._execute(self.prepare(model, train))

    def train(self, session) -> None:
        from playground.training import callbacks
        from playground.training.rates_trainer import trainer_of

        rows = session.rows("train")
        trainer = trainer_of(self, session, callbacks.table(rows, "completion"))
        inputs.check_lengths(len(rows) - len(trainer.train_dataset), len(rows), self.max_length)
        # A loss that is not finite is what was looked for: no rate beyond it is of any use.
        with session.training(), contextlib.suppress(DivergedError):
            trainer.train()


@dataclass(frozen=True)
class Rates:
    """What a search found."""

    rates: list[float]
    losses: list[float]
    """Of a batch, after a step at that rate."""
    smoothed: list[float]
    suggestion: float
    rule: str
    """How the suggestion comes about, in words."""
    run: str = ""

    @classmethod
    def of(cls, run: Run) -> "Rates":
        """What a completed search tells. Raises InputError where it was over too soon."""
        settings = RateSearch.from_dict(run.spec.settings)
        steps, values = events.columns(events.read_metrics(run.folder), points=10**9)
        pairs = zip(steps, values.get("loss", []), strict=False)
        told = {step: loss for step, loss in pairs if loss is not None and math.isfinite(loss)}
        # A step's loss is that of the weights which the step before has left.
        tried = [(settings.rate(step - 2), told[step]) for step in sorted(told) if step > 1]
        return cls.told([rate for rate, _ in tried], [loss for _, loss in tried], run.id)

    @classmethod
    def told(cls, rates: Sequence[float], losses: Sequence[float], run: str = "") -> "Rates":
        """The suggestion for rates, ascending, and the losses after them.

        It lies halfway, in factors, between the rate at which the smoothed loss falls fastest and the one at
        which it is lowest. Raises InputError for too few rates, or where they begin too high.
        """
        if len(rates) < LEAST:
            raise InputError(
                f"The loss was followed over {len(rates)} rates",
                rule=f"A rate can be told from {LEAST} at least", remedy="Begin with a lower rate",
            )
        smoothed = smooth(losses)
        lowest = smoothed.index(min(smoothed))
        if lowest < 2 * WINDOW:
            raise InputError(
                f"The loss was lowest at {rates[lowest]:.2g}, almost at once",
                rule="A search begins where learning is slow", remedy="Begin with a lower rate",
            )
        steepest = min(range(WINDOW, lowest - WINDOW + 1), key=lambda at: _slope(rates, smoothed, at))
        found = float(f"{math.sqrt(rates[steepest] * rates[lowest]):.2g}")
        rule = (
            f"Halfway, in factors, between {rates[steepest]:.2g}, where the smoothed loss falls fastest, and "
            f"{rates[lowest]:.2g}, where it is lowest and about to rise"
        )
        return cls(list(rates), list(losses), smoothed, found, rule, run)

    def to_pandas(self):
        """A DataFrame: rate, loss, smoothed."""
        import pandas

        return pandas.DataFrame({"rate": self.rates, "loss": self.losses, "smoothed": self.smoothed})

    def plot(self) -> Any:
        """A plotly figure: losses over rates, the suggestion marked."""
        import plotly.graph_objects as go

        figure = go.Figure()
        figure.add_scatter(x=self.rates, y=self.losses, name="a batch", opacity=0.35)
        figure.add_scatter(x=self.rates, y=self.smoothed, name="smoothed")
        figure.add_vline(self.suggestion, line_dash="dot", annotation_text=f"{self.suggestion:g}")
        return figure.update_layout(xaxis_title="learning rate", yaxis_title="loss", xaxis_type="log")


def _slope(rates: Sequence[float], smoothed: Sequence[float], at: int) -> float:
    """Change of the loss for ten times the rate, around a place."""
    first, last = at - WINDOW, at + WINDOW
    return (smoothed[last] - smoothed[first]) / math.log10(rates[last] / rates[first])


def smooth(losses: Sequence[float], weight: float = SMOOTHING) -> list[float]:
    """The running mean m_t = w m_{t-1} + (1 - w) l_t, from 0, over 1 - w^t: not biased at first."""
    found, mean = [], 0.0
    for count, loss in enumerate(losses, start=1):
        mean = weight * mean + (1 - weight) * loss
        found.append(mean / (1 - weight**count))
    return found


def find_learning_rate(model, train, settings: SFT | None = None, **changes) -> Rates:
    """Try ever higher rates for some steps, in this process, and suggest one (Smith 2017, arXiv:1506.01186).

    `settings` tell the tuning and the batch; `changes` are settings of RateSearch, such as `steps`. How the
    suggestion comes about: see `Rates.told`.
    """
    return Rates.of(RateSearch.of(settings or SFT(), **changes).fit(model, train))
