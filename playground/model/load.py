"""A name becomes a model that writes, or a reward model that scores."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, nullcontext
from pathlib import Path

from playground.errors import InputError
from playground.model import fourbit, fresh, generate, likelihood, network
from playground.model.ensemble import RewardEnsemble
from playground.model.generate import Generation
from playground.model.source import Source, find
from playground.records import Message

BATCH = 32

Conversation = str | Sequence[Message | dict]
Turn = Callable[[], AbstractContextManager]


class Model:
    """A language model and its tokenizer, ready to write. Every model lives in a folder."""

    def __init__(self, net, tokenizer, source: Source, turn: Turn = nullcontext):
        self.network, self.tokenizer, self.source = net, tokenizer, source
        self._turn = turn
        stops = net.generation_config.eos_token_id if net.generation_config else None
        stops = stops if isinstance(stops, list) else [stops]
        self._ends = {token for token in (*stops, tokenizer.eos_token_id) if token is not None}

    @classmethod
    def load(cls, name: "str | Path | Model") -> "Model":
        """Open `pocket`, a run, a local folder (full model or adapter) or a Hugging Face id.

        float32 on a CPU, bfloat16 on a CUDA device. Raises NotFoundError where the name leads nowhere,
        InputError where the folder may not or cannot be opened.
        """
        if isinstance(name, cls):
            return name
        source = find(name)
        if source.is_reward:
            raise network.reward_error(source)
        tokenizer = network.open_tokenizer(source)
        return cls(on_device(source, "CAUSAL_LM", tokenizer), tokenizer, source)

    @classmethod
    def fresh(cls, name: "str | Path | Model" = "pocket", seed: int = 0) -> "Model":
        """A model of the same architecture and tokenizer that has read nothing: random weights.

        `name` is `pocket`, a run that trained a full model, or a Hugging Face id. The same seed gives the
        same weights, by the name `pocket:fresh-0`. Raises as `load`.
        """
        return cls.load(fresh.name(name.name if isinstance(name, cls) else str(name), seed))

    @property
    def name(self) -> str:
        """What `Model.load` takes to open it again."""
        return self.source.name

    @property
    def folder(self) -> Path:
        return self.source.folder

    @property
    def parameters(self) -> int:
        """How many numbers the model consists of, its adapter included."""
        return sum(map(fourbit.numbers, self.network.parameters()))

    def complete(self, prompt: str, **generation) -> str:
        """What the model writes on after `prompt`, taken as plain text. Settings: see `Generation`."""
        return self.complete_many([prompt], **generation)[0]

    def reply(self, conversation: Conversation, **generation) -> str:
        """The assistant's answer to a question or to a list of messages, through the chat template."""
        return self.reply_many([conversation], **generation)[0]

    def complete_many(self, prompts: Sequence[str], *, progress=None, **generation) -> list[str]:
        """`complete` in batches. `progress(done, total)` is called after each."""
        return self._write(list(prompts), True, Generation(**generation), progress)

    def reply_many(self, conversations: Sequence[Conversation], *, progress=None, **generation) -> list[str]:
        """`reply` in batches. `progress(done, total)` is called after each."""
        texts = [self.render(conversation) for conversation in conversations]
        return self._write(texts, False, Generation(**generation), progress)

    def log_likelihoods(self, pairs: Sequence[tuple[Conversation, str]]) -> list[float]:
        """How probable it holds each (prompt, answer)'s whole answer to be, as a natural logarithm."""
        told = [(as_messages(prompt), answer) for prompt, answer in pairs]
        return likelihood.log_likelihoods(self, told, self._turn)

    def stream(self, conversation: Conversation, *, raw: bool = False, **generation) -> Iterator[str]:
        """The same text as `reply` (with `raw`: `complete`), piece by piece as it is written."""
        text = conversation if raw else self.render(conversation)
        rows = generate.encode(self.tokenizer, [text], chat=not raw)
        tokens = (row[0] for row in self._tokens(rows, Generation(**generation)))
        return generate.text_pieces(self.tokenizer, tokens, strip=not raw)

    def render(self, conversation: Conversation) -> str:
        """The prompt as the model reads it, up to where the assistant begins."""
        messages = as_messages(conversation)
        return self.tokenizer.apply_chat_template(messages, tokenize=False, add_generation_prompt=True)

    def _tokens(self, rows: list[list[int]], settings: Generation, numbers: Sequence[int] = ()):
        return generate.written(
            self.network,
            rows,
            settings,
            pad=self.tokenizer.pad_token_id,
            ends=self._ends,
            turn=self._turn,
            numbers=numbers,
        )

    def _write(self, texts: list[str], raw: bool, settings: Generation, progress) -> list[str]:
        rows = generate.encode(self.tokenizer, texts, chat=not raw)
        order = sorted(range(len(rows)), key=lambda place: len(rows[place]))
        found = [""] * len(rows)
        for start in range(0, len(order), BATCH):
            places = order[start : start + BATCH]
            ids = [[] for _ in places]
            for step in self._tokens([rows[place] for place in places], settings, places):
                for row, token in zip(ids, step, strict=True):
                    if token is not None:
                        row.append(token)
            for place, row in zip(places, ids, strict=True):
                text = generate.decode(self.tokenizer, row)
                found[place] = text if raw else text.strip()
            if progress:
                progress(start + len(places), len(order))
        return found

    def __repr__(self) -> str:
        adapter = (
            f", {self.source.config.get('peft_type')} on {self.source.base.name}" if self.source.base else ""
        )
        return f"Model({self.name!r}, {self.parameters / 1e6:.2f} million parameters{adapter})"


