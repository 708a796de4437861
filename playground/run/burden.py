"""What a run asks of a machine, by arithmetic: numbers trained, bytes held, work done.

The units are rough on purpose: `calibration` learns from finished runs what a byte here and an
operation there come to on this machine.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass

from playground.model.shapes import Shape
from playground.run import knee

FLOAT = 4
TRAINED = 12
"""Bytes beside the weight of a number that learns: its gradient and two moments."""
GROUPS = ("grpo", "rloo")
"""Stages that judge answers to one prompt against each other, by a reward model, a rule or both."""
ROLLOUTS = ("ppo", *GROUPS)
"""Stages that learn from the policy's own answers."""
CHUNK = 256
"""Positions whose logits TRL's plain tuning holds at once, where they do not all fit."""
LOGITS = 2**27
"""Logits that fit, as in `training.head`."""
FILE = 2
"""Bytes of a number in the file that a model is opened from, which lie in memory while it is read."""
PACKED = 0.5 + FLOAT / 64
"""Bytes of a number in four bits, with its share of the scale of its 64."""
UNPACK = 20
"""Operations' worth of time to make a packed number one to compute with, in each pass."""
PACKED_PASS = 1.9
"""A pass through packed layers, beside the arithmetic, in passes through others."""
UPDATE = 160
"""Operations' worth of time that the optimizer takes at each step for a number that learns: it waits for
memory."""
STEP = 8
"""A training step in forward passes: what it costs beside the arithmetic."""
WRITTEN = 32
"""Answers that are written at once."""
ANSWERS = 0.6
"""Share of a batch's places at which an answer is learned."""
MEASURED = 6
"""Times that DPO's and KTO's drift from the start is measured."""
SAMPLES = 5 * 48
"""Passes for the answers written while a run goes on."""


@dataclass(frozen=True)
class Start:
    """A model to start from: its shape, and the adapter it goes on in."""

    shape: Shape
    adapter: int = 0
    """Numbers of the adapter it brings."""
    packed: bool = False
    """Whether its base is held in four bits."""


@dataclass(frozen=True)
class Burden:
    """What a run asks. `memory`, `passes` and `flops` are in units that calibration corrects."""

    trainable: int
    total: int
    artifact: int
    """Bytes of the result's weights."""
    memory: float
    """Bytes held at the peak beside the interpreter and its libraries."""
    passes: float
    """Layers walked through, one at a time, whatever their size."""
    flops: float
    steps: int


def burden(
    stage: str, settings: dict, start: Start, lengths: dict[str, Sequence[int]], reward: Start | None = None
) -> Burden:
    """Of a run of this stage.

    `lengths` are the tokens of each text by part (`train`, `validation`: two a row where pairs are
    judged; `prompts`), `reward` is the Start of the reward model that judges a rollout.
    """
    trainable, total = numbers(stage, settings, start)
    full = trainable == total
    if stage == "best":
        return _best(settings, start, lengths["prompts"], reward)
    tuning = settings.get("tuning") or {}
    model = costs(tuning, start, trainable, full)
    if tokens := tuning.get("tokens"):
        lengths = {part: [length + tokens for length in each] for part, each in lengths.items()}
    if stage in ROLLOUTS:
        count = _ppo if stage == "ppo" else _groups
        memory, passes, flops, steps = count(settings, model, lengths["prompts"], reward)
    else:
        memory, passes, flops, steps = _epochs(stage, settings, model, lengths)
    at_once, walks, work = _meter(stage, settings, model, lengths, steps)
    passes, flops = passes + walks, flops + work
    memory = max(memory + TRAINED * trainable, at_once + TRAINED * trainable, FILE * start.shape.parameters())
    memory += FLOAT * total
    if model.packed:
        # The file stays mapped beside weights that were packed from it.
        memory += FILE * start.shape.parameters() - (FLOAT - PACKED) * model.matrices
        flops += UNPACK * model.matrices * passes
        passes *= PACKED_PASS
    flops += UPDATE * steps * trainable
    if stage in ("dpo", "kto", *ROLLOUTS):
        memory += FLOAT * trainable  # a frozen copy of the start
    passes *= start.shape.layers + 2
    return Burden(trainable, total, FLOAT * trainable, memory, passes, flops, steps)


def numbers(stage: str, settings: dict, start: Start) -> tuple[int, int]:
    """Numbers that learn, and numbers in all."""
    scores = stage == "reward"
    tuning = settings.get("tuning") or {}
    whole, head = start.shape.parameters(scores), start.shape.hidden if scores else 0
    if tuning.get("kind") == "full" or (not tuning and not start.adapter):
        return whole, whole
    added = start.adapter or _added(tuning, start.shape)
    return added + head, whole + added + head


