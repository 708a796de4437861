"""Which small charts a stage shows while it runs, and the question each answers."""

from dataclasses import asdict, dataclass, replace


@dataclass(frozen=True)
class Line:
    """One metric in a panel. `dash` tells lines apart without colour."""

    key: str
    label: str
    colour: str
    dash: str = ""


@dataclass(frozen=True)
class Panel:
    """One small chart and the question it answers."""

    title: str
    question: str
    series: tuple[Line, ...]
    zero: bool = False
    share: bool = False
    """Whether the figures are shares, told in per cent."""
    knee: bool = False
    """Whether the step is marked from which general knowledge is lost."""
    across: str = ""
    """Metric whose root is the horizontal axis, instead of steps; the best of the first line is marked where
    it has been left behind."""
    optional: bool = False
    """Whether it is left out where a run does not measure it."""
    more: bool = False
    """Whether it is folded away until it is asked for."""
    turn: str = ""
    """Metric whose lowest point is marked where it has risen again: there overfitting begins."""

    def as_dict(self) -> dict:
        return asdict(self)


_LOSS = Panel(
    "Loss",
    "is it learning?",
    (
        Line("loss", "training", "var(--stage)"),
        Line("eval_loss", "validation", "var(--warm)", "5 4"),
    ),
    turn="eval_loss",
)
_KL = Panel(
    "KL from the start", "is it still the same model?", (Line("kl", "KL", "var(--stage)"),), zero=True
)
_KEPT = Line("retention", "general facts", "var(--warm)", "5 4")
_FORGETTING = Panel(
    "Gained and kept",
    "what does it learn, what does it lose?",
    (Line("gain", "answers", "var(--stage)"), _KEPT, Line("train_gain", "training", "var(--muted)", "2 3")),
    zero=True,
    share=True,
    knee=True,
    optional=True,
)
_KNOWLEDGE = Panel(
    "General facts", "does it forget?", (_KEPT,), zero=True, share=True, knee=True, optional=True
)
_GOLD = Panel("Gold", "is it still any good?", (Line("gold", "gold", "var(--warm)"),), optional=True)
SEEN_AND_NOT = Panel(
    "Answers right",
    "by heart, or understood?",
    (
        Line("train_gain", "training", "var(--warm)", "5 4"),
        Line("gain", "other words", "var(--accent)"),
    ),
    zero=True,
    share=True,
)
RISING = Panel("Loss", "at ever higher rates", (Line("loss", "a batch", "var(--accent)"),))
PANELS: dict[str, tuple[Panel, ...]] = {
    "sft": (_LOSS, _FORGETTING),
    "reward": (
        Panel(
            "Accuracy",
            "does it agree with the judges?",
            (
                Line("accuracy", "training", "var(--stage)"),
                Line("eval_accuracy", "held out", "var(--accent)", "5 4"),
            ),
        ),
        _LOSS,
    ),
    "dpo": (
        Panel(
            "Margin",
            "does it prefer what people preferred?",
            (Line("margin", "margin", "var(--stage)"),),
            zero=True,
        ),
        _KL,
        _GOLD,
        Panel("Loss", "of preferring, and of keeping to the chosen", (Line("loss", "loss", "var(--stage)"),)),
        _KNOWLEDGE,
    ),
    "ppo": (
        Panel("Reward", "is it going up?", (Line("reward", "reward", "var(--stage)"),)),
        _KL,
        Panel(
            "Over-optimisation",
            "against the root of KL: is it still any good?",
            (Line("gold", "gold", "var(--warm)"), Line("reward", "reward", "var(--stage)", "5 4")),
            across="kl",
        ),
        Panel("Length", "tokens in an answer", (Line("length", "length", "var(--stage)"),), zero=True),
        _KNOWLEDGE,
        Panel(
            "Entropy",
            "nats a token: has it more than one thing to say?",
            (Line("entropy", "entropy", "var(--stage)"),),
            zero=True,
            more=True,
        ),
        Panel(
            "Repetition",
            "answers that repeat themselves",
            (Line("repetition", "repeat", "var(--stage)"),),
            zero=True,
            share=True,
            more=True,
        ),
        Panel(
            "Clipped",
            "are the steps too large?",
            (Line("clip_fraction", "clipped", "var(--stage)"),),
            zero=True,
            share=True,
            more=True,
        ),
    ),
}
PANELS["grpo"] = PANELS["rloo"] = PANELS["ppo"]
PANELS["ppo"] += (
    Panel(
        "Foretold",
        "share of the differences in reward that the value model foresees",
        (Line("explained_variance", "explained", "var(--stage)"),),
        more=True,
    ),
    Panel("Value loss", "does it still learn?", (Line("value_loss", "loss", "var(--stage)"),), more=True),
)
_KTO = {
    "Margin": "are good answers likelier than bad ones, against the start?",
    "Loss": "of good answers and of bad ones, against the zero point",
}
PANELS["kto"] = tuple(replace(one, question=_KTO.get(one.title, one.question)) for one in PANELS["dpo"])
PANELS["best"] = (
    Panel("Reward", "of the best of so many answers", (Line("reward", "reward", "var(--stage)"),)),
    _KL,
    Panel("Gold", "is what it picks better?", (Line("gold", "gold", "var(--warm)"),)),
    Panel("Words", "in the best answer", (Line("words", "words", "var(--stage)"),), zero=True),
)
PANELS["rate"] = (RISING,)
