"""What every tab and route shares: the supervisor of runs, the chat process, the database."""

import logging
import threading
from collections.abc import Callable

from playground.errors import NotFoundError, PlaygroundError, UnavailableError
from playground.model import fresh, kept
from playground.records import Finding
from playground.run.goodhart import FOLDER as PEAK
from playground.run.job import RESULT, Run
from playground.run.knee import FOLDER as KNEE
from playground.run.supervisor import Supervisor
from playground.store import database
from playground.ui.jobs import Jobs

TARGET = "playground.training.execute:execute"
PRELOAD = ("playground.training.preload",)
POLICIES = ("sft", "dpo", "kto", "ppo", "grpo", "rloo")
BASE = "pocket"
MOMENTS = (KNEE, PEAK)
"""Weights of a run beside its result: from before it forgot, and from before it was pushed too far."""
FRESH = fresh.name(BASE, 0)
"""The base's network with random weights."""
_HOST_PATIENCE = 180.0


class Studio:
    """The app's one object. It holds no state of its own that matters: runs and votes lie on disk.

    `start_host` makes the chat process's client; it is called in a thread when the studio opens,
    so that the first page does not wait for it.
    """

    def __init__(self, supervisor: Supervisor | None = None, start_host: Callable | None = None):
        self.supervisor = supervisor or Supervisor(TARGET, PRELOAD)
        self.jobs = Jobs()
        self.checked: dict[str, list[Finding]] = {}
        self.measured: dict[tuple[str, int, str], list] = {}
        self.engine = None
        self._start_host = start_host or _start_host
        self._host = None
        self._host_error: Exception | None = None
        self._host_lock = threading.Lock()
        self._host_failures = 0

    def open(self) -> "Studio":
        """Connect the database, adopt live runs, warm the workers and the chat process."""
        self.engine = database.connect()
        self.supervisor.open()
        self._host = None
        threading.Thread(target=self._warm, name="chat process", daemon=True).start()
        return self

    def close(self) -> None:
        """Let go of the helpers. Runs under way go on without us."""
        self.supervisor.close()
        if self._host is not None:
            self._host.close()

    @property
    def host(self):
        """The client of the chat process; waits while it warms up, and tries again where that failed.

        Raises UnavailableError.
        """
        if self._host is None:
            self._warm()
        if self._host is None:
            cause = self._host_error or "it is still starting"
            raise UnavailableError(
                f"The chat process does not answer: {cause}", remedy="Try again in a minute"
            )
        return self._host

    @property
    def host_ready(self) -> bool:
        return self._host is not None

    def launch(self, run: Run) -> Run:
        """Queue a prepared run."""
        self.supervisor.start(run.folder)
        return run

    def stop(self, run_id: str) -> Run:
        run = Run.load(run_id)
        run.stop()
        return run

    def resume(self, run_id: str) -> Run:
        run = Run.load(run_id)
        run.reopen()
        return self.launch(run)

    def models(self) -> list[str]:
        """Every model one can talk to: the base, then tuned runs, newest first, each with its weights from
        before it forgot, and from before it was pushed too far; then what is kept by name, and
        the base with random weights.
        """
        tuned = [run for run in Run.all() if run.spec.stage in POLICIES and has_result(run)]
        runs = (name for run in tuned for name in _moments(run) if is_there(name))
        return [BASE, *runs, *kept.names(), FRESH]

    def rewards(self) -> list[str]:
        """Every reward model, newest first."""
        return [run.id for run in Run.all() if run.spec.stage == "reward" and has_result(run)]

    def runs(self, *stages: str) -> list[str]:
        """Every run of these stages, whatever its state, newest first."""
        return [run.id for run in Run.all() if run.spec.stage in stages]

    def newest(self, *stages: str) -> Run | None:
        """The newest run of these stages, whatever its state."""
        return run_of(next(iter(self.runs(*stages)), None))

    def _warm(self) -> None:
        """Start the chat process, or wait for whoever is starting it; one attempt serves all who wait."""
        seen = self._host_failures
        if not self._host_lock.acquire(timeout=_HOST_PATIENCE):
            return
        try:
            if self._host is None and self._host_failures == seen:
                self._host = self._start_host()
        except Exception as error:
            self._host_error = error
            self._host_failures += 1
        finally:
            self._host_lock.release()


def is_base(name: str) -> bool:
    """Whether a model has never seen the chat template: the base, or its network with random weights."""
    return name == BASE or (fresh.parsed(name) or ("",))[0] == BASE


def labelled(name: str) -> str | tuple[str, str]:
    """A model as a choice: by its name, or where that is no plain one, in words."""
    drawn = fresh.parsed(name)
    if drawn is None:
        return name
    seed = f", seed {drawn[1]}" if drawn[1] else ""
    return f"{drawn[0]} with random weights{seed}", name


def has_result(run: Run) -> bool:
    """A finished run with a model: completed, or stopped with what it had learned."""
    return run.state in ("completed", "stopped") and (run.folder / RESULT).is_dir()


def _moments(run: Run) -> tuple[str, ...]:
    return run.id, *(f"{run.id}/{moment}" for moment in MOMENTS)


def is_there(name: str) -> bool:
    """Whether a tuned run, or its weights of an earlier moment, are there to be talked to."""
    run_id, _, moment = name.partition("/")
    run = run_of(run_id)
    if run is None or run_id == name:
        return run is not None
    return moment in MOMENTS and has_result(run) and (run.folder / moment).is_dir()


def run_of(run_id: str | None) -> Run | None:
    """The run with this id, or None where there is none (any more)."""
    try:
        return Run.load(run_id) if run_id else None
    except NotFoundError:
        return None


def summary(run: Run) -> dict:
    """A run as the REST API tells it."""
    status, spec = run.status, run.spec
    left = status.seconds_left
    return {
        "id": run.id,
        "stage": spec.stage,
        "state": status.state,
        "resumable": run.resumable,
        "message": status.message if status.finished else "",
        "note": "" if status.finished else status.message,
        "remarks": [*status.remarks, *status.endings],
        "step": status.step,
        "total": status.total,
        "seconds": round(status.seconds, 1),
        "seconds_left": None if left is None else round(left, 1),
        "created": spec.created,
        "parent": spec.parent,
        "model": spec.model,
        "reward": spec.reward,
        "settings": spec.settings,
        "data": {
            part: {"name": data.name, "rows": data.rows, "sha256": data.sha256}
            for part, data in spec.data.items()
        },
    }


def _start_host():
    from playground.model.host import Host

    return Host.start()


def sentence(error: Exception) -> str:
    """An error as one line for the screen: ours as they are, others named without their insides."""
    if isinstance(error, PlaygroundError):
        return str(error)
    logging.getLogger(__name__).exception("Unforeseen error in the app", exc_info=error)
    return f"The playground did not foresee this ({type(error).__name__}). Nothing was lost."
