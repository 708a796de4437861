"""What was done when: a run told as rows, what sets several apart, what each came to say, what they take."""

import contextlib
import fcntl
import os
import shutil
from collections.abc import Iterator, Sequence
from pathlib import Path

from playground import settings
from playground.errors import ConflictError, PlaygroundError
from playground.model import kept
from playground.run import events
from playground.run.spec import RunSpec, remember


def told(spec: RunSpec) -> dict[str, str]:
    """Everything that decides what a run does, by name, in the order people ask for it."""
    found = {"stage": spec.stage, "model": spec.model, "reward model": spec.reward}
    found |= _flat(spec.settings)
    for name, part in spec.data.items():
        found[f"{name} data"] = f"{part.name or 'rows'}, {part.rows:,} rows, {part.sha256[:8]}"
    found["threads"] = spec.threads
    found |= {f"{name} version": version for name, version in spec.versions.items()}
    return {name: str(value) for name, value in found.items() if value not in (None, "")}


def differences(specs: Sequence[RunSpec]) -> dict[str, list[str]]:
    """What sets runs apart: name and one value a run, "" where a run has none."""
    all_told = [told(spec) for spec in specs]
    names = dict.fromkeys(name for one in all_told for name in one)
    rows = {name: [one.get(name, "") for one in all_told] for name in names}
    return {name: values for name, values in rows.items() if len(set(values)) > 1}


def last_words(folders: Sequence[Path]) -> dict[str, list[str]]:
    """What each run's model said last, by prompt: one text a run, "" where it was not asked.

    Where several runs follow a prompt, only such prompts are told: those can be compared.
    """
    said = [{row["prompt"]: row["text"] for row in events.read_samples(folder)} for folder in folders]
    prompts = dict.fromkeys(prompt for one in said for prompt in one)
    rows = {prompt: [one.get(prompt, "") for one in said] for prompt in prompts}
    shared = {prompt: texts for prompt, texts in rows.items() if sum(map(bool, texts)) > 1}
    return shared or rows


def size(folder: Path) -> int:
    """Bytes that a run's files take on disk. A file deleted meanwhile counts as gone."""
    total = 0
    for place, _, names in os.walk(folder):
        for name in names:
            with contextlib.suppress(FileNotFoundError):
                total += os.lstat(os.path.join(place, name)).st_size
    return total


def children(folder: Path) -> list[str]:
    """Ids of the runs that started from this one's model, or learned from its reward model."""
    name = RunSpec.read(folder).id
    return sorted(spec.id for spec in _others(folder) if name in _ancestors(spec))


def leading_back(folder: Path) -> list[str]:
    """Ids of the runs, and names of the kept models, that the model of a run is needed for."""
    return sorted({*children(folder), *kept.standing_on(RunSpec.read(folder).id)})


def learned_from(dataset: str) -> list[str]:
    """Ids of the runs that have rows of a dataset, by its name; each keeps a copy of what it learned from."""
    found = []
    for file in settings.get().runs.glob("*/run.json"):
        with contextlib.suppress(PlaygroundError):  # a damaged run leads nowhere
            spec = RunSpec.read(file.parent)
            found += [spec.id] * any(part.name == dataset for part in spec.data.values())
    return sorted(found)


def delete(folder: Path) -> int:
    """Remove a run's folder for good; returns the bytes it took.

    Raises ConflictError while a process executes the run, where other runs came from it, and where the
    files cannot be removed; NotFoundError where it is gone already.
    """
    name = RunSpec.read(folder).id
    if came := leading_back(folder):
        raise ConflictError(
            f"{', '.join(came)} came from {name}",
            rule="A run is kept as long as others lead back to it",
            remedy=f"Delete {'it' if len(came) == 1 else 'them'} first",
        )
    with open(folder / "lock", "a") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise ConflictError(f"Run {name} is being executed", remedy="Stop it first") from None
        taken, place = size(folder), folder.resolve()
        # Under another name it is no run any more, whatever becomes of the rest of the work.
        doomed = place.with_name(f".deleted-{place.name}")
        try:
            remember(name)
            shutil.rmtree(doomed, ignore_errors=True)
            place.rename(doomed)
            (doomed / "run.json").unlink()
            if folder.is_symlink():
                folder.unlink()
            shutil.rmtree(doomed)
        except OSError as error:
            raise ConflictError(
                f"{name} cannot be removed whole: {error.strerror}", remedy=f"Remove {doomed} by hand"
            ) from error
    return taken


def _flat(settings: dict, prefix: str = "") -> dict:
    found: dict = {}
    for name, value in settings.items():
        if isinstance(value, dict):
            found |= _flat(value, f"{prefix}{name} ")
        else:
            found[f"{prefix}{name}".replace("_", " ")] = value
    return found


def _others(folder: Path) -> Iterator[RunSpec]:
    for file in folder.parent.glob("*/run.json"):
        if file.parent != folder:
            with contextlib.suppress(PlaygroundError):  # a damaged run leads nowhere
                yield RunSpec.read(file.parent)


def _ancestors(spec: RunSpec) -> list[str | None]:
    return [spec.parent, *spec.judges]
