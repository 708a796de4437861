"""What training changed in the weights: how much, where, and in how many directions.

For an adapter the change is told by its thin matrices, for a full model it is the difference to its base:
either way a matrix for every layer, read from the files one after the other. No network is built.
"""

import contextlib
import math
import re
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path

from playground.errors import InputError
from playground.model import adapter, kept, layout, source

MOST = 2048
"""The shorter side of the largest matrix whose directions are counted."""
SHOWN = 64
"""Singular values told of each."""
MOSTLY = 0.9
"""Share of the squared size by which a change is called mostly held."""


@dataclass(frozen=True)
class Change:
    """What became of one tensor."""

    path: str
    layer: int | None
    """The number of its block, from 0; None where it stands outside."""
    module: str
    """Its name within the block."""
    size: float
    """Frobenius norm of the change."""
    relative: float
    """Over the norm of the weight before; nan where that was zero."""
    rank: int | None
    """Directions it was given: the rank of a LoRA; None where it was given all."""
    effective: float
    """Directions it uses, see `effective_rank`; nan: not counted."""
    mostly: int | None
    """Directions that hold 90 % of its squared size; None: not counted."""
    spectrum: tuple[float, ...] = ()
    """The largest singular values, falling."""


def changes(name: str | Path, base: str | Path = "") -> list[Change]:
    """What sets a model apart from its base, tensor by tensor, in the order of the network.

    An adapter knows its base; that of a full model is `base`, or what a merged one was made of. Raises
    InputError where no weight of the base has changed, and as `Model.load`.
    """
    found = source.find(name)
    root = source.find(base).root if base and not found.base else _root(found)
    with _opened(root.folder) as before:
        pairs = _of_adapter(found, before) if found.base else _of_full(found.folder, before)
        told = [_change(*pair) for pair in pairs]
    return sorted(told, key=lambda one: (-1 if one.layer is None else one.layer, one.module))


def delta(name: str | Path, base: str | Path = ""):
    """`changes` as a DataFrame, one row a tensor."""
    import pandas

    return pandas.DataFrame([asdict(one) for one in changes(name, base)])


def _root(found: source.Source) -> source.Source:
    if found.base:
        return found.base
    made = kept.origin(found.name) if kept.is_kept(found.name) else {}
    if "base" not in made:
        raise InputError(
            f"{found.name} is a full model",
            rule="A change is told against a base",
            remedy="Name what it was tuned from, or ask its run: Run.load(…).delta()",
        )
    return source.find(made["base"])


class Weights:
    """Tensors of a folder's safetensors files by name, each read when it is asked for."""

    def __init__(self, files: dict):
        self._files = files
        self.shapes = {name: {"shape": file.get_slice(name).get_shape()} for name, file in files.items()}

    def __iter__(self):
        return iter(self._files)

    def named(self, path: str) -> str | None:
        """The name under which the tensor of this path is kept, whose first words may be left out."""
        words = path.split(".")
        ends = (".".join(words[at:]) for at in range(len(words)))
        return next(filter(self._files.__contains__, ends), None)

    def __getitem__(self, name: str):
        return self._files[name].get_tensor(name).float()


@contextlib.contextmanager
def _opened(folder: Path) -> Iterator[Weights]:
    from safetensors import safe_open

    with contextlib.ExitStack() as stack:
        files = [stack.enter_context(safe_open(path, "pt")) for path in sorted(folder.glob("*.safetensors"))]
        yield Weights({name: file for file in files for name in file.keys()})  # noqa: SIM118


def _of_full(folder: Path, before: Weights):
    with _opened(folder) as after:
        for name in after:
            if (old := before.named(name)) and after.shapes[name] == before.shapes[old]:
                change = after[name] - before[old]
                yield name, change, before[old], None


def _of_adapter(found: source.Source, before: Weights):
    kind = found.config["peft_type"]
    if kind not in adapter.MERGES:
        raise InputError(
            f"{found.name} is {adapter.told(found.config)}",
            rule="It stands beside the weights of its base and changes none of them",
            remedy="Choose a LoRA, selected layers or a full model",
        )
    with _opened(found.folder) as held:
        yield from (_of_lora if kind == "LORA" else _of_copies)(found.config, held, before)


def _of_copies(config: dict, held: Weights, before: Weights):
    for name in held:
        path = name.removeprefix(layout.WHOLE).replace(".ln_tuning_layers.", ".")
        if old := before.named(path):
            yield path, held[name] - before[old], before[old], None


