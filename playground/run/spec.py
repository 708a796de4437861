"""The specification of a run: everything needed to do it again, in one file, `run.json`."""

import contextlib
import dataclasses
import functools
import hashlib
import json
import platform
import re
from dataclasses import dataclass, field
from datetime import UTC, datetime
from importlib import metadata
from pathlib import Path

from playground import settings
from playground.errors import InputError, NotFoundError
from playground.model.source import members_of
from playground.store import files

GONE = ".gone"
"""Folder of empty files named as the runs that were deleted."""
LIBRARIES = ("torch", "transformers", "trl", "peft", "datasets", "accelerate", "bitsandbytes")


@dataclass(frozen=True)
class DataPart:
    """One part of a run's data as it lies in the run's `inputs` folder."""

    file: str
    """Path inside the run folder."""
    rows: int
    sha256: str
    name: str = ""
    """What the person called it, such as `larkspur`."""


@dataclass(frozen=True, kw_only=True)
class RunSpec:
    """What a run does. Never changes once the run exists."""

    id: str
    stage: str
    """`sft`, `reward`, `dpo`, `kto`, `ppo`, `grpo`, `rloo` or `best`."""
    settings: dict
    """The settings dataclass as plain JSON; a nested tuning names its `kind`."""
    model: str
    """Name or folder of the model that the run starts from."""
    reward: str | None = None
    """Folder of the reward model, where the stage needs one."""
    functions: list[str] = field(default_factory=list)
    """Names of the Python functions that judge; only the process that prepared the run has them."""
    data: dict[str, DataPart] = field(default_factory=dict)
    created: str = field(default_factory=lambda: datetime.now(UTC).isoformat(timespec="seconds"))
    versions: dict[str, str] = field(default_factory=lambda: versions())
    threads: int = field(default_factory=lambda: settings.get().threads)

    @property
    def parent(self) -> str | None:
        """The run that made the starting model, if one did."""
        return parent_of(self.model)

    @property
    def judges(self) -> list[str]:
        """The runs that made its reward model: one, or the members of an ensemble."""
        found = map(parent_of, members_of(self.reward) if self.reward else ())
        return [run for run in found if run]

    @classmethod
    def read(cls, folder: Path) -> "RunSpec":
        """Raises NotFoundError if the folder holds no run, InputError if its run.json is damaged."""
        try:
            found = json.loads((folder / "run.json").read_text(encoding="utf-8"))
            parts = {name: DataPart(**part) for name, part in found.pop("data").items()}
            return cls(data=parts, **found)
        except (FileNotFoundError, NotADirectoryError):
            raise NotFoundError(
                f"There is no run in {folder}", remedy="Choose one of the runs listed under Runs"
            ) from None
        except (OSError, ValueError, TypeError, KeyError, AttributeError) as error:
            raise InputError(
                f"{folder / 'run.json'} cannot be read ({type(error).__name__})",
                rule="It is written once, whole, when a run is prepared",
                remedy="Put the file back, or move the folder away",
            ) from error

    def write(self, folder: Path) -> None:
        text = json.dumps(dataclasses.asdict(self), indent=1, ensure_ascii=False, allow_nan=False)
        files.write_atomic(folder / "run.json", text)


def new_folder(stage: str) -> Path:
    """Claim the next free `<stage>-0001` under the runs folder. Two processes never get the same."""
    runs = settings.get().runs
    runs.mkdir(parents=True, exist_ok=True)
    taken = [path.name for path in runs.iterdir()]
    taken += [path.name for path in (runs / GONE).iterdir()] if (runs / GONE).is_dir() else []
    names = (re.fullmatch(rf"{stage}-([0-9]{{4,}})", name) for name in taken)
    number = max((int(name[1]) for name in names if name), default=0) + 1
    while True:
        folder = runs / f"{stage}-{number:04d}"
        try:
            folder.mkdir()
            return folder
        except FileExistsError:
            number += 1


def remember(name: str) -> None:
    """Keep the id of a run that is deleted from being given again: votes and scripts may still name it."""
    gone = settings.get().runs / GONE
    gone.mkdir(exist_ok=True)
    (gone / name).touch()


def parent_of(model: str) -> str | None:
    """The id of the run that made a model, from the run's id or a folder in it."""
    runs = settings.get().runs
    path = runs / model
    homes = (runs, runs.resolve())  # a run of another home may bear the id of one of ours
    found = (p.name for p in (path, *path.parents) if p.parent in homes and (p / "run.json").is_file())
    return next(found, None)


def write_rows(folder: Path, part: str, rows: list[dict], name: str = "") -> DataPart:
    """Write one part of the data as JSONL and take its content hash."""
    content = files.to_jsonl(rows)
    path = files.write_atomic(folder / "inputs" / f"{part}.jsonl", content)
    return DataPart(str(path.relative_to(folder)), len(rows), hashlib.sha256(content).hexdigest(), name)


def read_rows(folder: Path, part: DataPart) -> list[dict]:
    return files.read_jsonl(folder / part.file)


@functools.cache
def processor() -> str:
    """Maker and model of the processor, as the system tells them: another one may round differently."""
    told = {}
    with contextlib.suppress(OSError):
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8", errors="replace").splitlines()
        told = {name.strip(): value.strip() for name, _, value in (line.partition(":") for line in lines)}
    names = [told[name] for name in ("vendor_id", "model name") if told.get(name)]
    return " ".join(names) or platform.processor() or platform.machine()


def versions() -> dict[str, str]:
    """Versions of Python and of every library that touches the numbers."""
    found = {"python": platform.python_version()}
    for library in LIBRARIES:
        try:
            found[library] = metadata.version(library)
        except metadata.PackageNotFoundError:
            continue
    return found

