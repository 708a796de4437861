"""Weights held in four bits each, by bitsandbytes (NF4; Dettmers et al. 2023, arXiv:2305.14314)."""

import math
from importlib.util import find_spec

from playground.errors import InputError

NF4 = "nf4"
"""Four bits a weight, with levels where normally distributed weights lie, and a scale for every 64."""


def check_installed() -> None:
    """Raises InputError where weights cannot be held in four bits here."""
    if find_spec("bitsandbytes") is None:
        raise InputError(
            "bitsandbytes is not installed",
            rule="It holds the frozen weights of QLoRA in four bits",
            remedy="Install it (pip install bitsandbytes), or choose LoRA",
        )


def opened_with() -> dict:
    """Arguments of `from_pretrained` that have it hold linear layers in four bits."""
    import torch
    from transformers import BitsAndBytesConfig

    check_installed()
    cuda = torch.cuda.is_available()
    config = BitsAndBytesConfig(
        load_in_4bit=True,
        bnb_4bit_quant_type=NF4,
        bnb_4bit_compute_dtype=torch.bfloat16 if cuda else torch.float32,
    )
    return {"quantization_config": config, "device_map": {"": torch.cuda.current_device() if cuda else "cpu"}}


def made_ready(network):
    """A network in four bits that can be trained, and evaluated in between."""
    from bitsandbytes.nn import Linear4bit

    for layer in network.modules():
        if isinstance(layer, Linear4bit):
            # In evaluation bitsandbytes would repack weights for CPUs that compute in bfloat16, in a form
            # through which no gradient flows: training would go on without learning, and without an error.
            layer.support_avx512bf16_for_cpu = False
    return network


def numbers(parameter) -> int:
    """How many numbers a parameter stands for: packed in four bits, two of them lie in one byte."""
    state = getattr(parameter, "quant_state", None)
    return parameter.numel() if state is None else math.prod(state.shape)


def keep_adapters_whole(network) -> None:
    """Once it has its adapter: TRL would round what learns to bfloat16 where a network says it is packed."""
    root = network.get_base_model() if hasattr(network, "peft_config") else network
    root.is_loaded_in_4bit = False


def unpack(network, whole):
    """Give `whole`, the same network in float32, the numbers that the four bits of `network` stand for.

    What is packed is a Linear layer in any family; a Conv1D, which GPT-2 has, holds its weights turned.
    """
    import torch
    from bitsandbytes.functional import dequantize_4bit
    from bitsandbytes.nn import Linear4bit
    from transformers.pytorch_utils import Conv1D

    with torch.no_grad():
        for path, layer in network.named_modules():
            if isinstance(layer, Linear4bit):
                target = whole.get_submodule(path)
                found = dequantize_4bit(layer.weight.data, layer.weight.quant_state)
                target.weight.copy_(found.T if isinstance(target, Conv1D) else found)
    return whole