def _of_lora(config: dict, held: Weights, before: Weights):
    """A LoRA's change as its two thin matrices (B, A); with DoRA the whole of it."""
    turned = _turned(held, before)
    for name in held:
        found = re.fullmatch(layout.KINDS["LORA"], name.removeprefix(layout.WHOLE))
        if not found or not (found["part"] == "A" or found["vectors"] == "A"):
            continue
        path, thin = found["path"], held[name]
        old = before.named(f"{path}.weight")
        other = held[re.sub(r"lora_(embedding_)?A", r"lora_\1B", name)]
        rank = _matched(config.get("rank_pattern"), path, config["r"])
        alpha = _matched(config.get("alpha_pattern"), path, config["lora_alpha"])
        scale = alpha / (math.sqrt(rank) if config.get("use_rslora") else rank)
        length = held.named(f"{layout.WHOLE}{path}.lora_magnitude_vector")
        length = length or held.named(f"{layout.WHOLE}{path}.lora_magnitude_vector.weight")
        weight = before[old]
        if length is None:
            yield f"{path}.weight", (scale * other, thin), weight, rank
            continue
        flat = weight.T if turned else weight
        whole = flat + scale * other @ thin
        whole = held[length].reshape(-1, 1) * whole / whole.norm(dim=1, keepdim=True)
        yield f"{path}.weight", whole - flat, weight, rank


def _turned(held: Weights, before: Weights) -> bool:
    """Whether the base's layers hold (in, out), as GPT-2's do, which a square matrix does not tell."""
    for name in held:
        found = re.fullmatch(r"(.+)\.lora_A\.weight", name.removeprefix(layout.WHOLE))
        if found and (old := before.named(f"{found[1]}.weight")):
            sides = [held.shapes[name]["shape"][1], held.shapes[name.replace("lora_A", "lora_B")]["shape"][0]]
            if sides[0] != sides[1] and sides == before.shapes[old]["shape"]:
                return True
    return False


def _change(path: str, change, weight, rank: int | None) -> Change:
    values = _singular(change)
    size = math.hypot(*values) if isinstance(change, tuple) else float(change.norm())
    before, number = float(weight.norm()), re.search(r"\.(\d+)\.", path)
    module = path[number.end() :] if number else path
    return Change(
        path=path,
        layer=int(number[1]) if number else None,
        module=module.removesuffix(".weight"),
        size=size,
        relative=size / before if before else math.nan,
        rank=rank,
        effective=effective_rank(values) if values else math.nan,
        mostly=directions(values) if values else None,
        spectrum=tuple(values[:SHOWN]),
    )


def _singular(change) -> list[float]:
    """The singular values of a matrix, or of the product of two thin ones (out, rank) and (rank, in)."""
    import torch

    if isinstance(change, tuple):
        (_, left), (_, right) = (torch.linalg.qr(one.double()) for one in (change[0], change[1].T))
        return torch.linalg.svdvals(left @ right.T).tolist()
    if change.dim() < 2:
        return [float(change.norm())]
    if min(change.shape) > MOST:
        return []
    flat = change.double()
    flat = flat if flat.shape[0] >= flat.shape[1] else flat.T
    # The squares of the singular values: as many as the shorter side is long.
    squares = torch.linalg.eigvalsh(flat.T @ flat).flip(0).clamp(min=0)
    return squares.sqrt().tolist()


def effective_rank(values: list[float]) -> float:
    """exp(-Σ p log p) with p = σ / Σσ (Roy and Vetterli 2007): n for n equal values; 0 where all are 0."""
    whole = sum(values)
    shares = [value / whole for value in values if value > 0] if whole > 0 else []
    return math.exp(-sum(share * math.log(share) for share in shares)) if shares else 0.0


def directions(values: list[float]) -> int:
    """How many of the largest singular values hold MOSTLY of the sum of their squares."""
    whole, held = sum(value * value for value in values), 0.0
    for count, value in enumerate(values):
        if held >= MOSTLY * whole:
            return count
        held += value * value
    return len(values)


def _matched(pattern: dict | None, path: str, default):
    """What a pattern of layers' names says of one; they are plain names (see `adapter.problem`)."""
    for name, value in (pattern or {}).items():
        if path == name or path.endswith(f".{name}"):
            return value
    return default
