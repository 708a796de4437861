"""The loss where answers stand, and the vocabulary nowhere else.

TRL's chunked loss saves memory: it pads the tokens that are learned to a multiple of 256, and computes their
logits twice, with entropy and accuracy beside. Where all logits fit, computing them once, and only in the
columns of a batch in which some answer stands, gives the same loss in a quarter of the time.
"""

import inspect

import torch

LARGEST = 2**27
"""Logits that may be in memory at once: half a gigabyte in float32."""


def fits(network, rows: int, tokens: int) -> bool:
    """Whether a network can compute the logits of `rows` texts of `tokens` tokens at chosen columns alone."""
    whole = network.get_base_model() if hasattr(network, "peft_config") else network
    names = inspect.signature(whole.forward).parameters
    return "logits_to_keep" in names and rows * tokens * whole.config.vocab_size <= LARGEST


class AnswerLossMixin:
    """In the bases of an SFTTrainer whose `loss_type` is `nll`; with any other it leaves the loss to TRL."""

    def compute_loss(self, model, inputs, return_outputs=False, num_items_in_batch=None):
        if self.args.loss_type != "nll" or self.num_virtual_tokens:
            return super().compute_loss(model, inputs, return_outputs, num_items_in_batch)
        labels = inputs["labels"][:, 1:]
        columns = (labels != -100).any(0).nonzero().flatten()
        read = {name: inputs[name] for name in ("input_ids", "attention_mask")}
        outputs = model(**read, use_cache=False, logits_to_keep=columns)
        logits, wanted = outputs.logits.flatten(0, 1).float(), labels[:, columns].flatten()
        total = torch.nn.functional.cross_entropy(logits, wanted, ignore_index=-100, reduction="sum")
        if num_items_in_batch is None:
            loss = total / (wanted != -100).sum().clamp(min=1)
        else:
            # Each process has its share of the tokens; the trainer averages over processes.
            loss = total / num_items_in_batch * self.accelerator.num_processes
        return (loss, outputs) if return_outputs else loss
