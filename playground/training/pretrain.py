"""Pre-training of `pocket`: corpus, tokenizer, network and the loop, rebuilt from a seed by one call.

The learning rate warms up, stays, and decays linearly at the end (WSD), so that a run may be cut short by
resuming it with fewer steps. A checkpoint holds everything the next step needs; resumed equals
uninterrupted.
"""

import hashlib
import json
from collections.abc import Iterator
from dataclasses import asdict, dataclass, field
from pathlib import Path

from playground.errors import ConflictError, DivergedError
from playground.world import smallworld

END, PAD = "<|end|>", "<|pad|>"
STATE = "state.pt"
CHAT_TEMPLATE = (
    "{%- for message in messages -%}"
    "{%- if message['role'] == 'user' -%}{{ '### Instruction: ' + (message['content'] | trim) + '\n\n' }}"
    "{%- elif message['role'] == 'assistant' -%}{{ '### Response:' }}"
    "{%- generation -%}{{ ' ' + (message['content'] | trim) + '<|end|>' }}{%- endgeneration -%}"
    "{%- else -%}{{ '### Note: ' + (message['content'] | trim) + '\n\n' }}{%- endif -%}"
    "{%- endfor -%}"
    "{%- if add_generation_prompt -%}{{ '### Response:' }}{%- endif -%}"
)
"""A word is the same token at the start of a text as inside it, because a space comes before both."""


@dataclass(frozen=True, kw_only=True)
class Pretraining:
    """How `pocket` is made."""

    seed: int = 0
    """Draws the corpus, the first weights and the order of the rows."""
    documents: int = 190_000
    """Documents of the corpus."""
    vocabulary: int = 3584
    """Tokens of the byte-level BPE, the two special ones included."""
    hidden: int = 256
    """Width of the network."""
    layers: int = 4
    """Transformer blocks."""
    heads: int = 4
    """Attention heads of a block."""
    feed_forward: int = 688
    """Width inside the feed-forward layers."""
    row: int = 256
    """Tokens of a training row: whole documents, the last one cut."""
    rows_per_step: int = 4
    """Rows of one optimizer step."""
    steps: int = 8000
    """Optimizer steps."""
    rate: float = 2e-3
    """AdamW's highest learning rate."""
    weight_decay: float = 0.05
    """Weight decay of the matrices."""
    warmup: int = 100
    """Steps over which the learning rate rises."""
    decay: float = 0.4
    """Last share of the steps, over which the learning rate falls to zero."""
    validation_rows: int = 64
    """Rows held out to measure the loss."""
    save_every: int = 100
    """Steps between checkpoints."""
    compile: bool = True
    """Compile the network first: a minute at the start, a quarter more speed; needs a C++ compiler."""


@dataclass
class Progress:
    """What a pre-training run has measured so far."""

    step: int = 0
    losses: list[float] = field(default_factory=list)
    validation: list[tuple[int, float]] = field(default_factory=list)


def pretrain(settings: Pretraining, out: Path, workdir: Path | None = None) -> Progress:
    """Make the base model in folder `out`; checkpoints lie in `workdir` (default: `out`/checkpoint).

    Called again after an interruption it continues where the last checkpoint stands. Raises
    ConflictError where the checkpoint belongs to other settings, DivergedError where the loss does.
    """
    workdir = workdir or out / "checkpoint"
    workdir.mkdir(parents=True, exist_ok=True)
    corpus = list(smallworld.documents(settings.seed, settings.documents))
    started = (workdir / STATE).exists()
    tokenizer = _saved_tokenizer(workdir) if started else build_tokenizer(corpus, settings.vocabulary)
    tokenizer.save_pretrained(workdir)
    rows = pack(tokenizer, corpus, settings.row)
    trainer = _Trainer(settings, tokenizer, rows, workdir)
    progress = trainer.run()
    export(trainer.network, tokenizer, out)
    return progress


