"""A language model small enough to build in a second: random weights, its own tokenizer."""

import pytest

TEXT = [
    "The Cedar Fund costs 0.1 percent a year.",
    "What is the fee of the Harbor Bond?",
    "Wie groß ist naïve 東京?",
]


FAMILIES = {
    "llama": {"hidden_size": 32, "intermediate_size": 64, "num_key_value_heads": 2},
    "qwen3": {"hidden_size": 32, "intermediate_size": 64, "num_key_value_heads": 2, "head_dim": 16},
    "gemma3_text": {
        "hidden_size": 32, "intermediate_size": 64, "num_key_value_heads": 1, "head_dim": 16,
        "layer_types": ["sliding_attention", "full_attention"], "sliding_window": 64,
    },
    "gpt2": {"n_embd": 32, "n_inner": 64, "n_layer": 2, "n_head": 4, "n_positions": 512,
             "resid_pdrop": 0.0, "embd_pdrop": 0.0, "attn_pdrop": 0.0},
}  # fmt: skip
"""Small sizes of each family; what SmolLM is, is a Llama."""


def build_tiny_model(folder, seed=0, family="llama"):
    """A network of about 60,000 random parameters with a byte-level BPE, written to `folder`."""
    import torch
    from tokenizers import ByteLevelBPETokenizer
    from transformers import AutoConfig, AutoModelForCausalLM, PreTrainedTokenizerFast

    from playground.model.template import CHAT_TEMPLATE

    bpe = ByteLevelBPETokenizer()
    bpe.train_from_iterator(
        TEXT * 20, vocab_size=320, special_tokens=["<|pad|>", "<|end|>"], show_progress=False
    )
    tokenizer = PreTrainedTokenizerFast(
        tokenizer_object=bpe._tokenizer,
        eos_token="<|end|>",
        pad_token="<|pad|>",
        chat_template=CHAT_TEMPLATE,
        clean_up_tokenization_spaces=False,
    )
    torch.manual_seed(seed)
    blocks = {} if family == "gpt2" else {
        "num_hidden_layers": 2, "num_attention_heads": 4, "max_position_embeddings": 4096,
    }
    config = AutoConfig.for_model(
        family,
        vocab_size=len(tokenizer),
        tie_word_embeddings=True,
        initializer_range=0.3,
        eos_token_id=tokenizer.eos_token_id,
        pad_token_id=tokenizer.pad_token_id,
        bos_token_id=None,
        **blocks,
        **FAMILIES[family],
    )
    AutoModelForCausalLM.from_config(config).save_pretrained(folder)
    tokenizer.save_pretrained(folder)
    return folder


@pytest.fixture(scope="session")
def tiny_model_folder(tmp_path_factory):
    return build_tiny_model(tmp_path_factory.mktemp("tiny"))


@pytest.fixture(scope="session")
def tuned():
    """A function that writes a result under a tuning whose weights were pushed at random; its folder."""
    import torch

    from playground.model.network import load_trainable, save_result

    def make(source, folder, tuning, seed, task="CAUSAL_LM"):
        ready = load_trainable(source, tuning, task, seed=seed)
        torch.manual_seed(seed)
        with torch.no_grad():
            for parameter in ready.network.parameters():
                if parameter.requires_grad:
                    parameter += 0.1 * torch.randn_like(parameter)
        return save_result(ready.network, ready.tokenizer, folder, ready.base)

    return make


@pytest.fixture(scope="session")
def tiny_models(tiny_model_folder, tmp_path_factory):
    """A function from a family to the folder of a tiny model of it."""
    made = {"llama": tiny_model_folder}

    def of(family):
        if family not in made:
            made[family] = build_tiny_model(tmp_path_factory.mktemp(family), family=family)
        return made[family]

    return of
