"""Enough votes? A test of a win rate that stays honest however often somebody looks."""

import math
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Literal

from playground.errors import InputError
from playground.evaluation.intervals import Estimate
from playground.preference.judgements import judgements_of
from playground.preference.leaderboard import model_pairs

PRIOR = 4.0
"""a = b of the Beta distribution that the alternative is mixed from; greater bets on smaller differences."""
_FARTHEST = 1_000_000
"""Prompts beyond which it is not told how many are needed."""


@dataclass(frozen=True, slots=True)
class WinRate:
    """How often one model's completions are preferred to another's, prompt by prompt, and whether we know."""

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
    """For every two models that met, whether more votes are wanted to know who is preferred.

    Look after every vote and stop when you like: the chance that any of the verdicts is ever wrong is
    at most `error`, shared out evenly between the pairs of models. See `confidence`.

    A prompt counts once, when `votes_per_prompt` people have judged the two models on it, with the mean
    of those first judgements (in the order of arrival), for judgements on one prompt are not independent.
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
    return [_watch(pair, points, level, margin) for pair, points in sorted(series.items())]


def evidence(points: float, count: int, rate: float) -> float:
    """Logarithm of the evidence against a mean of `rate`, of `count` values in [0, 1] with the sum `points`.

    ∫ Π (q/m)^x ((1-q)/(1-m))^(1-x) dBeta(q; a, a), for which an e-process is another word: where the
    mean of each value given the ones before is m, it is a supermartingale that starts at 1, because
    every factor is convex in x and 1 on average at the ends 0 and 1. So it ever exceeds 1/error with a
    probability of at most `error` (Ville 1939; for mixtures Robbins 1970, Annals of Math. Statistics 41;
    for bounded values Waudby-Smith and Ramdas 2024, J. R. Statist. Soc. B 86).
    """
    if not 0 < rate < 1:
        return math.inf if count else 0.0
    mixed = _log_beta(PRIOR + points, PRIOR + count - points) - _log_beta(PRIOR, PRIOR)
    return mixed - points * math.log(rate) - (count - points) * math.log1p(-rate)


def confidence(points: float, count: int, error: float = 0.05) -> Estimate:
    """The mean with the rates that `evidence` does not refute at this moment.

    As a sequence, one after every value, all of them hold the true rate together with a probability of
    at least 1 - error (Howard, Ramdas, McAuliffe and Sekhon 2021, Annals of Statistics 49).
    """
    if count == 0:
        return Estimate(math.nan, 0.0, 1.0)
    mean, limit = points / count, -math.log(error)
    return Estimate(
        mean, _edge(points, count, limit, 0.0, mean), 1 - _edge(count - points, count, limit, 0.0, 1 - mean)
    )


def _edge(points: float, count: int, limit: float, outside: float, inside: float) -> float:
    """The smallest rate not refuted; evidence falls from `outside` to the mean, `inside`."""
    if points == 0:
        return 0.0
    for _ in range(50):
        middle = (outside + inside) / 2
        if evidence(points, count, middle) >= limit:
            outside = middle
        else:
            inside = middle
    return outside


def _watch(pair: tuple[str, str], points: Sequence[float], error: float, margin: float) -> WinRate:
    """Go through the values as they came; the first verdict stands."""
    total, verdict, decided = 0.0, None, None
    for count, value in enumerate(points, 1):
        total += value
        verdict = _verdict(total, count, error, margin)
        if verdict:
            decided = count
            break
    whole = sum(points)
    needed = decided or _needed(whole / len(points), len(points), error, margin)
    rate = confidence(whole, len(points), error)
    return WinRate(*pair, rate, len(points), verdict, decided, needed)


def _verdict(points: float, count: int, error: float, margin: float):
    limit = -math.log(error)
    mean = points / count
    if evidence(points, count, 0.5) >= limit:
        return "first" if mean > 0.5 else "second"
    # The interval is two-sided, so being within the margin is told by its two ends.
    ends = (0.5 - margin, 0.5 + margin)
    if ends[0] < mean < ends[1] and all(evidence(points, count, end) >= limit for end in ends):
        return "equal"
    return None


def _needed(mean: float, count: int, error: float, margin: float) -> int | None:
    """The least number of prompts at which a steady mean gives a verdict."""
    high = count
    while not _verdict(mean * high, high, error, margin):
        high *= 2
        if high > _FARTHEST:
            return None
    low = max(count, high // 2)
    while low < high:
        middle = (low + high) // 2
        if _verdict(mean * middle, middle, error, margin):
            high = middle
        else:
            low = middle + 1
    return high


def _series(judgements: Iterable, votes_per_prompt: int) -> dict[tuple[str, str], list[float]]:
    """By pair of models, one value a prompt, in the order in which the prompts were complete."""
    open_prompts: dict[tuple, list[float]] = defaultdict(list)
    series: dict[tuple[str, str], list[float]] = defaultdict(list)
    for judgement in judgements:
        given: dict[tuple[str, str], list[float]] = defaultdict(list)
        for one, other, points in model_pairs(judgement):
            given[min(one, other), max(one, other)].append(points if one < other else 1 - points)
        for pair, points in given.items():
            values = open_prompts[pair, judgement.prompt]
            values.append(sum(points) / len(points))
            if len(values) == votes_per_prompt:
                series[pair].append(sum(values) / len(values))
    return dict(series)


def _log_beta(a: float, b: float) -> float:
    return math.lgamma(a) + math.lgamma(b) - math.lgamma(a + b)


def _check(error: float, margin: float, votes_per_prompt: int) -> None:
    for value, ok, rule in (
        (error, 0 < error < 1, "error lies between 0 and 1"),
        (margin, 0 <= margin < 0.5, "margin lies between 0 and 0.5"),
        (votes_per_prompt, votes_per_prompt >= 1, "votes_per_prompt is 1 or more"),
    ):
        if not ok:
            raise InputError(f"The value is {value}", rule=rule)
