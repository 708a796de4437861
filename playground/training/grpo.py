"""Group-relative policy optimisation: answers to one prompt are judged against each other."""

from dataclasses import dataclass
from typing import ClassVar

from playground.errors import InputError
from playground.fields import setting
from playground.model.tuning.base import Tuning
from playground.run.job import Run
from playground.training import inputs
from playground.training.stage import Stage


@dataclass(frozen=True, kw_only=True)
class GRPO(Stage):
    """Raise the reward of the policy's own answers, without a model that foretells it (arXiv:2402.03300).

    Each update draws `group` answers to each of a few prompts. An answer's advantage is its reward less
    the mean of its group's, in standard deviations of the group: better than its siblings is made
    likelier, worse less likely. What holds the policy near its start is the KL coefficient, as in PPO.
    """

    stage: ClassVar[str] = "grpo"
    parallel: ClassVar[bool] = False

    kl_coefficient: float = setting(0.02, "KL coefficient", low=0.0, high=100.0)
    """The price of each nat that the policy moves away from its start, token by token."""

    learning_rate: float = setting(8e-4, "Learning rate", low=1e-8, high=10.0)
    """How far each step goes. For `pocket`, 0.0008 suits LoRA."""

    updates: int = setting(12, "Updates", low=1, high=100_000)
    """How often the policy answers, is judged and learns."""

    rollout: int = setting(32, "Answers an update", low=4, high=4096)
    """Answers drawn for each update, to all its prompts together."""

    group: int = setting(8, "Answers a prompt", low=2, high=256)
    """Answers that are judged against each other. It must divide the answers an update."""

    passes: int = setting(2, "Passes over an update", low=1, high=100, advanced=True)
    """How often each update's answers are learned from, one step each."""

    response_tokens: int = setting(40, "Longest answer", low=4, high=4096, advanced=True)
    """Tokens after which an answer is cut off."""

    unended_penalty: float = setting(1.0, "Penalty for not ending", low=0.0, high=1000.0, advanced=True)
    """Taken from the reward of an answer that was cut off."""

    temperature: float = setting(1.0, "Temperature", low=0.05, high=5.0, advanced=True)
    """How freely answers are drawn. Siblings that are all alike teach nothing."""

    clip: float = setting(0.2, "Clip range", low=0.01, high=10.0, advanced=True)
    """A token's probability may change by this share in one update before its gradient is cut off."""

    loss: str = setting("dapo", "Loss", choices=("dapo", "grpo", "dr_grpo"), advanced=True)
    """How tokens are averaged: over all of an update (arXiv:2503.14476), in each answer first as in the
    first paper, or by a fixed length, which favours no answer for being short (arXiv:2503.20783)."""

    tuning: Tuning | None = setting(None, "Tuning", advanced=True)  # noqa: RUF009
    """Which weights learn. Empty: as the starting model was tuned."""

    seed: int = setting(0, "Seed", low=0, high=2**31, advanced=True)
    """Fixes which prompts come when, and what is drawn."""

    def __post_init__(self):
        super().__post_init__()
        if self.rollout % self.group:
            raise InputError(
                f"{self.rollout} answers cannot be split into groups of {self.group}",
                rule="The answers a prompt divide the answers an update",
                remedy="Try 32 answers in groups of 8",
            )

    @property
    def prompts_an_update(self) -> int:
        """Prompts that one update asks."""
        return self.rollout // self.group

    def prepare(self, model, prompts, reward, probes=None) -> Run:
        """Write the run's folder without executing it.

        `model` and `reward` are a Model and a RewardModel, names or folders; `prompts` a Dataset, texts,
        or rows {"prompt"}; `probes` are facts to keep (see `inputs.facts`).
        Raises InputError for fewer prompts than one update asks.
        """
        data = {"prompts": inputs.prompts(prompts, least=self.prompts_an_update)}
        return self._create(model, data, {"prompts": prompts}, reward=reward, probes=probes)

    def fit(self, model, prompts, reward, probes=None) -> Run:
        """Prepare and execute in this process; returns the completed run. Raises TrainingError."""
        return self._execute(self.prepare(model, prompts, reward, probes))

    def train(self, session) -> None:
        from playground.model.network import load_trainable
        from playground.training import grpo_trainer

        ready = load_trainable(session.spec.model, self.tuning, seed=self.seed)
        trainer = grpo_trainer.build(session, self, ready)
        with session.training(), trainer.steered():
            trainer.train(resume_from_checkpoint=session.checkpoint)
        session.save(ready.network, ready.tokenizer, ready.base)
