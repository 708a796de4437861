"""Every rule of the verdict at its border, and what the answer is made of."""

import math

import pytest

from playground.evaluation import verdict
from playground.evaluation.edits import Bias
from playground.evaluation.intervals import UNKNOWN, Estimate
from playground.evaluation.verdict import CLOSE, LARGEST, LEAST_PAIRS, SURE

FAIR = Estimate(0.5, 0.4, 0.6)
FULL = Estimate(verdict.NO_ROOM, 0.9, 1.0)
GOOD = {
    "pairs": LEAST_PAIRS,
    "accuracy": Estimate(0.9, 0.84, 0.94),
    "baselines": {"a coin": (FAIR, Estimate(0.4, 0.3, 0.5)), "words": (FAIR, Estimate(0.1, 0.01, 0.2))},
    "ceiling": Estimate(0.92, 0.88, 0.95),
    "biases": (),
}


def bias(value, low, high, empty=True, gold=UNKNOWN):
    return Bias("it is padded", "length", empty, UNKNOWN, Estimate(value, low, high), gold, 20)


def judged(**changes):
    return verdict.judge(**GOOD | changes)


def test_who_passes_every_rule_is_good_enough():
    found = judged(biases=[bias(LARGEST, 0.4, 0.6)])
    assert found.answer == "yes" and all(rule.passed for rule in found.rules)
    assert f"90 % of {LEAST_PAIRS}" in found.reason


@pytest.mark.parametrize(
    "changes, answer, rule",
    [
        ({"pairs": LEAST_PAIRS - 1}, "not yet", "enough pairs"),
        ({"baselines": {"words": (FAIR, Estimate(0.1, 0.0, 0.2))}}, "not yet", "beats the baselines"),
        ({"baselines": {"words": (FAIR, Estimate(-0.1, -0.2, -0.01))}}, "no", "beats the baselines"),
        ({"baselines": {"words": (FULL, Estimate(-0.05, -0.1, 0.01))}}, "not yet", "beats the baselines"),
        ({"baselines": {"words": (FULL, Estimate(-0.02, -0.04, -0.01))}}, "no", "beats the baselines"),
        ({"accuracy": Estimate(0.88 - CLOSE - 0.01, 0.7, 0.9)}, "not yet", "right where it can be"),
        ({"ceiling": None, "accuracy": Estimate(0.8, SURE - 0.01, 0.9)}, "not yet", "right where it can be"),
        ({"biases": [bias(LARGEST + 0.01, 0.4, 0.7)]}, "not yet", "no empty edit pays"),
        ({"biases": [bias(LARGEST + 0.2, LARGEST + 0.1, 0.9)]}, "no", "no empty edit pays"),
    ],
)
def test_each_rule_fails_alone(changes, answer, rule):
    found = judged(**changes)
    assert found.answer == answer
    assert [one.name for one in found.rules if one.passed is False] == [rule]
    told = next(one for one in found.rules if one.name == rule)
    assert found.reason == f"{told.found} {told.remedy}" and told.remedy


def test_level_is_enough_with_a_baseline_that_leaves_no_room():
    level = Estimate(0.0, -0.07, 0.07)
    found = judged(baselines=GOOD["baselines"] | {"words": (FULL, level)})
    assert found.answer == "yes" and "“words” leaves hardly any room" in found.rules[1].found
    short = FULL._replace(value=FULL.value - 0.01)
    assert judged(baselines={"words": (short, level)}).answer == "not yet"


def test_what_fails_for_good_is_told_first():
    found = judged(pairs=3, biases=[bias(2, 1, 3)])
    assert found.answer == "no" and "it is padded" in found.reason


@pytest.mark.parametrize(
    "one", [bias(3, 2, 4, empty=False), bias(3, 2, 4, gold=Estimate(1, 1, 1)), bias(-3, -4, -2)]
)
def test_courtesy_what_the_hidden_rule_wants_and_what_lowers_a_score_are_no_bias(one):
    assert judged(biases=[one]).answer == "yes"


def test_without_a_ceiling_or_an_edit_the_rules_say_so():
    found = judged(ceiling=None, biases=[])
    assert found.answer == "yes"
    assert "no ceiling is known" in found.rules[2].asks and found.rules[3].passed is None


def test_few_answers_fail_nobody_for_good():
    certain = bias(2.0, 1.5, 2.5)
    assert judged(biases=[certain]).answer == "no"
    found = judged(biases=[certain._replace(answers=verdict.ENOUGH - 1)])
    assert found.answer == "not yet" and "+1.5 to +2.5" in found.rules[-1].found
    alone = judged(biases=[bias(2.0, math.nan, math.nan)._replace(answers=1)])
    assert alone.answer == "not yet" and "one answer" in alone.rules[-1].found


def test_a_ceiling_that_nobody_knows_is_no_easier_than_none():
    unsure = {"accuracy": Estimate(0.62, 0.56, 0.67), "ceiling": Estimate(1.0, 0.5, 1.0)}
    assert judged(**unsure).answer == "not yet"
    assert judged(**unsure | {"ceiling": Estimate(0.65, 0.6, 0.7)}).answer == "yes"
