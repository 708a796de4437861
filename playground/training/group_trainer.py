"""TRL's GRPOTrainer and RLOOTrainer, steered: stopped anywhere, judged as we judge, resumed exactly.

Going on in a later epoch they would replay the first one's order of prompts, and a checkpoint between two
passes over the same answers has lost the probabilities they were drawn with. Both are mended here: each
epoch's order is drawn from seed and epoch, and checkpoints lie between updates.
"""

import contextlib

import numpy as np
from transformers import TrainerCallback
from trl import GRPOConfig, GRPOTrainer, RLOOConfig, RLOOTrainer

from playground.model.network import ADAPTER, Trainable, copy_adapter
from playground.run.judging import Points
from playground.training import callbacks
from playground.training.checkpoints import CheckpointMixin
from playground.training.drift import frozen_copy
from playground.training.lean import LeanMixin
from playground.training.session import Session, StopRequested
from playground.world.gold import gold_of, repeats

METRICS = {
    "loss": "loss", "reward": "reward", "reward_std": "reward_spread", "kl": "kl", "entropy": "entropy",
    "frac_reward_zero_std": "equal_groups", "completions/mean_length": "length", "gold": "gold",
    "clip_ratio/region_mean": "clip_fraction", "grad_norm": "grad_norm", "learning_rate": "learning_rate",
    "score": "score", "rule": "rule", "repetition": "repetition",
}
LEAST_KL = 1e-9
"""A coefficient of 0 would leave the reference out, and with it the measured KL."""


class Judge:
    """The reward of answers as TRL asks for it, less a penalty where an answer did not end.

    `gold`, where the questions have it, is measured and never learned from.
    """

    def __init__(self, session: Session, settings, questions: list[str], end: int):
        self.session, self.end, self.penalty = session, end, settings.unended_penalty
        self.points = Points(session.spec, session.folder, questions)
        self.gold = gold_of(questions)
        self.__name__ = "reward"

    def __call__(self, prompts, completions, completion_ids, log_metric, **_columns) -> list[float]:
        texts = [turns[0]["content"].strip() for turns in completions]
        pairs = [(asked[-1]["content"], text) for asked, text in zip(prompts, texts, strict=True)]
        parts = self.points.parts(pairs, prompts)
        told = {name: points for name, points in parts.items() if name in METRICS}
        told["repetition"] = [float(repeats(text)) for text in texts]
        if self.gold is not None:
            told["gold"] = [self.gold(*pair) for pair in pairs]
        for name, points in told.items():
            log_metric(name, sum(points) / len(points))
        cut = [-self.penalty * (self.end not in ids) for ids in completion_ids]
        rewards = [sum(each) for each in zip(*parts.values(), cut, strict=True)]
        for reward in rewards:
            self.session.check_finite("reward", reward)
        return rewards


class SteeredMixin(CheckpointMixin, LeanMixin):
    """A trainer of groups that stops, resumes and tells its KL by the answer. First in the bases."""

    _length = 0.0
    """Tokens of the newest answers, on average."""

    def train(self, resume_from_checkpoint: str | None = None) -> None:
        """Train, from a checkpoint where one is given; a stop goes back to the newest one, as in PPO."""
        try:
            super().train(resume_from_checkpoint=resume_from_checkpoint)
        except StopRequested:
            self.go_back()
            raise

    @contextlib.contextmanager
    def steered(self):
        """Around `train`: a hook that looks for a stop before every forward pass, removed afterwards."""
        handle = self.model.register_forward_pre_hook(self.session.check_stop)
        try:
            yield
        finally:
            handle.remove()
            if hasattr(self.model, "peft_config"):  # the stop may have come while the reference answered
                self.model.set_adapter(ADAPTER)

    def log(self, logs: dict[str, float], start_time: float | None = None) -> None:
        """TRL's KL is a mean over tokens; the other stages tell it by the answer, in nats."""
        found = self._metrics["train"]
        self._length = (found.get("completions/mean_length") or [self._length])[-1]
        # In the first pass the probabilities are those that were drawn from: nothing can be cut off.
        if self.num_iterations > 1 and "completions/mean_length" in found:
            found.pop("clip_ratio/region_mean", None)
        if "kl" in found:
            found["kl"] = [value * self._length for value in found["kl"]]
        super().log(logs, start_time)

    def _run_epoch(self, **settings) -> None:
        epoch = np.random.SeedSequence([self.args.seed, settings["epoch"]])
        self._order.generator.manual_seed(int(epoch.generate_state(1)[0]))
        super()._run_epoch(**settings)

    def _get_train_sampler(self, dataset=None):
        self._order = super()._get_train_sampler(dataset)
        return self._order


class SteeredGRPO(SteeredMixin, GRPOTrainer):
    pass


class SteeredRLOO(SteeredMixin, RLOOTrainer):
    pass


class BetweenUpdates(TrainerCallback):
    """Counts passes on from a checkpoint, and allows one only where the next step draws new answers."""

    def __init__(self, trainer: SteeredMixin):
        self.trainer = trainer

    def on_train_begin(self, args, state, control, **kwargs):
        self.trainer._step = state.global_step

    def on_step_end(self, args, state, control, **kwargs):
        if state.global_step % args.num_iterations:
            control.should_save = control.should_training_stop = False
        return control


def build(session: Session, settings, ready: Trainable) -> SteeredMixin:
    """The trainer of a run: policy, frozen reference, and the judge of its answers."""
    rows = session.rows("prompts")
    judge = Judge(session, settings, [row["prompt"] for row in rows], ready.tokenizer.eos_token_id)
    adapted = hasattr(ready.network, "peft_config")
    price = max(settings.kl_coefficient, LEAST_KL)
    kind, arguments = (
        (SteeredGRPO, _grpo_arguments) if settings.stage == "grpo" else (SteeredRLOO, _rloo_arguments)
    )
    trainer = kind(
        model=ready.network,
        reward_funcs=judge,
        # A full model's reference would be read from the disk; with no price it reads none.
        args=arguments(session, settings, price if adapted else 0.0),
        train_dataset=callbacks.table(rows),
        processing_class=ready.tokenizer,
    )
    trainer.beta = price
    if adapted:
        copy_adapter(ready.network, "ref")
    else:
        copy = frozen_copy(ready.network)
        trainer.ref_model = trainer.accelerator.prepare_model(copy, evaluation_mode=True)
    callbacks.follow(trainer, session, METRICS, callbacks.followed(rows), patience=0.0)
    trainer.add_callback(BetweenUpdates(trainer))
    return trainer


def _grpo_arguments(session: Session, settings, price: float) -> GRPOConfig:
    more = _arguments(settings, price)
    return callbacks.config(GRPOConfig, session, settings, **more, loss_type=settings.loss)


def _rloo_arguments(session: Session, settings, price: float) -> RLOOConfig:
    more = _arguments(settings, price)
    return callbacks.config(RLOOConfig, session, settings, **more, normalize_advantages=settings.normalize)


def _arguments(settings, price: float) -> dict:
    every = settings.passes * -(-settings.updates // callbacks.CHECKPOINTS)
    return {
        "save_strategy": "steps",
        "save_steps": every,
        "max_steps": settings.updates * settings.passes,
        "per_device_train_batch_size": settings.rollout,
        "num_generations": settings.group,
        "num_iterations": settings.passes,
        "steps_per_generation": 1,
        "max_completion_length": settings.response_tokens,
        "temperature": settings.temperature,
        "beta": price,
        "epsilon": settings.clip,
        "lr_scheduler_type": "linear",
        "disable_dropout": True,
    }
