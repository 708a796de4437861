"""Models that no run made, kept under names: adapters brought in, combined, or merged into their base.

A kept model is a folder that `Model.load` opens by name; `origin.json` in it tells where it came from.
Nothing here loads torch.
"""

import contextlib
import itertools
import json
import re
import shutil
from collections.abc import Iterator
from pathlib import Path

from playground import settings
from playground.errors import ConflictError, InputError, NotFoundError
from playground.store import files

ORIGIN = "origin.json"
NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}")
TAKEN = re.compile(r"pocket|(sft|reward|dpo|kto|ppo|grpo|rloo|best|rate|race)(-.*)?")
"""Names that lead to something else, or would pass for a run's."""


def names() -> list[str]:
    """Every kept model, newest first."""
    found = [path.parent for path in settings.get().models.glob(f"[!.]*/{ORIGIN}")]
    return [path.name for path in sorted(found, key=lambda one: (one.stat().st_mtime_ns, one.name))[::-1]]


def is_kept(name: str) -> bool:
    return bool(NAME.fullmatch(name)) and (settings.get().models / name / ORIGIN).is_file()


def folder(name: str) -> Path | None:
    """Where a kept model lies; None for any other name."""
    return settings.get().models / name if is_kept(name) else None


def free(stem: str) -> str:
    """The first of `stem`, `stem-2`, `stem-3` … that nothing is called yet, in letters a name may have."""
    stem = re.sub(r"[^A-Za-z0-9_-]+", "-", stem).strip("_-")[:56] or "model"
    stem = f"my-{stem}" if TAKEN.fullmatch(stem) else stem
    tries = itertools.chain([stem], (f"{stem}-{number}" for number in itertools.count(2)))
    return next(one for one in tries if not (settings.get().models / one).exists())


def check_name(name: str) -> str:
    """The name where a model may be kept under it. Raises InputError, or ConflictError where it is taken."""
    if not NAME.fullmatch(name) or ".." in name or TAKEN.fullmatch(name):
        raise InputError(
            f"The name is {name[:100]!r}",
            rule="A name is up to 64 letters, digits, dots, hyphens and underscores, and begins as no run's",
            remedy="Choose another name",
        )
    if (settings.get().models / name).exists():
        raise ConflictError(f"There is a model called {name} already", remedy="Choose another name")
    return name


@contextlib.contextmanager
def keeping(name: str, origin: dict) -> Iterator[Path]:
    """A folder to write a model into: kept under `name` when the block ends, and not at all if it raises.

    `origin` is plain JSON: `kind`, and what the model was made of.
    """
    with files.new_folder(settings.get().models / check_name(name)) as folder:
        yield folder
        files.write_atomic(folder / ORIGIN, json.dumps(origin, indent=1))


def origin(name: str) -> dict:
    """Where a kept model came from. Raises NotFoundError."""
    try:
        if not is_kept(name):
            raise ValueError
        return json.loads((settings.get().models / name / ORIGIN).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        remedy = "Choose one of those kept"
        raise NotFoundError(f"No model is kept as {name[:100]!r}", remedy=remedy) from None


def standing_on(name: str) -> list[str]:
    """Kept models and runs whose adapter has the model of this name for its base."""
    places = [*settings.get().models.glob("[!.]*/adapter_config.json")]
    places += settings.get().runs.glob("[!.]*/*/adapter_config.json")
    found = set()
    for path in places:
        with contextlib.suppress(OSError, ValueError, AttributeError):  # damaged, it stands on nothing
            if json.loads(path.read_text(encoding="utf-8")).get("base_model_name_or_path") == name:
                found.add(path.relative_to(settings.get().home).parts[1])
    return sorted(found - {name})


def starting_from(name: str) -> list[str]:
    """Runs that start from a kept model, whatever has become of them: going on, they open it again."""
    found = []
    for path in settings.get().runs.glob("[!.]*/run.json"):
        with contextlib.suppress(OSError, ValueError, AttributeError):  # damaged, it starts from nothing
            if json.loads(path.read_text(encoding="utf-8")).get("model") == name:
                found.append(path.parent.name)
    return found


def remove(name: str) -> None:
    """Delete a kept model for good.

    Raises NotFoundError, and ConflictError where adapters stand on it or runs start from it.
    """
    origin(name)
    if above := sorted({*standing_on(name), *starting_from(name)}):
        raise ConflictError(
            f"{', '.join(above)} stand{'s' if len(above) == 1 else ''} on {name}",
            rule="A model is kept as long as adapters need it for their base, or runs start from it",
            remedy=f"Delete {'it' if len(above) == 1 else 'them'} first",
        )
    folder = settings.get().models / name
    doomed = folder.with_name(f".deleted-{name}")
    shutil.rmtree(doomed, ignore_errors=True)
    folder.rename(doomed)
    shutil.rmtree(doomed)
