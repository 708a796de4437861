"""Low-rank adaptation (Hu et al. 2021, arXiv:2106.09685)."""

import math
from dataclasses import dataclass
from typing import ClassVar

from playground.errors import InputError
from playground.fields import setting
from playground.model.adapter import PRECISION
from playground.model.tuning.base import Tuning


@dataclass(frozen=True, kw_only=True)
class LoRA(Tuning):
    """Train two thin matrices beside each chosen linear layer: y = Wx + (alpha / rank) B(Ax).

    A is (rank, in), B is (out, rank) and starts at zero, so a fresh adapter changes nothing.
    """

    kind: ClassVar[str] = "lora"
    label: ClassVar[str] = "LoRA"
    peft_type: ClassVar[str] = "LORA"

    rank: int = setting(16, "Rank", low=1, high=1024)
    """Width of the two thin matrices. More rank can learn more new facts and forgets a little more."""

    alpha: int | None = setting(None, "Alpha", low=1, high=8192, advanced=True)
    """How strongly the adapter speaks: its output is scaled by alpha / rank. Empty: twice the rank."""

    dropout: float = setting(0.0, "Dropout", low=0.0, high=0.9, advanced=True)
    """Share of the adapter's inputs set to zero in each training step."""

    targets: str | tuple[str, ...] = setting("all-linear", "Layers", advanced=True)
    """The layers that get an adapter: `all-linear`, or names such as `q_proj, v_proj`."""

    embeddings: bool = setting(False, "Embeddings too", advanced=True)
    """Adapt the vectors of the tokens as well, in what is read, not in what is written. A small model learns
    new names by it; a large vocabulary makes a large adapter."""

    variant: str = setting("plain", "Variant", choices=("plain", "dora", "rslora"), advanced=True)
    """`dora` also trains the length of each output's weights (arXiv:2402.09353); `rslora` divides alpha by
    the root of the rank, so that a large rank learns as fast as a small one (arXiv:2312.03732)."""

    def __post_init__(self):
        super().__post_init__()
        names = self.targets
        if isinstance(names, str) and names != "all-linear":
            names = [name.strip() for name in names.split(",")]
        if not isinstance(names, str):
            object.__setattr__(self, "targets", tuple(names))
            if not all(isinstance(name, str) and name.replace("_", "").isalnum() for name in self.targets):
                raise InputError(
                    f"The layers to adapt are {self.targets!r}",
                    rule="They are names of linear layers",
                    remedy="Write all-linear, or names such as q_proj, v_proj",
                )

    @property
    def scale(self) -> int:
        """Alpha, resolved."""
        return 2 * self.rank if self.alpha is None else self.alpha

    def apply(self, network, task: str = "CAUSAL_LM", tokenizer=None):
        from peft import LoraConfig, get_peft_model

        targets = self.targets if isinstance(self.targets, str) else list(self.targets)
        config = LoraConfig(
            task_type=task,
            r=self.rank,
            lora_alpha=self.scale,
            lora_dropout=self.dropout,
            target_modules=targets,
            use_dora=self.variant == "dora",
            use_rslora=self.variant == "rslora",
        )
        if self.embeddings:
            self._add_embeddings(config, network)
        try:
            return get_peft_model(network, config)
        except ValueError as error:
            raise InputError(
                f"No layer of this model is called {self.targets!r}",
                rule="LoRA adapts linear layers by name",
                remedy="Write all-linear",
            ) from error

    def _add_embeddings(self, config, network) -> None:
        """Name the input embeddings among the targets, at an alpha that has them learn like the rest."""
        vectors = network.get_input_embeddings()
        name = next(path for path, part in network.named_modules() if part is vectors).rpartition(".")[2]
        linear = linear_names(network) if config.target_modules == "all-linear" else config.target_modules
        config.target_modules = {*linear, name}
        config.alpha_pattern = {name: self.embedding_scale(vectors.embedding_dim)}

    def embedding_scale(self, width: int) -> float:
        """The alpha of the embeddings' adapter, for vectors of this width.

        PEFT draws the half of it that moves slowly from N(0, 1), that of a linear layer with a standard
        deviation of 1 / sqrt(3 x width).
        """
        return self.scale / math.sqrt(3 * width)

    def continues(self, adapter: dict) -> bool:
        """Same rank, alpha and variant, on a base held alike, embeddings in both or neither, and the same
        layers where they are named."""
        named = self.targets != "all-linear" and not self.embeddings
        return (
            adapter.get("peft_type") == self.peft_type
            and adapter.get("r") == self.rank
            and adapter.get("lora_alpha") == self.scale
            and bool(adapter.get("use_dora")) == (self.variant == "dora")
            and bool(adapter.get("use_rslora")) == (self.variant == "rslora")
            and adapter.get(PRECISION, "") == self.precision
            and bool(adapter.get("alpha_pattern")) == self.embeddings
            and not (named and set(self.targets) != set(adapter.get("target_modules") or ()))
        )


def linear_names(network) -> set[str]:
    """The last names of all linear layers but the head that writes tokens or scores."""
    from torch.nn import Linear
    from transformers.pytorch_utils import Conv1D

    heads = (network.get_output_embeddings(), getattr(network, "score", None))
    return {
        path.rpartition(".")[2]
        for path, part in network.named_modules()
        if isinstance(part, Linear | Conv1D) and not any(part is head for head in heads)
    }
