"""Where a name leads: to which folder, and whether that folder may be opened.

A model is `pocket`, a run, a model kept by name, a folder or a Hugging Face id. Folders are portable: an
adapter names its base by the same kind of name. Weights are read from safetensors only, never from
pickles, and no folder's own code is ever run. Nothing here loads torch.
"""

import functools
import hashlib
import json
import re
import struct
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from playground import settings
from playground.errors import InputError, NotFoundError
from playground.model import adapter, fresh

MAX_HEADER = 25_000_000
MEBIBYTE = 2**20
BASE_WEIGHTS = "base_weights"
"""The key under which an adapter's file keeps the fingerprint of its base."""
ENSEMBLE = re.compile(r"([^+]+(?:\+[^+]+?)+)(?:@(\d+(?:\.\d+)?))?")
"""The name of an ensemble: its reward models with + between, and after @ the deviations it takes off."""
HUB_NAME = re.compile(r"[A-Za-z0-9][\w.-]{0,95}(/[A-Za-z0-9][\w.-]{0,95})?")
HUB_FILES = ["*.json", "*.safetensors", "*.jinja", "*.model", "merges.txt", "vocab.txt"]


@dataclass(frozen=True)
class Source:
    """A checked model folder."""

    name: str
    """The name that leads here from any working directory: `pocket`, a run's id, a path, a Hub id, or
    such a name with random weights, as `pocket:fresh-0`."""
    folder: Path
    config: dict
    """config.json, or where `base` is given adapter_config.json and how the base's weights were held."""
    base: "Source | None" = None
    members: tuple["Source", ...] = ()
    """Of an ensemble of reward models: these, the first of which is this source in all else."""
    caution: float = 0.0
    """Standard deviations that an ensemble takes off its mean."""

    @property
    def root(self) -> "Source":
        """The full model: the base of an adapter, or this source itself."""
        return self.base or self

    @property
    def precision(self) -> str:
        """The number format that the base of an adapter is opened in; empty: any."""
        return self.config[adapter.PRECISION] if self.base else ""

    @property
    def numbers(self) -> int:
        """How many numbers an adapter brings, a score head not counted."""
        return adapter.numbers(header(self.folder / "adapter_model.safetensors")) if self.base else 0

    @property
    def is_reward(self) -> bool:
        if self.base:
            return self.config.get("task_type") == "SEQ_CLS"
        return any("SequenceClassification" in name for name in self.config.get("architectures") or ())


def find(name: str | Path) -> Source:
    """The folder a name leads to, checked and not yet opened.

    Raises NotFoundError where there is none, InputError where the folder may not be opened.
    """
    if (several := ENSEMBLE.fullmatch(str(name))) and not is_folder(name):
        return _ensemble(several[1].split("+"), float(several[2] or 0))
    folder = locate(name)
    if (folder / "adapter_config.json").is_file():
        found = header(folder / "adapter_model.safetensors")
        kept = found.get("__metadata__", {})
        config = _read_json(folder / "adapter_config.json")
        config[adapter.PRECISION] = kept.get(adapter.PRECISION, "")
        _check_adapter(folder, config, found)
        under = config.get("base_model_name_or_path") or ""
        if (locate(under) / "adapter_config.json").is_file():
            raise InputError(
                f"The adapter in {folder} stands on another adapter", rule="An adapter's base is a full model"
            )
        base = find(under)
        _check_base(folder, base, kept.get(BASE_WEIGHTS))
        return Source(_portable(name, folder), folder, config, base)
    if not (folder / "config.json").is_file():
        raise NotFoundError(
            f"{folder} holds no model",
            rule="A model folder has config.json or adapter_config.json",
            remedy="Give the folder that a run or a download wrote",
        )
    config = _read_json(folder / "config.json")
    if not any((folder / file).is_file() for file in ("model.safetensors", "model.safetensors.index.json")):
        raise _no_safetensors(folder, "model.safetensors")
    return Source(_portable(name, folder), folder, config)


def ensemble_name(members: Sequence[str], caution: float = 0.0) -> str:
    """Such as `reward-0001+reward-0002@1`: the names of reward models, and the deviations taken off."""
    return "+".join(members) + (f"@{caution:g}" if caution else "")


def members_of(name: str) -> list[str]:
    """The reward models in the name of an ensemble; of another name itself alone."""
    several = None if is_folder(name) else ENSEMBLE.fullmatch(name)
    return several[1].split("+") if several else [name]


def _ensemble(names: list[str], caution: float) -> Source:
    members = tuple(map(find, names))
    if odd := next((one for one in members if not one.is_reward), None):
        raise InputError(
            f"{odd.name} is not a reward model",
            rule="An ensemble is named by its reward models with + between, such as reward-0001+reward-0002",
            remedy="Leave it out",
        )
    label = ensemble_name([one.name for one in members], caution)
    return replace(members[0], name=label, members=members, caution=caution)


def locate(name: str | Path) -> Path:
    """The folder behind a name; Hugging Face ids are downloaded once and then read from the cache, random
    weights drawn once."""
    text = str(name).strip()
    if text == "pocket":
        return settings.ASSETS / "pocket"
    for path in _places(text):
        folder = _folder(path)
        if folder is not None:
            return _result(folder) if (folder / "run.json").is_file() else folder
    if drawn := fresh.parsed(text):
        return fresh.made(text, locate(drawn[0]))
    return _download(text)


def is_folder(name: str | Path) -> bool:
    """Whether `find` would answer from this machine's folders: `pocket`, a run, a path."""
    text = str(name).strip()
    if text == "pocket" or any(_folder(path) for path in _places(text)):
        return True
    drawn = fresh.parsed(text)
    return drawn is not None and is_folder(drawn[0])


