"""TRL's PPOTrainer with what it leaves out attached through its seams; its loss is untouched.

It has no seed for a repeated run, no going on from a checkpoint, no gradient clipping, no stop and no
check for numbers that are not finite; and it needs more prompts than a rollout, or it waits for ever.
Each of these is mended from outside: the data loader is replaced, hooks are set on the optimizer and the
policy, and the counters are set forward in the first callback, before the loop reads them.
"""

import contextlib
from collections.abc import Iterator

import numpy as np
import torch
import transformers
from datasets import Dataset
from transformers import TrainerCallback, TrainerState
from transformers.trainer import TRAINER_STATE_NAME
from trl.experimental.ppo import PPOConfig, PPOTrainer, ppo_trainer

from playground.errors import InputError
from playground.model import generate
from playground.model.adapter import MERGES
from playground.model.ensemble import joined
from playground.model.load import Model
from playground.model.network import Trainable, load_trainable
from playground.model.source import find
from playground.model.tuning.full import FullTuning
from playground.training import callbacks, swift
from playground.training.checkpoints import CheckpointMixin
from playground.training.drift import frozen_copy
from playground.training.session import Session, StopRequested
from playground.world.gold import gold_of, repeats

METRICS = {
    "objective/scores": "reward", "objective/kl": "kl", "policy/clipfrac_avg": "clip_fraction",
    "loss/value_avg": "value_loss", "loss/policy_avg": "policy_loss", "val/ratio": "ratio",
    "lr": "learning_rate", "entropy": "entropy", "length": "length", "gold": "gold", "grad_norm": "grad_norm",
    "repetition": "repetition", "explained_variance": "explained_variance",
}


