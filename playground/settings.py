"""Where the playground keeps its things. Read from the environment once, when first asked."""

import functools
import os
from dataclasses import dataclass
from pathlib import Path

ASSETS = Path(__file__).resolve().parent.parent / "assets"


@dataclass(frozen=True)
class Settings:
    """The environment, parsed."""

    home: Path
    """Everything the playground writes: runs, datasets, the database (PLAYGROUND_HOME)."""
    database_url: str
    """SQLAlchemy URL of votes and campaigns (PLAYGROUND_DATABASE_URL)."""
    threads: int
    """Threads a training process may use (PLAYGROUND_THREADS); default: the cores we may run on."""

    @property
    def runs(self) -> Path:
        return self.home / "runs"

    @property
    def datasets(self) -> Path:
        return self.home / "datasets"


@functools.cache
def get() -> Settings:
    """The settings of this process."""
    home = Path(os.environ.get("PLAYGROUND_HOME") or Path.home() / ".playground").expanduser().resolve()
    url = os.environ.get("PLAYGROUND_DATABASE_URL") or f"sqlite:///{home / 'playground.sqlite3'}"
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    return Settings(home, url, int(os.environ.get("PLAYGROUND_THREADS") or min(cores, 8)))
