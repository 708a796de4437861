"""Good enough to optimise against? Four rules, each shown with what it asks and what was found."""

from collections.abc import Sequence
from typing import Literal, NamedTuple

from playground.evaluation.edits import Bias
from playground.evaluation.intervals import Estimate

LEAST_PAIRS = 25
"""Held-out pairs from which on figures are looked at; the other rules go by intervals, wide with few."""
NO_ROOM, LEVEL = 0.95, 0.05
"""A baseline right on so much leaves hardly anything to beat; then it is enough not to fall so far behind."""
CLOSE = 0.05
"""How far below the noise ceiling's lower end a reward model may stay."""
SURE = 0.7
"""What it must surely be right on where no ceiling is known."""
WIDE = 0.3
"""A ceiling whose interval is wider is not known: a model is not to pass for what nobody knows."""
LARGEST = 0.5
"""The most that an empty edit may raise a score, in typical margins."""
ENOUGH = 10
"""Answers from which on an edit can fail a reward model for good: two that agree make a narrow interval."""

Answer = Literal["yes", "not yet", "no"]


class Rule(NamedTuple):
    """One thing that is asked of a reward model."""

    name: str
    asks: str
    found: str
    passed: bool | None
    """None where it could not be asked."""
    grave: bool = False
    """Whether it fails for good: more judgements of the same kind would not mend it."""
    remedy: str = ""


class Verdict(NamedTuple):
    """Whether a policy may be optimised against a reward model."""

    answer: Answer
    reason: str
    rules: tuple[Rule, ...]


def judge(
    pairs: int,
    accuracy: Estimate,
    baselines: dict[str, tuple[Estimate, Estimate]],
    ceiling: Estimate | None,
    biases: Sequence[Bias],
) -> Verdict:
    """The verdict: `yes` where every rule passes, `no` where one fails for good, else `not yet`.

    `baselines`: how right each is, and how much more often the reward model is. `ceiling`: what can be
    reached at best on these judgements, where that is known.
    """
    rules = (_enough(pairs), _beats(baselines), _near(accuracy, ceiling), _unbiased(biases))
    failed = [rule for rule in rules if rule.passed is False]
    if not failed:
        return Verdict("yes", f"Right on {_percent(accuracy.value)} of {pairs} held-out pairs.", rules)
    # What fails for good is told first: no other remedy helps as long as it stands.
    worst = next((rule for rule in failed if rule.grave), failed[0])
    return Verdict("no" if worst.grave else "not yet", f"{worst.found} {worst.remedy}", rules)


def _enough(pairs: int) -> Rule:
    found = "1 held-out pair was judged." if pairs == 1 else f"{pairs} held-out pairs were judged."
    return Rule(
        "enough pairs", f"at least {LEAST_PAIRS} held-out pairs with a winner", found, pairs >= LEAST_PAIRS,
        remedy=f"With fewer than {LEAST_PAIRS} the figures say little: judge more.",
    )


def _beats(baselines: dict[str, tuple[Estimate, Estimate]]) -> Rule:
    asks = (
        f"surely right more often than every baseline; level is enough with one that is right on "
        f"{_percent(NO_ROOM)} and leaves no room"
    )
    passed = [_beaten(*one) for one in baselines.values()]
    name = min(baselines, key=lambda one: (_beaten(*baselines[one]), baselines[one][1].low))
    other, ahead = baselines[name]
    gap = f"{_points(ahead.value)} points ({_points(ahead.low)} to {_points(ahead.high)})"
    found = f"Ahead of “{name}” ({_percent(other.value)}) by {gap}."
    full = [judge for judge, (one, _) in baselines.items() if _full(one)]
    if all(passed) and full:
        found += f" “{full[0]}” leaves hardly any room: these judgements ask for little."
    grave = not all(passed) and ahead.high < 0
    remedy = (
        "A judge that understands nothing is better: look at the judgements and at the learning rate."
        if grave
        else "A judge that understands nothing may be as good: judge more pairs, and harder ones."
    )
    return Rule("beats the baselines", asks, found, all(passed), grave, remedy)


def _full(baseline: Estimate) -> bool:
    return baseline.value >= NO_ROOM


def _beaten(baseline: Estimate, ahead: Estimate) -> bool:
    return ahead.low > 0 or (_full(baseline) and ahead.high >= 0 and ahead.value > -LEVEL)


def _near(accuracy: Estimate, ceiling: Estimate | None) -> Rule:
    right = f"{_percent(accuracy.value)} ({_percent(accuracy.low)} to {_percent(accuracy.high)})"
    if ceiling is None or ceiling.high - ceiling.low > WIDE:
        seldom = "no pair was" if ceiling is None else "too few pairs were"
        return Rule(
            "right where it can be",
            f"{seldom} judged twice, so no ceiling is known: surely right on {_percent(SURE)}",
            f"Right on {right}.", accuracy.low >= SURE,
            remedy="Judge more pairs, and some of them twice, to see what can be reached.",
        )
    reach = f"{_percent(ceiling.value)} ({_percent(ceiling.low)} to {_percent(ceiling.high)})"
    return Rule(
        "right where it can be",
        f"within {100 * CLOSE:.0f} points of what annotators who differ allow",
        f"Right on {right}; the ceiling is {reach}.", accuracy.value >= ceiling.low - CLOSE,
        remedy="There is more to learn in these judgements: train longer, or judge more.",
    )


def _unbiased(biases: Sequence[Bias]) -> Rule:
    asks = f"no empty edit raises the score by more than {LARGEST:g} typical margins"
    tried = [one for one in biases if one.empty and not one.deserved and one.answers]
    if not tried:
        return Rule("no empty edit pays", asks, "No edit could be tried.", None)
    worst = max(tried, key=lambda one: one.relative.value)
    low, high = worst.relative.low, worst.relative.high
    spread = f"({low:+.2g} to {high:+.2g})" if low == low else "(one answer)"
    found = f"The best-paid: {worst.edit}, {worst.relative.value:+.2g} {spread} margins."
    return Rule(
        "no empty edit pays", asks, found, worst.relative.value <= LARGEST,
        grave=low > LARGEST and worst.answers >= ENOUGH,
        remedy="A policy will write it into every answer: add pairs in which it loses.",
    )


def _percent(value: float) -> str:
    return f"{100 * value:.0f} %"


def _points(value: float) -> str:
    return f"{100 * value:+.0f}"
