"""Leaderboards: planted strengths lie in their intervals, and what cannot be ranked is said."""

import math

import numpy as np
import pytest

from playground.errors import InputError
from playground.evaluation.intervals import share
from playground.preference.assign import next_assignment, record_vote
from playground.preference.collect import Preferences
from playground.preference.judgements import Judgement
from playground.preference.leaderboard import leaderboard, leave_one_out
from playground.records import Comparison

FIRST, SECOND, TIE = ((0,), (1,)), ((1,), (0,)), ((0, 1),)
PLANTED = {"strong": 0.8, "middle": 0.0, "weak": -0.8}


def judged(prompt, models, order, annotator="anna"):
    texts = tuple(f"{model} {place}" for place, model in enumerate(models))
    return Judgement(prompt=prompt, completions=texts, models=models, order=order, annotator=annotator)


def simulated(seed, prompts=60, planted=PLANTED, nu=0.5, annotators=1):
    """Every pair of models judged on each prompt, from Davidson's model."""
    rng = np.random.default_rng(seed)
    names = list(planted)
    found = []
    for prompt in range(prompts):
        for one in range(len(names)):
            for other in range(one + 1, len(names)):
                pair = names[one], names[other]
                odds = np.exp([planted[pair[0]], planted[pair[1]]])
                weights = np.array([*odds, nu * math.sqrt(odds.prod())])
                for who in range(annotators):
                    order = (FIRST, SECOND, TIE)[rng.choice(3, p=weights / weights.sum())]
                    found.append(judged(f"p{prompt}", pair, order, f"annotator {who}"))
    return found


def test_planted_strengths_lie_in_their_intervals_as_often_as_they_say():
    held = total = 0
    for seed in range(150):
        found = leaderboard(simulated(seed), draws=200, seed=seed)
        for one in found.standings:
            held += one.strength.low <= PLANTED[one.model] <= one.strength.high
            total += 1
    assert 0.90 <= held / total <= 0.99


def test_a_leaderboard_in_full():
    found = leaderboard(simulated(0, prompts=200), draws=200)
    assert found.models == ("strong", "middle", "weak")
    ranks = [(one.rank, one.rank_low, one.rank_high) for one in found.standings]
    assert ranks == [(1, 1, 1), (2, 2, 2), (3, 3, 3)]
    assert (found.judgements, found.prompts, found.annotators) == (600, 200, ("annotator 0",))
    assert found.tie_rate == pytest.approx(0.5 / 2.5, abs=0.05)
    for (one, other), rate in found.predicted.items():
        assert rate.value + found.predicted[other, one].value == pytest.approx(1)
        assert rate.low < rate.value < rate.high
        assert rate.value == pytest.approx(found.win_rates[one, other].value, abs=0.08)
    frame, matrix = found.to_pandas(), found.matrix()
    assert frame.loc["strong", "strength"] == found.standings[0].strength.value
    assert matrix.loc["strong", "weak"] == found.win_rates["strong", "weak"].value
    assert np.isnan(matrix.loc["weak", "weak"])


def test_points_and_win_rates_by_hand():
    outcomes = [FIRST, FIRST, SECOND, TIE]
    found = leaderboard([judged(f"p{n}", ("x", "y"), order) for n, order in enumerate(outcomes)], draws=20)
    assert found.win_rates["x", "y"].value == 0.625 and found.win_rates["y", "x"].value == 0.375
    points = [(one.model, one.points.value, one.comparisons) for one in found.standings]
    assert points == [("x", 0.625, 4), ("y", 0.375, 4)]


def test_prompts_are_drawn_whole():
    alone = simulated(3, prompts=40)
    thrice = [one for one in alone for _ in range(3)]
    widths = [
        [one.strength.high - one.strength.low for one in leaderboard(source, draws=200).standings]
        for source in (alone, thrice)
    ]
    # The ghost weighs less beside three times as many judgements; nothing else differs.
    assert widths[0] == pytest.approx(widths[1], rel=0.15)


def test_rankings_count_as_rankings():
    orders = [((0,), (1,), (2,)), ((0,), (2,), (1,)), ((1,), (0,), (2,)), ((0,), (1, 2))]
    models = ("x", "y", "z")
    found = leaderboard([judged(f"p{n}", models, order) for n, order in enumerate(orders * 5)], draws=50)
    assert found.models == ("x", "y", "z") and found.judgements == 20
    assert found.standings[0].comparisons == 40


