"""The executing side of a run in a process that is not the first of several."""

import contextlib
import time
import traceback

from playground.run import events
from playground.training import ranks
from playground.training.session import Session, StopRequested

PATIENCE = 20.0
"""Seconds that the first process has to end its run after an error here."""


class Follower(Session):
    """A run in the hands of a process that is not the first: it works along and writes nothing."""

    def __init__(self, run, progress: bool = False):
        super().__init__(run)
        self.log = events.Silence(run.folder)

    def __enter__(self) -> "Follower":
        return self

    def __exit__(self, kind, error, trace) -> bool:
        if error is not None and not isinstance(error, StopRequested):
            self._give_way(trace_of=error)
        return isinstance(error, StopRequested)

    def _give_way(self, trace_of: BaseException) -> None:
        """Leave the first process time to say what went wrong: our end would be its own."""
        told = "".join(traceback.format_exception(trace_of))
        (self.folder / f"traceback-{ranks.place()}.txt").write_text(told)
        end = time.monotonic() + PATIENCE
        while not events.read_status(self.folder).finished and time.monotonic() < end:
            time.sleep(0.1)

    @contextlib.contextmanager
    def saving(self, step: int):
        yield self.checkpoints / f".new-{step}" / f"checkpoint-{step}"

    def save(self, network, tokenizer, base: str) -> None:
        from playground.training import shards

        if not self._untrained:
            shards.whole_state(network)

    def _find_checkpoint(self) -> None:
        return None

    def _write(self) -> None:
        pass