def _added(tuning: dict, shape: Shape) -> int:
    """Numbers that a tuning puts beside those of a model."""
    kind = tuning["kind"]
    if kind == "selective":
        return shape.last(min(tuning["last_layers"], shape.layers))
    if kind == "bottleneck":
        return shape.bottleneck(tuning["width"])
    if kind == "prompt":
        return tuning["tokens"] * shape.hidden
    dora = tuning.get("variant") == "dora"
    return shape.lora(tuning["rank"], _targets(tuning), tuning.get("embeddings", False), dora)


def costs(tuning: dict, start: Start, trainable: int, full: bool) -> "Costs":
    """Of a network under a tuning, whose settings tell how far gradients go and what is held in four bits."""
    kind, layers = tuning.get("kind"), start.shape.layers
    beside = 0 if full or kind in ("selective", "prompt") else trainable
    deep = min(tuning["last_layers"], layers) if kind == "selective" else layers
    return Costs(start.shape, trainable, full, beside, deep, packed=start.packed or kind == "qlora")


@dataclass(frozen=True)
class Costs:
    """Work and memory of one network in training."""

    shape: Shape
    trainable: int
    full: bool
    beside: int = 0
    """Numbers that every token is multiplied with beside those of the model."""
    deep: int = 0
    """Blocks that gradients go through."""
    packed: bool = False

    @property
    def matrices(self) -> int:
        """Numbers that every token is multiplied with in the blocks."""
        return self.shape.layers * sum(one.inputs * one.outputs for one in self.shape.linears)

    def forward(self, tokens: float, length: float, logits: float = 0) -> float:
        """Operations to read `tokens` in texts of `length`, with logits at `logits` of them."""
        shape = self.shape
        attention = 2 * shape.layers * shape.heads * shape.head_dim * length
        read = tokens * (2 * self.matrices + attention + 2 * self.beside)
        return read + 2 * logits * shape.embedding

    def backward(self, tokens: float, length: float, logits: float = 0) -> float:
        """Operations to learn from them; frozen weights need no gradient of their own."""
        once = self.forward(tokens, length, logits)
        if self.full:
            return 2 * once
        head = 2 * logits * self.shape.embedding
        return head + (once - head) * self.deep / self.shape.layers + 2 * tokens * self.trainable

    def activations(self, tokens: float) -> float:
        """Bytes kept for the way back."""
        shape = self.shape
        floats = 8 * shape.hidden + 3 * shape.heads * shape.head_dim + 4 * shape.ffn
        floats += self.beside / shape.layers / (shape.hidden + 1)
        return FLOAT * tokens * (shape.layers if self.full else self.deep) * floats

    def logits(self, positions: float, copies: float = 3) -> float:
        return FLOAT * copies * positions * self.shape.vocab


def _epochs(stage: str, settings: dict, model: Costs, lengths: dict) -> tuple[float, float, float, int]:
    each = 1 if stage in ("sft", "kto") else 2
    limit, batch = settings["max_length"], settings["batch_size"] * each
    train, held = ([min(n, limit) for n in lengths.get(part, ())] for part in ("train", "validation"))
    gathered = batch * settings.get("accumulation", 1)
    steps = max(1, math.ceil(settings["epochs"] * max(1, math.ceil(len(train) / gathered))))
    batches = steps * settings.get("accumulation", 1)
    mean, longest = sum(train) / max(len(train), 1), max(train, default=1)
    tokens, seen = settings["epochs"] * sum(train), settings["evaluations"] * sum(held)
    small = max(batch, 32) * limit * model.shape.vocab <= LOGITS
    logits = _logits(stage, tokens, batches, small)
    flops = model.forward(tokens, mean, logits) + model.backward(tokens, mean, logits)
    flops += model.forward(seen, mean, _logits(stage, seen, 0, small))
    passes = batches * STEP + (settings["evaluations"] * math.ceil(len(held) / 32) if held else 0)
    memory = model.activations(batch * longest)
    if stage == "sft" and small:
        memory += model.logits(max(batch * longest, 32 * max(held, default=0)) * ANSWERS)
    elif stage == "sft":
        flops += model.forward(0, 0, logits)  # logits are made twice, to be held once
        memory += model.logits(CHUNK)
    if stage in ("dpo", "kto"):
        # DPO reads each text once more, for its start's probabilities; KTO thrice: mismatched ones besides.
        again = 1 if stage == "dpo" else 3
        flops += again * model.forward(tokens, mean, logits)
        passes += again * batches * 2 + 2 * 48 * MEASURED
        answered = settings["kl_prompts"] * (mean + 48)
        memory += max(model.logits(batch * longest, 4), model.logits(answered, 6))
    return memory, passes + (0 if stage == "reward" else SAMPLES), flops, steps


