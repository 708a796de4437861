"""Where the playground keeps its things. Read from the environment once, when first asked."""

import functools
import os
import tempfile
from dataclasses import dataclass
from pathlib import Path

from playground.errors import InputError

SIGN_IN = ("auto", "on", "off")
REPORTS = ("none", "tensorboard", "trackio", "wandb")
ASSETS = Path(__file__).resolve().parent.parent / "assets"


@dataclass(frozen=True)
class Settings:
    """The environment, parsed."""

    home: Path
    """Everything the playground writes: runs, datasets, the database (PLAYGROUND_HOME)."""
    database_url: str
    """SQLAlchemy URL of votes and campaigns (PLAYGROUND_DATABASE_URL)."""
    threads: int
    """Threads a training process may use (PLAYGROUND_THREADS); default: our cores, at most 8."""
    runs_at_once: int
    """Runs the app executes side by side (PLAYGROUND_RUNS_AT_ONCE); the others wait for their turn."""
    sign_in: str
    """Whether people must sign in (PLAYGROUND_SIGN_IN), one of SIGN_IN: `auto` asks for it once somebody owns
    the playground, and wherever others than this machine can reach it."""
    report_to: str
    """Where a run's numbers go besides its folder (PLAYGROUND_REPORT_TO): one of REPORTS."""

    @property
    def runs(self) -> Path:
        return self.home / "runs"

    @property
    def datasets(self) -> Path:
        return self.home / "datasets"

    @property
    def models(self) -> Path:
        """Models that no run made: adapters brought in, combined or merged."""
        return self.home / "models"


@functools.cache
def get() -> Settings:
    """The settings of this process. Raises InputError where the environment breaks a rule."""
    given = os.environ.get("PLAYGROUND_HOME") or "~/.playground"
    try:
        home = Path(given).expanduser().resolve()
    except (OSError, RuntimeError) as error:
        raise _no_home(given, error) from error
    url = os.environ.get("PLAYGROUND_DATABASE_URL") or f"sqlite:///{home / 'playground.sqlite3'}"
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    return Settings(
        home,
        url,
        threads=whole_number("PLAYGROUND_THREADS", min(cores, 8), low=1, high=1024),
        runs_at_once=whole_number("PLAYGROUND_RUNS_AT_ONCE", 1, low=1, high=64),
        sign_in=_one_of("PLAYGROUND_SIGN_IN", SIGN_IN),
        report_to=_one_of("PLAYGROUND_REPORT_TO", REPORTS),
    )


def _one_of(name: str, allowed: tuple[str, ...]) -> str:
    given = os.environ.get(name) or allowed[0]
    if given in allowed:
        return given
    rule = f"It must be one of {', '.join(allowed)}"
    raise InputError(f"{name} is {given!r}", rule=rule, remedy=f"Leave it unset for {allowed[0]}")


def whole_number(name: str, default: int, low: int, high: int) -> int:
    """A number from the environment. Raises InputError for anything else."""
    given = os.environ.get(name) or str(default)
    try:
        if low <= (number := int(given)) <= high:
            return number
    except ValueError:
        pass
    raise InputError(
        f"{name} is {given!r}", rule=f"It must be a whole number between {low} and {high}",
        remedy=f"Leave it unset for {default}",
    )


def prepare_home() -> Path:
    """The home folder, made where it is missing. Raises InputError where it cannot be written."""
    home = get().home
    try:
        get().runs.mkdir(parents=True, exist_ok=True)
        for folder in (home, get().runs):
            with tempfile.TemporaryFile(dir=folder):
                pass
    except OSError as error:
        raise _no_home(home, error) from error
    return home


def _no_home(home: str | Path, error: Exception) -> InputError:
    return InputError(
        f"{home} cannot be written: {getattr(error, 'strerror', None) or error}",
        rule="The playground keeps its runs and votes there",
        remedy="Set PLAYGROUND_HOME to a folder of yours",
    )
