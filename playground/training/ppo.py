"""Proximal policy optimisation: the policy answers, the reward model judges, the policy learns."""

from dataclasses import dataclass
from typing import ClassVar

from playground.errors import InputError
from playground.fields import setting
from playground.model.tuning.base import Tuning
from playground.run.job import Run
from playground.training import inputs
from playground.training.stage import Stage


@dataclass(frozen=True, kw_only=True)
class PPO(Stage):
    """Raise the reward of the policy's own answers without leaving its start too far (arXiv:1707.06347).

    Each update draws `rollout` answers, scores them, and takes a few clipped steps. What is maximised
    is reward - kl_coefficient x log(policy / start), as in arXiv:2203.02155. `PPO.hacked()` all but
    drops the second term, and shows what a policy does that only wants to please the reward model.
    """

    stage: ClassVar[str] = "ppo"
    parallel: ClassVar[bool] = False

    kl_coefficient: float = setting(0.1, "KL coefficient", low=0.0, high=100.0)
    """The price of each nat that the policy moves away from its start. Too little, and it learns to fool the
    reward model instead of answering better."""

    learning_rate: float = setting(2e-4, "Learning rate", low=1e-8, high=10.0)
    """How far each step of the policy goes. For `pocket`, 0.0002 suits LoRA and full tuning alike."""

    updates: int = setting(12, "Updates", low=1, high=100_000)
    """How often the policy answers, is judged and learns."""

    rollout: int = setting(32, "Answers an update", low=4, high=4096)
    """Answers drawn for each update; there must be at least as many prompts."""

    epochs: int = setting(2, "Passes over an update", low=1, high=100, advanced=True)
    """How often each update's answers are learned from."""

    minibatches: int = setting(2, "Steps a pass", low=1, high=256, advanced=True)
    """Parts into which an update's answers are split, one step each; it must divide their number."""

    response_tokens: int = setting(40, "Longest answer", low=4, high=4096, advanced=True)
    """Tokens after which an answer is cut off."""

    unended_penalty: float = setting(1.0, "Penalty for not ending", low=0.0, high=1000.0, advanced=True)
    """Taken from the reward of an answer that was cut off."""

    temperature: float = setting(0.7, "Temperature", low=0.05, high=5.0, advanced=True)
    """How freely answers are drawn. 1 is what the policy believes."""

    clip: float = setting(0.2, "Clip range", low=0.01, high=10.0, advanced=True)
    """A token's probability may change by this share in one update before its gradient is cut off."""

    value_learning_rate: float = setting(2e-4, "Learning rate of values", low=1e-8, high=10.0, advanced=True)
    """How fast the value model, which foretells the reward, learns."""

    value_coefficient: float = setting(0.1, "Weight of the value loss", low=0.0, high=100.0, advanced=True)
    """How much the value model's loss counts beside the policy's."""

    gradient_clip: float = setting(1.0, "Gradient clip", low=0.001, high=1e6, advanced=True)
    """Longest gradient of a step, of policy and value model apart."""

    on_alarm: str = setting("tell", "On an alarm", choices=("tell", "stop"), advanced=True)
    """What happens when the curves tell of over-optimisation, a KL blow-up, or answers out of bounds or all
    alike. `tell`: it is said beside them. `stop`: the run ends there. The best weights are kept in both
    where those that learn take 200 MB at most."""

    tuning: Tuning | None = setting(None, "Tuning", advanced=True)  # noqa: RUF009
    """Which weights learn. Empty: as the starting model was tuned."""

    seed: int = setting(0, "Seed", low=0, high=2**31, advanced=True)
    """Fixes which prompts come when, and what is drawn."""

    def __post_init__(self):
        super().__post_init__()
        if self.rollout % self.minibatches:
            raise InputError(
                f"{self.rollout} answers cannot be split into {self.minibatches} equal parts",
                rule="The steps a pass divide the answers an update",
                remedy="Try 32 answers and 2 steps",
            )

    @property
    def prompts_an_update(self) -> int:
        """Prompts that one update asks: PPO wants one answer to each."""
        return self.rollout

    @classmethod
    def hacked(cls, **changes) -> "PPO":
        """Almost no price on leaving the start, and larger steps: the reward rises, the answers get worse."""
        return cls(**{"kl_coefficient": 0.001, "learning_rate": 2e-3, "temperature": 1.0, **changes})

    def prepare(self, model, prompts, reward, probes=None) -> Run:
        """Write the run's folder without executing it.

        `model` and `reward` are a Model and a RewardModel, names or folders; `prompts` a Dataset, texts,
        or rows {"prompt"}; `probes` are facts to keep (see `inputs.facts`).
        Raises InputError for fewer prompts than answers an update, and for a reward model of another
        vocabulary.
        """
        data = {"prompts": inputs.prompts(prompts, least=self.prompts_an_update)}
        inputs.check_vocabulary(inputs.model_of(model), inputs.model_of(reward, reward=True))
        return self._create(model, data, {"prompts": prompts}, reward=reward, probes=probes)

    def fit(self, model, prompts, reward, probes=None) -> Run:
        """Prepare and execute in this process; returns the completed run. Raises TrainingError."""
        return self._execute(self.prepare(model, prompts, reward, probes))

    def train(self, session) -> None:
        from playground.model.network import load_trainable
        from playground.training import ppo_trainer

        ready = load_trainable(session.spec.model, self.tuning, seed=self.seed, reference=True)
        trainer = ppo_trainer.build(session, self, ready)
        with session.training(), trainer.steered():
            trainer.train(session.checkpoint)
        session.save(ready.network, ready.tokenizer, ready.base)
