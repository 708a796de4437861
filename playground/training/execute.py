"""The one way a run is executed, whoever prepared it: app, notebook, command line."""

import contextlib
import gc
import importlib
import os
import sys
import traceback
import warnings
from pathlib import Path

from playground.run.calibration import measuring
from playground.run.job import Run
from playground.run.spec import RunSpec
from playground.training import ranks
from playground.training.follower import Follower
from playground.training.session import Session
from playground.training.stage import Stage

REPORTING = ("TENSORBOARD_LOGGING_DIR", "WANDB_RUN_ID", "WANDB_RESUME")
"""Variables that a run sets for itself and leaves as they were."""
STAGES = {
    "sft": "playground.training.sft:SFT",
    "reward": "playground.training.reward:RewardModeling",
    "dpo": "playground.training.dpo:DPO",
    "kto": "playground.training.kto:KTO",
    "ppo": "playground.training.ppo:PPO",
    "grpo": "playground.training.grpo:GRPO",
    "rloo": "playground.training.rloo:RLOO",
    "best": "playground.training.best_of_n:BestOfN",
    "rate": "playground.training.rates:RateSearch",
}


def execute(folder: Path, progress: bool | None = None) -> Run:
    """Execute a queued run in this process, from its newest checkpoint if it has one.

    `progress` draws a bar on standard error (default: where that is a terminal). Raises ConflictError
    where the run cannot be executed, and the TrainingError or InputError that ended it.
    """
    run = Run(Path(folder))
    settings = settings_of(run.spec)
    shown = sys.stderr.isatty() if progress is None else progress
    ranks.join()
    alone = ranks.first()
    watched = measuring(run) if alone else contextlib.nullcontext()
    kind = Session if alone else Follower
    with watched, kind(run, progress=shown) as session:
        try:
            ranks.check(run.spec.stage, settings.parallel)
            with _process_made_ready(max(1, run.spec.threads // ranks.count())):
                settings.train(session)
        except Exception:
            if alone:
                (run.folder / "traceback.txt").write_text(traceback.format_exc())
            raise
    return run


def settings_of(spec: RunSpec) -> Stage:
    """The settings dataclass that a specification was written from."""
    module, _, name = STAGES[spec.stage].partition(":")
    return getattr(importlib.import_module(module), name).from_dict(spec.settings)


@contextlib.contextmanager
def _process_made_ready(threads: int):
    """Threads, quiet libraries and a small garbage collection, all put back afterwards."""
    for name, value in (("GOMP_SPINCOUNT", "2000"), ("TRL_EXPERIMENTAL_SILENCE", "1")):
        os.environ.setdefault(name, value)
    import datasets
    import torch
    import transformers

    from playground.training import swift

    logging = transformers.utils.logging
    before, verbosity = torch.get_num_threads(), logging.get_verbosity()
    bars = logging.is_progress_bar_enabled()
    torch.set_num_threads(threads)
    logging.set_verbosity_error()
    logging.disable_progress_bar()
    datasets.disable_progress_bars()
    gc.collect()
    gc.freeze()
    reporting = {name: os.environ[name] for name in REPORTING if name in os.environ}
    try:
        with warnings.catch_warnings(), swift.arithmetic():
            warnings.simplefilter("ignore")
            yield
    finally:
        if "wandb" in sys.modules:
            sys.modules["wandb"].finish()
        for name in REPORTING:
            os.environ.pop(name, None)
        os.environ |= reporting
        gc.unfreeze()
        datasets.enable_progress_bars()
        logging.set_verbosity(verbosity)
        if bars:
            logging.enable_progress_bar()
        torch.set_num_threads(before)
