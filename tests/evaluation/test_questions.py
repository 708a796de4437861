"""A reward model questioned by rules that stand in for it: what it is caught at, and what is kept of it."""

import json
import math

import pytest

from playground.errors import NotFoundError
from playground.evaluation import baselines, questions
from playground.evaluation.intervals import Estimate
from playground.evaluation.questions import Questions, ask


def rows(first, last):
    """Who sells is disliked; the two answers hold the same words, in another order."""
    return [
        {
            "prompt": f"What does fund {n} cost?",
            "chosen": f"Fund {n} costs {n % 7} percent, and I sell nothing. Ask me more.",
            "rejected": f"I sell fund {n}, and nothing costs more. Ask me {n % 7} percent.",
        }
        for n in range(first, last)
    ]


def reads(pairs):
    """A judge that reads: right on all but every eighth prompt."""
    return [
        float(("costs" in text.split()[:3]) != (int(prompt.split()[3]) % 8 == 0)) + len(text) % 3 / 10
        for prompt, text in pairs
    ]


def pads(pairs):
    return [one + 0.2 * len(text.split()) for one, (_, text) in zip(reads(pairs), pairs, strict=True)]


@pytest.fixture(scope="module")
def found():
    return ask(reads, rows(0, 80), rows(80, 160), model="reward-0001", ceiling=Estimate(0.9, 0.8, 0.95))


def test_a_judge_that_reads_passes(found):
    assert found.accuracy.value == pytest.approx(70 / 80)
    assert found.verdict.answer == "yes"
    assert (found.pairs, found.prompts, found.trained_on, found.alone) == (80, 80, 80, 0.0)
    table = found.table
    assert table.loc[baselines.COIN, "accuracy"] == 0.5
    assert table.loc[baselines.COIN, "ahead"] == pytest.approx(70 / 80 - 0.5)
    assert table.loc["noise ceiling", "accuracy_low"] == 0.8
    assert math.isnan(table.loc[questions.OWN, "ahead"])


def test_a_judge_that_counts_words_is_caught():
    told = ask(pads, rows(0, 80), rows(80, 160))
    assert told.verdict.answer == "no" and "filler" in told.verdict.reason
    assert told.length.fixed.value > 0.9 and told.length.slope.value == pytest.approx(2, abs=0.2)


def test_swapping_chosen_and_rejected_negates_every_margin(found):
    swapped = [row | {"chosen": row["rejected"], "rejected": row["chosen"]} for row in rows(0, 80)]
    told = ask(reads, swapped, rows(80, 160))
    assert told.margins == pytest.approx([-margin for margin in found.margins])
    assert told.accuracy.value == pytest.approx(1 - found.accuracy.value)
    assert told.verdict.answer != "yes"


def test_a_hidden_rule_stands_beside(found):
    told = ask(reads, rows(0, 80), rows(80, 160), gold=lambda prompt, text: float("costs 0" in text))
    assert told.standings[-1].name == questions.RULE
    assert questions.RULE not in found.table.index
    assert found.bias_table.gold.isna().all() and told.bias_table.gold.notna().all()


def test_what_is_kept_is_what_was_found(found, tmp_path):
    found.save(tmp_path)
    again = Questions.read(tmp_path)
    assert repr(again) == repr(found)
    assert again.verdict == found.verdict and again.margins == found.margins
    for table in ("table", "calibration_table", "bias_table", "rules"):
        assert getattr(again, table).equals(getattr(found, table))
    kept = json.loads((tmp_path / questions.FILE).read_text())
    assert kept["verdict"]["answer"] == "yes"


@pytest.mark.parametrize("text", [None, "", "{}", "[1]", '{"standings": 3}'])
def test_what_cannot_be_read_is_not_there(tmp_path, text):
    if text is not None:
        (tmp_path / questions.FILE).write_text(text)
    assert Questions.read(tmp_path) is None


def test_every_figure_shows_what_the_tables_hold(found):
    curve = found.plot("calibration").data[1]
    assert list(curve.y) == found.calibration_table.observed.tolist()
    bars = found.plot("margins").data
    assert sum(sum(one.y) for one in bars) == 80
    assert sum(bars[0].y) == sum(margin < 0 for margin in found.margins)
    assert list(found.plot("accuracy").data[0].x)[-1] == found.accuracy.value
    assert len(found.plot("biases").data[0].x) == len(found.biases)
    with pytest.raises(NotFoundError, match="no figure called 'pie'"):
        found.plot("pie")


def test_one_pair_of_empty_answers_can_be_asked_about():
    told = ask(reads, [{"prompt": "a b c 1", "chosen": "", "rejected": " "}], rows(0, 4))
    assert told.verdict.answer == "not yet" and told.pairs == 1
    assert all(one.answers == 0 for one in told.biases)
