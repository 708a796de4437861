"""Short work of the app that must outlive a page reload: sampling, judging, measuring."""

import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field


@dataclass
class Job:
    """One piece of work in a thread: a number to show while it lasts, a note to show when it is done."""

    what: str
    done: int = 0
    total: int = 0
    note: str = ""
    error: Exception | None = None
    result: object = None
    finished: threading.Event = field(default_factory=threading.Event)
    began: float = field(default_factory=time.monotonic)

    def stage(self, what: str) -> Callable[[int, int], None]:
        """Begin the next part of the work, which counts anew; what it counts with."""
        self.what, self.done, self.total, self.began = what, 0, 0, time.monotonic()
        return self.step

    def step(self, done: int, total: int) -> None:
        self.done, self.total = done, total

    @property
    def line(self) -> str:
        """What is done of how much; where that is not known, the seconds it has taken."""
        if self.total:
            return f"{self.what}: {self.done:,} of {self.total:,}"
        return f"{self.what}: {f'{self.done:,}, ' if self.done else ''}{time.monotonic() - self.began:.0f} s"


class Jobs:
    """At most one job a name; asking for a name again finds the one under way."""

    def __init__(self):
        self._jobs: dict[str, Job] = {}
        self._lock = threading.Lock()

    def start(self, name: str, what: str, work: Callable[[Job], object]) -> Job:
        """Run `work(job)` in a thread; it reports through `job.step` and its return value is the result."""
        with self._lock:
            under_way = self._jobs.get(name)
            if under_way and not under_way.finished.is_set():
                return under_way
            job = self._jobs[name] = Job(what)
        threading.Thread(target=_run, args=(job, work), name=name, daemon=True).start()
        return job

    def kept(self, name: str, what: str, work: Callable[[Job], object]) -> Job:
        """As `start`, but work that was done well is not done again."""
        done = self._jobs.get(name)
        return (
            done if done and done.finished.is_set() and done.error is None else self.start(name, what, work)
        )


def follow(job: Job, every: float = 0.4) -> Iterator[str]:
    """The job's line each time it changes, until it ends. Raises what the job raised."""
    shown = None
    while not job.finished.wait(every if shown is not None else 0.05):
        if job.line != shown:
            shown = job.line
            yield shown
    if job.error is not None:
        raise job.error


def _run(job: Job, work: Callable[[Job], object]) -> None:
    try:
        job.result = work(job)
    except Exception as error:
        job.error = error
    finally:
        job.finished.set()
