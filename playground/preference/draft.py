"""Examples that a model drafts, for people to approve: after other examples, or about a document."""

from collections.abc import Callable, Sequence
from pathlib import Path

from playground.dataset import documents
from playground.dataset.near import THRESHOLD
from playground.dataset.table import Dataset


def draft_examples(
    model,
    seeds: Dataset,
    count: int = 20,
    *,
    chat: bool | None = None,
    shots: int = 4,
    temperature: float = 0.9,
    max_tokens: int = 128,
    seed: int = 0,
    threshold: float = THRESHOLD,
    progress: Callable[[int, int], None] | None = None,
) -> Dataset:
    """The seeds, and up to `count` drafts that a model writes after them; see `dataset.augment.draft`.

    model: a Model or what `Model.load` takes. A base is shown examples to write on from, a tuned model is
    asked; `chat` says which, where that is not told right (`speaks`). The same seed gives the same drafts.
    `Dataset.drafts` has them, `approve` makes examples of them. Raises InputError without seeds.
    """
    model, chat = _opened(model, chat)
    write = _writer(model, chat, temperature, max_tokens, seed)
    return seeds.draft(
        write, count, chat=chat, shots=shots, seed=seed, threshold=threshold, progress=progress
    )


def draft_from_document(
    model,
    path: str | Path,
    *,
    chat: bool | None = None,
    limit: int = documents.LIMIT,
    length: Callable[[str], int] | None = None,
    temperature: float = 0.0,
    max_tokens: int = 192,
    seed: int = 0,
    progress: Callable[[int, int], None] | None = None,
) -> Dataset:
    """A draft for every passage of a Markdown, text or PDF file, with question and answer by a model.

    Settings as in `draft_examples` and `Dataset.from_document`. A draft that the model could not fill is
    left for a person. Raises as `Dataset.from_document` does.
    """
    model, chat = _opened(model, chat)
    write = _writer(model, chat, temperature, max_tokens, seed, progress)
    return Dataset.from_document(path, limit=limit, length=length, write=write, chat=chat)


def speaks(model) -> bool:
    """Whether a model was taught to answer: a run's result, or what brings a chat template."""
    from playground.model.template import CHAT_TEMPLATE

    if model.source.base is not None or (model.folder.parent / "run.json").is_file():
        return True
    # `pocket` brings one too, so that it can be tuned.
    return model.name != "pocket" and model.tokenizer.chat_template != CHAT_TEMPLATE


def _opened(model, chat: bool | None):
    from playground.model.load import Model

    model = Model.load(model)
    return model, speaks(model) if chat is None else chat


def _writer(model, chat: bool, temperature: float, max_tokens: int, seed: int, progress=None):
    """What `augment.Write` asks for; every call draws anew, so that asking again gives something else."""
    many, calls = model.reply_many if chat else model.complete_many, 0

    def write(asked: Sequence) -> list[str]:
        nonlocal calls
        calls += 1
        draw = seed + (calls - 1) * 1_000_003
        return many(asked, max_tokens=max_tokens, temperature=temperature, seed=draw, progress=progress)

    return write
