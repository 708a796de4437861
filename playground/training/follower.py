"""The executing side of a run in a process that is not the first of several."""

import contextlib

from playground.run import events
from playground.training.session import Session, StopRequested


class Follower(Session):
    """A run in the hands of a process that is not the first: it works along and writes nothing."""

    def __init__(self, run, progress: bool = False):
        super().__init__(run)
        self.log = events.Silence(run.folder)

    def __enter__(self) -> "Follower":
        return self

    def __exit__(self, kind, error, trace) -> bool:
        return isinstance(error, StopRequested)

    @contextlib.contextmanager
    def saving(self, step: int):
        yield self.checkpoints / f".new-{step}" / f"checkpoint-{step}"

    def save(self, network, tokenizer, base: str) -> None:
        pass

    def _find_checkpoint(self) -> None:
        return None

    def _write(self) -> None:
        pass
