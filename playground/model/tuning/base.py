"""The shape every tuning has."""

from dataclasses import dataclass
from typing import ClassVar

from playground import fields
from playground.model import fourbit


@dataclass(frozen=True, kw_only=True)
class Tuning:
    """Which parameters of a network are trained.

    A subclass names its `kind`, holds its settings as fields, and changes a network in `apply`.
    """

    kind: ClassVar[str]
    label: ClassVar[str]
    peft_type: ClassVar[str] = ""
    """The type of the adapter that it trains; empty where it trains the network itself."""
    precision: ClassVar[str] = ""
    """The number format that the frozen weights are held in; empty: as the network is opened."""
    neutral: ClassVar[bool] = True
    """Whether a network with it, not yet trained, writes what it wrote without."""

    def __post_init__(self):
        fields.check(self)

    def apply(self, network, task: str = "CAUSAL_LM", tokenizer=None):
        """The network with the parameters to train marked (`requires_grad`).

        `task` is "CAUSAL_LM" or "SEQ_CLS". New parameters are drawn from torch's global generator:
        seed it first (`transformers.set_seed`), a trainer's seed comes too late. A tuning that begins
        with words needs the `tokenizer`.
        """
        raise NotImplementedError

    def check_fits(self, config: dict) -> None:
        """Raises InputError where a model with this configuration (config.json) cannot be tuned so."""

    def continues(self, adapter: dict) -> bool:
        """Whether training may go on in the adapter with this configuration (adapter_config.json)."""
        return False

    def trainable_share(self, network) -> float:
        """The share of the network's parameters that training would change, between 0 and 1."""
        total = sum(map(fourbit.numbers, network.parameters()))
        return sum(p.numel() for p in network.parameters() if p.requires_grad) / total

    def as_dict(self) -> dict:
        """Plain JSON types, `kind` included; `kinds.from_dict` reads it back."""
        return {"kind": self.kind, **fields.as_dict(self)}