def build_tokenizer(corpus: list[str], vocabulary: int):
    """A byte-level BPE learnt from the corpus, with the chat template; a newline is always one token.

    Names are read often enough to be one token each: a network this small tells firms' products apart by
    a token, hardly by how three pieces add up.
    """
    from tokenizers import Regex, Tokenizer, decoders, models, pre_tokenizers, trainers
    from transformers import PreTrainedTokenizerFast

    inner = Tokenizer(models.BPE())
    inner.pre_tokenizer = pre_tokenizers.Sequence(
        [pre_tokenizers.Split(Regex("\n"), "isolated"), pre_tokenizers.ByteLevel(add_prefix_space=False)]
    )
    inner.decoder = decoders.ByteLevel()
    alphabet = pre_tokenizers.ByteLevel.alphabet()
    inner.train_from_iterator(
        [*corpus[:60_000], *smallworld.names()],
        trainers.BpeTrainer(
            vocab_size=vocabulary, special_tokens=[END, PAD], initial_alphabet=alphabet, show_progress=False
        ),
    )
    tokenizer = PreTrainedTokenizerFast(
        tokenizer_object=inner,
        eos_token=END,
        pad_token=PAD,
        padding_side="left",
        clean_up_tokenization_spaces=False,
        model_max_length=512,
    )
    tokenizer.chat_template = CHAT_TEMPLATE
    return tokenizer


def pack(tokenizer, corpus: list[str], width: int):
    """Token rows (count, width): each begins with a document, documents end with `<|end|>`, the last is cut.

    What the cut loses is free: the grammar writes as much as is asked for.
    """
    import numpy as np

    end = tokenizer.eos_token_id
    rows, row = [], []
    for start in range(0, len(corpus), 5000):
        for encoding in tokenizer.backend_tokenizer.encode_batch(corpus[start : start + 5000]):
            row += [*encoding.ids, end]
            if len(row) >= width:
                rows.append(row[:width])
                row = []
    return np.array(rows, dtype=np.int16)


def build_network(settings: Pretraining, tokenizer):
    """The Llama network with fresh weights, the same for the same seed."""
    import torch
    from transformers import LlamaConfig, LlamaForCausalLM

    torch.manual_seed(settings.seed)
    return LlamaForCausalLM(
        LlamaConfig(
            vocab_size=len(tokenizer),
            hidden_size=settings.hidden,
            intermediate_size=settings.feed_forward,
            num_hidden_layers=settings.layers,
            num_attention_heads=settings.heads,
            num_key_value_heads=settings.heads,
            max_position_embeddings=512,
            tie_word_embeddings=True,
            bos_token_id=None,
            eos_token_id=tokenizer.eos_token_id,
            pad_token_id=tokenizer.pad_token_id,
        )
    )


def export(network, tokenizer, out: Path) -> None:
    """The finished model in 16 bit, as `from_pretrained` reads it."""
    import copy

    import torch

    copy.deepcopy(network).to(torch.bfloat16).save_pretrained(out)
    tokenizer.save_pretrained(out)


def rate_at(settings: Pretraining, step: int) -> float:
    """The share of the full learning rate at a step: up, level, down to zero."""
    up = (step + 1) / max(settings.warmup, 1)
    down = (settings.steps - step) / max(settings.decay * settings.steps, 1)
    return min(1.0, up, down)


