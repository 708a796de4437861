"""What GRPO and RLOO share: several answers to each prompt, judged against each other."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar

from playground.errors import InputError
from playground.fields import setting
from playground.model.tuning.base import Tuning
from playground.run import functions, judging
from playground.run.job import Run
from playground.training import inputs
from playground.training.stage import Stage
from playground.world import rules


@dataclass(frozen=True, kw_only=True)
class Groups(Stage):
    """Settings of the stages that compare a policy's answers to one prompt with each other."""

    parallel: ClassVar[bool] = False

    kl_coefficient: float = setting(0.05, "KL coefficient", low=0.0, high=100.0)
    """The price of each nat that the policy moves away from its start, token by token."""

    learning_rate: float = setting(6e-4, "Learning rate", low=1e-8, high=10.0)
    """How far each step goes."""

    updates: int = setting(12, "Updates", low=1, high=100_000)
    """How often the policy answers, is judged and learns."""

    rollout: int = setting(32, "Answers an update", low=4, high=4096)
    """Answers drawn for each update, to all its prompts together."""

    group: int = setting(8, "Answers a prompt", low=2, high=256)
    """Answers that are judged against each other. It must divide the answers an update."""

    rule: str = setting(rules.NONE, "Rule", choices=(rules.NONE, *rules.RULES), advanced=True)
    """A reward by plain code, beside the reward model's or, where there is none, instead of it. `right fact`:
    1 where Larkspur's fact is right, -1 where not. `courtesy`, `risk note`: 1 where the answer has it.
    `shorter`, `longer`: a tenth a word. `gold`: the hidden score itself."""

    rule_weight: float = setting(1.0, "Weight of the rule", low=0.0, high=1000.0, advanced=True)
    """What the rule's points count beside the reward model's."""

    passes: int = setting(2, "Passes over an update", low=1, high=100, advanced=True)
    """How often each update's answers are learned from, one step each."""

    response_tokens: int = setting(40, "Longest answer", low=4, high=4096, advanced=True)
    """Tokens after which an answer is cut off."""

    unended_penalty: float = setting(1.0, "Penalty for not ending", low=0.0, high=1000.0, advanced=True)
    """Taken from the reward of an answer that was cut off."""

    temperature: float = setting(1.0, "Temperature", low=0.05, high=5.0, advanced=True)
    """How freely answers are drawn. Siblings that are all alike teach nothing."""

    clip: float = setting(0.2, "Clip range", low=0.01, high=10.0, advanced=True)
    """A probability may change by this share in one update before its gradient is cut off."""

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

    def prepare(self, model, prompts, reward=None, probes=None) -> Run:
        """Write the run's folder without executing it.

        `model` is a Model, name or folder; `prompts` a Dataset, texts, or rows {"prompt"}; `probes` are
        facts to keep (see `inputs.facts`). `reward` is a RewardModel, name or folder, a function of yours
        from (prompt, answer) to points, or a list of one model and functions, whose points are added; None
        where the rule alone judges. A function stays in this process: only here can the run be executed.
        Raises InputError for fewer prompts than one update asks, and where nothing judges.
        """
        data = {"prompts": inputs.prompts(prompts, least=self.prompts_an_update)}
        judge, own = functions.parted(reward)
        judging.check(self.rule, judge, own, [row["prompt"] for row in data["prompts"]])
        run = self._create(
            model, data, {"prompts": prompts}, reward=judge, probes=probes, functions=functions.names(own)
        )
        functions.keep(run.folder, own)
        return run

    def fit(self, model, prompts, reward=None, probes=None) -> Run:
        """Prepare and execute in this process; returns the completed run. Raises TrainingError."""
        return self._execute(self.prepare(model, prompts, reward, probes))

    def train(self, session) -> None:
        from playground.model.network import load_trainable
        from playground.training import group_trainer

        ready = load_trainable(session.spec.model, self.tuning, seed=self.seed)
        trainer = group_trainer.build(session, self, ready)
        with session.training(), trainer.steered():
            trainer.train(resume_from_checkpoint=session.checkpoint)
        session.save(ready.network, ready.tokenizer, ready.base)


def resume(run: Run | str | Path, reward: Callable | Iterable[Callable]) -> Run:
    """Go on, in this process, with a stopped run whose reward is a function of yours, or several.

    Raises InputError where its functions have other names, ConflictError where it cannot go on, and
    TrainingError.
    """
    from playground.training.execute import execute

    run = run if isinstance(run, Run) else Run.load(run)
    functions.keep(run.folder, [reward] if callable(reward) else reward)
    functions.of(run.spec, run.folder)
    run.reopen()
    return execute(run.folder, progress=True)
