"""Enough votes? A test of a win rate that stays honest however often somebody looks."""

import functools
import math
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np

from playground.errors import InputError
from playground.evaluation.intervals import Estimate
from playground.preference.judgements import judgements_of
from playground.preference.leaderboard import model_pairs

Met = tuple[str, str, str]
"""Two models, in the order of their names, behind the criterion by which they were judged."""
_GRID = (np.arange(250) + 0.5) / 250
"""Rates that the alternative is mixed from."""
_MIXTURE = (_GRID * (1 - _GRID)) ** 3 / ((_GRID * (1 - _GRID)) ** 3).sum()
"""Their weights, of the shape of Beta(4, 4): half of it bets on rates between 0.38 and 0.62."""
_FARTHEST = 1_000_000
"""Prompts beyond which it is not told how many are needed."""


@dataclass(frozen=True, slots=True)
class WinRate:
    """How often one model's completions are preferred to another's, prompt by prompt, and whether we know."""

    criterion: str
    first: str
    second: str
    rate: Estimate
    """The first one's share, a tie counting half, with its confidence sequence at this moment."""
    prompts: int
    verdict: Literal["first", "second", "equal"] | None
    """Who is preferred, or that they are equal within the margin; None while nobody knows yet."""
    decided_at: int | None
    """After how many prompts the verdict stood. It stands from then on."""
    needed: int | None
    """About how many prompts in all a verdict takes, if the rate stays; None where that is out of sight."""


def enough_votes(
    source,
    *,
    error: float = 0.05,
    margin: float = 0.05,
    votes_per_prompt: int = 1,
    url: str | None = None,
) -> list[WinRate]:
    """For every two models that met, by each criterion, whether more votes are wanted to know who is
    preferred.

    Look after every vote and stop when you like: the chance that any of the verdicts is ever wrong is
    at most `error`, shared out evenly between the pairs of models and the criteria. See `confidence`.

    A prompt counts once, when `votes_per_prompt` people have judged the two models on it, with the mean of
    what each of them said first (in the order of arrival), for judgements on one prompt are not independent.
    What it takes for granted: prompts come in no order that has to do with who wins. Within `margin` of
    1/2 on both sides two models are called equal.

    Raises NotFoundError; InputError where models are unknown or a setting breaks its rule. No two
    models that met give an empty list.
    """
    _check(error, margin, votes_per_prompt)
    judgements = judgements_of(source, url)
    if judgements and not any(one.models for one in judgements):
        raise InputError(
            "It is not known which models wrote these completions",
            rule="Only a campaign's votes know their models",
            remedy="Give the campaign's id, or Preferences loaded by it",
        )
    series = _series(sorted(judgements, key=lambda one: one.sequence), votes_per_prompt)
    level = error / max(len(series), 1)
    return [_watch(met, points, level, margin) for met, points in sorted(series.items())]


def evidence(values: Mapping[float, int], rate: float) -> float:
    """Logarithm of the evidence against a mean of `rate`, of `values` in [0, 1] with how often each came.

    Σ w(q) Π (x q/m + (1-x) (1-q)/(1-m)) over alternatives q, with m the rate and x the values: the wealth
    of somebody who bets on q against m, and an e-process. Where the mean of each value given those
    before is m, every factor is 1 on average, so it ever exceeds 1/error with a probability of at most
    `error` (Ville 1939; Robbins 1970, Annals of Math. Statistics 41, for such mixtures; Waudby-Smith
    and Ramdas 2024, J. R. Statist. Soc. B 86, for bounded values). A tie, x = 1/2, changes nothing at
    m = 1/2. For wins and losses alone it is the ratio of likelihoods.
    """
    if not 0 < rate < 1:
        return math.inf if sum(values.values()) else 0.0
    wealth = sum((n * _gains(x, rate) for x, n in values.items()), np.zeros_like(_GRID))
    highest = wealth.max()
    return float(highest + math.log(np.exp(wealth - highest) @ _MIXTURE))


@functools.lru_cache(maxsize=512)
def _gains(value: float, rate: float) -> np.ndarray:
    """What a bet on each alternative against `rate` gains where `value` comes, as a logarithm."""
    return np.log(value * _GRID / rate + (1 - value) * (1 - _GRID) / (1 - rate))