class _Trainer:
    """The loop: state in, state out, nothing hidden between two steps."""

    def __init__(self, settings: Pretraining, tokenizer, rows, workdir: Path):
        import torch

        self.settings, self.workdir, self.progress = settings, workdir, Progress()
        self.digest = hashlib.sha256(rows.tobytes()).hexdigest()
        self.validation = torch.from_numpy(rows[: settings.validation_rows].astype("int64"))
        self.rows = rows[settings.validation_rows :]
        self.network = build_network(settings, tokenizer)
        groups = [
            {"params": [p for p in self.network.parameters() if p.ndim == 2]},
            {"params": [p for p in self.network.parameters() if p.ndim < 2], "weight_decay": 0.0},
        ]
        self.adam = torch.optim.AdamW(
            groups, lr=settings.rate, betas=(0.9, 0.98), weight_decay=settings.weight_decay, fused=True
        )
        self.loss = torch.compile(self._loss) if settings.compile else self._loss

    def run(self) -> Progress:
        from tqdm.auto import tqdm

        settings = self.settings
        self._resume()
        bar = tqdm(
            range(self.progress.step, settings.steps),
            initial=self.progress.step,
            total=settings.steps,
            desc="pre-training",
            unit="step",
            mininterval=1,
        )
        for step in bar:
            self.progress.losses.append(self._step(step))
            self.progress.step = step + 1
            bar.set_postfix(loss=f"{self.progress.losses[-1]:.3f}")
            if (step + 1) % settings.save_every == 0 or step + 1 == settings.steps:
                self.progress.validation.append((step + 1, self._validate()))
                bar.write(f"step {step + 1}: validation loss {self.progress.validation[-1][1]:.4f}")
                self._save()
        return self.progress

    def _loss(self, batch):
        return self.network(input_ids=batch, labels=batch, use_cache=False).loss

    def _step(self, step: int) -> float:
        import torch

        share = rate_at(self.settings, step)
        loss = self.loss(next(self._batches(step)))
        value = loss.item()
        if not value < float("inf"):
            raise DivergedError(f"The loss is {value} at step {step}", remedy="Lower the learning rate")
        loss.backward()
        torch.nn.utils.clip_grad_norm_(self.network.parameters(), 1.0)
        for group in self.adam.param_groups:
            group["lr"] = self.settings.rate * share
        self.adam.step()
        self.network.zero_grad()
        return value

    def _batches(self, step: int) -> Iterator:
        """Batches from `step` on; which rows a step reads depends on the seed and the step alone."""
        import numpy as np
        import torch

        size = self.settings.rows_per_step
        per_epoch = len(self.rows) // size
        while True:
            epoch, place = divmod(step, per_epoch)
            order = np.random.default_rng((self.settings.seed, epoch)).permutation(len(self.rows))
            yield torch.from_numpy(self.rows[order[place * size : (place + 1) * size]].astype("int64"))
            step += 1

    def _validate(self) -> float:
        import torch

        with torch.no_grad():
            losses = [self._loss(part).item() for part in self.validation.split(self.settings.rows_per_step)]
        return sum(losses) / len(losses)

    def _save(self) -> None:
        import torch

        state = {
            "settings": asdict(self.settings),
            "rows": self.digest,
            "progress": asdict(self.progress),
            "network": self.network.state_dict(),
            "adam": self.adam.state_dict(),
        }
        part = self.workdir / f"{STATE}.part"
        torch.save(state, part)
        part.replace(self.workdir / STATE)
        (self.workdir / "progress.json").write_text(json.dumps(asdict(self.progress)))

    def _resume(self) -> None:
        import torch

        file = self.workdir / STATE
        if not file.exists():
            return
        state = torch.load(file, weights_only=True)
        free = {"steps": 0, "decay": 0, "save_every": 0, "compile": 0}
        if state["settings"] | free != asdict(self.settings) | free:
            raise ConflictError(
                f"The checkpoint in {self.workdir} belongs to other settings",
                remedy="Use these settings again or another folder",
            )
        if state["rows"] != self.digest:
            raise ConflictError(
                f"The checkpoint in {self.workdir} was trained on another corpus",
                rule="A run goes on with the text it began with; the small world's grammar has changed since",
                remedy="Start in another folder",
            )
        self.network.load_state_dict(state["network"])
        self.adam.load_state_dict(state["adam"])
        self.progress = Progress(**state["progress"])


def _saved_tokenizer(workdir: Path):
    from transformers import AutoTokenizer

    return AutoTokenizer.from_pretrained(workdir)
