"""Pairs that count more or less: what a weight adds to the loss of TRL's reward and DPO trainers.

The loss of n pairs is Σ wᵢ lᵢ / n. TRL computes Σ lᵢ / n, so what is added here is Σ (wᵢ - 1) lᵢ / n: with
weights of 1 that is exactly 0, in the loss and in every gradient.
"""

import contextlib
from collections.abc import Iterator

import torch
from torch.nn.functional import logsigmoid, relu
from trl.trainer.utils import selective_log_softmax

WEIGHT = "weight"


class Carrying:
    """A collator that also carries the weight of every pair, which TRL's drop."""

    def __init__(self, collate):
        self.collate = collate

    def __call__(self, rows: list[dict]) -> dict:
        batch = self.collate(rows)
        if WEIGHT in rows[0]:
            batch[WEIGHT] = torch.tensor([row[WEIGHT] for row in rows], dtype=torch.float)
        return batch


class _WeightedMixin:
    def __init__(self, *arguments, **settings):
        super().__init__(*arguments, **settings)
        self.data_collator = Carrying(self.data_collator)

    def _set_signature_columns_if_needed(self) -> None:
        super()._set_signature_columns_if_needed()
        if WEIGHT not in self._signature_columns:
            self._signature_columns.append(WEIGHT)


class WeightedRewardMixin(_WeightedMixin):
    """For TRL's RewardTrainer; before it in the bases. The pull of the scores to zero is not weighted."""

    def compute_loss(self, model, inputs, return_outputs=False, num_items_in_batch=None):
        weight = inputs.pop(WEIGHT, None)
        if weight is None:
            return super().compute_loss(model, inputs, return_outputs, num_items_in_batch)
        loss, outputs = super().compute_loss(model, inputs, True, num_items_in_batch)
        chosen, rejected = outputs.logits.squeeze(-1).chunk(2)
        loss = loss + beyond_one(weight, -logsigmoid(chosen - rejected - inputs.get("margin", 0.0)))
        return (loss, outputs) if return_outputs else loss


class WeightedDPOMixin(_WeightedMixin):
    """For TRL's DPOTrainer; before it in the bases. Both terms are weighted: preferring, and plain tuning."""

    def _compute_loss(self, model, inputs, return_outputs):
        weight = inputs.pop(WEIGHT, None)
        if weight is None:
            return super()._compute_loss(model, inputs, return_outputs)
        with self._watched() as seen:
            loss, outputs = super()._compute_loss(model, inputs, True)
        policy, reference = seen
        ids, answer = inputs["input_ids"][..., 1:], inputs["completion_mask"][..., 1:] == 1
        tokens, before = (
            selective_log_softmax(logits[..., :-1, :], ids).masked_fill(~answer, 0.0)
            for logits in (policy, reference)
        )
        scores = (tokens.sum(dim=1) - before.sum(dim=1)).chunk(2)
        lengths = inputs["completion_mask"].sum(dim=1).clamp(min=1.0).chunk(2)
        for kind, times in zip(self.loss_types, self.loss_weights, strict=True):
            if kind == "sft":
                chosen, mask = tokens.chunk(2)[0], answer.chunk(2)[0]
                loss = loss + times * ((weight - 1) * -chosen.sum(dim=1)).sum() / mask.sum()
            else:
                each = pair_losses(kind, self.beta, scores, lengths, self.label_smoothing)
                loss = loss + times * beyond_one(weight, each)
        return (loss, outputs) if return_outputs else loss

    @contextlib.contextmanager
    def _watched(self) -> Iterator[list[torch.Tensor]]:
        """The logits of the policy and then of the reference, as TRL has them computed."""
        seen: list[torch.Tensor] = []

        def keep(_module, _arguments, output):
            seen.append(output.logits)

        networks = [self.model, self.ref_model] if self.ref_model is not None else [self.model]
        hooks = [self.accelerator.unwrap_model(one).register_forward_hook(keep) for one in networks]
        try:
            yield seen
        finally:
            for hook in hooks:
                hook.remove()


def beyond_one(weight: torch.Tensor, losses: torch.Tensor) -> torch.Tensor:
    """What weights (n,) add to the mean of losses (n,): Σ (w - 1) l / n."""
    return ((weight - 1) * losses).mean()


def pair_losses(
    kind: str,
    beta: float,
    scores: tuple[torch.Tensor, torch.Tensor],
    lengths: tuple[torch.Tensor, torch.Tensor],
    noise: float = 0.0,
) -> torch.Tensor:
    """DPO's loss of each pair (n,), as TRL has it.

    `scores` are log(policy / reference) of the chosen and of the rejected answers, (n,) each; `lengths` their
    tokens, which IPO divides by (arXiv:2310.12036); `noise` the share of pairs that `robust` takes to be the
    wrong way round (arXiv:2403.00409).
    """
    if kind == "ipo":
        chosen, rejected = (score / length for score, length in zip(scores, lengths, strict=True))
        return (chosen - rejected - 1 / (2 * beta)) ** 2
    margin = beta * (scores[0] - scores[1])
    if kind == "robust":
        return (noise * logsigmoid(-margin) - (1 - noise) * logsigmoid(margin)) / (1 - 2 * noise)
    return relu(1 - margin) if kind == "hinge" else -logsigmoid(margin)
