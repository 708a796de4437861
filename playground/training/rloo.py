"""REINFORCE with a leave-one-out baseline: each answer is judged against the mean of its siblings."""

from dataclasses import dataclass
from typing import ClassVar

from playground.fields import setting
from playground.training.groups import Groups


@dataclass(frozen=True, kw_only=True)
class RLOO(Groups):
    """Raise the reward of the policy's own answers, each against the mean of the others (arXiv:2402.14740).

    An answer's advantage is its reward less the mean reward of the other answers to its prompt, in the
    reward's own units: unlike GRPO it is not divided by the group's spread, so that a group whose answers
    are nearly alike teaches little. The KL price is taken from the reward of the whole answer, and whole
    answers are made likelier or less likely, not single tokens.
    """

    stage: ClassVar[str] = "rloo"

    kl_coefficient: float = setting(0.05, "KL coefficient", low=0.0, high=100.0)
    """The price, taken from an answer's reward, of each nat that the policy has moved away from its start."""

    normalize: bool = setting(False, "Advantages in standard deviations", advanced=True)
    """Divides the advantages of an update by their spread, which makes steps alike whatever the scale of
    the rewards."""
