"""Selective tuning: the last blocks learn, everything before them stays frozen."""

import warnings
from dataclasses import dataclass
from typing import ClassVar

from playground.errors import InputError
from playground.fields import setting
from playground.model import fourbit
from playground.model.tuning import anatomy
from playground.model.tuning.base import Tuning


@dataclass(frozen=True, kw_only=True)
class SelectiveTuning(Tuning):
    """Train every weight of the last blocks and of the norm behind them.

    What learns is a copy beside the frozen original (PEFT's LN tuning, pointed at whole blocks), so that the
    result holds these weights alone and many results share one base.
    """

    kind: ClassVar[str] = "selective"
    label: ClassVar[str] = "Last layers only"
    peft_type: ClassVar[str] = "LN_TUNING"

    last_layers: int = setting(2, "Layers", low=1, high=1024)
    """How many blocks learn, counted from the end. The first ones read words, the last ones choose them."""

    def apply(self, network, task: str = "CAUSAL_LM", tokenizer=None):
        from peft import LNTuningConfig, get_peft_model

        self.check_fits(network.config.to_dict())
        chosen = list(anatomy.blocks(network).items())[-self.last_layers :]
        parts = [*chosen, *anatomy.after_blocks(network).items()]
        names = [path for where, part in parts for path in anatomy.holders(part, where)]
        with warnings.catch_warnings():
            warnings.filterwarnings("ignore", message="Unsupported layer type")  # it copies any
            tuned = get_peft_model(network, LNTuningConfig(task_type=task, target_modules=names))
        # PEFT shortens long lists to the ends of names, which would not tell how many blocks they are of.
        tuned.peft_config["default"].target_modules = set(names)
        return tuned

    def check_fits(self, config: dict) -> None:
        layers = config.get("num_hidden_layers") or config.get("n_layer")
        if layers and self.last_layers > layers:
            raise InputError(
                f"The last {self.last_layers} layers were asked for",
                rule=f"This model has {layers}",
                remedy=f"Choose at most {layers}, or full fine-tuning",
            )

    def continues(self, adapter: dict) -> bool:
        """The same number of blocks."""
        names = adapter.get("target_modules") or ()
        numbers = {part for name in names for part in name.split(".") if part.isdigit()}
        return adapter.get("peft_type") == self.peft_type and len(numbers) == self.last_layers

    def trainable_share(self, network) -> float:
        """What learns stands in the place of as many frozen numbers."""
        total = sum(map(fourbit.numbers, network.parameters()))
        trained = sum(p.numel() for p in network.parameters() if p.requires_grad)
        return trained / (total - trained)
