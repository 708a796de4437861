"""What a Hugging Face trainer does at every step and a small model cannot afford, done once or left out.

Beside a few milliseconds of arithmetic, walking through hundreds of modules to find the trainable
weights or to say again that the model is training, five times a step, is a noticeable share.
"""

import functools

import torch

from playground.training import shards
from playground.training.session import Session


class LeanMixin:
    """First in the bases of a trainer; `session` is set before it trains (`callbacks.follow`)."""

    session: Session

    def train(self, *arguments, **settings):
        model, walk = self.model, self.model.train
        walk()  # an adapter says that it is training while the model beneath it is not
        model.train = lambda mode=True: model if model.training == mode else walk(mode)
        model.zero_grad = self._forget_gradients
        try:
            return super().train(*arguments, **settings)
        finally:
            del model.train, model.zero_grad

    @functools.cached_property
    def _trained(self) -> list[torch.nn.Parameter]:
        """Found at the first step: where weights are held in parts, the trainer has replaced them by then."""
        return [weight for weight in self.model.parameters() if weight.requires_grad]

    def _forget_gradients(self, set_to_none: bool = True) -> None:
        for weight in self._trained:
            weight.grad = None

    def _clip_grad_norm(self, model):
        """Clip as the trainer would, and stop before a step along a gradient that is not finite."""
        weights = [weight for weight in self._trained if weight.grad is not None]
        norm = torch.nn.utils.get_total_norm([weight.grad for weight in weights])
        total = shards.whole(norm)
        self.session.check_finite("gradient", float(total))
        torch.nn.utils.clip_grads_with_norm_(weights, self.args.max_grad_norm, norm)
        return total

    def floating_point_ops(self, inputs) -> int:
        return 0