def confidence(values: Mapping[float, int], error: float = 0.05) -> Estimate:
    """The mean with the rates that `evidence` does not refute at this moment.

    As a sequence, one after every value, all of them hold the true rate together with a probability of
    at least 1 - error (Howard, Ramdas, McAuliffe and Sekhon 2021, Annals of Statistics 49).
    """
    count = sum(values.values())
    if count == 0:
        return Estimate(math.nan, 0.0, 1.0)
    mean = _mean(values)
    return Estimate(mean, _edge(values, error, 0.0, mean), _edge(values, error, 1.0, mean))


def _edge(values: Mapping[float, int], error: float, outside: float, inside: float) -> float:
    """Between a rate at the end and the mean, where the evidence falls to the limit.

    Its logarithm is convex in the rate, and at the mean at most 0, so it does so once or not at all.
    """
    if inside == outside:
        return outside
    for _ in range(40):
        middle = (outside + inside) / 2
        if evidence(values, middle) >= -math.log(error):
            outside = middle
        else:
            inside = middle
    return outside


def _mean(values: Mapping[float, int]) -> float:
    return sum(x * n for x, n in values.items()) / sum(values.values())


def _watch(met: Met, points: Sequence[float], error: float, margin: float) -> WinRate:
    """Go through the values as they came; the first verdict stands."""
    seen: Counter[float] = Counter()
    verdict, decided = None, None
    for count, value in enumerate(points, 1):
        seen[value] += 1
        verdict = verdict or _verdict(seen, error, margin)
        if verdict and decided is None:
            decided = count
    needed = decided or _needed(seen, error, margin)
    return WinRate(*met, confidence(seen, error), len(points), verdict, decided, needed)


def _verdict(values: Mapping[float, int], error: float, margin: float):
    limit, mean = -math.log(error), _mean(values)
    if evidence(values, 0.5) >= limit:
        return "first" if mean > 0.5 else "second"
    # The confidence sequence lies within the margin where both ends of that are refuted.
    ends = (0.5 - margin, 0.5 + margin)
    if ends[0] < mean < ends[1] and all(evidence(values, end) >= limit for end in ends):
        return "equal"
    return None


def _needed(values: Mapping[float, int], error: float, margin: float) -> int | None:
    """About the least number of prompts at which the same mixture of values gives a verdict."""
    count, times = sum(values.values()), 1.0
    while not _verdict(_scaled(values, times), error, margin):
        times *= 2
        if times * count > _FARTHEST:
            return None
    low, high = times / 2, times
    while (high - low) * count > 1:
        middle = (low + high) / 2
        if _verdict(_scaled(values, middle), error, margin):
            high = middle
        else:
            low = middle
    return max(count + 1, math.ceil(high * count))


def _scaled(values: Mapping[float, int], times: float) -> dict[float, float]:
    return {x: n * times for x, n in values.items()}


def _series(judgements: Iterable, votes_per_prompt: int) -> dict[Met, list[float]]:
    """By criterion and models, one value a prompt, in the order in which the prompts were complete."""
    prompts: dict[tuple[Met, str], dict[str, float]] = defaultdict(dict)
    series: dict[Met, list[float]] = defaultdict(list)
    for judgement in judgements:
        given: dict[Met, list[float]] = defaultdict(list)
        for one, other, points in model_pairs(judgement):
            met = judgement.criterion, min(one, other), max(one, other)
            given[met].append(points if one < other else 1 - points)
        for met, points in given.items():
            people = prompts[met, judgement.prompt]
            if judgement.annotator not in people and len(people) < votes_per_prompt:
                people[judgement.annotator] = sum(points) / len(points)
                if len(people) == votes_per_prompt:
                    series[met].append(sum(people.values()) / votes_per_prompt)
    return dict(series)


def _check(error: float, margin: float, votes_per_prompt: int) -> None:
    for value, ok, rule in (
        (error, 0 < error < 1, "error lies between 0 and 1"),
        (margin, 0 <= margin < 0.5, "margin lies between 0 and 0.5"),
        (votes_per_prompt, votes_per_prompt >= 1, "votes_per_prompt is 1 or more"),
    ):
        if not ok:
            raise InputError(f"The value is {value}", rule=rule)
