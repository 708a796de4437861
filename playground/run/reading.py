"""What a run's curves say, in plain words. Every reading comes of one rule, which is told with it."""

import itertools
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from statistics import fmean

from playground.run import events, goodhart, knee

EARLY, LATE = 3, 2
"""Measurements that stand for how a run began, and for how it is now."""
LEAST = 4
"""Measurements before anything is said."""
FAR = 25.0
"""Nats an answer beyond which a policy writes what its start would hardly ever write."""
LONGER, SHORTER = 1.8, 0.4
"""Times its first length at which an answer is out of bounds."""
NARROW = 0.25
"""Share of its first entropy below which a policy has nearly one thing to say."""
REPEATING = 0.3
"""Share of answers that repeat themselves, above which something is wrong."""
CLIPPED = 0.4
"""Share of probabilities cut off, above which the steps are too large."""


@dataclass(frozen=True)
class Reading:
    """One sentence about a run."""

    level: str
    """`good`, `note`, or `alarm`: for one of these a run can be stopped by itself."""
    name: str
    words: str
    remedy: str
    rule: str
    """When it is said."""


class Curves:
    """Columns of metrics, to ask how a run began and how it is now."""

    def __init__(self, steps: list[int], values: dict[str, list[float | None]]):
        self.steps, self.values = steps, values

    def of(self, name: str) -> list[float]:
        return [value for value in self.values.get(name, []) if value is not None]

    def together(self, *names: str) -> list[tuple[float, ...]]:
        """Values of several metrics at the steps that have them all: some come with every pass, some once
        an update."""
        rows = zip(*(self.values.get(name, [None] * len(self.steps)) for name in names), strict=True)
        return [row for row in rows if None not in row]

    def course(self, name: str) -> tuple[float, float] | None:
        """How a metric began and how it is now; None while too little is known."""
        found = self.of(name)
        return (fmean(found[:EARLY]), fmean(found[-LATE:])) if len(found) >= LEAST else None


def readings(folder) -> list[Reading]:
    """What the metrics in a run's folder say, the gravest first."""
    return read(*events.columns(events.read_metrics(folder), points=10**9))


def read(steps: list[int], values: dict[str, list[float | None]]) -> list[Reading]:
    """What these columns say: every rule that holds, the gravest first."""
    curves = Curves(steps, values)
    found = [one for rule in RULES for one in rule(curves)]
    return sorted(found, key=lambda one: ("alarm", "note", "good").index(one.level))


def alarms(folder) -> list[Reading]:
    return [one for one in readings(folder) if one.level == "alarm"]


def _overoptimised(curves: Curves) -> Iterator[Reading]:
    found = goodhart.read(curves.steps, curves.values)
    if best := goodhart.fallen(found):
        yield Reading(
            "alarm", "over-optimisation",
            f"The reward rises and the gold score has fallen since update {best.update}, where it was "
            f"{best.gold:.2g}: the policy now pleases the reward model instead of answering better.",
            "Take the weights of the peak, raise the KL coefficient, or gather fresh judgements.",
            f"By the last {LATE} measurements gold is {goodhart.FALL} below its highest, and reward no lower",
        )


def _drift(curves: Curves) -> Iterator[Reading]:
    kl, reward, both = curves.course("kl"), curves.course("reward"), curves.together("kl", "reward")
    if kl is None:
        return
    if kl[1] > FAR:
        yield Reading(
            "alarm", "KL blow-up",
            f"The policy is {kl[1]:.2g} nats an answer from its start: it writes what its start never would.",
            "Raise the KL coefficient or lower the learning rate.",
            f"KL is above {FAR:g} nats an answer",
        )
    elif len(both) >= 2 * LEAST:
        half = len(both) // 2
        before = [fmean(column) for column in zip(*both[half - 1 : half + 1], strict=True)]
        moved, gained = kl[1] - before[0], reward[1] - before[1]
        if moved > 0.3 * max(kl[1], 1.0) and gained < 0.1 * max(reward[1] - reward[0], 0.1):
            yield Reading(
                "note", "drift",
                "KL is growing faster than reward: the policy is drifting.",
                "Raise the KL coefficient, or stop here.",
                "In the second half KL made 30 % of its way, and reward less than a tenth",
            )


