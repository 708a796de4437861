"""The shape of a network from its configuration: how many numbers it has, and where.

Arithmetic only: nothing here opens weights or loads torch. The tests hold the counts to what
transformers builds and to what PEFT reports.
"""

from dataclasses import dataclass

from playground.errors import InputError

LLAMAS = ("llama", "mistral", "qwen2", "qwen3", "gemma3_text")
FAMILIES = (*LLAMAS, "gpt2", "gpt_neox")
ROTARY = ("rope_parameters", "rope_theta", "rope_scaling", "rotary_pct", "rotary_dim")
"""What configurations tell of models that turn vectors by their distances."""


@dataclass(frozen=True)
class Linear:
    """A linear layer: its name within a block, and its sizes."""

    name: str
    inputs: int
    outputs: int
    bias: bool = False

    @property
    def parameters(self) -> int:
        return self.inputs * self.outputs + (self.outputs if self.bias else 0)


@dataclass(frozen=True, kw_only=True)
class Shape:
    """Sizes of a decoder-only language model."""

    family: str
    """The `model_type` of its configuration."""
    layers: int
    hidden: int
    ffn: int
    heads: int
    kv_heads: int
    head_dim: int
    vocab: int
    tied: bool = True
    """Whether the output layer is the embedding."""
    positions: int = 0
    """Learned positions, where the family has any."""
    biased: tuple[str, ...] = ()
    """Linear layers with a bias."""

    @classmethod
    def from_config(cls, config: dict) -> "Shape":
        """From a config.json. Raises InputError for a family whose arithmetic we do not know."""
        family = config.get("model_type")
        if family not in FAMILIES:
            raise InputError(
                f"The model is a {family}", rule=f"We know the shapes of {', '.join(FAMILIES)}",
                remedy="It may be trained; only what it will take cannot be told before",
            )
        return {"gpt2": _gpt2, "gpt_neox": _neox}.get(family, _llama)(config)

    @property
    def linears(self) -> tuple[Linear, ...]:
        """The linear layers of one block."""
        h, f, q, kv = self.hidden, self.ffn, self.heads * self.head_dim, self.kv_heads * self.head_dim
        if self.family == "gpt2":
            sizes = [("c_attn", h, 3 * h), ("c_proj", h, h), ("c_fc", h, f), ("c_proj", f, h)]
        elif self.family == "gpt_neox":
            sizes = [
                ("query_key_value", h, 3 * h), ("dense", h, h),
                ("dense_h_to_4h", h, f), ("dense_4h_to_h", f, h),
            ]
        else:
            sizes = [
                ("q_proj", h, q), ("k_proj", h, kv), ("v_proj", h, kv), ("o_proj", q, h),
                ("gate_proj", h, f), ("up_proj", h, f), ("down_proj", f, h),
            ]
        return tuple(Linear(name, i, o, name in self.biased) for name, i, o in sizes)

    @property
    def embedding(self) -> int:
        return self.vocab * self.hidden

    @property
    def block(self) -> int:
        """Numbers in one block, its norms included."""
        norms = {"gemma3_text": 4 * self.hidden, "gpt2": 4 * self.hidden, "gpt_neox": 4 * self.hidden}
        block = norms.get(self.family, 2 * self.hidden) + sum(one.parameters for one in self.linears)
        if self.family in ("qwen3", "gemma3_text"):
            block += 2 * self.head_dim
        return block

    @property
    def last_norm(self) -> int:
        return 2 * self.hidden if self.family in ("gpt2", "gpt_neox") else self.hidden

    @property
    def body(self) -> int:
        """Numbers in the blocks, the last norm, and the positions."""
        return self.layers * self.block + self.last_norm + self.positions * self.hidden

    def parameters(self, scores: bool = False) -> int:
        """All numbers of the language model, or with `scores` of a reward model of this shape."""
        head = self.hidden if scores else 0 if self.tied else self.embedding
        return self.embedding + self.body + head

    @property
    def vectors(self) -> str:
        """The name of the layer that holds the tokens' vectors."""
        return {"gpt2": "wte", "gpt_neox": "embed_in"}.get(self.family, "embed_tokens")

    def lora(
        self, rank: int, targets: str | tuple[str, ...] = "all-linear", embeddings: bool = False,
        dora: bool = False,
    ) -> int:
        """Numbers of an adapter: two thin matrices beside each chosen linear layer and the vectors.

        With `dora` there is one more for each output.
        """
        chosen = [one for one in self.linears if targets == "all-linear" or one.name in targets]
        tokens = rank * (self.vocab + self.hidden) + dora * self.hidden
        beside = sum(rank * (one.inputs + one.outputs) + dora * one.outputs for one in chosen)
        return self.layers * beside + tokens * (embeddings or self.vectors in targets)

    def bottleneck(self, width: int) -> int:
        """Numbers of bottleneck adapters: two small nets a block, with their biases."""
        return self.layers * 2 * (2 * self.hidden * width + width + self.hidden)

    def last(self, layers: int) -> int:
        """Numbers of the last blocks and the norm behind them."""
        return layers * self.block + self.last_norm


