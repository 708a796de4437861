"""Folders that `save_to_disk` of the datasets library wrote: one table, or one for every split."""

import json
from pathlib import Path
from typing import Any, NamedTuple

from playground.dataset import readers
from playground.dataset.origin import digest_rows
from playground.dataset.readers import first_line
from playground.errors import DatasetError

_SPLITS, _STATE = "dataset_dict.json", "state.json"


class Saved(NamedTuple):
    """Rows, and what tells this table from another."""

    rows: list[Any]
    sha256: str
    size: int


def is_saved(folder: Path) -> bool:
    """True for a folder that `Dataset.save_to_disk` or `DatasetDict.save_to_disk` wrote."""
    return (folder / _SPLITS).is_file() or (folder / _STATE).is_file()


def read(folder: Path, max_bytes: int, split: str | None) -> Saved:
    """The rows of such a folder. Raises DatasetError for a damaged or too large one."""
    try:
        place = _of_split(folder, split)
        state = json.loads((place / _STATE).read_text(encoding="utf-8"))
        size = sum((place / part["filename"]).stat().st_size for part in state["_data_files"])
        if size > max_bytes:
            raise readers.too_large(folder.name, size, max_bytes)
        return Saved(_rows(place), digest_rows([state["_fingerprint"], size]), size)
    except DatasetError:
        raise
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise DatasetError(
            f"{folder.name} is not a saved dataset: {first_line(error)}",
            rule=f"save_to_disk writes {_STATE}, dataset_info.json and Arrow files",
            remedy="Save it again, or export it as Parquet",
        ) from error


def _rows(place: Path) -> list[Any]:
    import datasets

    table = datasets.load_from_disk(str(place))
    if table.num_rows > readers.MAX_ROWS:
        raise readers.too_many(place.name)
    return table.with_format("arrow")[:].to_pylist()


def _of_split(folder: Path, split: str | None) -> Path:
    if not (folder / _SPLITS).is_file():
        if split is not None:
            raise DatasetError(
                f"{folder.name} has no splits, so there is none called {split!r}",
                remedy="Leave split out",
            )
        return folder
    names = [str(name) for name in json.loads((folder / _SPLITS).read_text(encoding="utf-8"))["splits"]]
    if split is None and len(names) == 1:
        split = names[0]
    if split not in names:
        raise readers.several(folder.name, names, split)
    return folder / split
