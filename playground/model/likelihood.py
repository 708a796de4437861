"""How likely a model holds an answer to be, without writing a word."""

from collections.abc import Sequence

from playground.model import generate

BATCH = 32
LARGEST = 2**27
"""Logits that may be in memory at once: half a gigabyte in float32."""


def log_likelihoods(model, pairs: Sequence[tuple[list[dict], str]], turn) -> list[float]:
    """The natural logarithm of the probability of each answer, whole: its tokens and the one that ends it.

    pairs: (messages of the prompt, answer). `turn` is entered around every forward pass. An answer that a
    context cannot hold loses its beginning with the prompt's.
    """
    texts = [_tokens(model.tokenizer, *pair) for pair in pairs]
    order = sorted(range(len(texts)), key=lambda place: len(texts[place][0]))
    found, start = [0.0] * len(texts), 0
    context, vocabulary = generate.context_of(model.network), model.network.config.vocab_size
    while start < len(order):
        longest = min(len(texts[order[-1]][0]), context)
        size = max(1, min(BATCH, LARGEST // (longest * vocabulary)))
        places = order[start : start + size]
        rows = [tuple(part[-context:] for part in texts[place]) for place in places]
        for place, value in zip(places, _sums(model, rows, turn), strict=True):
            found[place] = value
        start += size
    return found


def _sums(model, rows: list[tuple[list[int], list[bool]]], turn) -> list[float]:
    import torch

    width = max(len(ids) for ids, _ in rows)
    device, pad = next(model.network.parameters()).device, model.tokenizer.pad_token_id
    ids = torch.tensor([row + [pad] * (width - len(row)) for row, _ in rows], device=device)
    wanted = torch.tensor([flags + [False] * (width - len(flags)) for _, flags in rows], device=device)
    mask = torch.tensor([[1] * len(row) + [0] * (width - len(row)) for row, _ in rows], device=device)
    with torch.inference_mode(), turn():
        logits = model.network(input_ids=ids, attention_mask=mask, use_cache=False).logits[:, -width:]
    told = logits[:, :-1].float().log_softmax(-1).gather(-1, ids[:, 1:, None])[..., 0]
    return told.masked_fill(~wanted[:, 1:], 0.0).sum(1).tolist()


def _tokens(tokenizer, prompt: list[dict], answer: str) -> tuple[list[int], list[bool]]:
    """The conversation's tokens, and which of them the answer consists of: to its first end, included."""
    whole = [*prompt, {"role": "assistant", "content": answer}]
    text = tokenizer.apply_chat_template(whole, tokenize=False)
    begin = len(tokenizer.apply_chat_template(prompt, tokenize=False, add_generation_prompt=True))
    encoded = tokenizer(text, add_special_tokens=False, return_offsets_mapping=True)
    ids, flags, over = encoded["input_ids"], [], False
    for token, (start, _) in zip(ids, encoded["offset_mapping"], strict=True):
        inside = start >= begin and not over
        flags.append(inside)
        over = over or (inside and token == tokenizer.eos_token_id)
    return ids, flags
