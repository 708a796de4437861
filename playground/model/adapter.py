"""Adapters as they lie on disk: which types are opened, and what of them is refused unopened.

Nothing here loads torch.
"""

import math
import re

from playground.model.fourbit import NF4

PRECISION = "base_precision"
"""The key under which an adapter's file, and then its configuration, tells how its base was held."""
MAX_RANK = 1024
MAX_ALPHA = 1_000_000
MAX_WIDTH = 4096
MAX_TOKENS = 1024
LABELS = {
    "LORA": "LoRA adapter", "BOTTLENECK": "bottleneck adapter", "VIRTUAL": "prompt",
    "LN_TUNING": "tuning of some layers",
}  # fmt: skip
"""The types of adapter that are opened, in words."""
MERGES = ("LORA", "LN_TUNING")
"""Types whose effect the base's own weights can take over."""
UNSAFE_FIELDS = ("auto_mapping", "layer_replication", "megatron_config", "target_parameters")
PATTERN_FIELDS = ("exclude_modules", "layers_pattern")
"""Which layers are meant: PEFT would take a text as a pattern, and one can be made to match for ever."""


def problem(config: dict, header: dict) -> str:
    """Why an adapter may not be opened; empty where it may.

    config: its adapter_config.json; header: names and shapes of its tensors.
    """
    kind = config.get("peft_type")
    if not isinstance(kind, str) or kind not in LABELS:
        return f"its type is {kind!r}, and we open {', '.join(sorted(LABELS))}"
    if any(config.get(key) for key in UNSAFE_FIELDS):
        return f"it sets one of {', '.join(UNSAFE_FIELDS)}"
    if not _are_names(config.get("target_modules")) or not _are_names(config.get("modules_to_save") or []):
        return "target_modules and modules_to_save must be plain lists of names"
    layers = [config.get(key) or [] for key in PATTERN_FIELDS]
    if not all(_are_names(one if isinstance(one, list) else [one]) for one in layers):
        return f"{', '.join(PATTERN_FIELDS)} must be plain names: patterns are not looked for in names"
    if config.get(PRECISION, "") not in ("", NF4):
        return f"its base was held as {config[PRECISION]!r}, and we know {NF4}"
    checks = {"LORA": _lora, "BOTTLENECK": _bottleneck, "VIRTUAL": _virtual}
    return checks[kind](config, header) if kind in checks else ""


def told(config: dict) -> str:
    """An adapter in words, such as `a LoRA adapter of rank 16 and alpha 32`."""
    kind = config.get("peft_type")
    if kind == "LORA":
        on = " on a base in four bits" if config.get(PRECISION) else ""
        return f"a LoRA adapter of rank {config.get('r')} and alpha {config.get('lora_alpha')}{on}"
    size = {"BOTTLENECK": f" of width {config.get('width')}", "VIRTUAL": f" of {config.get('tokens')} tokens"}
    return f"a {LABELS[kind]}{size.get(kind, '')}"


def numbers(header: dict) -> int:
    """How many numbers an adapter's file holds beside a score head."""
    return sum(
        math.prod(tensor["shape"])
        for name, tensor in header.items() if name != "__metadata__" and ".score." not in f".{name}"
    )


def _lora(config: dict, header: dict) -> str:
    ranks = [config.get("r"), *_values(config.get("rank_pattern"))]
    if not all(_within(rank, MAX_RANK) for rank in ranks):
        return f"its ranks are {ranks!r:.80}, and they must lie between 1 and {MAX_RANK}"
    patterns = [config.get(name) or {} for name in ("rank_pattern", "alpha_pattern")]
    if not all(isinstance(one, dict) and _are_names(list(one)) for one in patterns):
        return "rank_pattern and alpha_pattern must name layers plainly"
    alphas = [config.get("lora_alpha", 8), *_values(config.get("alpha_pattern"))]
    if not all(type(alpha) in (int, float) and 0 < alpha <= MAX_ALPHA for alpha in alphas):
        return f"its alphas are {alphas!r:.80}, and they must lie between 0 and {MAX_ALPHA}"
    if config.get("init_lora_weights") not in (None, True, False, "gaussian"):
        return "it changes the base when it is opened (init_lora_weights)"
    if not all(_first(tensor) in ranks for name, tensor in header.items() if "lora_A" in name):
        return "its weights do not have the rank its configuration tells"
    return ""


def _bottleneck(config: dict, header: dict) -> str:
    width = config.get("width")
    if not _within(width, MAX_WIDTH):
        return f"its width is {width!r}, and it must lie between 1 and {MAX_WIDTH}"
    downs = [one for name, one in header.items() if "bottleneck_down" in name and name.endswith("weight")]
    if not all(_first(tensor) == width for tensor in downs):
        return "its weights do not have the width its configuration tells"
    return ""


def _virtual(config: dict, header: dict) -> str:
    tokens = config.get("tokens")
    if not _within(tokens, MAX_TOKENS):
        return f"it has {tokens!r} tokens, and they must be between 1 and {MAX_TOKENS}"
    vectors = [one for name, one in header.items() if "virtual_tokens" in name]
    if not all(_first(tensor) == tokens for tensor in vectors):
        return "its weights are not as many tokens as its configuration tells"
    return ""


def _first(tensor: dict) -> int:
    """The first side of a tensor, 0 where it has none."""
    return next(iter(tensor.get("shape") or ()), 0)


def _within(value, most: int) -> bool:
    return type(value) is int and 1 <= value <= most


def _values(pattern) -> list:
    return list(pattern.values()) if isinstance(pattern, dict) else [pattern] if pattern else []


def _are_names(value) -> bool:
    return value == "all-linear" or (
        isinstance(value, list)
        and all(isinstance(name, str) and re.fullmatch(r"[\w.]+", name) for name in value)
    )
