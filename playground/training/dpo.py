"""Direct preference optimisation: judgements shape the policy without a reward model between."""

from dataclasses import dataclass
from typing import ClassVar

from playground.errors import InputError
from playground.fields import setting
from playground.model.tuning.base import Tuning
from playground.run.job import Run
from playground.training import inputs
from playground.training.stage import Stage

METRICS = {
    "loss": "loss", "rewards/margins": "margin", "rewards/accuracies": "accuracy", "grad_norm": "grad_norm",
    "rewards/chosen": "reward_chosen", "learning_rate": "learning_rate", "eval_loss": "eval_loss",
    "eval_rewards/margins": "eval_margin", "eval_rewards/accuracies": "eval_accuracy",
}


@dataclass(frozen=True, kw_only=True)
class DPO(Stage):
    """Make chosen answers likelier and rejected ones less likely than they were (arXiv:2305.18290).

    The loss is -log sigmoid(beta (r(chosen) - r(rejected))), where r is the log of how much likelier an
    answer has become since the start; so it begins at log 2, beside `sft_weight` times the plain tuning loss
    of the chosen answers. A LoRA policy goes on in its adapter and is compared with a frozen copy of it; a
    full model with a frozen copy of itself.
    """

    stage: ClassVar[str] = "dpo"

    beta: float = setting(0.1, "Beta", low=1e-4, high=100.0)
    """How firmly the policy is tied to where it started: larger stays closer."""

    learning_rate: float = setting(1.5e-4, "Learning rate", low=1e-8, high=10.0)
    """How far each step goes. For `pocket`, 0.00015 suits LoRA and full tuning alike."""

    epochs: float = setting(2.0, "Epochs", low=0.01, high=1000)
    """How often every judgement is seen."""

    batch_size: int = setting(8, "Batch size", low=1, high=1024)
    """Judgements that one step learns from at once."""

    tuning: Tuning | None = setting(None, "Tuning", advanced=True)  # noqa: RUF009
    """Which weights learn. Empty: as the starting model was tuned."""

    loss: str = setting("sigmoid", "Loss", choices=("sigmoid", "ipo", "hinge"), advanced=True)
    """How a margin becomes a loss: DPO's own, IPO's square (arXiv:2310.12036), or a hinge."""

    noise: float = setting(0.0, "Wrong judgements", low=0.0, high=0.49, advanced=True)
    """The share of judgements taken to be the wrong way round, which the sigmoid loss then allows for
    (arXiv:2403.00409). What annotators disagree in is a guess at twice of it."""

    sft_weight: float = setting(2.0, "Weight of plain tuning", low=0.0, high=100.0, advanced=True)
    """Adds this much of the plain tuning loss on chosen answers (arXiv:2404.19733): preferring alone makes
    both answers less likely, and facts are lost with them."""

    max_length: int = setting(512, "Longest text", low=8, high=131_072, advanced=True)
    """Tokens of prompt and answer together; what is longer is cut at the end."""

    kl_prompts: int = setting(16, "Prompts for KL", low=0, high=1000, advanced=True)
    """On so many prompts the policy answers a few times in a run, to measure how far it has moved."""

    evaluations: int = setting(4, "Evaluations", low=1, high=1000, advanced=True)
    """How often in a run the validation part is measured."""

    seed: int = setting(0, "Seed", low=0, high=2**31, advanced=True)
    """Fixes the order of the judgements."""

    def __post_init__(self):
        super().__post_init__()
        if self.noise and self.loss != "sigmoid":
            raise InputError(
                f"{self.noise:g} of judgements are taken to be wrong, under the {self.loss} loss",
                rule="The sigmoid loss alone allows for wrong judgements",
                remedy="Choose the sigmoid loss, or 0",
            )

    @property
    def loss_name(self) -> str:
        """TRL's name of the loss."""
        return "robust" if self.noise else self.loss

    def prepare(self, model, train, validation=None, probes=None) -> Run:
        """Write the run's folder without executing it.

        `model` is a Model, name or folder; `train` and `validation` Preferences or rows
        {"prompt", "chosen", "rejected"}, perhaps with "weight": how often the loss of a pair counts.
        `probes` are facts to keep (see `inputs.facts`). Raises InputError where nothing is preferred, and
        for pairs with margins.
        """
        data = {"train": inputs.pairs(train)}
        if validation is not None and len(validation):
            data["validation"] = inputs.pairs(validation, least=1)
        for rows in data.values():
            inputs.refuse_margins(rows)
        return self._create(model, data, {"train": train, "validation": validation}, probes=probes)

    def fit(self, model, train, validation=None, probes=None) -> Run:
        """Prepare and execute in this process; returns the completed run. Raises TrainingError."""
        return self._execute(self.prepare(model, train, validation, probes))

    def train(self, session) -> None:
        from trl import DPOTrainer

        from playground.model.network import copy_adapter, load_trainable
        from playground.training import callbacks, drift
        from playground.training.batches import SimilarLengthsMixin
        from playground.training.checkpoints import CheckpointMixin
        from playground.training.each_row import EachRowMixin
        from playground.training.lean import LeanMixin
        from playground.training.weighted import WeightedDPOMixin

        mixins = (CheckpointMixin, LeanMixin, SimilarLengthsMixin, EachRowMixin, WeightedDPOMixin)

        class Trainer(*mixins, DPOTrainer):
            pass

        rows, validation = session.rows("train"), session.rows("validation")
        ready = load_trainable(session.spec.model, self.tuning, seed=self.seed)
        adapted = hasattr(ready.network, "peft_config")
        reference = None if adapted else drift.frozen_copy(ready.network)
        columns = ("chosen", "rejected")
        trainer = Trainer(
            model=ready.network,
            ref_model=reference,
            args=self._arguments(session, bool(validation)),
            train_dataset=callbacks.table(rows, *columns),
            eval_dataset=callbacks.table(validation, *columns) if validation else None,
            processing_class=ready.tokenizer,
        )
        inputs.check_lengths(len(rows) - len(trainer.train_dataset), len(rows), self.max_length)
        if adapted:
            copy_adapter(ready.network, "ref")
        callbacks.follow(trainer, session, METRICS, callbacks.followed(validation or rows))
        prompts = callbacks.followed(validation or rows, self.kl_prompts)
        if prompts:
            measured = drift.Drift(session, ready.tokenizer, prompts, reference or "ref", self.seed)
            trainer.add_callback(measured)
        with session.training():
            trainer.train(resume_from_checkpoint=session.checkpoint)
        session.save(ready.network, ready.tokenizer, ready.base)

    def _arguments(self, session, validate: bool):
        from trl import DPOConfig

        from playground.training import callbacks, ranks

        kinds, weights = [self.loss_name], [1.0]
        if self.sft_weight:
            kinds, weights = [*kinds, "sft"], [1.0, self.sft_weight]
        return callbacks.config(
            DPOConfig, session, self,
            **callbacks.checkpointing(),
            beta=self.beta,
            loss_type=kinds,
            loss_weights=weights,
            label_smoothing=self.noise,
            num_train_epochs=self.epochs,
            per_device_train_batch_size=ranks.share(self.batch_size),
            per_device_eval_batch_size=16,
            lr_scheduler_type="cosine",
            warmup_steps=0.1,
            max_length=self.max_length,
            eval_strategy="steps" if validate else "no",
            eval_steps=callbacks.share(self.evaluations),
        )
