"""The sequential stop: false alarms under peeking, coverage at every moment, and what it says."""

import math
from collections import Counter

import numpy as np
import pytest

from playground.errors import InputError
from playground.preference.judgements import Judgement
from playground.preference.stopping import confidence, enough_votes, evidence
from playground.records import Comparison

ORDERS = {1.0: ((0,), (1,)), 0.0: ((1,), (0,)), 0.5: ((0, 1),)}


def judged(prompt, points, models=("x", "y"), **more):
    return Judgement(
        prompt=f"p{prompt}", completions=("a", "b"), models=models, order=ORDERS[points], **more
    )


def series(values, **more):
    return [judged(n, value, sequence=n, **more) for n, value in enumerate(values)]


def draws(rng, wins, ties, size):
    return rng.choice([1.0, 0.5, 0.0], size, p=[wins, ties, 1 - wins - ties])


def test_evidence_by_hand():
    # Beta(4, 4) moved by three wins: B(7, 4) / B(4, 4) = (4 5 6) / (8 9 10) = 1/6; under 1/2 each is 1/8.
    assert math.exp(evidence({1.0: 3}, 0.5)) == pytest.approx(8 / 6, abs=1e-4)
    assert evidence({1.0: 3, 0.5: 90}, 0.5) == pytest.approx(evidence({1.0: 3}, 0.5)), "ties tell nothing"
    assert evidence({}, 0.5) == pytest.approx(0)
    assert evidence({1.0: 1}, 0.0) == evidence({0.0: 2}, 1.0) == math.inf


def looks(points):
    """What was seen after every value."""
    seen = Counter()
    for n, value in enumerate(points, 1):
        seen[float(value)] += 1
        yield n, seen


def test_evidence_is_1_on_average_where_the_rate_is_the_true_one():
    # Over all outcomes of 12 wins and losses with chance 0.3: exactly 1.
    chances = [math.comb(12, wins) * 0.3**wins * 0.7 ** (12 - wins) for wins in range(13)]
    found = [math.exp(evidence({1.0: wins, 0.0: 12 - wins}, 0.3)) for wins in range(13)]
    assert np.dot(chances, found) == pytest.approx(1)


@pytest.mark.parametrize("ties", [0.0, 0.4])
def test_false_alarms_under_peeking_stay_below_the_level(ties):
    """Looked at after every fifth of 300 prompts, in 300 repetitions, where nobody is better."""
    rng = np.random.default_rng(0)
    alarms = naive = 0
    for _ in range(300):
        points = draws(rng, (1 - ties) / 2, ties, 300)
        rose = [evidence(seen, 0.5) >= math.log(20) for n, seen in looks(points) if n % 5 == 0]
        alarms += any(rose)
        sums = np.cumsum(points - 0.5)[4::5] / np.sqrt(np.arange(5, 301, 5) * (1 - ties) / 4)
        naive += (np.abs(sums) > 1.96).any()
    assert alarms / 300 < 0.05
    assert naive / 300 > 0.2, "what peeking at a plain interval does"


def test_verdicts_of_equal_models_are_wrong_less_often_than_the_level():
    rng = np.random.default_rng(1)
    wrong = sum(
        enough_votes(series(draws(rng, 0.5, 0.0, 150)))[0].verdict in ("first", "second") for _ in range(80)
    )
    assert wrong / 80 <= 0.05


def test_the_sequence_holds_the_truth_at_every_moment():
    rng = np.random.default_rng(2)
    missed = 0
    for _ in range(300):
        for _, seen in looks(draws(rng, 0.6, 0.1, 150)):
            if evidence(seen, 0.65) >= math.log(20):
                missed += 1
                found = confidence(seen)
                assert not found.low <= 0.65 <= found.high
                break
    assert 0 < missed / 300 <= 0.05


SEEN = [{1.0: 7, 0.5: 1, 0.0: 2}, {0.0: 5}, {1.0: 5}, {1.0: 40, 0.0: 40}, {0.5: 9}]


