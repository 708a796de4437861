"""What a tokenizer makes of many texts: how many tokens, and how many of them are pieces of a character."""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import numpy

from playground.errors import NotFoundError


class Counted(NamedTuple):
    """The tokens of a text; `unknown` are those that stand for part of a character, or for none."""

    tokens: int
    unknown: int


Count = Callable[[Sequence[str]], list[Counted]]


def counter(tokenizer: Any) -> Count:
    """A function that counts the tokens of texts.

    `tokenizer` is a Model, a fast tokenizer of transformers, one of the tokenizers library, or the folder
    of a model, of which `tokenizer.json` alone is read; torch is not needed. A character that the vocabulary
    lacks falls back to its bytes, or to the unknown token; such tokens are `unknown`.

    Raises NotFoundError for a folder without a tokenizer.
    """
    fast = _fast(tokenizer)
    broken = numpy.zeros(fast.get_vocab_size(), bool)
    for token, number in fast.get_vocab().items():
        broken[number] = "\ufffd" in _spelled(fast, token) and "\ufffd" not in token
    unknown = getattr(fast.model, "unk_token", None)
    lacks = unknown is not None and fast.token_to_id(unknown) is not None
    if lacks:
        broken[fast.token_to_id(unknown)] = True

    def count(texts: Sequence[str]) -> list[Counted]:
        encoded = fast.encode_batch_fast(list(texts), add_special_tokens=False)
        return [
            # Plain letters are in every vocabulary that falls back to bytes.
            Counted(len(one), 0 if text.isascii() and not lacks else int(broken[one.ids].sum()))
            for text, one in zip(texts, encoded, strict=True)
        ]

    return count


def _spelled(fast: Any, token: str) -> str:
    return fast.decoder.decode([token]) if fast.decoder else token


def _fast(tokenizer: Any) -> Any:
    from tokenizers import Tokenizer

    if isinstance(tokenizer, str | Path):
        path = Path(tokenizer)
        path = path / "tokenizer.json" if path.is_dir() else path
        if not path.is_file():
            raise NotFoundError(f"There is no tokenizer in {tokenizer}", remedy="Give the folder of a model")
        return Tokenizer.from_file(str(path))
    tokenizer = getattr(tokenizer, "tokenizer", tokenizer)
    # A copy, because truncation and padding are settings of the tokenizer itself.
    fast = Tokenizer.from_str(getattr(tokenizer, "backend_tokenizer", tokenizer).to_str())
    fast.no_truncation()
    fast.no_padding()
    return fast
