"""The trainer of a learning-rate search: SFT's own, under a rate that rises with every step."""

import math

import torch
from transformers import TrainerCallback
from trl import SFTConfig, SFTTrainer

from playground.model.network import load_trainable
from playground.training import callbacks, head
from playground.training.batches import SimilarLengthsMixin
from playground.training.lean import LeanMixin
from playground.training.rates import EXPLODED, RateSearch, smooth


class RisingTrainer(LeanMixin, SimilarLengthsMixin, head.AnswerLossMixin, SFTTrainer):
    """Multiplies its rate by the same factor at every step."""

    search: RateSearch

    def create_scheduler(self, num_training_steps: int, optimizer=None):
        optimizer = self.optimizer if optimizer is None else optimizer
        highest = self.search.highest
        self.lr_scheduler = torch.optim.lr_scheduler.LambdaLR(
            optimizer, lambda step: self.search.rate(min(step, self.search.steps - 1)) / highest
        )
        return self.lr_scheduler


class Explosion(TrainerCallback):
    """Ends the search where the smoothed loss has left its lowest far behind."""

    def __init__(self):
        self.losses: list[float] = []

    def on_log(self, args, state, control, logs=None, **kwargs):
        if "loss" not in (logs or {}):
            return
        self.losses.append(logs["loss"])
        smoothed = smooth(self.losses)
        if not math.isfinite(smoothed[-1]) or smoothed[-1] > EXPLODED * min(smoothed):
            control.should_training_stop = True


def trainer_of(search: RateSearch, session, rows) -> RisingTrainer:
    """Ready to train on a table of rows, watched by the session."""
    ready = load_trainable(session.spec.model, search.tuning, seed=search.seed)
    small = head.fits(ready.network, search.batch_size, search.max_length)
    trainer = RisingTrainer(
        model=ready.network,
        args=callbacks.config(
            SFTConfig, session, search,
            save_strategy="no",
            max_steps=search.steps,
            per_device_train_batch_size=search.batch_size,
            gradient_accumulation_steps=search.accumulation,
            loss_type="nll" if small else "chunked_nll",
            weight_decay=search.weight_decay,
            adam_beta2=0.98,
            max_length=search.max_length,
            eval_strategy="no",
        ),
        train_dataset=rows,
        processing_class=ready.tokenizer,
    )
    trainer.search = search
    callbacks.follow(trainer, session, {"loss": "loss"}, patience=math.inf)
    trainer.add_callback(Explosion())
    return trainer
