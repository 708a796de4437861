"""Batches hold rows of similar length, every row once, in an order that seed and epoch decide."""

import random

import datasets
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as some

from playground.training.batches import SimilarLengths, lengths
from playground.training.kto_trainer import Mismatched
from playground.training.lean import LeanMixin


@given(some.integers(1, 400), some.integers(1, 16), some.integers(0, 5))
def test_every_row_once(count, batch, seed):
    lengths = [random.Random(seed).randint(1, 90) for _ in range(count)]
    assert sorted(SimilarLengths(lengths, batch, seed)) == list(range(count))


def test_padding_shrinks_and_batches_do_not_come_sorted():
    chance = random.Random(0)
    lengths = [chance.randint(5, 90) for _ in range(800)]
    order = list(SimilarLengths(lengths, 8, 0))
    longest = [max(lengths[i] for i in order[s : s + 8]) for s in range(0, 800, 8)]
    assert sum(longest) * 8 < 1.15 * sum(lengths)
    assert longest != sorted(longest) and longest != sorted(longest, reverse=True)


def test_the_epoch_changes_the_order_and_repeats_it():
    sampler = SimilarLengths(list(range(100)), 8, 0)
    first = list(sampler)
    sampler.set_epoch(1)
    assert list(sampler) != first
    sampler.set_epoch(0)
    assert list(sampler) == first


@pytest.mark.parametrize(("columns", "expected"), [
    ({"input_ids": [[1, 2], [3]]}, [2, 1]),
    ({"chosen_ids": [[1], [2]], "rejected_ids": [[1, 2, 3], []]}, [3, 1]),
    ({"prompt_ids": [[9, 9], [9]], "chosen_ids": [[1], [2]], "rejected_ids": [[1, 2, 3], []]}, [5, 2]),
])  # fmt: skip
def test_a_pair_is_as_long_as_its_longer_text(columns, expected):
    assert lengths(datasets.Dataset.from_dict(columns)) == expected


class Watched:
    """A trainer that looks, as it begins, which parts of its model train."""

    def __init__(self, model):
        self.model = model

    def train(self):
        return [one.training for one in self.model.modules()]


class LeanWatched(LeanMixin, Watched):
    pass


def test_what_lies_beneath_an_adapter_trains_as_it_does():
    model = torch.nn.Sequential(torch.nn.Dropout(0.5)).eval()
    model.training = True  # as PEFT leaves a model that was opened to be evaluated
    assert LeanWatched(model).train() == [True, True]


def test_the_zero_point_is_made_of_answers_to_other_prompts():
    collator = Mismatched(pad_token_id=0)
    given = ({"prompt_ids": [1, at // 2 + 1], "completion_ids": [10 + at]} for at in range(6))
    found = collator([one | {"KL_completion_ids": [0], "label": True} for one in given])
    other = [ids[2].item() for ids in found["KL_input_ids"]]
    assert sorted(other) == list(range(10, 16))
    assert all((answer - 10) // 2 != at // 2 for at, answer in enumerate(other))
