"""The norm of Llama and its kin (Zhang and Sennrich 2019, arXiv:1910.07467) with a gradient of its own.

Step by step, PyTorch's passes over memory for its gradient take four times as long as these.
"""

import contextlib

import torch
from transformers.models.llama.modeling_llama import LlamaRMSNorm
from transformers.models.mistral.modeling_mistral import MistralRMSNorm
from transformers.models.qwen2.modeling_qwen2 import Qwen2RMSNorm
from transformers.models.qwen3.modeling_qwen3 import Qwen3RMSNorm

ALIKE = (LlamaRMSNorm, MistralRMSNorm, Qwen2RMSNorm, Qwen3RMSNorm)
"""Layers that compute weight * x / sqrt(mean(x^2) + epsilon)."""


@contextlib.contextmanager
def fused():
    """Inside, layers of these kinds compute so, in float32 on a CPU."""
    plain = [kind.forward for kind in ALIKE]
    for kind in ALIKE:
        kind.forward = _quick(kind.forward)
    try:
        yield
    finally:
        for kind, own in zip(ALIKE, plain, strict=True):
            kind.forward = own


def _quick(plain):
    """A layer's forward pass, with ours where it serves."""

    def forward(self, states):
        here = states.device.type == "cpu" and states.dtype == self.weight.dtype == torch.float32
        if not here or not torch.is_grad_enabled() or torch.is_autocast_enabled("cpu"):
            return plain(self, states)
        return _Norm.apply(states, self.weight, self.variance_epsilon)

    return forward


class _Norm(torch.autograd.Function):
    """states: (..., width), weight: (width,)."""

    @staticmethod
    def forward(ctx, states, weight, epsilon):
        squares = torch.linalg.vecdot(states, states).unsqueeze(-1)
        scale = squares.div_(states.shape[-1]).add_(epsilon).rsqrt_()
        normed = states * scale
        ctx.save_for_backward(normed, weight, scale)
        return normed * weight

    @staticmethod
    @torch.autograd.function.once_differentiable
    def backward(ctx, gradient):
        normed, weight, scale = ctx.saved_tensors
        onward = learned = None
        if ctx.needs_input_grad[1]:
            learned = (gradient * normed).flatten(0, -2).sum(0)
        if ctx.needs_input_grad[0]:
            inner = gradient * weight
            share = torch.linalg.vecdot(inner, normed).div_(-normed.shape[-1]).unsqueeze(-1)
            onward = inner.addcmul_(normed, share).mul_(scale)
        return onward, learned, None
