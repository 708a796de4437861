"""Supervised fine-tuning: a text completer learns to answer from examples of good answers."""

import math
from dataclasses import dataclass, replace
from typing import ClassVar

from playground.fields import setting
from playground.model.tuning.base import Tuning
from playground.model.tuning.bottleneck import BottleneckAdapter
from playground.model.tuning.full import FullTuning
from playground.model.tuning.lora import LoRA
from playground.model.tuning.prompt import PromptTuning
from playground.model.tuning.qlora import QLoRA
from playground.model.tuning.selective import SelectiveTuning
from playground.run.job import Run
from playground.training import inputs
from playground.training.stage import Stage

METRICS = {name: name for name in ("loss", "eval_loss", "eval_answers", "grad_norm", "learning_rate")}

SCHEDULES = ("cosine", "linear", "constant_with_warmup")
"""By the library's own names."""

MEASURED_AT_ONCE = 32
"""Rows of the validation part in a batch."""

RECIPES = {
    "lora": {},
    "selective": {"tuning": SelectiveTuning(last_layers=3), "learning_rate": 1e-3},
    "bottleneck": {"tuning": BottleneckAdapter(width=256), "learning_rate": 3.5e-3, "epochs": 5.0},
    "prompt": {"tuning": PromptTuning(tokens=16), "learning_rate": 1e-2},
    "qlora": {"tuning": QLoRA(rank=64, alpha=128, embeddings=True)},
}
"""What differs from the defaults, by kind of tuning."""


