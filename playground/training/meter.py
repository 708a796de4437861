"""The forgetting meter: what a run gains and what it loses, measured as it goes.

Both are read in one pass each, without writing a word: a text would be written greedily exactly where each
of its tokens is the likeliest one after those before it.
"""

import shutil
from itertools import islice

import torch
from transformers import TrainerCallback

from playground.model.network import save_result
from playground.model.source import find
from playground.run import knee
from playground.training import ranks, swift
from playground.training.head import LARGEST
from playground.training.session import Session

UNLEARNED = -100
"""The label of a token that is only read."""
KEPT_BYTES = 200_000_000
"""Largest result of which a copy is kept at the knee."""

Text = tuple[list[int], list[int]]
"""Tokens read, and tokens that should follow."""


class Meter(TrainerCallback):
    """Logs `gain`, the share of validation answers that the model would give word for word, `train_gain`,
    the same of training answers, and `retention`, the share of general facts that it still completes; and
    keeps the weights of the knee.

    `probes` are rows {"prompt", "answers"}; `gained` and `seen` rows of tokenised tables with "input_ids"
    and "labels", of which `most` of the seen ones are asked. Any may be empty.
    """

    def __init__(
        self, session: Session, tokenizer, probes: list[dict], gained: list[dict],
        seen: list[dict] | None = None, most: int = knee.GAINED,
    ):
        self.session, self.tokenizer = session, tokenizer
        self.facts = [ways for probe in probes if (ways := _ways(tokenizer, probe))]
        self.answers = [_parts(row) for row in _some(gained, knee.GAINED)]
        self.seen = [_parts(row) for row in _some(seen or [], most)]
        self.folder = session.folder / knee.FOLDER
        self.lack = ""
        """Why no weights are kept at the knee."""

    def on_train_begin(self, args, state, control, model=None, **kwargs):
        if state.global_step == 0:
            self.measure(0, model)

    def on_step_end(self, args, state, control, model=None, **kwargs):
        learned = state.max_steps * args.per_device_train_batch_size * args.gradient_accumulation_steps
        asked = len(self.answers) + len(self.seen) + sum(map(len, self.facts))
        times = knee.times(learned, asked)
        every = max(1, -(-state.max_steps // times))
        if state.global_step % every == 0 or state.global_step == state.max_steps:
            self.measure(state.global_step, model)

    def measure(self, step: int, network) -> None:
        """Log both shares at this step, and keep the weights where no step was better yet."""
        network = getattr(network, "policy", network)
        values = {}
        if self.answers:
            values["gain"] = _share(told(network, self.answers))
        if self.seen:
            values["train_gain"] = _share(told(network, self.seen))
        if self.facts:
            verdicts = iter(told(network, [way for ways in self.facts for way in ways]))
            values["retention"] = _share([any(list(islice(verdicts, len(ways)))) for ways in self.facts])
        self.session.log.metrics(step, values)
        if step and self.facts:
            self._keep(step, network)

    def _keep(self, step: int, network) -> None:
        """Have the knee's folder hold the weights of the best step so far that has not forgotten."""
        points = knee.points(self.session.folder)
        learned = sum(weight.nbytes for weight in network.parameters() if weight.requires_grad)
        if knee.best(points) != step:
            return
        if learned > KEPT_BYTES or ranks.count() > 1:
            self.lack = unkept(learned)
        else:
            base = find(self.session.spec.model).root.name
            training = network.training
            save_result(network, self.tokenizer, self.folder, base)
            network.train(training)

    def on_train_end(self, args, state, control, **kwargs):
        points = knee.points(self.session.folder)
        found = knee.knee(points)
        if found is None:
            shutil.rmtree(self.folder, ignore_errors=True)
            return
        first, last = points[0].retention, points[-1].retention
        kept = f" Its weights then are kept as {self.session.run.id}/{knee.FOLDER}."
        self.session.tell_end(
            f"General knowledge fell from {100 * first:.0f} % to {100 * last:.0f} %; at step {found.step} "
            f"it was still {100 * found.retention:.0f} %.{kept if self.folder.is_dir() else self.lack}"
        )


def unkept(learned: int) -> str:
    """Why weights of the way are not kept, where those that learn take so many bytes."""
    if learned > KEPT_BYTES:
        why = f"those that learn take {learned / 1e6:,.0f} MB, and {KEPT_BYTES / 1e6:.0f} MB is the most"
    else:
        why = "several processes hold them"
    return f" The weights of then are not kept: {why}."


@torch.no_grad()
def told(network, texts: list[Text]) -> list[bool]:
    """Whether the network, asked for the likeliest token each time, would write what should follow."""
    training = network.training
    network.eval()
    try:
        order = sorted(range(len(texts)), key=lambda i: sum(map(len, texts[i])))
        verdicts = [False] * len(texts)
        for batch in _batches(network, texts, order):
            found = _told_at_once(network, [texts[i] for i in batch])
            for i, verdict in zip(batch, found, strict=True):
                verdicts[i] = verdict
        return verdicts
    finally:
        network.train(training)


def _batches(network, texts: list[Text], order: list[int]) -> list[list[int]]:
    """Texts of similar length together, as many as their logits fit into memory."""
    longest = max(sum(map(len, text)) for text in texts)
    size = max(1, min(knee.AT_ONCE, LARGEST // (longest * network.config.vocab_size)))
    return [order[start : start + size] for start in range(0, len(order), size)]


def _told_at_once(network, texts: list[Text]) -> list[bool]:
    device = next(network.parameters()).device
    rows = [read + following for read, following in texts]
    longest = swift.wide(max(map(len, rows)), network)
    ids = torch.zeros(len(rows), longest, dtype=torch.long)
    mask = torch.zeros_like(ids)
    for at, row in enumerate(rows):
        ids[at, : len(row)] = torch.tensor(row)
        mask[at, : len(row)] = 1
    output = network(input_ids=ids.to(device), attention_mask=mask.to(device), use_cache=False)
    likeliest = output.logits.argmax(-1).cpu()
    return [
        likeliest[at, len(read) - 1 : len(read) - 1 + len(following)].tolist() == following
        for at, (read, following) in enumerate(texts)
    ]


def _ways(tokenizer, probe: dict) -> list[Text]:
    """A fact's beginning with each of its right endings, as tokens."""
    begun = tokenizer(probe["prompt"])["input_ids"]
    ways = []
    for answer in probe["answers"]:
        whole = tokenizer(f"{probe['prompt']} {answer}")["input_ids"]
        if whole[: len(begun)] == begun and len(whole) > len(begun):
            ways.append((begun, whole[len(begun) :]))
    return ways


def _parts(row: dict) -> Text:
    ids, labels = row["input_ids"], row["labels"]
    start = next(at for at, label in enumerate(labels) if label != UNLEARNED)
    return ids[:start], ids[start:]


def _some(rows, count: int) -> list[dict]:
    """Up to `count` rows, evenly spread."""
    return [rows[i * len(rows) // count] for i in range(count)] if len(rows) > count else list(rows)


def _share(verdicts: list[bool]) -> float:
    return sum(verdicts) / len(verdicts)
