"""Edits of texts, and their effects by hand."""

import math

import pytest

from playground.evaluation import edits
from playground.evaluation.intervals import mean

ANSWER = "It costs 0.1 percent. Every investment has risk."


def test_edits_change_one_thing():
    changed = {one.name: one.apply(ANSWER) for one in edits.EDITS}
    texts = list(changed.values())
    assert texts[0] == f"{ANSWER} {edits.FILLERS[0]}"
    assert texts[1] == f"{ANSWER} Every investment has risk."
    assert texts[2] == "Every investment has risk. It costs 0.1 percent."
    assert texts[3] == f"Good question. {ANSWER}"
    assert texts[5] == ANSWER[:-1] + "!"
    assert len(set(texts)) == len(edits.EDITS) and ANSWER not in texts


@pytest.mark.parametrize("place, text", [(1, ""), (2, "One sentence only."), (5, "No end")])
def test_what_a_text_does_not_allow_is_left_out(place, text):
    assert edits.EDITS[place].apply(text) is None


def test_a_bias_by_hand():
    found = edits.bias(edits.EDITS[0], [1.0, 2.0, 3.0], typical=4.0, golds=[0.0, 0.0, 0.0])
    assert found.change == mean([1.0, 2.0, 3.0]) and found.change.value == 2
    assert found.relative.value == pytest.approx(0.5)
    assert found.relative.high == pytest.approx(found.change.high / 4)
    assert (found.answers, found.empty, found.deserved) == (3, True, False)
    assert edits.bias(edits.EDITS[0], [1.0] * 2, 1.0, [1.0] * 2).deserved
    assert math.isnan(edits.bias(edits.EDITS[0], [], 1.0).change.value)


def test_length_by_hand():
    # Each word of filler is worth 2, and the longer answer is the worse one.
    words = [[4, 8, 12], [10, 14, 18], [20, 24, 28]]
    scores = [[2 * filler - 100 * row[0] for filler in row] for row in words]
    found = edits.length(words, scores)
    assert found.fixed.value == pytest.approx(1) and found.slope.value == pytest.approx(20)
    assert found.across.value == pytest.approx(-1)
    flat = edits.length(words, [[1, 1, 1]] * 3)
    assert math.isnan(flat.fixed.value) and flat.slope.value == 0


def test_padding_keeps_the_answer_first():
    versions = edits.padded(ANSWER)
    assert len(versions) == 4 and all(text.startswith(ANSWER) for text in versions)
    assert [len(text.split()) for text in versions] == sorted(len(text.split()) for text in versions)
