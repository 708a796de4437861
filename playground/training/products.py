"""Products of float32 matrices by the faster of two libraries that are equally exact.

PyTorch leaves them to MKL, which on AMD processors does without AVX-512. oneDNN, which comes with PyTorch
too, uses it: from some sixteen rows on it is up to 2.4 times as fast, with errors as small. PyTorch lets it
have float32 only by a setting that permits bfloat16 as well, so what comes of the digits is looked at first.

PyTorch's attention makes many small products, which oneDNN is slow at. Where all scores of a layer fit, they
are made in two large ones instead, which takes half the time; elsewhere attention stays with MKL.
"""

import contextlib
import functools

import torch
from transformers.modeling_utils import ALL_ATTENTION_FUNCTIONS

from playground.run.spec import processor

ATTENTION = "sdpa"
PERMITTED = "bf16"
EXACT = 1e-6
"""Largest relative error of a product whose arithmetic is float32."""
FEW = 12
"""Rows below which MKL multiplies as fast, or faster."""
SCORES = 2**20
"""Scores of a layer that fit: 4 MiB, which are kept for the way back."""
OTHERWISE = ("softcap", "position_bias", "cache")
"""What attention may be asked for beside what is done here."""


@contextlib.contextmanager
def chosen():
    """Inside, products go to the faster library."""
    if not suits():
        yield
        return
    before, attend = _setting().fp32_precision, ALL_ATTENTION_FUNCTIONS[ATTENTION]
    linear = torch.nn.Linear.forward

    def whole(self, states):
        # Of states with gaps PyTorch makes a product for each row, for which oneDNN copies the weights.
        return linear(self, states.contiguous())

    def attention(module, query, key, value, mask, dropout=0.0, scaling=None, is_causal=None, **options):
        plain = not dropout and not any(options.get(name) is not None for name in OTHERWISE)
        if plain and _is_short(query, key):
            causal = mask is None and (getattr(module, "is_causal", True) if is_causal is None else is_causal)
            return attended(query, key, value, _bias(query, key, mask, causal), scaling), None
        inside = _setting().fp32_precision
        states = _Switch.apply(before, inside, query, key, value)
        options |= {"dropout": dropout, "scaling": scaling, "is_causal": is_causal}
        outputs, weights = attend(module, *states, mask, **options)
        return _Switch.apply(inside, before, outputs), weights

    _setting().fp32_precision = PERMITTED
    ALL_ATTENTION_FUNCTIONS[ATTENTION], torch.nn.Linear.forward = attention, whole
    try:
        yield
    finally:
        torch.nn.Linear.forward = linear
        _setting().fp32_precision = before
        ALL_ATTENTION_FUNCTIONS[ATTENTION] = attend


@contextlib.contextmanager
def of_few(rows: int):
    """Around answers to so many prompts at once: of a few, MKL makes the products."""
    before = _setting().fp32_precision
    if rows < FEW:
        _setting().fp32_precision = "none"
    try:
        yield
    finally:
        _setting().fp32_precision = before


@functools.cache
def suits() -> bool:
    """Whether MKL holds back on this processor, and oneDNN's float32 is float32."""
    if torch.cuda.is_available() or "AVX512" not in torch.backends.cpu.get_cpu_capability() or not _is_amd():
        return False
    chance = torch.Generator().manual_seed(0)
    one, other = (torch.randn(256, 256, generator=chance) for _ in range(2))
    before, _setting().fp32_precision = _setting().fp32_precision, PERMITTED
    try:
        product = one @ other
    finally:
        _setting().fp32_precision = before
    truth = one.double() @ other.double()
    return bool((product - truth).norm() < EXACT * truth.norm())


def attended(query, key, value, bias, scaling: float | None = None):
    """Attention by its formula (Vaswani et al. 2017, arXiv:1706.03762), in float32.

    query: (rows, heads, to, width); key and value: (rows, groups, from, width), a group of heads sharing
    them; bias: what is added to the scores, (rows or 1, 1 or heads, to, from), or None. Returns (rows, to,
    heads, width).
    """
    rows, heads, to, width = query.shape
    groups = key.shape[1]
    scale = width**-0.5 if scaling is None else scaling
    asked = (query * scale).reshape(rows, groups, -1, width)
    scores = torch.matmul(asked, key.transpose(2, 3)).view(rows, heads, to, -1)
    if bias is not None:
        scores += bias
    shares = torch.softmax(scores, dim=-1).view(rows, groups, -1, key.shape[2])
    return torch.matmul(shares, value).view(rows, heads, to, -1).transpose(1, 2).contiguous()


def _is_short(query, key) -> bool:
    """Whether these are texts read at once whose scores fit."""
    rows, heads, to, _ = query.shape
    fits = to > 1 and rows * heads * to * key.shape[2] <= SCORES
    return fits and query.dtype is torch.float32 and query.device.type == "cpu"


def _bias(query, key, mask, causal: bool):
    """What is added to the scores: the least number where nothing may be read."""
    if mask is not None and mask.dtype is not torch.bool:
        return mask
    if mask is None:
        if not causal:
            return None
        mask = torch.ones(query.shape[2], key.shape[2], dtype=torch.bool).tril()
    return torch.zeros(mask.shape).masked_fill_(~mask, torch.finfo(torch.float32).min)


class _Switch(torch.autograd.Function):
    """Hands tensors on as they are; from here on products are made by `ahead`, on the way back by `back`."""

    @staticmethod
    def forward(ctx, ahead, back, *tensors):
        ctx.back = back
        _setting().fp32_precision = ahead
        return tensors if len(tensors) > 1 else tensors[0]

    @staticmethod
    def backward(ctx, *gradients):
        _setting().fp32_precision = ctx.back
        return None, None, *gradients


def _setting():
    return torch.backends.mkldnn.matmul


def _is_amd() -> bool:
    return "AuthenticAMD" in processor()
