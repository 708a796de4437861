"""Group-relative policy optimisation: answers to one prompt are judged against each other."""

from dataclasses import dataclass
from typing import ClassVar

from playground.fields import setting
from playground.training.groups import Groups


@dataclass(frozen=True, kw_only=True)
class GRPO(Groups):
    """Raise the reward of the policy's own answers, without a model that foretells it (arXiv:2402.03300).

    Each update draws `group` answers to each of a few prompts. An answer's advantage is its reward less
    the mean of its group's, in standard deviations of the group: better than its siblings is made
    likelier, worse less likely. What holds the policy near its start is the KL coefficient, as in PPO.
    """

    stage: ClassVar[str] = "grpo"

    loss: str = setting("dapo", "Loss", choices=("dapo", "grpo", "dr_grpo"), advanced=True)
    """How tokens are averaged: over all of an update (arXiv:2503.14476), in each answer first as in the
    first paper, or by a fixed length, which favours no answer for being short (arXiv:2503.20783)."""
