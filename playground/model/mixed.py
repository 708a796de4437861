"""Several adapters in one batch: which of them PEFT can mix, and how a batch of them is written."""

from collections.abc import Sequence

from playground.errors import InputError
from playground.model import adapter, generate
from playground.model.generate import Generation
from playground.model.load import Model
from playground.model.source import Source

BASE = "__base__"
"""What PEFT calls the base, for a row without an adapter."""
APART = "Ask one model after the other"


class Together(Model):
    """Writes the text of each row with the model of that row.

    slot: the network with its adapters (see `swap.Slot`); sources: one for every text that it is given.
    """

    def __init__(self, slot, sources: Sequence[Source]):
        super().__init__(slot.network, slot.tokenizer, sources[0].root)
        self._slot, self._sources = slot, sources

    def _tokens(self, rows: list[list[int]], settings: Generation, numbers: Sequence[int] = ()):
        network = Rows(self._slot, [self._sources[number] for number in numbers])
        # Every row draws as the first of a batch does: as it would, were it alone.
        alone = [0] * len(rows)
        return generate.written(
            network, rows, settings, pad=self.tokenizer.pad_token_id, ends=self._ends, numbers=alone
        )


class Rows:
    """A network as `generate.written` calls it, in which every row of a batch has a source of its own."""

    def __init__(self, slot, sources: Sequence[Source]):
        self._slot, self._sources = slot, sources
        self.config, self.parameters = slot.network.config, slot.network.parameters

    def __call__(self, **given):
        with self._slot.rows(self._sources) as network:
            return network(**given)


def check(sources: Sequence[Source], most: int) -> None:
    """Raises InputError where these models cannot answer in one batch: PEFT mixes LoRA of one base."""
    adapters = {source.folder: source for source in sources if source.base}
    for source in sources:
        if source.is_reward:
            raise InputError(f"{source.name} is a reward model", rule="It scores and cannot write")
        told = adapter.told(source.config) if source.base else ""
        if source.base and source.config["peft_type"] != "LORA":
            raise InputError(
                f"{source.name} is {told}", rule="PEFT mixes LoRA adapters in a batch, and no others",
                remedy=APART,
            )
        if source.base and (source.config.get("use_dora") or source.config.get("modules_to_save")):
            more = "DoRA" if source.config.get("use_dora") else "whole layers of its own"
            raise InputError(
                f"{source.name} is {told} with {more}",
                rule="PEFT mixes plain LoRA adapters in a batch",
                remedy=APART,
            )
    roots = dict.fromkeys(one.root.name + (" in four bits" if one.precision else "") for one in sources)
    if len(roots) > 1:
        raise InputError(
            f"They stand on {' and '.join(roots)}",
            rule="One batch goes through one base, held in one way",
            remedy=APART,
        )
    if len(adapters) > most:
        raise InputError(
            f"{len(adapters)} adapters are asked", rule=f"A network holds {most} at a time", remedy=APART
        )
