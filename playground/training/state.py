"""Any state of a trainer as two files without pickle: tensors in safetensors, the rest as JSON.

JSON knows no tuples and no numbers as keys, so that containers are written with their kind:
{"dict": [[key, value], …]}, {"list": […]}, {"tuple": […]}, and {"tensor": name} for what lies beside it.
"""

import json
import random
from pathlib import Path

import numpy
import torch
from safetensors.torch import load_file, save_file


def write(folder: Path, name: str, state) -> None:
    """Write `state` as NAME.safetensors and NAME.json. Raises TypeError for what is not plain data."""
    tensors: dict[str, torch.Tensor] = {}
    tree = _packed(state, tensors)
    save_file(tensors, folder / f"{name}.safetensors")
    (folder / f"{name}.json").write_text(json.dumps(tree), encoding="utf-8")


def read(folder: Path, name: str):
    """What `write` wrote, its tensors on the CPU."""
    tensors = load_file(folder / f"{name}.safetensors")
    return _unpacked(json.loads((folder / f"{name}.json").read_text(encoding="utf-8")), tensors)


def _packed(value, tensors: dict):
    if isinstance(value, torch.Tensor):
        name = str(len(tensors))
        tensors[name] = value.detach().cpu().contiguous()
        return {"tensor": name}
    if isinstance(value, dict):
        return {"dict": [[_packed(key, tensors), _packed(item, tensors)] for key, item in value.items()]}
    if isinstance(value, (list, tuple)):
        return {type(value).__name__: [_packed(item, tensors) for item in value]}
    if value is None or type(value) in (bool, int, float, str):
        return value
    raise TypeError(f"A {type(value).__name__} is no plain data: {value!r:.80}")


def _unpacked(value, tensors: dict):
    if not isinstance(value, dict):
        return value
    ((kind, content),) = value.items()
    if kind == "tensor":
        return tensors[content]
    if kind == "dict":
        return {_unpacked(key, tensors): _unpacked(item, tensors) for key, item in content}
    items = [_unpacked(item, tensors) for item in content]
    return tuple(items) if kind == "tuple" else items


def random_states() -> dict:
    """Where every generator of random numbers stands."""
    name, keys, *rest = numpy.random.get_state()
    return {
        "python": random.getstate(),
        "numpy": (name, keys.tolist(), *rest),
        "torch": torch.get_rng_state(),
        "cuda": torch.cuda.get_rng_state_all() if torch.cuda.is_available() else [],
    }


def set_random_states(states: dict) -> None:
    """Put every generator back to where it stood."""
    random.setstate(states["python"])
    name, keys, *rest = states["numpy"]
    numpy.random.set_state((name, numpy.array(keys, dtype=numpy.uint32), *rest))
    torch.set_rng_state(states["torch"])
    if states["cuda"] and torch.cuda.is_available():
        torch.cuda.set_rng_state_all(states["cuda"][: torch.cuda.device_count()])
