"""Which model people prefer, how surely, and on whose word."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from itertools import combinations

import numpy as np

from playground.errors import InputError
from playground.evaluation.intervals import UNKNOWN, Estimate, clustered_share, percentile
from playground.preference import strength
from playground.preference.agreement import Agreement, agreement
from playground.preference.judgements import Judgement, judgements_of

_AT_ONCE = 2_000_000
"""Weights of judgements held at once while bootstrap draws are made."""


@dataclass(frozen=True, slots=True)
class Standing:
    """One model's place on a leaderboard, with 95 % intervals."""

    model: str
    strength: Estimate
    """Logarithmic, the models' mean at 0: a difference of 1.1 makes odds of 3 to 1."""
    rank: int
    rank_low: int
    rank_high: int
    """The ranks that 95 % of the bootstrap draws leave it, from best to worst."""
    points: Estimate
    """Share of its comparisons with other models that it won, a tie counting half."""
    comparisons: int


@dataclass(frozen=True, slots=True)
class Leaderboard:
    """Models by strength, best first."""

    standings: tuple[Standing, ...]
    win_rates: dict[tuple[str, str], Estimate]
    """By pair of models: the first one's share of wins over the second as counted, a tie counting half."""
    predicted: dict[tuple[str, str], Estimate]
    """The same share as the strengths have it, for every pair, compared directly or not."""
    tie_rate: float
    """How often two models of equal strength tie."""
    judgements: int
    prompts: int
    annotators: tuple[str, ...]

    @property
    def models(self) -> tuple[str, ...]:
        return tuple(standing.model for standing in self.standings)

    def to_pandas(self):
        """A DataFrame, one row a model: strength, points, their bounds, ranks and comparisons."""
        import pandas

        rows = [
            {
                "model": one.model, "rank": one.rank, "rank_low": one.rank_low, "rank_high": one.rank_high,
                "strength": one.strength.value, "strength_low": one.strength.low,
                "strength_high": one.strength.high, "points": one.points.value,
                "points_low": one.points.low, "points_high": one.points.high,
                "comparisons": one.comparisons,
            }
            for one in self.standings
        ]
        return pandas.DataFrame(rows).set_index("model")

    def matrix(self):
        """A DataFrame of the win rates as counted, row over column; nan where two never met."""
        import pandas

        rows = {
            one: [self.win_rates.get((one, other), UNKNOWN).value for other in self.models]
            for one in self.models
        }
        return pandas.DataFrame.from_dict(rows, orient="index", columns=list(self.models))


@dataclass(frozen=True, slots=True)
class Influence:
    """What a leaderboard and the agreement are without one annotator."""

    annotator: str
    votes: int
    shifts: dict[str, float]
    """By model, its strength without them less its strength with them."""
    order: tuple[str, ...]
    """The models best first, without them."""
    reordered: bool
    """Whether that differs from the order with them."""
    agreement: Agreement | None
    """The others' agreement; None where no two of them judged the same."""


