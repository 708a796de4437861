"""Counts by arithmetic equal what transformers builds and what PEFT reports, number by number."""

import json

import pytest

from playground import settings
from playground.errors import InputError
from playground.model.shapes import KNOWN, Shape
from tests.model.conftest import FAMILIES, build_tiny_model

PUBLISHED = {
    "HuggingFaceTB/SmolLM2-135M": 134_515_008, "HuggingFaceTB/SmolLM2-360M": 361_821_120,
    "HuggingFaceTB/SmolLM2-1.7B": 1_711_376_384, "Qwen/Qwen2.5-0.5B": 494_032_768,
    "Qwen/Qwen2.5-1.5B": 1_543_714_304, "Qwen/Qwen3-0.6B": 596_049_920,
    "google/gemma-3-270m": 268_098_176, "google/gemma-3-1b-pt": 999_885_952,
    "meta-llama/Llama-3.2-1B": 1_235_814_400, "openai-community/gpt2": 124_439_808,
    "EleutherAI/pythia-160m": 162_322_944, "EleutherAI/pythia-410m": 405_334_016,
}  # fmt: skip


def built(shape: Shape, scores: bool = False):
    """A network of this shape that holds no numbers."""
    import torch
    from transformers import AutoConfig, AutoModelForCausalLM, AutoModelForSequenceClassification

    s = shape
    given = {
        "hidden_size": s.hidden, "intermediate_size": s.ffn, "num_hidden_layers": s.layers,
        "num_attention_heads": s.heads, "num_key_value_heads": s.kv_heads, "head_dim": s.head_dim,
    }
    if s.family == "gpt2":
        given = {"n_embd": s.hidden, "n_layer": s.layers, "n_head": s.heads, "n_inner": s.ffn}
    if s.family == "gpt_neox":
        given = {name: given[name] for name in list(given)[:4]}
    config = AutoConfig.for_model(s.family, vocab_size=s.vocab, tie_word_embeddings=s.tied, **given)
    config.pad_token_id, config.num_labels = 0, 1
    with torch.device("meta"):
        kind = AutoModelForSequenceClassification if scores else AutoModelForCausalLM
        return kind.from_config(config)


def config_of(folder) -> dict:
    return json.loads((folder / "config.json").read_text())


@pytest.mark.parametrize("known", KNOWN, ids=lambda known: known.name)
def test_the_table_holds_the_published_counts(known):
    assert known.shape.parameters() == PUBLISHED[known.name]


@pytest.mark.slow
@pytest.mark.parametrize("known", KNOWN, ids=lambda known: known.name)
def test_the_table_is_what_transformers_builds(known):
    import peft

    network = built(known.shape)
    assert known.shape.parameters() == sum(p.numel() for p in network.parameters())
    config = peft.LoraConfig(task_type="CAUSAL_LM", r=8, target_modules="all-linear")
    adapted = peft.get_peft_model(network, config)
    assert adapted.get_nb_trainable_parameters()[0] == known.shape.lora(8)


@pytest.mark.parametrize("name", ["pocket", "tiny"])
@pytest.mark.parametrize("targets", ["all-linear", ("q_proj", "down_proj")])
@pytest.mark.parametrize("embeddings", [False, True])
@pytest.mark.parametrize("task", ["CAUSAL_LM", "SEQ_CLS"])
def test_lora_trains_what_we_count(name, targets, task, embeddings, tiny_model_folder):
    from transformers import set_seed

    from playground.model.network import load_trainable
    from playground.model.tuning.lora import LoRA

    set_seed(0)
    folder = settings.ASSETS / "pocket" if name == "pocket" else tiny_model_folder
    shape, scores = Shape.from_config(config_of(folder)), task == "SEQ_CLS"
    tuning = LoRA(rank=3, targets=targets, embeddings=embeddings)
    network = load_trainable(folder, tuning, task=task).network
    trained, total = network.get_nb_trainable_parameters()
    head = shape.hidden if scores else 0
    added = shape.lora(3, targets, embeddings)
    assert trained == added + head
    assert total == shape.parameters(scores) + added + head


@pytest.mark.parametrize("family", FAMILIES)
@pytest.mark.parametrize("kind", ["selective", "bottleneck", "dora", "dora, embeddings"])
def test_every_tuning_trains_what_we_count(kind, family, tmp_path):
    from playground.model.network import load_trainable
    from playground.model.tuning.bottleneck import BottleneckAdapter
    from playground.model.tuning.lora import LoRA
    from playground.model.tuning.selective import SelectiveTuning

    folder = build_tiny_model(tmp_path / family, family=family)
    shape = Shape.from_config(config_of(folder))
    tuning, expected = {
        "selective": (SelectiveTuning(last_layers=1), shape.last(1)),
        "bottleneck": (BottleneckAdapter(width=5), shape.bottleneck(5)),
        "dora": (LoRA(rank=3, variant="dora"), shape.lora(3, dora=True)),
        "dora, embeddings": (
            LoRA(rank=3, variant="dora", embeddings=True), shape.lora(3, embeddings=True, dora=True)
        ),
    }[kind]
    network = load_trainable(folder, tuning).network
    assert network.get_nb_trainable_parameters() == (expected, shape.parameters() + expected)


@pytest.mark.parametrize("scores", [False, True])
def test_full_tuning_trains_every_number(scores, tiny_model_folder):
    from playground.model.network import load_trainable

    task = "SEQ_CLS" if scores else "CAUSAL_LM"
    network = load_trainable(tiny_model_folder, task=task).network
    shape = Shape.from_config(config_of(tiny_model_folder))
    assert sum(p.numel() for p in network.parameters() if p.requires_grad) == shape.parameters(scores)


def test_a_family_we_do_not_know_is_refused():
    with pytest.raises(InputError, match="mamba"):
        Shape.from_config({"model_type": "mamba"})
