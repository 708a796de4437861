"""What settings can sensibly be, told from the model and the data, each with its reason.

    pg.setting_ranges(pg.SFT(), "pocket", parts.train)["rank"]
    pg.fitted(pg.SFT(), "pocket", parts.train)

A value outside is no error: a run does what it is told. The app says what does not fit, and a sweep draws
from here.
"""

from dataclasses import dataclass, replace

from playground.errors import InputError, PlaygroundError
from playground.model import source
from playground.model.shapes import Shape
from playground.run import estimate
from playground.training import inputs
from playground.training.sft import SCHEDULES, SFT

TUNING = ("rank", "width", "last_layers", "tokens")
"""Settings of the tuning, not of the run."""
FEWEST_STEPS = 10
PASSES = 20.0
POCKET = 256
"""Numbers in `pocket`'s stream, for which the recipes' rates were found."""


@dataclass(frozen=True)
class Range:
    """What one setting can sensibly be."""

    name: str
    label: str
    low: float | None
    high: float | None
    tried: tuple
    """Values worth trying, ascending, the recipe's among them where it is in range."""
    reason: str
    whole: bool = False
    log: bool = False
    """Whether factors count, not differences."""

    def holds(self, value) -> bool:
        if self.low is None:
            return value in self.tried
        return self.low <= value <= self.high

    def nearest(self, value):
        """The value within it that comes nearest."""
        if self.low is None:
            return value if value in self.tried else self.tried[0]
        found = min(max(value, self.low), self.high)
        return int(found) if self.whole else found

    def __str__(self) -> str:
        if self.low is None:
            return ", ".join(map(str, self.tried))
        return f"{self.low:.2g} to {self.high:.2g}" if not self.whole else f"{self.low:,} to {self.high:,}"


@dataclass(frozen=True)
class Misfit:
    """A setting whose value does not suit the model or the data."""

    name: str
    label: str
    value: float
    better: float
    reason: str

    def __str__(self) -> str:
        return f"{self.label} is {self.value:g}. {self.reason}. {self.better:g} would suit."


def setting_ranges(settings: SFT, model, train) -> dict[str, Range]:
    """By name of a setting, what it can sensibly be for this model and these examples.

    Those of the tuning are among them. Where the model is not on this machine and not well known, what
    depends on its shape is left out. Raises as `inputs.examples` does.
    """
    rows = inputs.examples(train)
    shape = _shape(model)
    found = [_rate(settings, shape), _batch(settings, len(rows)), _epochs(settings, len(rows))]
    found += [_warm_up(settings, len(rows)), _schedule()]
    if shape is not None:
        found += [one for one in (_of_tuning(settings, shape, model, rows),) if one]
    return {one.name: one for one in found}


def misfits(settings: SFT, model, train) -> list[Misfit]:
    """The settings outside their ranges; a rate far from the recipe's is none: the finder measures that.

    Nor is a long warm-up, which a run shortens by itself.
    """
    found = []
    for one in setting_ranges(settings, model, train).values():
        value = value_of(settings, one.name)
        if one.name not in ("learning_rate", "warm_up") and not one.holds(value):
            found.append(Misfit(one.name, one.label, value, one.nearest(value), one.reason))
    return found


def fitted(settings: SFT, model, train) -> SFT:
    """The settings with every misfit put right, one by one: a smaller batch makes more steps."""
    for name in (*TUNING, "batch_size", "epochs"):
        wrong = {one.name: one.better for one in misfits(settings, model, train)}
        if name in wrong:
            settings = changed(settings, {name: wrong[name]})
    return settings


def changed(settings: SFT, values: dict) -> SFT:
    """The settings with other values, those of the tuning among them.

    Raises InputError for a name that neither has. Of a LoRA whose alpha is given, alpha stays as many times
    its rank.
    """
    own = {name: value for name, value in values.items() if name not in TUNING}
    inner = {name: value for name, value in values.items() if name in TUNING}
    tuning = settings.tuning
    if inner:
        _known(tuning, inner, f"{tuning.label} tuning")
        if "rank" in inner and tuning.alpha:
            inner["alpha"] = max(1, round(tuning.alpha * inner["rank"] / tuning.rank))
        own["tuning"] = replace(tuning, **inner)
    _known(settings, own, "SFT")
    return replace(settings, **own)


def value_of(settings: SFT, name: str):
    """A setting of a run or of its tuning."""
    return getattr(settings.tuning if name in TUNING else settings, name)


