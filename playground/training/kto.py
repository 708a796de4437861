"""Kahneman-Tversky optimisation: single answers with a thumb up or down shape the policy."""

from dataclasses import dataclass
from typing import ClassVar

from playground.fields import setting
from playground.model.tuning.base import Tuning
from playground.run.job import Run
from playground.training import inputs
from playground.training.stage import Stage

METRICS = {
    "loss": "loss", "rewards/margins": "margin", "rewards/chosen": "reward_chosen",
    "rewards/rejected": "reward_rejected",
    "kl": "zero_point", "grad_norm": "grad_norm", "learning_rate": "learning_rate", "eval_loss": "eval_loss",
    "eval_rewards/margins": "eval_margin",
}


@dataclass(frozen=True, kw_only=True)
class KTO(Stage):
    """Make good answers likelier and bad ones less likely, without pairing them (arXiv:2402.01306).

    r is the log of how much likelier an answer has become since the start, and z, the zero point, how far
    the policy has moved on average, measured on answers to other prompts of the batch. A good answer loses
    1 - sigmoid(beta (r - z)), a bad one 1 - sigmoid(beta (z - r)): each begins at 1/2, and what is already
    well beyond z moves little. The rarer kind is weighed up until both count alike. The reference is a
    frozen copy of the start, as in DPO.
    """

    stage: ClassVar[str] = "kto"
    parallel: ClassVar[bool] = False

    beta: float = setting(0.1, "Beta", low=1e-4, high=100.0)
    """How firmly the policy is tied to where it started: larger stays closer."""

    learning_rate: float = setting(4e-4, "Learning rate", low=1e-8, high=10.0)
    """How far each step goes."""

    epochs: float = setting(2.0, "Epochs", low=0.01, high=1000)
    """How often every answer is seen."""

    batch_size: int = setting(16, "Batch size", low=2, high=1024)
    """Answers that one step learns from at once, and that the zero point is measured on."""

    tuning: Tuning | None = setting(None, "Tuning", advanced=True)  # noqa: RUF009
    """Which weights learn. Empty: as the starting model was tuned."""

    loss: str = setting("kto", "Loss", choices=("kto", "apo_zero_unpaired"), advanced=True)
    """KTO's own, or APO's (arXiv:2408.06266), whose zero point stays at 0."""

    max_length: int = setting(512, "Longest text", low=8, high=131_072, advanced=True)
    """Tokens of prompt and answer together; what is longer is cut at the end."""

    kl_prompts: int = setting(16, "Prompts for KL", low=0, high=1000, advanced=True)
    """On so many prompts the policy answers a few times in a run, to measure how far it has moved."""

    evaluations: int = setting(4, "Evaluations", low=1, high=1000, advanced=True)
    """How often in a run the validation part is measured."""

    seed: int = setting(0, "Seed", low=0, high=2**31, advanced=True)
    """Fixes the order of the answers."""

    def prepare(self, model, train, validation=None, probes=None) -> Run:
        """Write the run's folder without executing it.

        `model` is a Model, name or folder; `train` and `validation` Thumbs, Preferences (of each pair one
        answer is good and one bad), or rows {"prompt", "completion", "label"}. `probes` are facts to keep
        (see `inputs.facts`). Raises InputError where good or bad answers are missing.
        """
        data = {"train": inputs.thumbs(train)}
        if validation is not None and len(validation):
            data["validation"] = inputs.thumbs(validation, both=False)
        return self._create(model, data, {"train": train, "validation": validation}, probes=probes)

    def fit(self, model, train, validation=None, probes=None) -> Run:
        """Prepare and execute in this process; returns the completed run. Raises TrainingError."""
        return self._execute(self.prepare(model, train, validation, probes))

    def train(self, session) -> None:
        from playground.model.network import copy_adapter, load_trainable
        from playground.training import callbacks, drift, kto_trainer

        rows, validation = session.rows("train"), session.rows("validation")
        ready = load_trainable(session.spec.model, self.tuning, seed=self.seed)
        adapted = hasattr(ready.network, "peft_config")
        reference = None if adapted else drift.frozen_copy(ready.network)
        arguments = self._arguments(session, rows, bool(validation))
        trainer = kto_trainer.SteeredKTO(
            model=ready.network,
            ref_model=reference,
            args=arguments,
            data_collator=kto_trainer.Mismatched(
                pad_token_id=ready.tokenizer.pad_token_id, max_length=self.max_length,
                pad_to_multiple_of=arguments.pad_to_multiple_of,
            ),
            train_dataset=callbacks.table(rows, "completion"),
            eval_dataset=callbacks.table(validation, "completion") if validation else None,
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

    def _arguments(self, session, rows: list[dict], validate: bool):
        from trl import KTOConfig

        from playground.training import callbacks

        good, bad = weights(rows)
        return callbacks.config(
            KTOConfig, session, self,
            **callbacks.checkpointing(),
            beta=self.beta,
            loss_type=self.loss,
            desirable_weight=good,
            undesirable_weight=bad,
            num_train_epochs=self.epochs,
            per_device_train_batch_size=self.batch_size,
            per_device_eval_batch_size=16,
            lr_scheduler_type="cosine",
            warmup_steps=0.1,
            max_length=self.max_length,
            eval_strategy="steps" if validate else "no",
            eval_steps=callbacks.share(self.evaluations),
        )


def weights(rows: list[dict]) -> tuple[float, float]:
    """What a good and a bad answer count, the rarer kind more, so that both kinds count alike."""
    good = sum(row["label"] for row in rows)
    bad = len(rows) - good
    return max(1.0, bad / good), max(1.0, good / bad)
