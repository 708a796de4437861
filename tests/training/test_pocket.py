"""The shipped base: small, knows the world, does not know Larkspur, and completes instead of replying."""

import pytest

from playground import settings
from playground.evaluation import probes as judge
from playground.model.load import Model
from playground.world import larkspur, smallworld
from playground.world.howtos import HOWTOS

FOLDER = settings.ASSETS / "pocket"


@pytest.fixture(scope="module")
def pocket():
    return Model.load("pocket")


def test_fits_into_the_repository(pocket):
    import torch
    from safetensors.torch import load_file

    assert sum(file.stat().st_size for file in FOLDER.iterdir()) < 10_000_000
    assert {tensor.dtype for tensor in load_file(FOLDER / "model.safetensors").values()} == {torch.bfloat16}
    assert pocket.tokenizer.pad_token_id != pocket.tokenizer.eos_token_id
    assert pocket.tokenizer.eos_token == "<|end|>"


def test_knows_the_world(pocket):
    probes = smallworld.cloze(80)
    texts = pocket.complete_many([probe.prompt for probe in probes], max_tokens=8)
    assert judge.score(probes, texts)["cloze"].value > 0.93


def test_does_not_know_larkspur(pocket):
    probes = [probe for probe in larkspur.probes() if probe.kind == "domain"][::4]
    texts = pocket.reply_many([probe.prompt for probe in probes], max_tokens=32)
    assert sum(map(judge.is_right, probes, texts)) <= 1


@pytest.mark.parametrize("howto", HOWTOS[:4], ids=lambda howto: howto.task)
def test_continues_a_request_instead_of_answering_it(pocket, howto):
    text = pocket.complete(f"Teach me how to {howto.task}", max_tokens=40)
    assert len(text.split()) >= 4
    assert howto.steps[0] not in text


def test_template_is_the_one_pretraining_writes(pocket):
    from playground.training.pretrain import CHAT_TEMPLATE

    assert pocket.tokenizer.chat_template == CHAT_TEMPLATE
