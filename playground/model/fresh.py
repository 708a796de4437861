"""A model's architecture and tokenizer with weights drawn anew: it can learn as much, and has read nothing.

`pocket:fresh-0` is `pocket` with the random weights of seed 0. They are written once, into the home, and are
a folder like any other from then on. Drawn with numpy, so that nothing here loads torch.
"""

import contextlib
import json
import math
import re
import shutil
from pathlib import Path
from urllib.parse import quote, unquote

from playground import settings
from playground.errors import ConflictError, InputError
from playground.model import kept
from playground.store.files import new_folder

NAME = re.compile(r"(.+):fresh-(\d{1,9})")
"""The base's name, and the seed."""
FAMILIES = ("llama", "mistral", "qwen2", "qwen3", "gemma3_text", "gpt2", "gpt_neox")
LONGEST = 200
_COPIED = ("*.json", "*.jinja", "*.model", "merges.txt", "vocab.txt")
_WEIGHTS = ("*.safetensors", "*.safetensors.index.json")


def name(base: str, seed: int) -> str:
    """What the model is called. Raises InputError for a seed that is none."""
    if isinstance(seed, bool) or not isinstance(seed, int) or not 0 <= seed < 10**9:
        raise InputError(f"The seed is {seed!r}", rule="It is a whole number from 0 to 999,999,999")
    return f"{base}:fresh-{seed}"


def parsed(text: str) -> tuple[str, int] | None:
    """The base's name and the seed, or None where this is no such name."""
    found = NAME.fullmatch(text)
    return (found[1], int(found[2])) if found else None


def folder_of(text: str) -> Path:
    """Where the model of that name lies, or will. Raises InputError for a name longer than any file's."""
    place = quote(text, safe="")
    if len(place) > LONGEST:
        raise InputError(f"{text[:40]}… is too long a name", remedy="Move the model to a shorter path")
    return _shelf() / place


def name_of(folder: Path) -> str | None:
    """The name that leads to a folder among the models that no run made; None for any other."""
    return unquote(folder.name) if folder.parent == _shelf() else None


def made(text: str, base: Path) -> Path:
    """The folder of the model of that name, written where it is missing. `base` is its base's folder.

    Raises InputError where that holds no full model, or one of a family whose beginnings we do not know.
    """
    folder = folder_of(text)
    if not folder.is_dir():
        weights = draw(base, parsed(text)[1])
        with contextlib.suppress(ConflictError), new_folder(folder) as staging:  # another process was first
            _write(base, weights, staging)
    return folder


def draw(base: Path, seed: int) -> dict:
    """Random weights by name, float32 numpy arrays of the shapes that the base's files hold.

    As the families' own code begins: matrices from N(0, initializer_range), in GPT-2 those that write into
    the stream narrower by sqrt(2 x layers) (Radford et al. 2019); biases zero, norms neutral.
    """
    import numpy
    from safetensors import safe_open

    config = _config(base)
    chance = numpy.random.default_rng(seed)
    weights = {}
    for file in sorted(base.glob("*.safetensors")):
        with safe_open(file, "np") as held:
            for key in sorted(held.keys()):
                weights[key] = _drawn(chance, key, held.get_slice(key).get_shape(), config)
    return weights


def _drawn(chance, key: str, shape: list[int], config: dict):
    import numpy

    family = config["model_type"]
    if len(shape) < 2:
        # Gemma's norms hold their distance from one.
        neutral = key.endswith("weight") and family != "gemma3_text"
        return numpy.full(shape, float(neutral), numpy.float32)
    spread = config.get("initializer_range", 0.02)
    if family == "gpt2" and key.endswith("c_proj.weight"):
        spread /= math.sqrt(2 * config["n_layer"])
    return chance.standard_normal(shape, numpy.float32) * numpy.float32(spread)


def _config(base: Path) -> dict:
    if not (base / "config.json").is_file():
        raise InputError(
            f"{base.name} holds no full model", rule="Random weights take the place of a full model's",
            remedy="Name the base that the adapter stands on",
        )
    config = json.loads((base / "config.json").read_text(encoding="utf-8"))
    if config.get("model_type") not in FAMILIES:
        raise InputError(
            f"The model is a {config.get('model_type')}",
            rule=f"We know how training begins in {', '.join(FAMILIES)}", remedy="Start with `pocket`",
        )
    return config


def _write(base: Path, weights: dict, folder: Path) -> None:
    from safetensors.numpy import save_file

    left_out = {file for pattern in (*_WEIGHTS, kept.ORIGIN) for file in base.glob(pattern)}
    for file in {file for pattern in _COPIED for file in base.glob(pattern)} - left_out:
        shutil.copyfile(file, folder / file.name)
    config = _config(base) | {"dtype": "float32"}
    (folder / "config.json").write_text(json.dumps(config, indent=1), encoding="utf-8")
    save_file(weights, folder / "model.safetensors", metadata={"format": "pt"})


def _shelf() -> Path:
    return settings.get().models