def test_one_prompt_gives_no_interval():
    found = leaderboard([judged("p", ("x", "y"), FIRST)] * 5)
    one = found.standings[0]
    assert one.strength.value > 0 and math.isnan(one.strength.low) and (one.rank_low, one.rank_high) == (1, 2)


def test_weights_decide_whose_word_counts():
    source = [judged(f"p{n}", ("x", "y"), FIRST, "anna") for n in range(9)]
    source += [judged(f"p{n}", ("x", "y"), SECOND, "bob") for n in range(9)]
    assert leaderboard(source, weights={"bob": 0.2}, draws=5).models == ("x", "y")
    assert leaderboard(source, weights={"anna": 0.2}, draws=5).models == ("y", "x")
    with pytest.raises(InputError, match="weight"):
        leaderboard(source, weights={"anna": 0, "bob": 0})


REFUSED = {
    "nothing": ([], "No judgement compares two models"),
    "one model": ([judged("p", ("x", "x"), FIRST)], "No judgement compares two models"),
    "unknown models": ([Comparison("p", "a", "b", "first")], "not known which models"),
    "all ties": ([judged(f"p{n}", ("x", "y"), TIE) for n in range(5)], "Every judgement is a tie"),
    "islands": ([judged("p", ("x", "y"), FIRST), judged("p", ("v", "w"), FIRST)], r"v, w \| x, y"),
}


@pytest.mark.parametrize("source, said", REFUSED.values(), ids=REFUSED)
def test_what_cannot_be_ranked_is_said(source, said):
    with pytest.raises(InputError, match=said):
        leaderboard(source)


def test_a_campaign_and_its_preferences_give_one_leaderboard(engine, url, campaign):
    identifier = campaign(8, votes_per_item=1)
    for _ in range(8):
        item = next_assignment(identifier, "anna", engine=engine)
        choice = "first" if item.completions[0].endswith(".0") else "second"
        record_vote(item.id, f"key-{item.id}", annotator="anna", choice=choice, engine=engine)
    found = leaderboard(identifier, url=url, draws=20)
    assert found.models == ("secret-model-name-0", "secret-model-name-1")
    assert found == leaderboard(Preferences.load(identifier, url), draws=20)
    assert found.win_rates["secret-model-name-0", "secret-model-name-1"] == share(8, 8)


def test_without_the_one_who_stands_against_all():
    source = [judged(f"p{n}", ("x", "y"), FIRST, who) for n in range(6) for who in ("a", "b")]
    source += [judged(f"p{n}", ("x", "y"), SECOND, "enemy") for n in range(6)] * 3
    found = leave_one_out(source, draws=50)
    assert found[0].annotator == "enemy"
    assert found[0].votes == 18 and found[0].reordered and found[0].order == ("x", "y")
    assert found[0].shifts["x"] == pytest.approx(-found[0].shifts["y"]) and found[0].shifts["x"] > 0
    assert found[0].agreement.share.value == 1.0
    assert not any(one.reordered for one in found[1:])


def test_without_an_annotator_there_may_be_nothing_left():
    source = [judged("p", ("x", "y"), FIRST, "a"), judged("p", ("x", "y"), TIE, "b")]
    first, other = leave_one_out(source)
    assert (first.annotator, first.shifts, first.order, first.agreement) == ("a", {}, (), None)
    assert other.annotator == "b" and other.order == ("x", "y")
    with pytest.raises(InputError, match="Only a judged"):
        leave_one_out(source[:1])


def test_who_alone_judged_a_model_moves_no_other_by_leaving():
    source = [judged(f"p{n}", ("x", "y"), FIRST if n % 3 else SECOND, "a") for n in range(9)]
    source += [judged(f"p{n}", ("x", "z"), FIRST if n % 4 else SECOND, "b") for n in range(9)]
    without = {one.annotator: one for one in leave_one_out(source, draws=5)}["b"]
    assert without.order == ("x", "y") and not without.reordered
    assert all(abs(shift) < 0.1 for shift in without.shifts.values())