def _llama(config: dict) -> Shape:
    heads, hidden, family = config["num_attention_heads"], config["hidden_size"], config["model_type"]
    biased = ("q_proj", "k_proj", "v_proj") if family == "qwen2" else ()
    if config.get("attention_bias"):
        biased = ("q_proj", "k_proj", "v_proj", "o_proj")
    if config.get("mlp_bias"):
        biased = (*biased, "gate_proj", "up_proj", "down_proj")
    return Shape(
        family=family, layers=config["num_hidden_layers"], hidden=hidden, ffn=config["intermediate_size"],
        heads=heads, kv_heads=config.get("num_key_value_heads") or heads,
        head_dim=config.get("head_dim") or hidden // heads, vocab=config["vocab_size"], biased=biased,
        tied=config.get("tie_word_embeddings", family == "gemma3_text"),
    )


def _gpt2(config: dict) -> Shape:
    hidden, heads = config["n_embd"], config["n_head"]
    return Shape(
        family="gpt2", layers=config["n_layer"], hidden=hidden, ffn=config.get("n_inner") or 4 * hidden,
        heads=heads, kv_heads=heads, head_dim=hidden // heads, vocab=config["vocab_size"],
        tied=config.get("tie_word_embeddings", True), positions=config["n_positions"],
        biased=("c_attn", "c_proj", "c_fc"),
    )


def _neox(config: dict) -> Shape:
    hidden, heads = config["hidden_size"], config["num_attention_heads"]
    attention = ("query_key_value", "dense") if config.get("attention_bias", True) else ()
    return Shape(
        family="gpt_neox", layers=config["num_hidden_layers"], hidden=hidden,
        ffn=config["intermediate_size"], heads=heads, kv_heads=heads, head_dim=hidden // heads,
        vocab=config["vocab_size"], tied=config.get("tie_word_embeddings", False),
        biased=(*attention, "dense_h_to_4h", "dense_4h_to_h"),
    )


@dataclass(frozen=True)
class Known:
    """A well-known small model of the Hugging Face Hub."""

    name: str
    shape: Shape
    asks: str = ""
    """What one must do before it can be fetched."""


def _known(name: str, family: str, sizes: tuple[int, ...], tied: bool = True, asks: str = "") -> Known:
    layers, hidden, ffn, heads, kv_heads, head_dim, vocab = sizes
    config = {
        "model_type": family, "num_hidden_layers": layers, "hidden_size": hidden, "intermediate_size": ffn,
        "num_attention_heads": heads, "num_key_value_heads": kv_heads, "head_dim": head_dim,
        "vocab_size": vocab, "tie_word_embeddings": tied,
        "n_layer": layers, "n_embd": hidden, "n_inner": ffn, "n_head": heads, "n_positions": 1024,
    }
    return Known(name, Shape.from_config(config), asks)


LICENCE = "accept its licence on the Hub and log in"
KNOWN = (
    _known("HuggingFaceTB/SmolLM2-135M", "llama", (30, 576, 1536, 9, 3, 64, 49152)),
    _known("HuggingFaceTB/SmolLM2-360M", "llama", (32, 960, 2560, 15, 5, 64, 49152)),
    _known("HuggingFaceTB/SmolLM2-1.7B", "llama", (24, 2048, 8192, 32, 32, 64, 49152)),
    _known("Qwen/Qwen2.5-0.5B", "qwen2", (24, 896, 4864, 14, 2, 64, 151936)),
    _known("Qwen/Qwen2.5-1.5B", "qwen2", (28, 1536, 8960, 12, 2, 128, 151936)),
    _known("Qwen/Qwen3-0.6B", "qwen3", (28, 1024, 3072, 16, 8, 128, 151936)),
    _known("google/gemma-3-270m", "gemma3_text", (18, 640, 2048, 4, 1, 256, 262144), asks=LICENCE),
    _known("google/gemma-3-1b-pt", "gemma3_text", (26, 1152, 6912, 4, 1, 256, 262144), asks=LICENCE),
    _known("meta-llama/Llama-3.2-1B", "llama", (16, 2048, 8192, 32, 8, 64, 128256), asks=LICENCE),
    _known("openai-community/gpt2", "gpt2", (12, 768, 3072, 12, 12, 64, 50257)),
    _known("EleutherAI/pythia-160m", "gpt_neox", (12, 768, 3072, 12, 12, 64, 50304), tied=False),
    _known("EleutherAI/pythia-410m", "gpt_neox", (24, 1024, 4096, 16, 16, 64, 50304), tied=False),
)
"""Shapes kept here, so that what they take can be told before anything is downloaded."""


def rotary(config: dict) -> bool:
    """Whether a model of this configuration turns its vectors by their distances (Su et al. 2021,
    arXiv:2104.09864), and has learned nothing of single positions."""
    return any(name in config for name in ROTARY)