@dataclass(frozen=True, kw_only=True)
class SFT(Stage):
    """Tune on examples: the loss is the surprise at each token of the answer, never of the question.

    The defaults are the recipe for `pocket` with LoRA; `SFT.full()` is its sibling that trains every
    weight, and `SFT.destructive()` shows what a large learning rate does to what the base knew.
    """

    stage: ClassVar[str] = "sft"

    tuning: Tuning = setting(LoRA(rank=64, alpha=128, embeddings=True), "Tuning")  # noqa: RUF009
    """Which weights learn. LoRA leaves the model as it is, beside an adapter; full tuning makes a new one."""

    learning_rate: float = setting(2.2e-3, "Learning rate", low=1e-7, high=10.0)
    """How far each step goes. For `pocket`, 0.0022 suits LoRA and 0.0008 full tuning; several times more
    ruins what the base knew."""

    epochs: float = setting(3.0, "Epochs", low=0.01, high=1000)
    """How often every example is seen. More teaches the examples better and everything else worse."""

    batch_size: int = setting(8, "Batch size", low=1, high=1024)
    """Examples that one step learns from at once."""

    accumulation: int = setting(1, "Accumulation", low=1, high=1024, advanced=True)
    """Batches added up before a step: a batch of 8 equals two accumulated batches of 4, with less memory."""

    warm_up: int = setting(60, "Warm-up steps", low=0, high=100_000, advanced=True)
    """Steps in which the learning rate rises from zero; of a short run, its first half at most."""

    schedule: str = setting("cosine", "Schedule", choices=SCHEDULES, advanced=True)
    """What the learning rate does after the warm-up: fall to zero along a cosine or a straight line, or stay
    where it is."""

    weight_decay: float = setting(0.0, "Weight decay", low=0.0, high=1.0, advanced=True)
    """How much every step shrinks the weights."""

    max_length: int = setting(512, "Longest example", low=8, high=131_072, advanced=True)
    """Tokens of prompt and answer together; what is longer is cut at the end."""

    evaluations: int = setting(4, "Evaluations", low=1, high=1000, advanced=True)
    """How often in a run the loss on the validation part is measured."""

    train_questions: int = setting(0, "Training questions asked", low=0, high=1024, advanced=True)
    """How many training examples the forgetting meter asks as well, to tell what was learned by heart from
    what carries over to other questions; 0: none, which is a little faster."""

    keep: str = setting("last", "Weights kept", choices=("last", "loss", "answers"), advanced=True)
    """Which weights the run ends with. `loss`: the ones with the lowest validation loss. `answers`: the
    ones that answered most validation questions word for word."""

    patience: int = setting(0, "Patience", low=0, high=1000, advanced=True)
    """Evaluations in a row without a better one after which the run ends early; 0: never."""

    seed: int = setting(0, "Seed", low=0, high=2**31, advanced=True)
    """Fixes the order of the examples and the start of new weights."""

    @classmethod
    def full(cls, **changes) -> "SFT":
        """Every weight at a small learning rate."""
        return cls(**{"tuning": FullTuning(), "learning_rate": 8e-4, "epochs": 2.0, **changes})

    @classmethod
    def tuned(cls, kind: str, **changes) -> "SFT":
        """The recipe for `pocket` with a kind of tuning, as `benchmarks.tunings` found it."""
        return cls.full(**changes) if kind == "full" else cls(**{**RECIPES[kind], **changes})

    @classmethod
    def destructive(cls, **changes) -> "SFT":
        """Every weight at a learning rate twelve times as large: learns the examples, forgets the world."""
        return cls.full(**{"learning_rate": 1e-2, **changes})

    def steps(self, examples: int) -> int:
        """Steps of a run on so many examples."""
        a_pass = max(1, math.ceil(examples / (self.batch_size * self.accumulation)))
        return max(1, math.ceil(self.epochs * a_pass))

    def prepare(self, model, train, validation=None, probes=None) -> Run:
        """Write the run's folder without executing it.

        `model` is a Model, name or folder; `train` and `validation` a Dataset, records or rows
        {"prompt", "completion"}. `probes` are facts to keep (see
        `inputs.facts`). Raises InputError for data that cannot be learned from.
        """
        data = {"train": inputs.examples(train)}
        if validation is not None and len(validation):
            data["validation"] = inputs.examples(validation)
        inputs.check_judged(self.keep, self.patience, data.get("validation"))
        # Kept as it will be, so that whoever reads the run, or ejects it, sees what it did.
        settings = replace(self, warm_up=min(self.warm_up, self.steps(len(data["train"])) // 2))
        return settings._create(model, data, {"train": train, "validation": validation}, probes=probes)

    def fit(self, model, train, validation=None, probes=None) -> Run:
        """Prepare and execute in this process; returns the completed run. Raises TrainingError."""
        return self._execute(self.prepare(model, train, validation, probes))

    def train(self, session) -> None:
        from trl import SFTTrainer

        from playground.model.network import load_trainable
        from playground.training import best, callbacks, head
        from playground.training.batches import SimilarLengthsMixin
        from playground.training.checkpoints import CheckpointMixin
        from playground.training.lean import LeanMixin

        bases = (CheckpointMixin, LeanMixin, SimilarLengthsMixin, best.AnswersMixin, head.AnswerLossMixin)

        class Trainer(*bases, SFTTrainer):
            asked = session.rows("validation")[: best.ASKED] if self.keep == "answers" else []

        rows, validation = session.rows("train"), session.rows("validation")
        measured = sorted(validation, key=_length)
        ready = load_trainable(session.spec.model, self.tuning, seed=self.seed)
        small = head.fits(ready.network, max(self.batch_size, MEASURED_AT_ONCE), self.max_length)
        trainer = Trainer(
            model=ready.network,
            args=self._arguments(session, bool(validation), small),
            train_dataset=callbacks.table(rows, "completion"),
            eval_dataset=callbacks.table(measured, "completion") if measured else None,
            processing_class=ready.tokenizer,
        )
        prompts = callbacks.followed(validation or rows)
        callbacks.follow(trainer, session, METRICS, prompts, learned=self.train_questions)
        if trainer.args.metric_for_best_model:
            trainer.add_callback(best.Judge(session, self.keep, self.patience))
        inputs.check_lengths(len(rows) - len(trainer.train_dataset), len(rows), self.max_length)
        with session.training():
            trainer.train(resume_from_checkpoint=session.checkpoint)
        best.restore(trainer, self.keep)
        session.save(ready.network, ready.tokenizer, ready.base)

    def _arguments(self, session, validate: bool, small: bool):
        from trl import SFTConfig

        from playground.training import best, callbacks, ranks

        return callbacks.config(
            SFTConfig, session, self,
            **callbacks.checkpointing(),
            **best.arguments(self.keep, self.patience),
            num_train_epochs=self.epochs,
            per_device_train_batch_size=ranks.share(self.batch_size),
            per_device_eval_batch_size=MEASURED_AT_ONCE,
            loss_type="nll" if small else "chunked_nll",
            gradient_accumulation_steps=self.accumulation,
            lr_scheduler_type=self.schedule,
            warmup_steps=self.warm_up,
            weight_decay=self.weight_decay,
            # A run of a few hundred steps is over before the usual 0.999 has seen enough gradients.
            adam_beta2=0.98,
            max_length=self.max_length,
            eval_strategy="steps" if validate else "no",
            eval_steps=callbacks.share(self.evaluations),
        )


def _length(row: dict) -> int:
    """Characters, roughly: batches of similar rows to measure are padded little."""
    return len(str(row["prompt"])) + len(row["completion"])
