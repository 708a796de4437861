"""Bottleneck adapters (Houlsby et al. 2019, arXiv:1902.00751)."""

from dataclasses import dataclass
from typing import ClassVar

from playground.errors import InputError
from playground.fields import setting
from playground.model.tuning import anatomy
from playground.model.tuning.base import Tuning


@dataclass(frozen=True, kw_only=True)
class BottleneckAdapter(Tuning):
    """Train a small net behind each sub-layer of each block: h + W_up gelu(W_down h).

    W_down is (width, hidden), W_up is (hidden, width) and starts at zero, so a fresh adapter changes
    nothing. It is no matrix beside another: it cannot be merged into the base.
    """

    kind: ClassVar[str] = "bottleneck"
    label: ClassVar[str] = "Bottleneck adapters"
    peft_type: ClassVar[str] = "BOTTLENECK"

    width: int = setting(32, "Width", low=1, high=4096)
    """Numbers that each small net squeezes its input into. A wider one can learn more."""

    def apply(self, network, task: str = "CAUSAL_LM", tokenizer=None):
        from peft import get_peft_model

        from playground.model.tuning.bottleneck_method import BottleneckConfig

        hidden = network.get_input_embeddings().embedding_dim
        names = anatomy.sublayer_ends(network, getattr(network.config, "hidden_size", hidden))
        if not names:
            raise InputError(
                f"No linear layer of a {type(network).__name__} writes back into its stream",
                rule="Bottleneck adapters stand behind the attention and the feed-forward net of a block",
                remedy="Choose LoRA or full fine-tuning",
            )
        config = BottleneckConfig(task_type=task, width=self.width, target_modules=sorted(names))
        return get_peft_model(network, config)

    def continues(self, adapter: dict) -> bool:
        """The same width."""
        return adapter.get("peft_type") == self.peft_type and adapter.get("width") == self.width