class RewardModel:
    """A model that gives a completion one number: higher is better liked."""

    def __init__(self, net, tokenizer, source: Source, turn: Turn = nullcontext):
        self.network, self.tokenizer, self.source = net, tokenizer, source
        self._turn = turn

    @classmethod
    def load(cls, name: "str | Path | RewardModel") -> "RewardModel":
        """Open a reward model's run or folder, or an ensemble by its members' names with + between.

        Raises as `Model.load`; a language model is an InputError.
        """
        if isinstance(name, cls | RewardEnsemble):
            return name
        source = find(name)
        if source.members:
            return RewardEnsemble([one.name for one in source.members], source.caution)
        if not source.is_reward:
            raise not_a_reward_model(source)
        tokenizer = network.open_tokenizer(source)
        return cls(on_device(source, "SEQ_CLS", tokenizer), tokenizer, source)

    @property
    def name(self) -> str:
        return self.source.name

    @property
    def folder(self) -> Path:
        return self.source.folder

    def score(self, prompt: Conversation, completion: str) -> float:
        """How well `completion` answers `prompt`, on the scale its training gave it."""
        return self.score_many([(prompt, completion)])[0]

    def score_many(self, pairs: Sequence[tuple[Conversation, str]]) -> list[float]:
        """`score` of (prompt, completion) pairs, in batches."""
        texts = [self.render(prompt, completion) for prompt, completion in pairs]
        return self.score_ids(generate.encode(self.tokenizer, texts, chat=True))

    def score_ids(self, rows: Sequence[list[int]]) -> list[float]:
        """The scores of judged texts as token ids, in batches of like length."""
        order = sorted(range(len(rows)), key=lambda place: len(rows[place]))
        found = [0.0] * len(rows)
        for start in range(0, len(order), BATCH):
            places = order[start : start + BATCH]
            for place, score in zip(places, self._scores([rows[place] for place in places]), strict=True):
                found[place] = score
        return found

    def contributions(self, prompt: Conversation, completion: str):
        """What each token of the answer added to its score: `Contributions`, which sum up to it."""
        from playground.model.explain import contributions

        return contributions(self, prompt, completion)

    def render(self, prompt: Conversation, completion: str) -> str:
        """The judged text as the model reads it: the conversation with the completion as its last turn."""
        messages = [*as_messages(prompt), {"role": "assistant", "content": completion}]
        return self.tokenizer.apply_chat_template(messages, tokenize=False)

    def _scores(self, rows: list[list[int]]) -> list[float]:
        """Rows padded on the right, as in training; texts beyond the context lose their beginning."""
        import torch

        rows = [row[-generate.context_of(self.network) :] for row in rows]
        width, pad = max(map(len, rows)), self.tokenizer.pad_token_id
        device = next(self.network.parameters()).device
        ids = torch.tensor([row + [pad] * (width - len(row)) for row in rows], device=device)
        mask = torch.tensor([[1] * len(row) + [0] * (width - len(row)) for row in rows], device=device)
        with torch.inference_mode(), self._turn():
            return self.network(input_ids=ids, attention_mask=mask).logits[:, 0].float().tolist()

    def __repr__(self) -> str:
        return f"RewardModel({self.name!r})"


def as_messages(conversation: Conversation) -> list[dict]:
    """A question or messages, as the list of dicts that chat templates take."""
    if isinstance(conversation, str):
        return [{"role": "user", "content": conversation}]
    messages = [one.as_dict() if isinstance(one, Message) else dict(one) for one in conversation]
    if not messages or not all({"role", "content"} <= message.keys() for message in messages):
        raise InputError(
            "The conversation is not a list of messages",
            rule="Each message has a role and a content",
            remedy='Write [{"role": "user", "content": "…"}]',
        )
    return messages


def not_a_reward_model(source: Source) -> InputError:
    return InputError(
        f"{source.name} is not a reward model",
        rule="A reward model ends in a score",
        remedy="Train one with RewardModeling",
    )


def free_memory() -> None:
    """Give a graphics card back what nobody holds any more: a run, in another process, may need it."""
    import torch

    if torch.cuda.is_available():
        torch.cuda.empty_cache()


def on_device(source: Source, task: str, tokenizer, precision: str = ""):
    """The network on a CUDA device, where there is one. There a language model computes in bfloat16, several
    times as fast; scores stay in float32, for bfloat16 has only 64 steps between 2 and 4."""
    import torch

    if torch.cuda.is_available():
        dtype = "bfloat16" if task == "CAUSAL_LM" else "float32"
        return network.open_network(source, task, tokenizer, dtype, precision).to("cuda")
    return network.open_network(source, task, tokenizer, precision=precision)
