"""The loss where answers stand, and neither the vocabulary nor the last layer anywhere else.

TRL's chunked loss saves memory: it pads the tokens that are learned to a multiple of 256, and computes their
logits twice, with entropy and accuracy beside. Where all logits fit, computing them once, and only at the
places where an answer is learned, gives the same loss in a quarter of the time. From the last layer's
perceptron on, no place reads another: there the rest need not be computed either.
"""

import contextlib
import functools

import torch

LARGEST = 2**27
"""Logits that may be in memory at once: half a gigabyte in float32."""
ROUND = 32
"""Places are rounded up to a multiple of this many."""
ALONE = ("llama", "mistral", "qwen2", "qwen3")
"""Families whose last module that joins places is the attention of the last layer, before its `mlp`."""


def fits(network, rows: int, tokens: int) -> bool:
    """Whether the logits of `rows` texts of `tokens` tokens fit, and are a module's outputs."""
    whole = _plain(network)
    head = isinstance(whole.get_output_embeddings(), torch.nn.Module)
    return head and rows * tokens * whole.config.vocab_size <= LARGEST


class AnswerLossMixin:
    """In the bases of an SFTTrainer whose `loss_type` is `nll`; with any other it leaves the loss to TRL."""

    @functools.cached_property
    def _last(self) -> tuple:
        """The head, and the perceptron before it: where it is known to be alone, no trained prompt moves the
        places, and it leaves nothing to chance, which would fall otherwise."""
        whole, perceptron = _plain(self.model), None
        moved = any(hasattr(one, "tokens") for one in getattr(self.model, "peft_config", {}).values())
        if whole.config.model_type in ALONE and not moved:
            perceptron = whole.get_decoder().layers[-1].mlp
            if any(isinstance(part, torch.nn.Dropout) and part.p for part in perceptron.modules()):
                perceptron = None
        return whole.get_output_embeddings(), perceptron

    def compute_loss(self, model, inputs, return_outputs=False, num_items_in_batch=None):
        if self.args.loss_type != "nll" or self.num_virtual_tokens:
            return super().compute_loss(model, inputs, return_outputs, num_items_in_batch)
        wanted = torch.nn.functional.pad(inputs["labels"][:, 1:], (0, 1), value=-100).flatten()
        places = _places(wanted != -100)
        with _only_at(places, *self._last):
            read = {name: inputs[name] for name in ("input_ids", "attention_mask")}
            outputs = model(**read, use_cache=False)
        logits = outputs.logits.flatten(0, 1).float()
        total = torch.nn.functional.cross_entropy(logits, wanted[places], reduction="sum")
        if num_items_in_batch is None:
            loss = total / (wanted != -100).sum().clamp(min=1)
        else:
            # Each process has its share of the tokens; the trainer averages over processes.
            loss = total / num_items_in_batch * self.accelerator.num_processes
        return (loss, outputs) if return_outputs else loss


def _places(learned):
    """Where tokens are learned, and a few places more: few sizes, for products of each are prepared anew."""
    order = (~learned).to(torch.uint8).sort(stable=True).indices
    count = int(learned.sum())
    return order[: count + -count % ROUND]


@contextlib.contextmanager
def _only_at(places, head, perceptron):
    """Inside, these modules see the states at `places` of the flattened (rows x tokens) alone.

    The head gives (1, places, vocabulary), the perceptron as many states as ever, with zeros elsewhere.
    """
    shape = None

    def gather(_module, given):
        nonlocal shape
        shape = given[0].shape
        return (given[0].flatten(0, 1).index_select(0, places)[None], *given[1:])

    def scatter(_module, _given, outputs):
        rows = outputs.new_zeros(shape[0] * shape[1], outputs.shape[-1])
        return rows.index_copy(0, places, outputs[0]).view(*shape[:2], -1)

    handles = [head.register_forward_pre_hook(gather)]
    if perceptron is not None:
        handles += [perceptron.register_forward_pre_hook(gather), perceptron.register_forward_hook(scatter)]
    try:
        yield
    finally:
        for handle in handles:
            handle.remove()


def _plain(network):
    return network.get_base_model() if hasattr(network, "peft_config") else network