@pytest.mark.parametrize("values", SEEN, ids=str)
def test_the_edges_are_where_the_evidence_meets_the_level(values):
    found = confidence(values)
    assert 0 <= found.low <= found.value <= found.high <= 1
    for edge in (found.low, found.high):
        assert edge in (0, 1) or evidence(values, edge) == pytest.approx(math.log(20), abs=1e-6)


def test_a_clear_winner_is_found_and_the_verdict_stands():
    values = [1.0] * 11 + [0.0] * 6
    [found] = enough_votes(series(values))
    assert (found.first, found.second, found.verdict, found.decided_at) == ("x", "y", "first", 11)
    assert found.prompts == 17 and found.rate.value == pytest.approx(11 / 17) and found.needed == 11
    assert enough_votes(series(values[:10]))[0].verdict is None
    [turned] = enough_votes(series([1 - value for value in values]))
    assert turned.verdict == "second"


def test_equal_within_the_margin():
    [found] = enough_votes(series([0.5] * 700), margin=0.1)
    assert found.verdict == "equal" and found.decided_at < 700
    assert found.rate.low > 0.4 and found.rate.high < 0.6
    mixed = [1.0, 0.0] * 50
    [open_yet] = enough_votes(series(mixed), margin=0.1)
    assert open_yet.verdict is None and 200 < open_yet.needed < 400
    assert enough_votes(series(mixed), margin=0)[0].needed is None, "out of sight"


def test_needed_is_what_a_steady_rate_takes():
    values = [1.0, 1.0, 0.0, 1.0] * 3
    [found] = enough_votes(series(values))
    [later] = enough_votes(series(values * 20))
    assert found.verdict is None and later.verdict == "first"
    assert found.needed == pytest.approx(later.decided_at, abs=3)


def test_a_prompt_counts_once_and_when_it_is_complete():
    source = [judged(n // 2, 1.0, annotator="ab"[n % 2], sequence=n) for n in range(16)]
    assert [one.prompts for one in enough_votes(source)] == [8]
    assert [one.prompts for one in enough_votes(source[:-1], votes_per_prompt=2)] == [7]
    assert enough_votes(source, votes_per_prompt=3) == []


def test_every_pair_of_models_shares_the_error():
    pairs = [("x", "y"), ("y", "z"), ("x", "z")]
    three = [judged(n, 1.0, pair, sequence=n) for pair in pairs for n in range(11)]
    found = enough_votes(three)
    assert [(one.first, one.second) for one in found] == [("x", "y"), ("x", "z"), ("y", "z")]
    assert all(one.verdict is None for one in found) and enough_votes(three, error=0.15)[0].verdict == "first"


def test_models_are_told_by_name_not_by_place():
    [found] = enough_votes(series([0.0] * 12, models=("y", "x")))
    assert (found.first, found.verdict) == ("x", "first")


def test_degenerate_inputs():
    assert enough_votes([]) == [] == enough_votes(series([1.0], models=("x", "x")))
    with pytest.raises(InputError, match="not known which models"):
        enough_votes([Comparison("p", "a", "b", "first")])
    for settings in ({"error": 0}, {"margin": 0.5}, {"votes_per_prompt": 0}):
        with pytest.raises(InputError, match=next(iter(settings))):
            enough_votes(series([1.0]), **settings)
    assert confidence({})[1:] == (0.0, 1.0)


def test_criteria_and_people_are_told_apart():
    by = [judged(n, value, criterion=name, annotator=who, sequence=n)
          for n in range(8) for name, value in (("kind", 1.0), ("true", 0.0)) for who in ("anna", "ben")]
    found = enough_votes(by, votes_per_prompt=2)
    told = [(one.criterion, one.rate.value, one.prompts) for one in found]
    assert told == [("kind", 1.0, 8), ("true", 0.0, 8)]
    twice = [judged(n, 1.0, annotator="anna", sequence=n) for n in range(8) for _ in range(2)]
    assert enough_votes(twice, votes_per_prompt=2) == [], "one person is one, however often they judge"
