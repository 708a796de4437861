"""A language model small enough to build in a second: random weights, its own tokenizer."""

import pytest

TEXT = [
    "The Cedar Fund costs 0.1 percent a year.",
    "What is the fee of the Harbor Bond?",
    "Wie groß ist naïve 東京?",
]


def build_tiny_model(folder, seed=0):
    """A Llama of about 60,000 random parameters with a byte-level BPE, written to `folder`."""
    import torch
    from tokenizers import ByteLevelBPETokenizer
    from transformers import LlamaConfig, LlamaForCausalLM, PreTrainedTokenizerFast

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
    config = LlamaConfig(
        vocab_size=len(tokenizer),
        hidden_size=32,
        intermediate_size=64,
        num_hidden_layers=2,
        num_attention_heads=4,
        num_key_value_heads=2,
        max_position_embeddings=4096,
        tie_word_embeddings=True,
        initializer_range=0.3,
        eos_token_id=tokenizer.eos_token_id,
        pad_token_id=tokenizer.pad_token_id,
        bos_token_id=None,
    )
    LlamaForCausalLM(config).save_pretrained(folder)
    tokenizer.save_pretrained(folder)
    return folder


@pytest.fixture(scope="session")
def tiny_model_folder(tmp_path_factory):
    return build_tiny_model(tmp_path_factory.mktemp("tiny"))
