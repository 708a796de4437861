"""How long the steps of a trainer take, ours or TRL's."""

import itertools
import statistics
import time

from transformers import TrainerCallback


class Clock(TrainerCallback):
    """`seconds`: from the beginning of training to its end; `pace`: from one step's end to the next, as the
    median, which what comes only now and then does not move. The first step, which warms up, has no say.
    """

    seconds = 0.0

    def on_train_begin(self, *_given, **_more):
        self.ends, self.began = [], time.monotonic()

    def on_step_end(self, *_given, **_more):
        self.ends.append(time.monotonic())

    def on_train_end(self, *_given, **_more):
        self.seconds = time.monotonic() - self.began

    @property
    def pace(self) -> float:
        return statistics.median(after - before for before, after in itertools.pairwise(self.ends))
