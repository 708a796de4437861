"""The probability of an answer: what the loss of training says, whoever stands beside it in the batch."""

import pytest
import torch

from playground.model.load import Model

PAIRS = [
    ("What is the fee?", "The Cedar Fund costs 0.1 percent a year."),
    ([{"role": "user", "content": "What is the fee of the Harbor Bond? Please."}], "no"),
    ("Wie groß ist 東京?", "naïve"),
]


@pytest.fixture(scope="module")
def model(tiny_model_folder):
    return Model.load(tiny_model_folder)


def test_it_is_the_loss_over_the_answer_and_its_end(model):
    found = model.log_likelihoods(PAIRS)
    for pair, value in zip(PAIRS, found, strict=True):
        prompt = model.tokenizer(model.render(pair[0]), add_special_tokens=False)["input_ids"]
        answer = model.tokenizer(f"{pair[1]}<|end|>", add_special_tokens=False)["input_ids"]
        ids = torch.tensor([prompt + answer])
        labels = torch.tensor([[-100] * len(prompt) + answer])
        loss = model.network(input_ids=ids, labels=labels).loss.item()
        assert value == pytest.approx(-loss * len(answer), rel=1e-4)
        assert model.log_likelihoods([pair]) == pytest.approx([value], rel=1e-4)


def test_an_answer_is_cut_where_the_context_ends(model):
    assert model.log_likelihoods([]) == []
    long = "fee " * 6000
    assert model.log_likelihoods([(long, "no")])[0] < 0
