"""Datasets of the Hugging Face Hub: what one holds, and its first rows, streamed.

The commit is looked up first and everything is read at that commit, so that what is told is what is read.
A token is taken from the environment by huggingface_hub alone; it stands in no message of ours.
"""

import contextlib
import re
from collections.abc import Iterator
from fnmatch import fnmatch
from typing import Any, NamedTuple

from playground.dataset import readers
from playground.dataset.origin import Origin, digest_rows
from playground.dataset.readers import first_line
from playground.dataset.source import Source
from playground.errors import DatasetError, ForbiddenError, NotFoundError, PlaygroundError, UnavailableError

_SECRET = re.compile(r"hf_\w+|(?i:bearer)\s+\S+|(?<=://)[^/@\s]+(?=@)")
_REMEDY = "Accept its terms on its page on the Hub, set HF_TOKEN to a token that may read it, and try again"


class Asked(NamedTuple):
    """Which part of a source is wanted; what is None is not said."""

    split: str | None = None
    limit: int | None = None
    config: str | None = None
    revision: str | None = None


class Split(NamedTuple):
    """A split of a configuration; sizes are None where the Hub does not know them."""

    name: str
    rows: int | None
    size: int | None
    """Bytes to download for all of it."""


class Config(NamedTuple):
    """One of the tables that a Hub dataset consists of."""

    name: str
    splits: tuple[Split, ...]


class Described(NamedTuple):
    """What a form needs to ask which part of a Hub dataset is wanted."""

    identifier: str
    revision: str
    """The commit that was looked at."""
    configs: tuple[Config, ...]
    default: str | None
    """The configuration that is read when none is named; None where one must be named."""
    gated: bool
    licence: str


def describe(identifier: str, revision: str | None = None) -> Described:
    """The configurations and splits of a Hub dataset; no row is read.

    Raises NotFoundError, ForbiddenError, UnavailableError and DatasetError, each with what to do.
    """
    import datasets.load

    identifier = identifier.removeprefix("hub:")
    with _told(identifier):
        info = _look_up(identifier, revision)
        module = datasets.load.dataset_module_factory(identifier, revision=info.sha)
        builder = datasets.load.get_dataset_builder_class(module, dataset_name=identifier.split("/")[-1])
        known = module.dataset_infos or {}
        sizes = {file.rfilename: file.size for file in info.siblings or ()}
        configs = tuple(
            Config(name, tuple(_splits(config.data_files or {}, known.get(name), sizes, info.sha)))
            for name, config in builder.builder_configs.items()
        )
    default = builder.DEFAULT_CONFIG_NAME or (configs[0].name if len(configs) == 1 else None)
    licence = (info.card_data or {}).get("license") or ""
    return Described(identifier, info.sha, configs, default, bool(info.gated), str(licence))


def read(identifier: str, asked: Asked) -> Source:
    """Rows of one split, streamed: with a limit the first so many, and little more is fetched.

    The split is the only one, or "train", unless it is named. Raises as `describe` does, and DatasetError
    where a configuration or split has to be named, naming those there are.
    """
    import datasets

    identifier, rows = identifier.removeprefix("hub:"), []
    if asked.limit is not None and asked.limit < 1:
        raise DatasetError(f"The limit is {asked.limit}", rule="It is the number of rows to read")
    with _told(identifier):
        info = _look_up(identifier, asked.revision)
        tables = datasets.load_dataset(identifier, asked.config, revision=info.sha, streaming=True)
        split = asked.split or (next(iter(tables)) if len(tables) == 1 else "train")
        if split not in tables:
            names = ", ".join(repr(str(name)) for name in tables)
            raise DatasetError(
                f"The Hub dataset {identifier} has no split {split!r}, it has {names}",
                remedy=f"Name one of these, as in split={names.split(', ')[0]}",
            )
        table = tables[split].decode(False)
        for row in table if asked.limit is None else table.take(asked.limit):
            rows.append(row)
            if len(rows) > readers.MAX_ROWS:
                raise readers.too_many(identifier)
    if not rows:
        raise readers.empty(f"{identifier}, split {split}")
    origin = Origin(
        kind="hub",
        name=identifier,
        sha256=digest_rows(rows),
        config=asked.config,
        split=split,
        limit=asked.limit,
        revision=info.sha,
    )
    return Source(identifier, list(enumerate(rows, start=1)), [], origin)


