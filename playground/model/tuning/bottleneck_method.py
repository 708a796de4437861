"""Bottleneck adapters as a method of PEFT, which has none: its configuration, its layer, its tuner.

Registered when this module is imported; `PeftModel.from_pretrained` knows the type from then on.
"""

from dataclasses import dataclass, field

import torch
from peft import PeftConfig
from peft.tuners.tuners_utils import BaseTuner, BaseTunerLayer
from torch import nn

from playground.model.tuning import anatomy
from playground.model.tuning.registry import register


@dataclass
class BottleneckConfig(PeftConfig):
    """What adapter_config.json holds."""

    width: int = 32
    target_modules: list[str] | None = None
    modules_to_save: list[str] | None = field(default=None)

    def __post_init__(self):
        super().__post_init__()
        self.peft_type = "BOTTLENECK"


class BottleneckLayer(nn.Module, BaseTunerLayer):
    """A linear layer with a small net behind it for each adapter: h + W_up gelu(W_down h)."""

    adapter_layer_names = ("bottleneck_down", "bottleneck_up")
    other_param_names = ()

    def __init__(self, base_layer, adapter_name: str, config: BottleneckConfig):
        super().__init__()
        self.base_layer = base_layer
        self.bottleneck_down, self.bottleneck_up = nn.ModuleDict(), nn.ModuleDict()
        self._active_adapter, self._disable_adapters, self.merged_adapters = adapter_name, False, []
        self.add(adapter_name, config)

    def add(self, adapter_name: str, config: BottleneckConfig) -> None:
        hidden = anatomy.outputs(self.get_base_layer())
        self.bottleneck_down[adapter_name] = nn.Linear(hidden, config.width)
        self.bottleneck_up[adapter_name] = nn.Linear(config.width, hidden)
        for weight in self.bottleneck_up[adapter_name].parameters():
            nn.init.zeros_(weight)
        self._move_adapter_to_device_of_base_layer(adapter_name)
        self.set_adapter(self.active_adapters, inference_mode=config.inference_mode)

    def forward(self, x: torch.Tensor, *arguments, **given) -> torch.Tensor:
        hidden = self.base_layer(x, *arguments, **given)
        if self.disable_adapters:
            return hidden
        for name in self.active_adapters:
            if name in self.bottleneck_down:
                down, up = self.bottleneck_down[name], self.bottleneck_up[name]
                squeezed = nn.functional.gelu(down(hidden.to(down.weight.dtype)))
                hidden = hidden + up(squeezed).to(hidden.dtype)
        return hidden


class BottleneckModel(BaseTuner):
    prefix = "bottleneck_"
    tuner_layer_cls = BottleneckLayer
    target_module_mapping: dict = {}  # noqa: RUF012

    def _create_and_replace(
        self, peft_config, adapter_name, target, target_name, parent, current_key, **_
    ) -> None:
        if isinstance(target, BottleneckLayer):
            target.add(adapter_name, peft_config)
            return
        layer = BottleneckLayer(target, adapter_name, peft_config)
        if adapter_name not in self.active_adapters:
            layer.requires_grad_(False)
        self._replace_module(parent, target_name, layer, target)

    def _check_merge_allowed(self) -> None:
        raise ValueError("A bottleneck adapter has a bend in it: no matrix of the base can hold it")


register("BOTTLENECK", BottleneckConfig, BottleneckModel)
