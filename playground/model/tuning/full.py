"""Full fine-tuning: every parameter is trained."""

from dataclasses import dataclass
from typing import ClassVar

from playground.model.tuning.base import Tuning


@dataclass(frozen=True, kw_only=True)
class FullTuning(Tuning):
    """Train every parameter. Learns most and, at a large learning rate, forgets most."""

    kind: ClassVar[str] = "full"
    label: ClassVar[str] = "Full fine-tuning"

    def apply(self, network, task: str = "CAUSAL_LM", tokenizer=None):
        return network.requires_grad_(True)
