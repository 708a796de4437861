"""LoRA's y = Wx + s B(Ax) and its gradients in as few passes over memory as there are products.

PEFT makes each term by itself, scales it and adds it; on a CPU those passes take as long as a third of the
products. Used for what PEFT would do in the same way: one adapter, in float32, on a linear layer that rests.
"""

import contextlib

import torch
from peft.tuners.lora.layer import Linear

LARGEST = 2**24
"""Numbers of the layers that are held a second time to write with: 64 MiB."""
_merged: "_Merged | None" = None


@contextlib.contextmanager
def fused():
    """Inside, PEFT's linear layers compute so where they can."""
    plain, known = Linear.forward, {}

    def forward(self, x, *arguments, **options):
        name = None if arguments or options else _adapter(self, x, known)
        if name is None:
            return plain(self, x, *arguments, **options)
        base = self.base_layer
        thin = (self.lora_A[name].weight, self.lora_B[name].weight, self.scaling[name])
        if torch.is_grad_enabled():
            return _LowRank.apply(x, base.weight, base.bias, *thin)
        if _merged is not None and (whole := _merged.of((self, name), base.weight, *thin)) is not None:
            return torch.nn.functional.linear(x, whole, base.bias)
        rows = _product(x.reshape(-1, x.shape[-1]), base.weight, base.bias, *thin)[0]
        return rows.view(*x.shape[:-1], len(base.weight))

    Linear.forward = forward
    try:
        yield
    finally:
        Linear.forward = plain


@contextlib.contextmanager
def whole():
    """Around the writing of answers, in which nothing learns: each layer's W + s BA is made once, and not at
    every token, as far as there is room."""
    global _merged
    before, _merged = _merged, _Merged()
    try:
        yield
    finally:
        _merged = before


class _Merged:
    """Layers and adapters made one, as far as there is room."""

    def __init__(self):
        self.found, self.room = {}, LARGEST

    def of(self, key, weight, first, second, scale):
        """W + s BA of a layer, (out, in), or None where there is no room."""
        found = self.found.get(key)
        if found is None and weight.numel() <= self.room:
            found = self.found[key] = torch.addmm(weight, second, first, alpha=scale)
            self.room -= weight.numel()
        return found


def _adapter(layer, x, known: dict) -> str | None:
    """The adapter to use, where it is one whose layer can be computed here. `known` holds what stays so."""
    names = layer.active_adapters
    if len(names) != 1 or layer.disable_adapters or layer.merged or x.dtype is not torch.float32:
        return None
    fit = known.get((layer, names[0]))
    if fit is None:
        fit = known[layer, names[0]] = _fits(layer, names[0])
    return names[0] if fit and not torch.is_autocast_enabled("cpu") else None


def _fits(layer, name: str) -> bool:
    base = layer.base_layer
    if name not in layer.lora_A or name in layer.lora_variant or type(base) is not torch.nn.Linear:
        return False
    first, second = layer.lora_A[name], layer.lora_B[name]
    alike = base.weight.device.type == "cpu" and {base.weight.dtype, first.weight.dtype} == {torch.float32}
    still = not any(weight.requires_grad for weight in base.parameters())
    plain = type(layer.lora_dropout[name]) is torch.nn.Identity
    return alike and still and plain and second.bias is None and not layer.fan_in_fan_out


def _product(x, weight, bias, first, second, scale):
    """(rows, out) of x: (rows, in), and (rows, rank) of what the adapter's first half made of it, scaled."""
    thin = (x @ first.T).mul_(scale)
    whole = x @ weight.T if bias is None else torch.addmm(bias, x, weight.T)
    return whole.addmm_(thin, second.T), thin


class _LowRank(torch.autograd.Function):
    """x: (..., in), weight: (out, in), bias: (out,) or None, first: (rank, in), second: (out, rank)."""

    @staticmethod
    def forward(ctx, x, weight, bias, first, second, scale):
        rows = x.reshape(-1, x.shape[-1])
        whole, thin = _product(rows, weight, bias, first, second, scale)
        ctx.save_for_backward(rows, weight, first, second, thin)
        ctx.scale, ctx.shape = scale, x.shape
        return whole.view(*x.shape[:-1], len(weight))

    @staticmethod
    @torch.autograd.function.once_differentiable
    def backward(ctx, gradient):
        rows, weight, first, second, thin = ctx.saved_tensors
        gradient = gradient.reshape(-1, gradient.shape[-1])
        inner = (gradient @ second).mul_(ctx.scale)
        onward = None
        if ctx.needs_input_grad[0]:
            onward = (gradient @ weight).addmm_(inner, first).view(ctx.shape)
        return onward, None, None, inner.T @ rows, gradient.T @ thin, None