def cached(name: str, file: str) -> str | None:
    """Where a file of a Hugging Face id lies, if it was downloaded before. Asks nobody."""
    from huggingface_hub import try_to_load_from_cache

    if not HUB_NAME.fullmatch(name) or ".." in name or "--" in name:
        return None
    try:
        found = try_to_load_from_cache(name, file)
    except ValueError:  # the Hub has more rules for its names
        return None
    return found if isinstance(found, str) else None


def _places(text: str) -> tuple[Path, ...]:
    """Where a model of this name may lie on this machine."""
    return (Path(text), settings.get().runs / text, settings.get().models / text) if text else ()


def _folder(path: Path) -> Path | None:
    try:
        path = path.expanduser()
        return path.resolve() if path.is_dir() else None
    except (OSError, RuntimeError):  # a name longer than any file's, an unknown person's home
        return None


def _result(run: Path) -> Path:
    if not (run / "result").is_dir():
        raise NotFoundError(
            f"The run {run.name} has no result yet",
            rule="A run's model is written when it completes",
            remedy="Wait for it, resume it, or choose another model",
        )
    return run / "result"


def _portable(name: str | Path, folder: Path) -> str:
    if folder == settings.ASSETS / "pocket":
        return "pocket"
    if called := fresh.name_of(folder):
        return called
    if folder.name == "result" and folder.parent.parent == settings.get().runs:
        return folder.parent.name
    return str(folder) if _folder(Path(name)) else str(name)


def _download(name: str) -> Path:
    ways = "A model is `pocket`, a run such as sft-0001, a folder, or a Hugging Face id such as owner/name"
    if not HUB_NAME.fullmatch(name) or ".." in name or "--" in name:
        shown = name if len(name) <= 100 else f"{name[:100]}…"
        raise NotFoundError(f"There is no model called {shown!r}", rule=ways, remedy="Check the spelling")
    import httpx2
    from huggingface_hub import snapshot_download

    try:
        return Path(snapshot_download(name, allow_patterns=HUB_FILES)).resolve()
    except (OSError, ValueError, httpx2.HTTPError) as error:
        raise NotFoundError(
            f"There is no model called {name!r} on this machine, and it could not be fetched "
            f"({type(error).__name__})",
            rule=ways,
            remedy="Check the spelling and the connection, or start with `pocket`",
        ) from error


def _check_adapter(folder: Path, config: dict, found: dict) -> None:
    """Refuse, before anything is allocated, what an adapter of ours would never hold."""
    if problem := adapter.problem(config, found):
        raise InputError(
            f"The adapter in {folder} cannot be opened: {problem}",
            remedy="Use an adapter from a run, or train one",
        )


def fingerprint(folder: Path) -> str:
    """A short digest of a full model's weights: their sizes, and the first and last MiB of each file."""
    files = sorted(folder.glob("*.safetensors"))
    return _digest(tuple((file, file.stat().st_size, file.stat().st_mtime_ns) for file in files))


@functools.lru_cache(maxsize=64)
def _digest(files: tuple[tuple[Path, int, int], ...]) -> str:
    digest = hashlib.sha256()
    for path, size, _ in files:
        digest.update(f"{path.name} {size} ".encode())
        with path.open("rb") as file:
            digest.update(file.read(MEBIBYTE))
            file.seek(max(0, size - MEBIBYTE))
            digest.update(file.read())
    return digest.hexdigest()[:32]


def _check_base(folder: Path, base: Source, trained_on: str | None) -> None:
    """An adapter on other weights than it was trained on would write nonsense without any error."""
    if trained_on and trained_on != fingerprint(base.folder):
        raise InputError(
            f"The adapter in {folder} was trained on other weights than {base.name} has now",
            rule="An adapter speaks sense only on the base it was trained on",
            remedy="Train it again, or bring the former base back",
        )


def header(path: Path) -> dict:
    """Names and shapes of the tensors, and `__metadata__`, from the front of a safetensors file."""
    if not path.is_file():
        raise _no_safetensors(path.parent, path.name)
    with path.open("rb") as file:
        start = file.read(8)
        size = struct.unpack("<Q", start)[0] if len(start) == 8 else 0
        try:
            if not 2 <= size <= MAX_HEADER:
                raise ValueError("header size")
            found = json.loads(file.read(size))
            if not all(isinstance(value, dict) for value in found.values()):
                raise ValueError("header entries")
            return found
        except (ValueError, AttributeError, RecursionError) as error:
            raise InputError(f"{path} is damaged", remedy="Train or download the model again") from error


def tensors(folder: Path) -> dict:
    """Names and shapes of a full model's tensors, from the headers of its files."""
    files = sorted(folder.glob("*.safetensors"))
    return _tensors(tuple((file, file.stat().st_size, file.stat().st_mtime_ns) for file in files))


@functools.lru_cache(maxsize=16)
def _tensors(files: tuple[tuple[Path, int, int], ...]) -> dict:
    return {name: one for path, _, _ in files for name, one in header(path).items()}


def _read_json(path: Path) -> dict:
    try:
        content = json.loads(path.read_text())
    except (ValueError, OSError) as error:
        raise InputError(
            f"{path} is not readable JSON", remedy="Train or download the model again"
        ) from error
    if not isinstance(content, dict):
        raise InputError(f"{path} holds no settings", remedy="Train or download the model again")
    return content


def _no_safetensors(folder: Path, file: str) -> InputError:
    return InputError(
        f"{folder} has no {file}",
        rule="Weights are read from safetensors only: pickled weights can run code",
        remedy="Convert the model to safetensors, or choose another",
    )
