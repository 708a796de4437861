"""Pre-training in miniature: tokenizer and template, and a resumed run equal to the bit."""

import pytest
import torch

from playground.errors import ConflictError
from playground.training import pretrain as module
from playground.training.pretrain import Pretraining, pretrain
from playground.world import smallworld

TINY = Pretraining(
    documents=500,
    vocabulary=600,
    hidden=32,
    layers=1,
    heads=2,
    feed_forward=48,
    row=64,
    rows_per_step=2,
    steps=6,
    warmup=2,
    validation_rows=4,
    save_every=3,
    compile=False,
)
TALK = [
    {"role": "user", "content": "What is 2?\n\n### Response:"},
    {"role": "assistant", "content": "A number."},
    {"role": "user", "content": " and 3 "},
    {"role": "assistant", "content": "At Home, another."},
]


@pytest.fixture(scope="module")
def tokenizer():
    return module.build_tokenizer(list(smallworld.documents(0, 400)), 600)


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    out = tmp_path_factory.mktemp("made")
    return out, pretrain(TINY, out)


def weights(folder):
    from safetensors.torch import load_file

    return load_file(folder / "model.safetensors")


def test_loads_as_a_causal_model_in_16_bit(made):
    from transformers import AutoModelForCausalLM, AutoTokenizer

    out, progress = made
    assert progress.step == 6 and len(progress.losses) == 6
    assert [step for step, _ in progress.validation] == [3, 6]
    assert all(tensor.dtype == torch.bfloat16 for tensor in weights(out).values())
    tokenizer = AutoTokenizer.from_pretrained(out)
    assert tokenizer.pad_token != tokenizer.eos_token == "<|end|>"
    assert AutoModelForCausalLM.from_pretrained(out).config.vocab_size == len(tokenizer) == 600


def test_same_seed_same_weights(made, tmp_path):
    pretrain(TINY, tmp_path)
    again, first = weights(tmp_path), weights(made[0])
    assert all(torch.equal(again[name], first[name]) for name in first)


def test_resumed_equals_uninterrupted(made, tmp_path, monkeypatch):
    step = module._Trainer._step

    def fails_at_five(self, number):
        if number == 4:
            raise KeyboardInterrupt
        return step(self, number)

    monkeypatch.setattr(module._Trainer, "_step", fails_at_five)
    with pytest.raises(KeyboardInterrupt):
        pretrain(TINY, tmp_path)
    assert not (tmp_path / "model.safetensors").exists()
    monkeypatch.undo()
    assert pretrain(TINY, tmp_path).losses == made[1].losses
    resumed, first = weights(tmp_path), weights(made[0])
    assert all(torch.equal(resumed[name], first[name]) for name in first)


def test_other_settings_do_not_continue_a_checkpoint(made):
    from dataclasses import replace

    with pytest.raises(ConflictError, match="other settings"):
        pretrain(replace(TINY, seed=1), made[0])


def test_another_corpus_does_not_continue_a_checkpoint(made, monkeypatch):
    monkeypatch.setattr(smallworld, "documents", lambda seed, count: iter(["A cow eats hay today."] * 900))
    with pytest.raises(ConflictError, match="another corpus"):
        pretrain(TINY, made[0])


def test_prompt_is_a_prefix_of_the_whole(tokenizer):
    whole = tokenizer.apply_chat_template(TALK, return_dict=True, return_assistant_tokens_mask=True)
    ids, mask = whole["input_ids"], whole["assistant_masks"]
    for turns in (1, 3):
        prompt = tokenizer.apply_chat_template(TALK[:turns], add_generation_prompt=True, return_dict=True)[
            "input_ids"
        ]
        assert ids[: len(prompt)] == prompt
        assert mask[len(prompt)] == 1 and mask[len(prompt) - 1] == 0
    said = tokenizer.decode([token for token, own in zip(ids, mask, strict=True) if own])
    assert said == " A number.<|end|> At Home, another.<|end|>"


def test_template_reads_as_documented(tokenizer):
    text = tokenizer.apply_chat_template(TALK[2:3], tokenize=False, add_generation_prompt=True)
    assert text == "### Instruction: and 3\n\n### Response:"
    alone = tokenizer.encode(text)
    assert tokenizer.encode(f"{text} At Home.")[: len(alone)] == alone
    assert tokenizer.encode(f"{text} \n\n oh")[: len(alone)] == alone


def test_rows_begin_with_a_document(tokenizer):
    rows = module.pack(tokenizer, ["A cow eats grass.", "A bee buzzes. " * 30, "An owl hoots." * 30], 32)
    assert rows.shape == (2, 32)
    first = tokenizer.decode(rows[0])
    assert first.startswith("A cow eats grass.<|end|>A bee")
    assert tokenizer.decode(rows[1]).startswith("An owl")


def test_any_text_survives_the_tokenizer(tokenizer):
    text = "Zürich, 東京 \n\n\n  costs 1,234.5 \t naïve"
    assert tokenizer.decode(tokenizer.encode(text)) == text


@pytest.mark.parametrize(("step", "share"), [(0, 0.5), (1, 1.0), (3, 1.0), (8, 0.5), (9, 0.25)])
def test_rate_rises_stays_and_falls(step, share):
    assert module.rate_at(Pretraining(steps=10, warmup=2, decay=0.4), step) == pytest.approx(share)
