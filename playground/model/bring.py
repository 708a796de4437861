"""An adapter from elsewhere: a folder, dropped files or a Hub id, looked through before any of it is opened.

What is looked at are names, sizes, the configuration and the header of the safetensors file. Only then are
the two files copied, and nothing else. Nothing here loads torch.
"""

import json
import os
import shutil
import stat
import tempfile
from collections.abc import Sequence
from pathlib import Path

from playground.dataset.source import EXECUTABLE
from playground.errors import InputError, NotFoundError
from playground.model import adapter, hub, kept, layout, source
from playground.store import files

CONFIG, WEIGHTS = "adapter_config.json", "adapter_model.safetensors"
LIMITS = {CONFIG: 1_000_000, WEIGHTS: 2_000_000_000}
"""Most bytes of each file."""
ENTRIES = 10_000
"""Names that a folder may hold."""


def add_adapter(where: str | Path | Sequence[str | Path], name: str = "", base: str = "") -> str:
    """Keep an adapter from elsewhere; the name under which `Model.load` opens it.

    where: a local folder, the paths of its files, or a Hugging Face id. `base` says on which model it
    stands, where that is not the one it names itself. Pickles are left out unopened.

    Raises InputError for an adapter that may not be opened, with what is wrong with it, before anything of
    it is allocated; NotFoundError where there is none.
    """
    with tempfile.TemporaryDirectory() as place:
        paths, stem = _given(where, Path(place))
        found, left_out = _chosen(paths)
        config = _config(found[CONFIG])
        root = _base(base or config.get("base_model_name_or_path"), trusted=bool(base))
        _check(found[WEIGHTS], config, root)
        name = kept.check_name(name) if name else kept.free(stem)
        with kept.keeping(name, {"kind": "brought in", "from": stem, "left out": left_out}) as folder:
            files.write_atomic(folder / CONFIG, json.dumps(config | {"base_model_name_or_path": root.name}))
            shutil.copyfile(found[WEIGHTS], folder / WEIGHTS, follow_symlinks=False)
            source.find(folder)
    return name


def _given(where, place: Path) -> tuple[list[Path], str]:
    """The files that were given, and what to call an adapter made of them."""
    if not isinstance(where, str | Path):
        return [Path(path) for path in where], "adapter"
    text = str(where).strip()
    if text and Path(text).expanduser().is_dir():
        folder = Path(text).expanduser()
        with os.scandir(folder) as entries:
            paths = [Path(entry.path) for entry, _ in zip(entries, range(ENTRIES + 1), strict=False)]
        if len(paths) > ENTRIES:
            raise InputError(
                f"{text} holds more than {ENTRIES:,} names", remedy="Give the folder of the adapter alone"
            )
        return paths, folder.resolve().name
    if not hub.is_id(text):
        shown = text if len(text) <= 100 else f"{text[:100]}…"
        raise NotFoundError(
            f"There is no adapter {shown!r}",
            rule="An adapter is a folder, its two files, or a Hugging Face id such as owner/name",
            remedy="Check the spelling",
        )
    return hub.fetch(text, LIMITS, place), text.rpartition("/")[2]


def _chosen(paths: list[Path]) -> tuple[dict[str, Path], list[str]]:
    """The two files of an adapter, and others by name. Raises InputError where one may not be read."""
    found = {path.name: path for path in paths if path.name in LIMITS}
    others = sorted(path.name for path in paths if path.name not in LIMITS)
    if missing := [name for name in LIMITS if name not in found]:
        pickles = [name for name in others if Path(name).suffix.lower() in EXECUTABLE]
        if WEIGHTS in missing and pickles:
            raise InputError(
                f"The weights are in {pickles[0][:100]}, a pickle",
                rule="Weights are read from safetensors only: a pickle can run code when it is opened",
                remedy="Save the adapter again with safe_serialization=True, or ask its author to",
            )
        raise InputError(
            f"{' and '.join(missing)} {'are' if len(missing) > 1 else 'is'} missing",
            rule=f"An adapter is {' and '.join(LIMITS)}",
            remedy="Give both files",
        )
    for name, path in found.items():
        state = os.lstat(path)
        if not stat.S_ISREG(state.st_mode):
            what = "a symbolic link" if stat.S_ISLNK(state.st_mode) else "no file"
            raise InputError(
                f"{name} is {what}",
                rule="What is brought in is read where it lies, and from nowhere it points to",
                remedy="Give the file itself",
            )
        if state.st_size > LIMITS[name]:
            raise InputError(
                f"{name} has {state.st_size:,} bytes",
                rule=f"It may have {LIMITS[name]:,}",
                remedy="Choose a smaller adapter",
            )
    return found, others


def _config(path: Path) -> dict:
    try:
        config = files.parse_json(path.read_bytes().decode("utf-8"))
        if not isinstance(config, dict):
            raise ValueError("it is no object")
        return config
    except ValueError as error:
        raise InputError(
            f"{CONFIG} cannot be read: {str(error)[:200]}",
            rule="It is one JSON object, as PEFT writes it",
            remedy="Take the adapter from its source again",
        ) from error


def _base(name, trusted: bool) -> source.Source:
    """The full model that an adapter stands on. A name out of a file may be that of a model known here."""
    told = name if isinstance(name, str) else ""
    here = source.is_folder(told) and ("/" not in told and os.sep not in told and told not in (".", ".."))
    known = here and not Path(told).is_dir()
    if not (trusted or known or told == "pocket" or source.cached(told, "config.json")):
        raise InputError(
            f"The adapter stands on {told[:100]!r}, which is not known here" if told else "It names no base",
            rule="An adapter is opened on pocket, a run, a kept model, or a Hub model that was opened before",
            remedy="Name its base, or open that first: Model.load of its Hugging Face id",
        )
    root = source.find(told)
    if root.base:
        raise InputError(
            f"{root.name} is an adapter itself",
            rule="An adapter's base is a full model",
            remedy=f"Name {root.base.name}, if it was trained on that",
        )
    return root


def _check(weights: Path, config: dict, root: source.Source) -> None:
    """Raises InputError where configuration, weights and base do not fit together."""
    tensors = source.header(weights)
    held = tensors.get("__metadata__", {}).get(adapter.PRECISION, "")
    wrong = (
        layout.damage(weights, tensors)
        or adapter.problem(config | {adapter.PRECISION: held}, tensors)
        or layout.misfit(config, tensors, source.tensors(root.folder), root.name)
    )
    if wrong:
        raise InputError(
            f"The adapter cannot be opened: {wrong}",
            rule="Its configuration, its weights and its base must fit together",
            remedy="Name the base it was trained on, or choose another adapter",
        )


