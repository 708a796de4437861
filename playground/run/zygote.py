"""A warm process that forks one worker a run, so that a run starts in a moment and outlives us all.

    python -m playground.run.zygote MODULE:FUNCTION [MODULE TO PRELOAD ...]

It imports what training needs once (seconds), then reads run folders from standard input, one a
line, and forks a worker for each. It never computes with tensors: a fork after OpenMP has started
its threads hangs. Where there is a GPU a worker begins as a program of its own instead, which costs
those seconds each time: what is imported looks at the GPU, and a fork cannot use one that its parent
has opened. Workers leave for a session of their own, so that neither Ctrl+C nor the death of
the app or of this process reaches them. At the end of the input it leaves.
"""

import gc
import importlib
import os
import signal
import sys
import traceback
from pathlib import Path

from playground.errors import ConflictError
from playground.run import events

WORK = "--work"
"""Before a run folder: become its worker."""


def main(arguments: list[str]) -> None:
    target, *preload = arguments
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    if preload[:1] == [WORK]:
        return _work(target, Path(preload[1]))
    for name in preload:
        importlib.import_module(name)
    gc.collect()
    gc.freeze()
    forks = not _has_gpu()
    for line in sys.stdin:
        launch(target, Path(line.rstrip("\n")), forks)


def launch(target: str, folder: Path, forks: bool = True) -> None:
    """Fork twice: the worker becomes nobody's child, and we keep no zombie.

    Unless it `forks`, the worker becomes a program of its own then.
    """
    child = os.fork()
    if child:
        os.waitpid(child, 0)
        return
    try:
        os.setsid()
        if os.fork() == 0:
            if not forks:
                own = [sys.executable, "-m", "playground.run.zygote", target, WORK, str(folder)]
                os.execv(sys.executable, own)
            _work(target, folder)
    finally:
        os._exit(0)


def _has_gpu() -> bool:
    """Whether what was imported can compute on an accelerator."""
    torch = sys.modules.get("torch")
    return torch is not None and torch.accelerator.is_available()


def _work(target: str, folder: Path) -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    log = os.open(folder / "worker.log", os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    nothing = os.open(os.devnull, os.O_RDONLY)
    for source, number in ((nothing, 0), (log, 1), (log, 2)):
        os.dup2(source, number)
    try:
        module, _, name = target.partition(":")
        getattr(importlib.import_module(module), name)(folder)
    except ConflictError as error:  # the run is another worker's, and so is its state file
        print(error, file=sys.stderr)
    except BaseException as error:
        traceback.print_exc()
        if not events.read_status(folder).finished:
            events.update_status(folder, state="failed", message=str(error) or type(error).__name__)
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(0)


if __name__ == "__main__":
    main(sys.argv[1:])