def leaderboard(
    source,
    *,
    weights: Mapping[str, float] | None = None,
    draws: int = 500,
    seed: int = 0,
    url: str | None = None,
) -> Leaderboard:
    """Models by how they were preferred: Bradley-Terry on pairs, Plackett-Luce on rankings, with ties.

    `source` is a campaign's id, Preferences of a campaign, or judgements that know their models. See
    `strength.fit` for the model of ties; two bad ones tie. A ranking counts as the ranking it is, not
    as pairs; best and worst count as the pairs that they compare. `weights` by annotator are 1 where
    nobody is named. Judgements between texts of one model are left out. Intervals come from `draws`
    bootstrap draws of prompts, with all that was judged on a prompt: other prompts might have been asked.
    With fewer than two prompts they are nan.

    Raises NotFoundError; InputError where models are unknown, nothing compares two of them, all is
    tied, or some were never compared with others, not even by way of third ones.
    """
    judgements = _between_models(judgements_of(source, url))
    names = sorted({model for one in judgements for model in one.models})
    rankings = _rankings(judgements, names)
    _check(rankings, names)
    found = strength.choices(rankings, len(names))
    weight = np.array([(weights or {}).get(one.annotator, 1.0) for one in judgements])
    if not weight.any():
        raise InputError("Nobody's judgements have a weight", rule="Some weight must be above 0")
    beta = strength.fit(found, weight)
    drawn = _bootstrap(found, judgements, weight, beta, draws, seed)
    strengths, drawn_strengths = beta[: len(names)], drawn[:, : len(names)]
    prompts = len({one.prompt for one in judgements})
    ranks = 1 + np.argsort(np.argsort(-drawn_strengths, axis=1), axis=1)
    met = _points(judgements)
    standings = []
    for rank, place in enumerate(np.argsort(-strengths, kind="stable"), 1):
        low, high = np.quantile(ranks[:, place], [0.025, 0.975]) if len(drawn) else (1, len(names))
        own = [one for (model, _), pair in met.items() if model == names[place] for one in pair]
        standings.append(
            Standing(
                names[place], percentile(strengths[place], drawn_strengths[:, place], prompts),
                rank, min(rank, int(low)), max(rank, int(np.ceil(high))), _share(own), len(own),
            )
        )
    return Leaderboard(
        standings=tuple(standings),
        win_rates={pair: _share(points) for pair, points in met.items()},
        predicted=_predicted(names, found.sizes, beta, drawn, prompts),
        tie_rate=float(_tie(found.sizes, beta, len(names)) / (2 + _tie(found.sizes, beta, len(names)))),
        judgements=len(judgements),
        prompts=prompts,
        annotators=tuple(sorted({one.annotator for one in judgements})),
    )


def leave_one_out(source, *, draws: int = 200, seed: int = 0, url: str | None = None) -> list[Influence]:
    """The leaderboard and the agreement without each annotator in turn, the most weighty first.

    Who alone moved everything stands on top: by the greatest shift of a strength. An annotator without
    whom nothing is left to rank has no shifts. `draws` are for the agreement's interval.

    Raises InputError as `leaderboard` does, and where only one annotator judged.
    """
    judgements = judgements_of(source, url)
    names = sorted({judgement.annotator for judgement in judgements})
    if len(names) == 1:
        raise InputError(
            f"Only {names[0] or 'one annotator'} judged",
            rule="What one annotator changes shows against the others",
            remedy="Let somebody else judge too",
        )
    whole = leaderboard(judgements, draws=0)
    found = [_influence(name, judgements, whole, draws, seed) for name in names]
    return sorted(found, key=lambda one: -max(map(abs, one.shifts.values()), default=float("inf")))


def model_pairs(judgement: Judgement) -> list[tuple[str, str, float]]:
    """Of each pair of completions of two models: the models, and what the first one got, 1, ½ or 0."""
    found = []
    for part in judgement.parts():
        level = {place: number for number, group in enumerate(part.order) for place in group}
        found += [
            (part.models[a], part.models[b], 0.5 + 0.5 * _sign(level[b] - level[a]))
            for a, b in combinations(range(len(part.models)), 2)
            if part.models[a] != part.models[b]
        ]
    return found


def _influence(
    name: str, judgements: list[Judgement], whole: Leaderboard, draws: int, seed: int
) -> Influence:
    others = [one for one in judgements if one.annotator != name]
    try:
        without = leaderboard(others, draws=0)
    except InputError:
        order, shifts = (), {}
    else:
        order = without.models
        before = {one.model: one.strength.value for one in whole.standings}
        # Strengths have a mean of 0 over the models of their own board, of which one may be missing here.
        middle = sum(before[model] for model in order) / len(order)
        shifts = {one.model: one.strength.value - before[one.model] + middle for one in without.standings}
    return Influence(
        annotator=name,
        votes=len(judgements) - len(others),
        shifts=shifts,
        order=order,
        reordered=order != tuple(model for model in whole.models if not order or model in order),
        agreement=agreement(others, draws=draws, seed=seed),
    )


