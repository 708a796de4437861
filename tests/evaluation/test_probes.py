"""When an answer is right."""

import pytest

from playground.evaluation.intervals import share
from playground.evaluation.probes import is_right, score
from playground.evaluation.scorers import MeanScore, ProbeAccuracy
from playground.records import Probe

FEE = Probe("What does it cost?", ("0.1 percent", "0.1%"), ("0.3 percent",), "domain")
DAYS = Probe("How long?", ("two days",), kind="domain")
CLOZE = Probe("The capital of Norland is", ("Caldon",), kind="cloze")


@pytest.mark.parametrize(
    ("probe", "text", "right"),
    [
        (FEE, "It costs 0.1 percent a year.", True),
        (FEE, "It costs 0.1\n Percent.", True),
        (FEE, "0.1% a year", True),
        (FEE, "It costs 10.1 percent", False),
        (FEE, "It costs 0.1 percents", False),
        (FEE, "0.1 percent, not 0.3 percent", False),
        (FEE, "0.1 percent, not 0.33 percent", True),
        (FEE, "", False),
        (DAYS, "Sixty-two days", True),
        (DAYS, "Twenty two daysides", False),
        (CLOZE, " Caldon. The capital", True),
        (CLOZE, " not Caldon", False),
        (CLOZE, " Caldonia", False),
    ],
)
def test_whole_words_in_any_case(probe, text, right):
    assert is_right(probe, text) is right


def test_a_bare_number_is_not_found_inside_a_larger_one():
    minimum = Probe("How much to start?", ("50 dollars", "5 dollars"), kind="domain")
    assert not is_right(minimum, "You need 1,050 dollars")
    assert not is_right(Probe("n?", ("2",), kind="general"), "It is 2.5 or 0.2 or 1,2")
    assert is_right(Probe("n?", ("2",), kind="general"), "It is 2.")


def test_scores_are_told_by_kind():
    found = score([FEE, DAYS, CLOZE], ["0.1 percent", "no", " Caldon"])
    assert found == {"domain": share(1, 2), "cloze": share(1, 1)}


def test_scorers_are_metrics_of_evaluate():
    accuracy = ProbeAccuracy()
    found = accuracy.compute(predictions=["0.1 percent", "no"], references=[FEE, DAYS])
    assert found == {"probe_accuracy": 0.5, "low": share(1, 2).low, "high": share(1, 2).high}
    accuracy.add_batch(predictions=["0.1 percent"], references=[FEE])
    accuracy.add_batch(predictions=["no", "two days"], references=[DAYS, DAYS])
    assert accuracy.compute()["probe_accuracy"] == pytest.approx(2 / 3)


def test_a_mean_score_sees_prompt_and_text():
    metric = MeanScore(lambda prompt, text: len(prompt) - len(text), "difference")
    found = metric.compute(predictions=["a", "bb"], references=["xxxx", "yyyy"])
    assert found["difference"] == 2.5 and found["low"] <= 2.5 <= found["high"]
