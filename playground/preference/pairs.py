"""From judgements to what trains a model: pairs of a chosen and a rejected completion, with weights."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from itertools import combinations
from typing import Literal, get_args

import numpy as np

from playground.errors import InputError
from playground.preference.agreement import firsts
from playground.preference.judgements import judgements_of, verdicts
from playground.records import Comparison

Ties = Literal["drop", "half"]
_PRIOR = 4.0
"""Common pairs that an annotator's weight is pulled towards the average with, as if they had been seen."""


def training_pairs(
    comparisons: Iterable[Comparison],
    ties: Ties = "drop",
    weights: Mapping[str, float] | None = None,
    per_strength: float = 0.0,
) -> list[dict]:
    """Rows {"prompt", "chosen", "rejected"}; see `Preferences.pairs`. Raises InputError for other `ties`."""
    if ties not in get_args(Ties):
        raise InputError(f"Ties are to be {ties!r}", rule=f"It is one of {', '.join(get_args(Ties))}")
    weighted = ties == "half" or weights is not None
    rows = []
    for one in comparisons:
        if one.chosen is not None:
            ways = [(one.chosen, one.rejected)]
        elif ties == "half" and one.choice != "skip":
            ways = [(one.first, one.second), (one.second, one.first)]
        else:
            continue
        weight = (weights or {}).get(one.annotator, 1.0) / len(ways)
        rows += [
            {"prompt": one.prompt, "chosen": chosen, "rejected": rejected}
            | ({"vote": one.vote} if one.vote else {})
            | ({"weight": weight} if weighted else {})
            | ({"margin": per_strength * one.strength} if per_strength else {})
            for chosen, rejected in ways
            if weight > 0
        ]
    return rows


def annotator_weights(source, url: str | None = None) -> dict[str, float]:
    """How much each annotator's judgements tell, from how they agree with the others; 1 on average.

    Where two annotators are right with q and r and their errors are independent, they agree on two
    sides with 2A - 1 = (2q - 1)(2r - 1): the agreements are a table of rank one, whose factor 2q - 1
    is 0 for a coin and 1 for one who is always right (Dawid and Skene 1979 with one rate an annotator;
    the rank-one reading is Dalvi et al. 2013, "Aggregating crowdsourced binary ratings"). That factor
    is the weight, drawn to the average where few pairs are in common, none below 0, and scaled so that
    the average judgement weighs 1.

    Everybody weighs 1 where fewer than three met: of two who disagree nobody knows which is right.
    Ties tell of no side and do not count. Raises NotFoundError, InputError.
    """
    judgements = judgements_of(source, url)
    given = defaultdict(int)
    for judgement in judgements:
        given[judgement.annotator] += 1
    names = sorted(given)
    place = {name: number for number, name in enumerate(names)}
    balance, common = np.zeros((2, len(names), len(names)))
    for unit in firsts(verdicts(judgements)).values():
        decided = [verdict for verdict in unit.values() if verdict.choice in ("first", "second")]
        for one, other in combinations(decided, 2):
            a, b = place[one.annotator], place[other.annotator]
            same = 1 if one.choice == other.choice else -1
            balance[[a, b], [b, a]] += same
            common[[a, b], [b, a]] += 1
    if (common.sum(axis=1) > 0).sum() < 3:
        return dict.fromkeys(names, 1.0)
    worth = np.clip(_factor(balance, common), 0.0, 1.0)
    votes = np.array([given[name] for name in names])
    average = (worth * votes).sum() / votes.sum()
    if average <= 0:
        return dict.fromkeys(names, 1.0)
    return dict(zip(names, (worth / average).tolist(), strict=True))


def _factor(balance: np.ndarray, common: np.ndarray) -> np.ndarray:
    """s with balance ≈ common · s sᵀ off the diagonal, by least squares, one annotator after the other.

    s and -s fit alike; most people are taken to be right more often than not.
    """
    typical = np.sqrt(np.abs(balance).sum() / common.sum())
    _, vectors = np.linalg.eigh(balance / np.maximum(common, 1))
    found = typical * vectors[:, -1] / np.abs(vectors[:, -1]).max()
    found *= np.sign(found.sum()) or 1
    prior = _PRIOR * typical**2
    for _ in range(200):
        before = found.copy()
        for a in range(len(found)):
            others = (common[a] * found**2).sum()
            found[a] = (balance[a] @ found + prior * typical) / max(others + prior, 1e-12)
        if np.abs(found - before).max() < 1e-9:
            break
    return found