def _logits(stage: str, tokens: float, batches: int, small: bool) -> float:
    """Positions at which the next token is told."""
    if stage == "reward":
        return 0
    if stage in ("dpo", "kto"):
        return tokens
    return tokens * ANSWERS if small else max(tokens * ANSWERS, batches * CHUNK)


def _meter(
    stage: str, settings: dict, model: Costs, lengths: dict, steps: int
) -> tuple[float, float, float]:
    """What the forgetting meter asks: it reads facts and, in SFT, validation and some training answers."""
    answers = lengths.get("validation", ())[: knee.GAINED] if stage == "sft" else ()
    seen = lengths.get("train", ())[: settings.get("train_questions", 0)]
    texts = [*lengths.get("probes", ()), *answers, *seen]
    if not texts:
        return 0, 0, 0
    each = settings["rollout" if stage in ROLLOUTS else "batch_size"] * settings.get("accumulation", 1)
    times = 1 + knee.times(steps * each, len(texts))
    tokens, at_once = sum(texts), min(len(texts), knee.AT_ONCE) * max(texts)
    logits = min(at_once * model.shape.vocab, LOGITS)
    walks = math.ceil(len(texts) / knee.AT_ONCE)
    return FLOAT * logits, times * walks, times * model.forward(tokens, tokens / len(texts), tokens)


def _ppo(settings: dict, model: Costs, prompts: Sequence[int], reward: Start):
    rollout, answer, updates = settings["rollout"], settings["response_tokens"], settings["updates"]
    asked = max(prompts, default=1)
    tokens, answers, length = rollout * (asked + answer), rollout * answer, asked + answer
    whole = reward.shape.parameters(scores=True)
    value = Costs(reward.shape, whole, full=True)
    flops = 3 * model.forward(tokens, length, answers) + 2 * value.forward(tokens, length)
    learned = settings["epochs"] * tokens
    flops += model.forward(learned, length, learned) + model.backward(learned, length, learned)
    flops += value.forward(learned, length) + value.backward(learned, length)
    passes = 2 * answer + 4 + settings["epochs"] * settings["minibatches"] * 2 * STEP
    at_once = tokens / settings["minibatches"]
    kept = model.activations(at_once) + value.activations(at_once)
    memory = max(model.logits(answers, 4), model.logits(answers, 2) + model.logits(at_once) + kept)
    memory += (2 * FLOAT + TRAINED) * whole  # the reward model, and the value model made from it
    return memory, updates * passes + SAMPLES, updates * flops, updates


def _groups(settings: dict, model: Costs, prompts: Sequence[int], reward: Start | None):
    rollout, answer, updates = settings["rollout"], settings["response_tokens"], settings["updates"]
    asked, learned = max(prompts, default=1), settings["passes"]
    length, answers = asked + answer, rollout * answer
    tokens = rollout * length
    # What is drawn is read again for its start's probabilities, and for its own where it is learned twice.
    flops = (2 + (learned > 1)) * model.forward(tokens, length, answers)
    flops += learned * (model.forward(tokens, length, answers) + model.backward(tokens, length, answers))
    passes = answer + 3 + learned * STEP
    memory = max(model.logits(answers, 4), model.logits(answers) + model.activations(tokens))
    if reward is not None:
        flops += Costs(reward.shape, 0, full=True).forward(tokens, length)
        memory += FLOAT * reward.shape.parameters(scores=True)
    return memory, updates * passes + SAMPLES, updates * flops, updates * learned


def _best(settings: dict, start: Start, prompts: Sequence[int], reward: Start | None) -> Burden:
    """Answers that are drawn and judged, from which nothing learns."""
    rounds, answer, total = settings["answers"], settings["response_tokens"], start.shape.parameters()
    model = Costs(start.shape, 0, full=False, beside=start.adapter, packed=start.packed)
    tokens, length = sum(prompts) + answer * len(prompts), max(prompts, default=1) + answer
    flops = model.forward(tokens, length, answer * len(prompts))
    memory = FLOAT * total + model.logits(WRITTEN)
    if reward is not None:
        flops += Costs(reward.shape, 0, full=True).forward(tokens, length)
        memory += FLOAT * reward.shape.parameters(scores=True)
    batches = math.ceil(len(prompts) / (WRITTEN))
    passes = rounds * batches * (answer + 2) * (start.shape.layers + 2)
    return Burden(0, total, 0, memory, passes, rounds * flops, rounds)


def _targets(tuning: dict) -> str | tuple[str, ...]:
    targets = tuning.get("targets", "all-linear")
    return targets if isinstance(targets, str) else tuple(targets)
