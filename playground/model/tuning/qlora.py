"""LoRA on a base in four bits (Dettmers et al. 2023, arXiv:2305.14314)."""

from dataclasses import dataclass
from typing import ClassVar

from playground.model import fourbit
from playground.model.tuning.lora import LoRA


@dataclass(frozen=True, kw_only=True)
class QLoRA(LoRA):
    """Train a LoRA while the frozen weights are held in four bits each (NF4): a large model in little memory.

    Every step takes longer, because weights are unpacked where they are used. The adapter belongs to the
    base in four bits, and is opened on it again.
    """

    kind: ClassVar[str] = "qlora"
    label: ClassVar[str] = "QLoRA"
    precision: ClassVar[str] = fourbit.NF4

    def check_fits(self, config: dict) -> None:
        fourbit.check_installed()