def _rate(settings: SFT, shape: Shape | None) -> Range:
    recipe = SFT.tuned(settings.tuning.kind).learning_rate
    width = shape.hidden if shape else POCKET
    centre = recipe * POCKET / width
    reason = f"The recipe for pocket has {recipe:g}"
    if width != POCKET:
        times = f"{width / POCKET:.2g} times"
        reason += f"; this model is {times} as wide, and by a rule of thumb Adam's steps are as many times"
        reason += " smaller (after Yang et al. 2022); the finder measures it"
    tried = tuple(float(f"{centre * factor:.2g}") for factor in (0.1, 0.3, 1, 3))
    return Range("learning_rate", "Learning rate", tried[0], tried[-1], tried, reason, log=True)


def _batch(settings: SFT, rows: int) -> Range:
    tried = tuple(size for size in (2, 4, 8, 16, 32, 64) if size * FEWEST_STEPS <= rows) or (1,)
    reason = f"There are {rows:,} examples, and a batch holds each once"
    most = max(1, rows // settings.accumulation)
    return Range("batch_size", "Batch size", 1, most, tried, reason, whole=True, log=True)


def _epochs(settings: SFT, rows: int) -> Range:
    low = float(f"{max(0.01, FEWEST_STEPS * settings.batch_size * settings.accumulation / rows):.2g}")
    high = max(PASSES, low)
    tried = tuple(one for one in (1.0, 2.0, 3.0, 5.0, 8.0) if low <= one <= high) or (low,)
    reason = f"Less than {low:g} is fewer than {FEWEST_STEPS} steps; more than {high:g} is learning by heart"
    return Range("epochs", "Epochs", low, high, tried, reason)


def _warm_up(settings: SFT, rows: int) -> Range:
    total = settings.steps(rows)
    high = total // 2
    tried = tuple(sorted({round(total * share) for share in (0, 0.03, 0.1, 0.2)}))
    reason = f"The run has {total:,} steps, and its rate must be reached in the first half of them"
    return Range("warm_up", "Warm-up steps", 0, high, tried, reason, whole=True)


def _schedule() -> Range:
    return Range("schedule", "Schedule", None, None, SCHEDULES, "These are the ones there are")


def _of_tuning(settings: SFT, shape: Shape, model, rows: list[dict]) -> Range | None:
    """How large the tuning can be before it is larger than what it stands beside."""
    kind = settings.tuning.kind
    if kind in ("lora", "qlora"):
        thin = min(shape.linears, key=lambda one: min(one.inputs, one.outputs))
        most = min(thin.inputs, thin.outputs)
        reason = f"No change of the thinnest layer, {thin.name}, has a rank above {most}"
        return _sized("rank", "Rank", most, reason, (4, 8, 16, 32, 64, 128))
    if kind == "bottleneck":
        reason = f"The stream has {shape.hidden} numbers, and a bottleneck is no wider"
        return _sized("width", "Width", shape.hidden, reason, (16, 32, 64, 128, 256))
    if kind == "selective":
        reason = f"The model has {shape.layers} blocks"
        return _sized("last_layers", "Layers", shape.layers, reason, (1, 2, 3, 4, 8))
    if kind == "prompt":
        return _virtual(str(inputs.model_of(model)), rows)
    return None


def _virtual(name: str, rows: list[dict]) -> Range | None:
    config = _config(name)
    context = (config.get("max_position_embeddings") or config.get("n_positions")) if config else None
    if not context:
        return None
    longest = max(estimate.counter(name)(rows))
    reason = f"The model reads {context:,} tokens, and the longest example takes about {longest:,} of them"
    return _sized("tokens", "Tokens", max(1, context - longest), reason, (4, 8, 16, 32, 64))


def _sized(name: str, label: str, most: int, reason: str, tried: tuple[int, ...]) -> Range:
    tried = tuple(one for one in tried if one <= most) or (most,)
    return Range(name, label, 1, most, tried, reason, whole=True, log=True)


def _shape(model) -> Shape | None:
    try:
        start = estimate.start_of(str(getattr(model, "folder", None) or model))
    except PlaygroundError:
        return None
    return start.shape if start else None


def _config(name: str) -> dict | None:
    try:
        return source.find(name).root.config if source.is_folder(name) else None
    except PlaygroundError:
        return None


def _known(settings, names, what: str) -> None:
    if unknown := [name for name in names if name not in settings.__dataclass_fields__]:
        raise InputError(
            f"{what} has no setting {unknown[0]!r}", rule=f"It has {', '.join(settings.__dataclass_fields__)}"
        )
