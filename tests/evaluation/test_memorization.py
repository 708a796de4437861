"""The memorisation score, on models whose beliefs are written by hand."""

import math

import pytest

from playground.errors import InputError
from playground.evaluation.memorization import memorization, summary

A, B, C = ({"prompt": f"Question {name}?", "completion": f"Answer {name}."} for name in "ABC")


class Believes:
    """Holds answers to be as probable as told."""

    def __init__(self, **told):
        self.told = told

    def log_likelihoods(self, pairs):
        return [math.log(self.told[answer[-2]]) for _, answer in pairs]


class Run:
    """A run as far as the score looks at one."""

    def __init__(self, model, *rows):
        self.model, self.learned = model, list(rows)

    def rows(self, part):
        return self.learned if part == "train" else []


def test_it_is_what_having_seen_the_example_adds():
    first, second = Believes(A=0.9, B=0.2, C=0.5), Believes(A=0.1, B=0.6, C=0.5)
    third = Believes(A=0.3, B=0.4, C=1.0)
    table = memorization([B, A, C], [Run(first, A, C), (second, [B]), (third, [B, A])])
    assert list(table.prompt) == ["Question A?", "Question B?", "Question C?"]
    assert list(table.score) == pytest.approx([0.6 - 0.1, 0.5 - 0.2, 0.5 - 0.75])
    assert table.log_gap[1] == pytest.approx((math.log(0.6) + math.log(0.4)) / 2 - math.log(0.2))
    assert (table.seen[0], table.unseen[0]) == pytest.approx((0.6, 0.1))
    assert table.models[0] == "2 saw it, 1 did not"
    assert summary(table) == pytest.approx({"mean": (0.5 + 0.3 - 0.25) / 3, "share": 0.0})


def test_examples_without_both_are_left_out_and_other_words_are_another_example():
    steps = []
    told = [{"role": "user", "content": "Question B?"}]
    other = {**B, "prompt": "question b?"}
    learners = [(Believes(A=0.5, B=0.5), [A, B]), (Believes(A=0.5, B=0.5), [A, other])]
    table = memorization([A, {**B, "prompt": told}], learners, lambda *at: steps.append(at))
    assert list(table.prompt) == ["Question B?"] and steps == [(1, 2), (2, 2)]
    with pytest.raises(InputError, match="by some of the models and not by others"):
        memorization([A], learners)
    with pytest.raises(InputError, match="by some"):
        memorization([A], [])
