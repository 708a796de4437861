"""Reward modelling: judgements become a model that gives any answer a number."""

from dataclasses import dataclass
from typing import ClassVar

from playground.fields import setting
from playground.model.tuning.base import Tuning
from playground.model.tuning.full import FullTuning
from playground.run.job import Run
from playground.training import inputs, ranks
from playground.training.stage import Stage

METRICS = {
    "loss": "loss", "accuracy": "accuracy", "margin": "margin", "grad_norm": "grad_norm",
    "learning_rate": "learning_rate", "eval_loss": "eval_loss", "eval_accuracy": "eval_accuracy",
    "eval_margin": "eval_margin",
}


@dataclass(frozen=True, kw_only=True)
class RewardModeling(Stage):
    """Learn what people prefer: the chosen answer's score should exceed the rejected one's.

    The loss is -log sigmoid(score(chosen) - score(rejected)), the Bradley-Terry likelihood
    (Christiano et al. 2017, arXiv:1706.03741). The language model it starts from gets a score head.
    """

    stage: ClassVar[str] = "reward"
    writes: ClassVar[bool] = False

    tuning: Tuning | None = setting(FullTuning(), "Tuning")  # noqa: RUF009
    """Which weights learn. Full tuning makes a whole model, all of which PPO's value model can train on.
    None: as the starting model was tuned."""

    learning_rate: float = setting(1e-3, "Learning rate", low=1e-7, high=10.0)
    """How far each step goes."""

    epochs: float = setting(3.0, "Epochs", low=0.01, high=1000)
    """How often every judgement is seen. Few are soon learned by heart: watch the held-out accuracy."""

    batch_size: int = setting(16, "Batch size", low=1, high=1024)
    """Judgements that one step learns from at once."""

    center: float = setting(0.01, "Centering", low=0.0, high=10.0, advanced=True)
    """Pulls the scores of a pair towards a mean of zero (arXiv:2312.09244), so that numbers stay readable."""

    max_length: int = setting(512, "Longest text", low=8, high=131_072, advanced=True)
    """Tokens of prompt and answer together; a run with longer judgements is refused."""

    evaluations: int = setting(4, "Evaluations", low=1, high=1000, advanced=True)
    """How often in a run accuracy on the validation part is measured."""

    keep: str = setting("last", "Weights kept", choices=("last", "loss", "accuracy"), advanced=True)
    """Which weights the run ends with. `loss`: the ones with the lowest validation loss. `accuracy`: the
    ones that agreed with most held-out judgements."""

    patience: int = setting(0, "Patience", low=0, high=1000, advanced=True)
    """Evaluations in a row without a better one after which the run ends early; 0: never."""

    seed: int = setting(0, "Seed", low=0, high=2**31, advanced=True)
    """Fixes the start of the score head and the order of the judgements."""

    def prepare(self, model, train, validation=None) -> Run:
        """Write the run's folder without executing it.

        `model` is a Model, name or folder; `train` and `validation` Preferences or rows
        {"prompt", "chosen", "rejected"}, perhaps with "weight" and "margin": the loss of a pair counts
        `weight` times, and -log sigmoid(score(chosen) - score(rejected) - margin) asks for a distance
        (Touvron et al. 2023, arXiv:2307.09288). Raises InputError where nothing is preferred.
        """
        data = {"train": inputs.pairs(train)}
        if validation is not None and len(validation):
            data["validation"] = inputs.pairs(validation, least=1)
        inputs.check_judged(self.keep, self.patience, data.get("validation"))
        return self._create(model, data, {"train": train, "validation": validation})

    def fit(self, model, train, validation=None) -> Run:
        """Prepare and execute in this process; returns the completed run. Raises TrainingError."""
        return self._execute(self.prepare(model, train, validation))

    def train(self, session) -> None:
        from trl import RewardTrainer

        from playground.model.network import load_trainable
        from playground.training import best, callbacks
        from playground.training.batches import SimilarLengthsMixin
        from playground.training.checkpoints import CheckpointMixin
        from playground.training.each_row import EachRowMixin
        from playground.training.lean import LeanMixin
        from playground.training.weighted import WeightedRewardMixin

        mixins = (CheckpointMixin, LeanMixin, SimilarLengthsMixin, EachRowMixin, WeightedRewardMixin)

        class Trainer(*mixins, RewardTrainer):
            pass

        rows, validation = session.rows("train"), session.rows("validation")
        ready = load_trainable(session.spec.model, self.tuning, task="SEQ_CLS", seed=self.seed)
        columns = ("chosen", "rejected")
        trainer = Trainer(
            model=ready.network,
            args=self._arguments(session, bool(validation)),
            train_dataset=callbacks.table(rows, *columns),
            eval_dataset=callbacks.table(validation, *columns) if validation else None,
            processing_class=ready.tokenizer,
        )
        callbacks.follow(trainer, session, METRICS)
        if trainer.args.metric_for_best_model:
            trainer.add_callback(best.Judge(session, self.keep, self.patience))
        inputs.check_lengths(len(rows) - len(trainer.train_dataset), len(rows), self.max_length)
        with session.training():
            trainer.train(resume_from_checkpoint=session.checkpoint)
        best.restore(trainer, self.keep)
        session.save(ready.network, ready.tokenizer, ready.base)
        if validation and not session.stopped and ranks.count() == 1:
            self._question(session, ready)

    def _question(self, session, ready) -> None:
        """Ask the model about what was held out; what goes wrong there costs nobody a trained model."""
        from playground.model.load import RewardModel
        from playground.training.question import asked

        session.tell("Asking it about the held-out pairs")
        model = RewardModel(ready.network.eval(), ready.tokenizer, None)
        try:
            asked([session.run], model.score_many, session.rows("validation")).save(session.folder)
        except Exception as error:
            session.note(f"It could not be questioned: {error}")

    def _arguments(self, session, validate: bool):
        from trl import RewardConfig

        from playground.training import best, callbacks, ranks

        return callbacks.config(
            RewardConfig, session, self,
            **callbacks.checkpointing(),
            **best.arguments(self.keep, self.patience),
            num_train_epochs=self.epochs,
            per_device_train_batch_size=ranks.share(self.batch_size),
            per_device_eval_batch_size=32,
            lr_scheduler_type="cosine",
            warmup_steps=0.1,
            max_length=self.max_length,
            center_rewards_coefficient=self.center or None,
            eval_strategy="steps" if validate else "no",
            eval_steps=callbacks.share(self.evaluations),
        )
