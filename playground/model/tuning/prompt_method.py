"""Prompt tuning as a method of PEFT in which a network with a prompt is used like one without.

PEFT's own gives back a position for every virtual token, which its users must know of and cut off, and
writes with a cache only through its own `generate`. Here the body of the network reads the virtual tokens
and forgets their positions again: whoever calls the network, its heads and its caches sees the text alone.
Registered when this module is imported.
"""

from dataclasses import dataclass, field

import torch
from peft import PeftConfig
from peft.tuners.tuners_utils import BaseTuner, BaseTunerLayer
from torch import nn

from playground.model.tuning.registry import register


@dataclass
class VirtualConfig(PeftConfig):
    """What adapter_config.json holds."""

    tokens: int = 16
    target_modules: list[str] | None = None
    modules_to_save: list[str] | None = field(default=None)

    def __post_init__(self):
        super().__post_init__()
        self.peft_type = "VIRTUAL"


class VirtualTokens(nn.Module, BaseTunerLayer):
    """The embeddings, with the vectors of each adapter's virtual tokens; hooks on the body put them first."""

    adapter_layer_names = ("virtual_tokens",)
    other_param_names = ()

    def __init__(self, base_layer, adapter_name: str, config: VirtualConfig, body):
        super().__init__()
        self.base_layer = base_layer
        self.virtual_tokens = nn.ParameterDict()
        self._active_adapter, self._disable_adapters, self.merged_adapters = adapter_name, False, []
        self._added = 0
        self.add(adapter_name, config)
        self.hooks = [
            body.register_forward_pre_hook(self._put_first, with_kwargs=True),
            body.register_forward_hook(self._cut_off),
        ]

    def add(self, adapter_name: str, config: VirtualConfig) -> None:
        width = self.get_base_layer().embedding_dim
        self.virtual_tokens[adapter_name] = nn.Parameter(torch.zeros(config.tokens, width))
        self._move_adapter_to_device_of_base_layer(adapter_name)
        self.set_adapter(self.active_adapters, inference_mode=config.inference_mode)

    def forward(self, ids: torch.Tensor, *arguments, **given) -> torch.Tensor:
        return self.base_layer(ids, *arguments, **given)

    @property
    def _vectors(self) -> torch.Tensor | None:
        """(tokens, hidden) of the active adapter."""
        active = [name for name in self.active_adapters if name in self.virtual_tokens]
        return self.virtual_tokens[active[0]] if active and not self.disable_adapters else None

    def _put_first(self, body, arguments, given):
        vectors, self._added = self._vectors, 0
        if vectors is None:
            return None
        given = dict(given)
        ids = arguments[0] if arguments else given.pop("input_ids", None)
        read = given.get("inputs_embeds")
        read = self.base_layer(ids) if read is None else read
        rows, count = len(read), len(vectors)
        cache = given.get("past_key_values")
        begun = cache is not None and cache.get_seq_length() > 0
        if not begun:
            read = torch.cat([vectors.to(read.dtype).expand(rows, -1, -1), read], 1)
            self._added = count
        given["inputs_embeds"] = read
        mask, places = given.get("attention_mask"), given.get("position_ids")
        if mask is not None:
            given["attention_mask"] = torch.cat([mask.new_ones(rows, count), mask], 1)
        if places is not None:
            first = torch.arange(count, device=places.device).expand(len(places), -1)
            given["position_ids"] = places + count if begun else torch.cat([first, places + count], 1)
        elif mask is not None:
            places = (given["attention_mask"].long().cumsum(-1) - 1).clamp(min=0)
            given["position_ids"] = places[:, -read.shape[1] :]
        return (), given

    def _cut_off(self, body, arguments, output):
        if not self._added:
            return None
        if isinstance(output, tuple):
            return (output[0][:, self._added :], *output[1:])
        output.last_hidden_state = output.last_hidden_state[:, self._added :]
        if output.hidden_states is not None:
            output.hidden_states = tuple(state[:, self._added :] for state in output.hidden_states)
        return output


class VirtualModel(BaseTuner):
    prefix = "virtual_"
    tuner_layer_cls = VirtualTokens
    target_module_mapping: dict = {}  # noqa: RUF012

    def _create_and_replace(
        self, peft_config, adapter_name, target, target_name, parent, current_key, **_
    ) -> None:
        if isinstance(target, VirtualTokens):
            target.add(adapter_name, peft_config)
            return
        layer = VirtualTokens(target, adapter_name, peft_config, parent)
        if adapter_name not in self.active_adapters:
            layer.requires_grad_(False)
        self._replace_module(parent, target_name, layer, target)

    def _check_merge_allowed(self) -> None:
        raise ValueError("A prompt stands before the text: no matrix of the base can hold it")


register("VIRTUAL", VirtualConfig, VirtualModel)