def _between_models(judgements: list[Judgement]) -> list[Judgement]:
    if judgements and not any(one.models for one in judgements):
        raise InputError(
            "It is not known which models wrote these completions",
            rule="Only a campaign's votes know their models",
            remedy="Give the campaign's id, or Preferences loaded by it",
        )
    found = [part for one in judgements for part in one.parts() if len(set(part.models)) > 1]
    if not found:
        raise InputError(
            "No judgement compares two models",
            rule="A leaderboard needs judgements between completions of different models",
            remedy="Judge a campaign with completions of two or more models",
        )
    return found


def _rankings(judgements: Iterable[Judgement], names: list[str]):
    place = {name: number for number, name in enumerate(names)}
    return [([place[model] for model in one.models], one.order) for one in judgements]


def _check(rankings, names: list[str]) -> None:
    if all(len(order) == 1 for _, order in rankings):
        raise InputError(
            "Every judgement is a tie",
            rule="Ties alone put no model before another",
            remedy="Judge more, or more different completions",
        )
    groups = strength.components(rankings, len(names))
    if len(groups) > 1:
        told = " | ".join(", ".join(names[model] for model in group) for group in groups)
        raise InputError(
            f"These groups of models were never compared with each other: {told}",
            rule="Strengths are comparable where models met, directly or by way of others",
            remedy="Judge a campaign that holds models of both groups",
        )


def _bootstrap(
    found: strength.Choices, judgements, weight: np.ndarray, beta: np.ndarray, draws: int, seed: int
) -> np.ndarray:
    """Fits (draws, parameters) to draws of prompts; empty where there is only one prompt."""
    places = {prompt: place for place, prompt in enumerate(dict.fromkeys(one.prompt for one in judgements))}
    prompt = np.array([places[one.prompt] for one in judgements])
    size = len(places)
    if size < 2:
        return np.empty((0, len(beta)))
    times = np.random.default_rng(seed).multinomial(size, np.full(size, 1 / size), draws)
    pieces = np.array_split(times, 1 + times.shape[0] * len(prompt) // _AT_ONCE)
    return np.concatenate([strength.fit(found, weight * piece[:, prompt], beta) for piece in pieces])


def _points(judgements: Iterable[Judgement]) -> dict[tuple[str, str], list[tuple[str, float]]]:
    """By ordered pair of models, every comparison's prompt and what the first one got."""
    met: dict[tuple[str, str], list[tuple[str, float]]] = defaultdict(list)
    for judgement in judgements:
        for one, other, points in model_pairs(judgement):
            met[one, other].append((judgement.prompt, points))
            met[other, one].append((judgement.prompt, 1 - points))
    return dict(met)


def _share(points: Iterable[tuple[str, float]]) -> Estimate:
    """The mean of points, those of one prompt in one cluster."""
    clusters: dict[str, list[float]] = defaultdict(list)
    for prompt, value in points:
        clusters[prompt].append(value)
    return clustered_share([sum(one) for one in clusters.values()], [len(one) for one in clusters.values()])


def _predicted(
    names: list[str], sizes: tuple[int, ...], beta: np.ndarray, drawn: np.ndarray, prompts: int
) -> dict[tuple[str, str], Estimate]:
    found = {}
    for a, b in combinations(range(len(names)), 2):
        value, draws = (_expected(sizes, one, len(names), a, b) for one in (beta, drawn.T))
        found[names[a], names[b]] = estimate = percentile(value, draws, prompts)
        found[names[b], names[a]] = Estimate(1 - estimate.value, 1 - estimate.high, 1 - estimate.low)
    return found


def _expected(sizes: tuple[int, ...], beta: np.ndarray, models: int, a: int, b: int):
    """Davidson's P(win) + P(tie) / 2; `beta` one fit, or one a column."""
    half = np.exp((beta[a] - beta[b]) / 2)
    tie = _tie(sizes, beta, models)
    return (half + tie / 2) / (half + 1 / half + tie)


def _tie(sizes: tuple[int, ...], beta: np.ndarray, models: int):
    return np.exp(beta[models + sizes.index(2)]) if 2 in sizes else np.zeros_like(beta[0])


def _sign(number: int) -> int:
    return (number > 0) - (number < 0)