def _look_up(identifier: str, revision: str | None) -> Any:
    import huggingface_hub
    from datasets import config

    # The library's own endpoint, because that is where the rows will come from.
    api = huggingface_hub.HfApi(endpoint=config.HF_ENDPOINT)
    return api.dataset_info(identifier, revision=revision, files_metadata=True)


def _splits(files: dict, known: Any, sizes: dict[str, int | None], commit: str) -> Iterator[Split]:
    """The splits of a configuration: by its files, with the row counts of its card."""
    told = (known.splits if known else None) or {}
    for name in dict.fromkeys([*map(str, files), *told]):
        # Paths are whole addresses, or patterns where the card names them.
        patterns = [str(path).rpartition(f"@{commit}/")[2] for path in files.get(name, ())]
        parts = [size for path, size in sizes.items() if any(fnmatch(path, one) for one in patterns)]
        size = sum(parts) if parts and None not in parts else None
        yield Split(name, told[name].num_examples if name in told else None, size)


@contextlib.contextmanager
def _told(identifier: str) -> Iterator[None]:
    """Errors of the libraries as ours, each with its remedy and without what must stay secret."""
    try:
        yield
    except PlaygroundError:
        raise
    except Exception as error:
        raise _as_ours(identifier, error) from None


def _as_ours(identifier: str, error: Exception) -> PlaygroundError:
    import datasets
    import httpx2
    from huggingface_hub import errors

    said = _SECRET.sub("…", first_line(error))
    match error:
        case errors.GatedRepoError():
            return ForbiddenError(f"The Hub dataset {identifier} is gated", remedy=_REMEDY)
        case errors.RevisionNotFoundError():
            return NotFoundError(
                f"The Hub dataset {identifier} has no such revision", remedy="Leave it out for the newest"
            )
        case errors.RepositoryNotFoundError() | errors.HFValidationError():
            return NotFoundError(
                f"There is no Hub dataset {identifier}, or it is private",
                remedy="Check its id on the Hub; for a private one set HF_TOKEN to a token that may read it",
            )
        case datasets.exceptions.DatasetNotFoundError() if "gated" in str(error):
            return ForbiddenError(f"The Hub dataset {identifier} is gated", remedy=_REMEDY)
        case errors.OfflineModeIsEnabled():
            return UnavailableError(
                "The Hub is switched off here",
                rule="HF_HUB_OFFLINE is set",
                remedy="Unset it, or load a file",
            )
        case RuntimeError() if "scripts are no longer supported" in str(error):
            return DatasetError(
                f"The Hub dataset {identifier} needs a script of its author's",
                rule="Code from the Hub is never run here",
                remedy="Take a copy of it in Parquet: many have one under the revision refs/convert/parquet",
            )
        case datasets.data_files.EmptyDatasetError():
            return DatasetError(
                f"The Hub dataset {identifier} holds no data files that can be read",
                rule="It must hold CSV, JSON, Parquet, Arrow or text files",
                remedy="Look at its files on the Hub, or load one of them as a file",
            )
        case ValueError() | FileNotFoundError() | datasets.exceptions.DatasetsError():
            return DatasetError(
                f"The Hub dataset {identifier} could not be read: {_choices(error, said)}",
                remedy="Name a config and a split that it has, as config=… and split=…",
            )
        case OSError() | httpx2.HTTPError() | errors.HfHubHTTPError():
            return UnavailableError(
                f"The Hub did not answer for {identifier}: {said}",
                remedy="Check the connection and try again, or load a file",
            )
    raise error


def _choices(error: Exception, said: str) -> str:
    """The message with the names to choose from, which the library writes into later lines."""
    whole = " ".join(_SECRET.sub("…", str(error)).split("Example of usage")[0].split())
    return whole[:400] if whole else said
