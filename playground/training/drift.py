"""How far a policy has moved from where it started, measured on its own answers."""

import contextlib
import copy

import torch
from transformers import TrainerCallback

from playground.model import generate
from playground.model.load import Model
from playground.training import swift
from playground.training.callbacks import is_due
from playground.training.guard import end
from playground.training.session import Session, StopRequested
from playground.world.gold import gold_of


def sequence_kl(logits: torch.Tensor, reference: torch.Tensor, mask: torch.Tensor) -> torch.Tensor:
    """KL(policy || reference) of whole answers, in nats.

    At each position of an answer drawn from the policy the divergence of the two next-token
    distributions is taken exactly and summed: the same expectation as the log ratio of the drawn
    tokens, with less variance, and never negative.

    logits, reference: (answers, tokens, vocabulary); mask: (answers, tokens), 1 where an answer's
    token is predicted. Returns (answers,).
    """
    policy = logits.float().log_softmax(-1)
    other = reference.float().log_softmax(-1)
    return ((policy.exp() * (policy - other)).sum(-1) * mask).sum(-1)


def frozen_copy(network):
    """A copy that training will not touch."""
    return copy.deepcopy(network).requires_grad_(False).eval()


class Drift(TrainerCallback):
    """Logs `kl` from the start a few times in a run, and `gold` of the same answers where it is defined.

    `reference` is a frozen network, or the name of a frozen adapter on the network in training.
    """

    def __init__(self, session: Session, tokenizer, prompts: list[str], reference, seed: int, times: int = 5):
        self.session, self.tokenizer, self.reference, self.seed = session, tokenizer, reference, seed
        self.prompts, self.times = prompts, times
        self.gold = gold_of(prompts)

    def on_step_end(self, args, state, control, model=None, **kwargs):
        if state.global_step == 1 or is_due(state, self.times):
            try:
                self.session.step(state.global_step, self.measure(model))
            except StopRequested:
                end(args, control)

    def measure(self, network) -> dict[str, float]:
        """Means over answers drawn at temperature 1, one a prompt: KL in nats an answer, and gold."""
        training = network.training
        hook = network.register_forward_pre_hook(self.session.check_stop)
        try:
            ids, attention, mask = self._answers(network.eval())
            with torch.no_grad():
                logits = network(input_ids=ids, attention_mask=attention).logits[:, :-1]
                with self._as_reference(network) as reference:
                    others = reference(input_ids=ids, attention_mask=attention).logits[:, :-1]
        finally:
            hook.remove()
            network.train(training)
        found = {"kl": float(sequence_kl(logits, others, mask[:, 1:]).mean())}
        if self.gold is not None:
            drawn = [row[kept.bool()] for row, kept in zip(ids, mask, strict=True)]
            texts = self.tokenizer.batch_decode(drawn, skip_special_tokens=True)
            told = [self.gold(*pair) for pair in zip(self.prompts, map(str.strip, texts), strict=True)]
            found["gold"] = sum(told) / len(told)
        return found

    @contextlib.contextmanager
    def _as_reference(self, network):
        if not isinstance(self.reference, str):
            yield self.reference
            return
        network.set_adapter(self.reference)
        try:
            yield network
        finally:
            network.set_adapter("default")

    def _answers(self, network):
        """Token ids of prompts and drawn answers, right-padded; attention; where an answer's tokens are."""
        model = Model(network, self.tokenizer, None)
        prompts = generate.encode(self.tokenizer, [model.render(p) for p in self.prompts], chat=True)
        settings = generate.Generation(temperature=1.0, seed=self.seed)
        pad, end = self.tokenizer.pad_token_id, self.tokenizer.eos_token_id
        with swift.writing(len(prompts)):
            steps = list(generate.written(network, prompts, settings, pad=pad, ends={end}))
        answers = [[step[n] for step in steps if step[n] is not None] for n in range(len(prompts))]
        answers = [ids if len(ids) == settings.max_tokens else [*ids, end] for ids in answers]
        width = swift.wide(max(len(p) + len(a) for p, a in zip(prompts, answers, strict=True)), network)
        ids, attention, mask = (torch.zeros(len(prompts), width, dtype=torch.long) for _ in range(3))
        for row, (prompt, answer) in enumerate(zip(prompts, answers, strict=True)):
            whole = len(prompt) + len(answer)
            ids[row, :whole] = torch.tensor(prompt + answer)
            attention[row, :whole] = 1
            mask[row, len(prompt) : whole] = 1
        device = next(network.parameters()).device
        return ids.to(device), attention.to(device), mask.to(device)
