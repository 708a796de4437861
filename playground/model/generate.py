"""Writing: one loop for streams and batches, with the key-value cache carried by hand.

Sampling is reproducible row by row: each row draws its uniform numbers from its own seed, so what a
prompt gets does not depend on what stands beside it in the batch.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass

from playground import fields
from playground.errors import InputError
from playground.fields import setting


@dataclass(frozen=True, kw_only=True)
class Generation:
    """How a text is written."""

    max_tokens: int = setting(48, "Longest answer", low=1, high=4096)
    """The most tokens to write; fewer where the model ends its answer or its context is full."""

    temperature: float = setting(0.0, "Temperature", low=0.0, high=5.0)
    """0 always takes the likeliest token; 1 draws as the model believes; above 1, more freely."""

    top_p: float = setting(1.0, "Top p", low=0.01, high=1.0, advanced=True)
    """Draw only among the likeliest tokens that together hold this share of probability."""

    seed: int = setting(0, "Seed", low=0, high=2**53)
    """Where the draws start. The same seed, prompt and model give the same text."""

    def __post_init__(self):
        fields.check(self)


def encode(tokenizer, texts: list[str], chat: bool) -> list[list[int]]:
    """Token ids of raw texts, or of rendered conversations (whose template has its own special tokens)."""
    return tokenizer(texts, add_special_tokens=not chat)["input_ids"] if texts else []


def written(
    network,
    rows: list[list[int]],
    settings: Generation,
    *,
    pad: int,
    ends: set[int],
    turn: Callable[[], AbstractContextManager] = nullcontext,
    numbers: Sequence[int] = (),
) -> Iterator[list[int | None]]:
    """The next token of every row, step by step; None for a row that has ended.

    rows: token ids of the prompts, any lengths. `turn` is entered around every forward pass: a place
    to take a lock and choose an adapter. `numbers` tell the rows' seeds apart (default: their places).

    Raises InputError where a prompt leaves no room in the model's context.
    """
    import torch

    budget = _budget(network, rows, settings.max_tokens)
    ids, mask = _padded(rows, pad, next(network.parameters()).device)
    positions = (mask.cumsum(-1) - 1).clamp(min=0)
    draws = _draws(settings, numbers or range(len(rows)), budget)
    alive, cache = [True] * len(rows), None
    # Weights that several processes hold in parts, put together in inference mode, could never learn again.
    without_gradients = torch.no_grad if hasattr(network, "unshard") else torch.inference_mode
    for step in range(budget):
        with without_gradients(), turn():
            output = network(
                input_ids=ids,
                attention_mask=mask,
                position_ids=positions,
                past_key_values=cache,
                use_cache=True,
                logits_to_keep=1,
            )
        cache = output.past_key_values
        chosen = choose(output.logits[:, -1].float(), settings.temperature, settings.top_p, draws[:, step])
        tokens = chosen.tolist()
        alive = [live and token not in ends for live, token in zip(alive, tokens, strict=True)]
        if not any(alive):
            return
        yield [token if live else None for live, token in zip(alive, tokens, strict=True)]
        ids, positions = chosen[:, None], positions[:, -1:] + 1
        mask = torch.cat([mask, mask.new_ones(len(rows), 1)], dim=1)


def choose(logits, temperature: float, top_p: float, uniform):
    """The next tokens by inverse transform sampling; greedy at temperature 0.

    logits: (rows, vocabulary); uniform: (rows,) in [0, 1); result: (rows,) token ids.
    Top p (Holtzman et al. 2019, arXiv:1904.09751) keeps the smallest set of tokens that holds `top_p`.
    """
    import torch

    if temperature == 0:
        return logits.argmax(-1)
    chances, tokens = (logits / temperature).softmax(-1).sort(-1, descending=True)
    reached = chances.cumsum(-1)
    kept = chances * (reached - chances < top_p)
    reached = kept.cumsum(-1)
    goal = uniform.to(logits.device, reached.dtype)[:, None] * reached[:, -1:]
    place = torch.searchsorted(reached, goal, right=True)
    last_kept = (kept > 0).sum(-1, keepdim=True) - 1
    return tokens.gather(-1, place.minimum(last_kept)).squeeze(-1)


def text_pieces(tokenizer, tokens: Iterable[int], strip: bool) -> Iterator[str]:
    """Text as its tokens arrive; joined, it is the whole text, stripped where `strip` asks for it.

    A character is held back until all its bytes are there, white space until it is known to be inner.
    """
    ids, sent = [], 0
    for token in tokens:
        ids.append(token)
        text = decode(tokenizer, ids)
        ready = text.rstrip("\ufffd")
        if strip:
            ready = ready.strip()
        if len(ready) > sent:
            yield ready[sent:]
            sent = len(ready)
    text = decode(tokenizer, ids)
    rest = (text.strip() if strip else text)[sent:]
    if rest:
        yield rest


def decode(tokenizer, ids: list[int]) -> str:
    return tokenizer.decode(ids, skip_special_tokens=True, clean_up_tokenization_spaces=False)


def _padded(rows: list[list[int]], pad: int, device):
    """Token ids and attention mask, (rows, longest), padded on the left so that all rows end together."""
    import torch

    width = max(map(len, rows))
    ids = torch.tensor([[pad] * (width - len(row)) + row for row in rows], device=device)
    mask = torch.tensor([[0] * (width - len(row)) + [1] * len(row) for row in rows], device=device)
    return ids, mask


def _draws(settings: Generation, numbers: Sequence[int], budget: int):
    """(rows, budget) uniform numbers; each row's come from (seed, number of the row) alone."""
    import numpy as np
    import torch

    if settings.temperature == 0:
        return torch.zeros(len(numbers), budget)
    return torch.from_numpy(
        np.stack([np.random.default_rng([settings.seed, n]).random(budget) for n in numbers])
    )


def context_of(network) -> int:
    """Tokens that a network can read and write: its places, less those that a trained prompt takes."""
    places = getattr(network.config, "max_position_embeddings", None) or 10**9
    adapters = getattr(network, "peft_config", {}).values()
    return places - max((getattr(adapter, "tokens", 0) for adapter in adapters), default=0)


def _budget(network, rows: list[list[int]], max_tokens: int) -> int:
    context = context_of(network)
    longest, shortest = max(map(len, rows)), min(map(len, rows))
    if shortest == 0:
        raise InputError("The prompt is empty", remedy="Write at least one word")
    if longest >= context:
        raise InputError(
            f"The prompt has {longest} tokens",
            rule=f"This model reads and writes {context} tokens at most",
            remedy="Shorten it, or start a new conversation",
        )
    return min(max_tokens, context - longest)
