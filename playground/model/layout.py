"""An adapter's tensors as the header of their file tells them, held against the file and against the base.

Arithmetic on names and shapes: nothing here opens weights or loads torch.
"""

import math
import re
from itertools import pairwise
from pathlib import Path

BYTES = {"F32": 4, "F16": 2, "BF16": 2, "F64": 8}
"""Number formats that an adapter's weights may have, with their bytes."""
MOST_TENSORS = 50_000
WHOLE = "base_model.model."
"""How PEFT begins the name of every tensor."""
KINDS = {
    "LORA": r"(?P<path>.+)\.(lora_(?P<part>[AB])\.weight|lora_embedding_(?P<vectors>[AB])"
    r"|(?P<length>lora_magnitude_vector)(\.weight)?)",
    "BOTTLENECK": r"(?P<path>.+)\.bottleneck_(?P<part>down|up)\.(?P<what>weight|bias)",
    "VIRTUAL": r"(?P<path>.+)\.virtual_tokens",
    "LN_TUNING": r"(?P<path>.+)\.ln_tuning_layers\.(?P<what>weight|bias)",
}
"""Names of an adapter's tensors by its type."""


def damage(path: Path, tensors: dict) -> str:
    """Why a safetensors file is not what its header tells; empty where it is."""
    told = {name: one for name, one in tensors.items() if name != "__metadata__"}
    if not 0 < len(told) <= MOST_TENSORS:
        return f"its file tells of {len(told):,} tensors, and there must be 1 to {MOST_TENSORS:,}"
    spans = []
    for name, one in told.items():
        shape, span = one.get("shape"), one.get("data_offsets")
        if not isinstance(one.get("dtype"), str) or one["dtype"] not in BYTES:
            return f"{name[:80]} is held as {one.get('dtype')!r}, and we open {', '.join(BYTES)}"
        if not _counts(shape) or not _counts(span) or len(span) != 2 or len(shape) > 4:
            return f"{name[:80]} has the shape {str(shape)[:60]}"
        if span[1] - span[0] != math.prod(shape) * BYTES[one["dtype"]]:
            return f"{name[:80]} has the shape {shape}, and {span[1] - span[0]:,} bytes"
        spans.append(tuple(span))
    spans.sort()
    with path.open("rb") as file:
        begun = 8 + int.from_bytes(file.read(8), "little")
    whole = spans[0][0] == 0 and all(one[1] == other[0] for one, other in pairwise(spans))
    if not whole or begun + spans[-1][1] != path.stat().st_size:
        return "its file is not as long as its header tells"
    return ""


def misfit(config: dict, tensors: dict, base: dict, name: str) -> str:
    """Why an adapter does not fit its base; empty where it does.

    config: its adapter_config.json; tensors, base: names and shapes of both; name: what the base is called.
    """
    kind = config["peft_type"]
    whole = set(config.get("modules_to_save") or ()) | {"score", "classifier"}
    for full, one in tensors.items():
        if full == "__metadata__":
            continue
        short = full.removeprefix(WHOLE)
        found = re.fullmatch(KINDS[kind], short)
        if found is None:
            if not whole & set(short.split(".")):
                return f"{full[:80]} is no tensor of its type"
            continue
        told = found.groupdict()
        what = "bias" if kind == "LN_TUNING" and told["what"] == "bias" else "weight"
        shape = shape_of(f"{told['path']}.{what}", base)
        if shape is None:
            return f"it changes {told['path'][:80]}, and {name} has no such layer"
        if not _fits(kind, told, one["shape"], shape):
            return f"{full[:80]} has the shape {one['shape']}, and that layer of {name} is {shape}"
    return ""


def shape_of(path: str, base: dict) -> list[int] | None:
    """The shape of a base's tensor, whose file may leave out the first words of its name."""
    words = path.split(".")
    for start in range(len(words) - 1):
        if tensor := base.get(".".join(words[start:])):
            return tensor["shape"]
    return None


def _fits(kind: str, told: dict, shape: list[int], base: list[int]) -> bool:
    """Whether a tensor's free side is that of its layer: linear layers hold (out, in), GPT-2's (in, out)."""
    if kind == "LN_TUNING":
        return shape == base
    if kind == "VIRTUAL":
        return len(shape) == 2 and shape[1] == base[-1]
    if kind == "LORA" and told["length"]:
        return math.prod(shape) in base
    if len(base) != 2:
        return False
    if kind == "LORA" and told["vectors"]:
        return len(shape) == 2 and (shape[1] == base[0] if told["vectors"] == "A" else shape[0] == base[1])
    if kind == "LORA":
        return len(shape) == 2 and (shape[1] if told["part"] == "A" else shape[0]) in base
    if told["what"] == "bias":
        return len(shape) == 1 and (told["part"] == "down" or shape[0] in base)
    return len(shape) == 2 and (shape[1] if told["part"] == "down" else shape[0]) in base


def _counts(value) -> bool:
    return isinstance(value, list) and all(type(one) is int and 0 <= one < 2**48 for one in value)
