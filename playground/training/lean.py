"""What a Hugging Face trainer does at every step and a small model cannot afford, done once or left out.

Beside a few milliseconds of arithmetic, walking through hundreds of modules to find the trainable
weights, three times a step, is a noticeable share.
"""

import torch

from playground.training.session import Session


class LeanMixin:
    """First in the bases of a trainer; `session` is set before it trains (`callbacks.follow`)."""

    session: Session
    _trained: list[torch.nn.Parameter] | None = None

    def _clip_grad_norm(self, model):
        """Clip as the trainer would, and stop before a step along a gradient that is not finite."""
        if self._trained is None:
            self._trained = [weight for weight in model.parameters() if weight.requires_grad]
        weights = [weight for weight in self._trained if weight.grad is not None]
        norm = torch.nn.utils.get_total_norm([weight.grad for weight in weights])
        self.session.check_finite("gradient", float(norm))
        torch.nn.utils.clip_grads_with_norm_(weights, self.args.max_grad_norm, norm)
        return norm

    def floating_point_ops(self, inputs) -> int:
        return 0
