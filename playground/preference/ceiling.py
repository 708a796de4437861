"""The noise ceiling: how often a reward model can be right at best, when people differ."""

import math
from collections import defaultdict
from dataclasses import dataclass
from itertools import combinations

import numpy as np

from playground.evaluation.intervals import Estimate, percentile, share
from playground.preference.agreement import firsts
from playground.preference.judgements import Item, judgements_of, verdicts


@dataclass(frozen=True, slots=True)
class NoiseCeiling:
    """The accuracy, on single people's decided judgements, of a model that knows what most would say."""

    value: Estimate
    """The estimate, with its 95 % interval: where pairs are of all shades between clear and open."""
    least: Estimate
    """What the ceiling is at least, whatever the pairs are like: the share of judgements that agree."""
    most: Estimate
    """What it is at most: reached where every pair is equally open."""
    pairs: int
    """Pairs of completions with decided judgements by two or more."""
    items: int


def noise_ceiling(source, *, draws: int = 1000, seed: int = 0, url: str | None = None) -> NoiseCeiling | None:
    """The best accuracy a reward model can reach on held-out votes, from how far annotators agree.

    Of pair i a share p of annotators prefers one side. The best model names the majority's side and is
    right on a new annotator's vote with max(p, 1-p), on average C = E max(p, 1-p): one minus Bayes'
    error. Two annotators agree with A = E[p² + (1-p)²]: one minus the error of the nearest neighbour.
    Cover and Hart (1967, IEEE Trans. Inf. Theory 13, 21-27) bound one by the other, sharply:

        A  ≤  C  ≤  (1 + √(2A - 1)) / 2.

    `least` and `most` are these bounds and assume nothing more. `value` lies between them, and takes p
    to be spread as a symmetric Beta(a, a), for which side is called first is arbitrary: then
    A = (a + 1) / (2a + 1), and C = 1/2 + 2^(-2a) / (a B(a, a)).

    Only decided judgements count, as in a reward model's accuracy, and a pair counts as often as it
    was decided, so that C speaks of the same mixture of pairs. Intervals are drawn over items. Judged
    by majorities of several votes instead of single ones, a model can reach more than this.

    None where no pair has decided judgements by two annotators. Raises NotFoundError, InputError.
    """
    found: dict[Item, list[tuple[float, int]]] = defaultdict(list)
    for unit in firsts(verdicts(judgements_of(source, url))).values():
        decided = [verdict for verdict in unit.values() if verdict.choice in ("first", "second")]
        if len(decided) > 1:
            same = [one.choice == other.choice for one, other in combinations(decided, 2)]
            found[decided[0].item].append((sum(same) / len(same), len(decided)))
    if not found:
        return None
    agreed = np.array([sum(part * votes for part, votes in unit) for unit in found.values()])
    given = np.array([sum(votes for _, votes in unit) for unit in found.values()], dtype=float)
    agreement = _agreement(agreed, given, draws, seed)
    return NoiseCeiling(
        value=Estimate(*map(beta_ceiling, agreement)),
        least=Estimate(*(max(0.5, bound) for bound in agreement)),
        most=Estimate(*map(highest_ceiling, agreement)),
        pairs=sum(map(len, found.values())),
        items=len(found),
    )


def highest_ceiling(agreement: float) -> float:
    """Cover and Hart's bound: (1 + √(2A - 1)) / 2; 1/2 where people agree no more than by chance."""
    return (1 + math.sqrt(max(0.0, 2 * agreement - 1))) / 2


def beta_ceiling(agreement: float) -> float:
    """E max(p, 1-p) of the symmetric Beta distribution under which two annotators agree that often.

    The limits are 1/2 at A = 1/2 (every pair open) and 1 at A = 1 (every pair clear).
    """
    if agreement <= 0.5 + 1e-9:
        return 0.5
    if agreement >= 1:
        return 1.0
    a = (1 - agreement) / (2 * agreement - 1)
    log_beta = 2 * math.lgamma(a) - math.lgamma(2 * a)
    return 0.5 + math.exp(-2 * a * math.log(2) - math.log(a) - log_beta)


def _agreement(agreed: np.ndarray, given: np.ndarray, draws: int, seed: int) -> Estimate:
    """The share of agreement with its bootstrap interval; where no item differs, Wilson's over items.

    Resampling items that are all alike gives no width at all, however few they are.
    """
    value = agreed.sum() / given.sum()
    if np.allclose(agreed, value * given):
        return share(value * len(given), len(given))
    size = len(given)
    times = np.random.default_rng(seed).multinomial(size, np.full(size, 1 / size), draws)
    return percentile(value, (times @ agreed) / (times @ given), size)