def _reward(curves: Curves) -> Iterator[Reading]:
    course = curves.course("reward")
    if course is None:
        return
    found = curves.of("reward")
    jitter = fmean(abs(b - a) for a, b in itertools.pairwise(found))
    rise = course[1] - course[0]
    rule = "The last two rewards against the first three, beside how far it jumps from one to the next"
    if rise > jitter:
        words = f"The reward has risen from {course[0]:.2g} to {course[1]:.2g}."
        yield Reading("good", "reward", words, "", rule)
    elif len(found) >= 2 * LEAST:
        yield Reading(
            "note", "reward", f"The reward does not rise: it was {course[0]:.2g} and is {course[1]:.2g}.",
            "Raise the learning rate, draw more answers an update, or ask whether the reward model can tell "
            "these answers apart.", rule,
        )


def _length(curves: Curves) -> Iterator[Reading]:
    course = curves.course("length")
    if course and not SHORTER * course[0] <= course[1] <= LONGER * course[0]:
        word = "longer" if course[1] > course[0] else "shorter"
        yield Reading(
            "alarm", "length",
            f"Answers have become {word}: {course[0]:.2g} tokens at first, {course[1]:.2g} now. Does the "
            f"reward like {word} answers whatever they say?",
            f"Look at what it writes; judge pairs in which the better answer is not the {word} one.",
            f"Length is outside {SHORTER:g} to {LONGER:g} times what it was",
        )


def _entropy(curves: Curves) -> Iterator[Reading]:
    course = curves.course("entropy")
    if course and course[0] > 0 and course[1] < NARROW * course[0]:
        yield Reading(
            "alarm", "entropy collapse",
            f"Entropy has fallen from {course[0]:.2g} to {course[1]:.2g} nats a token: the policy has nearly "
            "one thing to say.",
            "Lower the learning rate, raise the KL coefficient, or draw at a higher temperature.",
            f"Entropy is below {NARROW:.0%} of what it was",
        )


def _repetition(curves: Curves) -> Iterator[Reading]:
    course = curves.course("repetition")
    if course and course[1] > max(REPEATING, 2 * course[0]):
        yield Reading(
            "alarm", "repetition",
            f"{course[1]:.0%} of the answers repeat themselves, and {course[0]:.0%} did at first.",
            "Raise the KL coefficient; the reward does not mind repetition.",
            f"Four words in a row come back in more than {REPEATING:.0%} of answers, twice the first share",
        )


def _clipped(curves: Curves) -> Iterator[Reading]:
    course = curves.course("clip_fraction")
    if course and course[1] > CLIPPED:
        yield Reading(
            "note", "clipping",
            f"{course[1]:.0%} of what was to be learned is cut off: the steps are too large.",
            "Lower the learning rate, or take fewer passes over an update.",
            f"The clip fraction is above {CLIPPED:.0%}",
        )


def _value(curves: Curves) -> Iterator[Reading]:
    found = curves.of("explained_variance")
    if len(found) >= 2 * LEAST and fmean(found[-LATE:]) < 0:
        yield Reading(
            "note", "value model",
            "The value model foretells the reward worse than its mean would: advantages are mostly noise.",
            "Raise the learning rate of values, or draw more answers an update.",
            "Explained variance is below zero after eight updates",
        )


def _facts(curves: Curves) -> Iterator[Reading]:
    kept = curves.of("retention")
    if len(kept) > 1 and kept[-1] < kept[0] - knee.FORGIVEN:
        yield Reading(
            "note", "forgetting",
            f"General facts have fallen from {kept[0]:.0%} to {kept[-1]:.0%}.",
            "Lower the learning rate, tune with LoRA, or mix general examples in.",
            f"More than {knee.FORGIVEN:.0%} of the facts known at the start are gone",
        )


def _overfits(curves: Curves) -> Iterator[Reading]:
    losses = curves.values.get("eval_loss", [])
    found = [(step, value) for step, value in zip(curves.steps, losses, strict=False) if value is not None]
    if turn := events.turning(found):
        yield Reading(
            "note", "overfitting",
            f"The validation loss has risen since step {turn}: the model now learns its examples by heart.",
            "Take fewer epochs, or keep the weights with the lowest validation loss.",
            "Validation loss is 2 % above its lowest",
        )


RULES: tuple[Callable[[Curves], Iterator[Reading]], ...] = (
    _overoptimised, _drift, _length, _entropy, _repetition, _clipped, _value, _facts, _overfits, _reward,
)
