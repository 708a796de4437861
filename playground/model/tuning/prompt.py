"""Prompt tuning (Lester et al. 2021, arXiv:2104.08691)."""

from dataclasses import dataclass
from typing import ClassVar

from playground.fields import setting
from playground.model.tuning import anatomy
from playground.model.tuning.base import Tuning


@dataclass(frozen=True, kw_only=True)
class PromptTuning(Tuning):
    """Train the vectors of a few tokens that are read before every text; no weight of the model changes.

    A fresh prompt is words already, so that it changes what the model writes before it has learned.
    """

    kind: ClassVar[str] = "prompt"
    label: ClassVar[str] = "Prompt tuning"
    peft_type: ClassVar[str] = "VIRTUAL"
    neutral: ClassVar[bool] = False

    tokens: int = setting(16, "Tokens", low=1, high=1024)
    """How many vectors are read before every text. Each takes a place in the context."""

    text: str = setting("Answer the question in one short sentence.", "Begins as", advanced=True)
    """Words whose vectors the prompt starts from, repeated or cut to its length. Empty: random tokens."""

    def apply(self, network, task: str = "CAUSAL_LM", tokenizer=None):
        import torch
        from peft import get_peft_model

        from playground.model.tuning.prompt_method import VirtualConfig

        vectors = network.get_input_embeddings()
        path = anatomy.embedding_path(network)
        ids = tokenizer(self.text, add_special_tokens=False)["input_ids"] if tokenizer and self.text else []
        if not ids:
            ids = torch.randint(vectors.num_embeddings, (self.tokens,)).tolist()
        repeated = (ids * (self.tokens // len(ids) + 1))[: self.tokens]
        config = VirtualConfig(task_type=task, tokens=self.tokens, target_modules=[path])
        tuned = get_peft_model(network, config)
        with torch.no_grad():
            start = vectors(torch.tensor(repeated, device=vectors.weight.device))
            network.get_submodule(path).virtual_tokens["default"].copy_(start)
        return tuned

    def continues(self, adapter: dict) -> bool:
        """As many tokens."""
        return adapter.get("peft_type") == self.peft_type and adapter.get("tokens") == self.tokens
