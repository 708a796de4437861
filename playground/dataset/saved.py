"""Datasets kept under a name in the home folder: rows as JSON lines, and what is known about them."""

import json
import re
from pathlib import Path
from typing import Any

from playground import settings
from playground.dataset.builtins import BUILTIN
from playground.errors import ConflictError, InputError
from playground.store.files import new_folder, to_jsonl, write_atomic

_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}")


def names() -> list[str]:
    """Names of the datasets saved on this machine, in alphabetical order."""
    folder = settings.get().datasets
    return sorted(path.parent.name for path in folder.glob("*/meta.json") if path.parent.name[0] != ".")


def write(name: str, rows: list[dict[str, Any]], about: dict[str, Any]) -> Path:
    """Keep rows under a name; the folder they lie in. `about` holds their `sha256` and what else is known.

    Raises ConflictError if other content has the name, InputError for a name that is no name.
    """
    if not _NAME.fullmatch(name) or name in BUILTIN:
        raise InputError(
            f"The dataset name is {name!r}",
            rule="A name has up to 64 letters, digits, dots, hyphens and underscores, starts with "
            "a letter or digit, and is not that of a built-in dataset",
            remedy="Try my-dataset",
        )
    folder = settings.get().datasets / name
    if folder.exists():
        if meta(folder)["sha256"] == about["sha256"]:
            return folder
        raise ConflictError(
            f"There is already a dataset {name!r} with other content",
            rule="Saved datasets never change",
            remedy="Choose another name",
        )
    with new_folder(folder) as temporary:
        write_atomic(temporary / "data.jsonl", to_jsonl(rows))
        noted = json.dumps({"name": name, **about}, ensure_ascii=False, indent=1)
        write_atomic(temporary / "meta.json", noted)
    return folder


def meta(folder: Path) -> dict[str, Any]:
    """What was written about a saved dataset."""
    return json.loads((folder / "meta.json").read_text(encoding="utf-8"))