class PromptStream:
    """Batches of left-padded prompts without end; batch k depends on (seed, k) alone.

    Prompts are shuffled anew for each pass over them. Before a batch is handed out, all random states
    are set from (seed, k): what update k draws does not depend on what came before it. `first` is the
    update to begin with.
    """

    def __init__(self, rows: list[list[int]], batch: int, pad: int, seed: int):
        self.rows, self.batch, self.pad, self.seed = rows, batch, pad, seed
        self.first = 0
        self.newest: list[int] = []

    def __iter__(self) -> Iterator[dict[str, torch.Tensor]]:
        update = self.first
        while True:
            transformers.set_seed(int(np.random.SeedSequence([self.seed, 0, update]).generate_state(1)[0]))
            self.newest = self.chosen(update)
            yield {"input_ids": self.padded(self.newest)}
            update += 1

    def chosen(self, update: int) -> list[int]:
        """Positions of the prompts of one update."""
        first, count = update * self.batch, len(self.rows)
        order = {}
        for place in range(first, first + self.batch):
            epoch = place // count
            if epoch not in order:
                order[epoch] = np.random.default_rng([self.seed, 1, epoch]).permutation(count)
        return [int(order[p // count][p % count]) for p in range(first, first + self.batch)]

    def padded(self, positions: list[int]) -> torch.Tensor:
        rows = [self.rows[position] for position in positions]
        width = swift.wide(max(map(len, rows)))
        return torch.tensor([[self.pad] * (width - len(row)) + row for row in rows])


class SteeredPPO(CheckpointMixin, PPOTrainer):
    """PPOTrainer that can be stopped, continued, repeated, clipped and trusted.

    `gradient_clip` bounds the gradient of policy and value model apart; `gold(question, answer)`, where
    given, is the hidden score that each update's answers are also measured by.
    """

    def __init__(self, session: Session, stream: PromptStream, questions, gradient_clip, gold=None, **trl):
        super().__init__(**trl)
        self.session, self.questions, self.gradient_clip, self.gold = session, questions, gradient_clip, gold
        self.dataloader = stream
        self.accelerator.print = lambda *_: None
        self._norms: list[float] = []
        self._told: list[torch.Tensor] = []
        self._responses = None

    def train(self, resume_from_checkpoint: str | None = None) -> None:
        """Train, from a checkpoint where one is given.

        A stop falls into the middle of an update: the networks go back to the last checkpoint, and so do
        the logs, so that what is kept is what a resumed run goes on from.
        """
        if resume_from_checkpoint is not None:
            self._load_from_checkpoint(resume_from_checkpoint)
            self._load_optimizer_and_scheduler(resume_from_checkpoint)
            state = type(self.state).load_from_json(self.saved / TRAINER_STATE_NAME)
            self.dataloader.first = state.global_step
            self.callback_handler.callbacks.insert(0, GoesOn(state))
        try:
            super().train()
        except StopRequested:
            if self.ref_adapter_name:  # the stop may have come while the reference answered
                self.model.policy.set_adapter(self.model_adapter_name)
            self.go_back()
            raise

    @contextlib.contextmanager
    def steered(self):
        """Around `train`: sets the hooks, and removes them so that the model can be used afterwards."""
        policy = self.model.policy
        handles = [
            self.optimizer.optimizer.register_step_pre_hook(self._before_step),
            policy.register_forward_pre_hook(self.session.check_stop),
        ]
        generate = policy.generate

        def remembering(input_ids, **arguments):
            output = generate(input_ids=input_ids, **arguments)
            self._responses = output.sequences[:, input_ids.shape[1] :].tolist()
            return output

        ask = ppo_trainer.get_reward

        def overhearing(model, ids, pad, context):
            values, scores, ends = ask(model, ids, pad, context)
            self._told.append(values[:, context - 1, 0] if model is self.model.value_model else scores)
            return values, scores, ends

        policy.generate, ppo_trainer.get_reward = remembering, overhearing
        try:
            yield
        finally:
            ppo_trainer.get_reward = ask
            del policy.generate
            for handle in handles:
                handle.remove()

    def log(self, logs: dict[str, float], start_time: float | None = None) -> None:
        answers = [self._ended(row) for row in self._responses]
        logs["length"] = sum(map(len, answers)) / len(answers)
        logs["entropy"] = logs["objective/entropy"] / max(logs["length"], 1.0)
        logs["grad_norm"] = sum(self._norms) / max(len(self._norms), 1)
        self._norms.clear()
        decoded = self.processing_class.batch_decode(answers, skip_special_tokens=True)
        texts = [text.strip() for text in decoded]
        logs["repetition"] = sum(map(repeats, texts)) / len(texts)
        logs |= self._foreseen()
        if self.gold is not None:
            asked = [self.questions[place] for place in self.dataloader.newest]
            scores = [self.gold(question, text) for question, text in zip(asked, texts, strict=True)]
            logs["gold"] = sum(scores) / len(scores)
        self.session.check_finite("reward", logs["objective/scores"])
        super().log(logs, start_time)

    def _foreseen(self) -> dict[str, float]:
        """How much of the differences in reward the value model foretold when the answers began:
        1 - Var(score - value) / Var(score). Nothing where all scores are alike.
        """
        foretold, scores = (torch.cat(self._told[at::2]).float() for at in (0, 1))
        self._told.clear()
        if self.args.missing_eos_penalty is not None:  # which is a part of what the value model learns
            end = self.processing_class.eos_token_id
            open_ended = torch.tensor([end not in row for row in self._responses], device=scores.device)
            scores = scores - self.args.missing_eos_penalty * open_ended
        spread, left = (float(one.var(correction=0)) for one in (scores, scores - foretold))
        return {"explained_variance": 1 - left / spread} if spread else {}

    def _before_step(self, *_arguments) -> None:
        self.session.check_stop()
        for part in (self.model.policy, self.model.value_model):
            weights = [p for p in part.parameters() if p.grad is not None]
            norm = float(torch.nn.utils.clip_grad_norm_(weights, self.gradient_clip))
            self.session.check_finite("gradient", norm)
            if part is self.model.policy:
                self._norms.append(norm)

    def _ended(self, row: list[int]) -> list[int]:
        """An answer up to and with its end token."""
        end = self.processing_class.eos_token_id
        return row[: row.index(end) + 1] if end in row else row


class GoesOn(TrainerCallback):
    """Sets the counters to where a checkpoint left them: `train` zeroes them before and reads them after."""

    def __init__(self, saved: TrainerState):
        self.saved = saved

    def on_train_begin(self, args, state, control, **kwargs):
        state.global_step = self.saved.global_step
        state.episode = self.saved.global_step * args.batch_size
        state.log_history = list(self.saved.log_history)
        args.num_total_batches -= self.saved.global_step


def build(session: Session, settings, ready: Trainable) -> SteeredPPO:
    """The trainer of a run: policy, frozen reference, reward model, and a value model made from it."""
    tokenizer, questions = ready.tokenizer, [row["prompt"] for row in session.rows("prompts")]
    if tokenizer.pad_token_id == tokenizer.eos_token_id:
        raise InputError(
            "This model's padding token is its end token",
            rule="PPO cannot tell a finished answer from an empty place then",
            remedy="Choose a model with a padding token of its own, such as `pocket`",
        )
    value = _value_model(session.spec.reward, settings.seed)
    reward = _reward_model(session.spec.reward, value, settings.seed)
    value.score.weight.data.zero_()
    model = Model(ready.network, tokenizer, None)
    rows = generate.encode(tokenizer, [model.render(question) for question in questions], chat=True)
    adapter = isinstance(ready.reference, str)
    trainer = SteeredPPO(
        session,
        PromptStream(rows, settings.rollout, tokenizer.pad_token_id, settings.seed),
        questions,
        settings.gradient_clip,
        gold=gold_of(questions),
        args=_arguments(session, settings, ready.reference if adapter else None),
        processing_class=tokenizer,
        model=ready.network,
        ref_model=None if adapter else ready.reference,
        reward_model=reward,
        value_model=value,
        train_dataset=Dataset.from_dict({"input_ids": rows}),
        optimizers=_optimizers(ready.network, value, settings),
    )
    # An update takes seconds, and a stop falls back to the last checkpoint: one after each, if cheap.
    callbacks.follow(trainer, session, METRICS, callbacks.followed(session.rows("prompts")), patience=0.0)
    return trainer


def _value_model(reward: str, seed: int):
    """The reward model, all of it trainable; where its adapter cannot be merged, adapter and head are."""
    source = find(reward)
    whole = source.base is None or source.config["peft_type"] in MERGES
    return load_trainable(reward, FullTuning() if whole else None, task="SEQ_CLS", seed=seed).network


def _reward_model(reward: str, value, seed: int):
    """The judge: what the value model begins as, or the members of an ensemble together."""
    source = find(reward)
    if not source.members:
        return frozen_copy(value)
    return joined([_value_model(one.name, seed) for one in source.members], source.caution)


def _arguments(session: Session, settings, ref_adapter: str | None) -> PPOConfig:
    """One batch is one rollout: with gradient accumulation TRL's minibatches would do nothing."""
    return callbacks.config(
        PPOConfig, session, settings,
        **callbacks.checkpointing(),
        # TRL's PPO makes its own accelerator and never hears of it: the arithmetic is in float32.
        bf16=False,
        per_device_train_batch_size=settings.rollout,
        gradient_accumulation_steps=1,
        num_mini_batches=settings.minibatches,
        local_rollout_forward_batch_size=settings.rollout,
        total_episodes=settings.rollout * settings.updates,
        num_ppo_epochs=settings.epochs,
        num_sample_generations=0,
        response_length=settings.response_tokens,
        stop_token="eos",
        missing_eos_penalty=settings.unended_penalty or None,
        temperature=settings.temperature,
        kl_coef=settings.kl_coefficient,
        cliprange=settings.clip,
        vf_coef=settings.value_coefficient,
        model_adapter_name="default" if ref_adapter else None,
        ref_adapter_name=ref_adapter,
    )


def _optimizers(policy, value, settings):
    """AdamW with a learning rate for the policy and one for the value model, both falling to zero."""
    groups = [(policy, settings.learning_rate), (value, settings.value_learning_rate)]
    optimizer = torch.optim.AdamW(
        [{"params": [p for p in net.parameters() if p.requires_grad], "lr": rate} for net, rate in groups],
        weight_decay=0.0, eps=1e-5,
    )
    return optimizer, transformers.get_linear_schedule_with_warmup(optimizer, 0, settings.updates)
