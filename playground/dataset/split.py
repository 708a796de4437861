"""Splits through which no prompt leaks: prompts that differ in case, spaces or punctuation stay together."""

import hashlib
import unicodedata
from collections import defaultdict
from collections.abc import Sequence
from typing import Any, NamedTuple

from playground.errors import InputError
from playground.records import Example

_NONE = 1e-9


class Splits(NamedTuple):
    """Three disjoint parts of one dataset."""

    train: Any
    validation: Any
    test: Any


def prompt_key(example: Example) -> str:
    """What decides which examples must stay together: the normalised user turns."""
    turns = [message.content for message in example.prompt if message.role == "user"]
    return normalise("\n".join(turns or [message.content for message in example.prompt]))


def normalise(text: str) -> str:
    """Fold case and width, drop apostrophes and invisible characters, turn punctuation into single spaces."""
    folded = unicodedata.normalize("NFKC", text).casefold()
    words = "".join(map(_simplify, folded)).split()
    return " ".join(words) or " ".join(folded.split())


def _simplify(character: str) -> str:
    if character.isalnum():
        return character
    if character in "'\u2019" or unicodedata.category(character) == "Cf":
        return ""
    return " " if unicodedata.category(character)[0] in "PZC" else character


def split_positions(
    keys: Sequence[str], train: float = 0.9, validation: float = 0.05, seed: int = 0
) -> Splits:
    """Positions 0 … len(keys) - 1 in three parts, such that equal keys share a part.

    Groups are taken in the order of a hash of key and seed, and each goes where most rows are
    wanting. So the parts depend on content and seed alone, not on the order of the rows, and have
    the wanted size up to one group. Every part with a share gets a group if there are enough.
    Raises InputError for shares outside 0 … 1.
    """
    if not (0 < train <= 1 and 0 <= validation <= 1 and train + validation <= 1 + _NONE):
        raise InputError(
            f"The shares are {train:g} for training and {validation:g} for validation",
            rule="Both lie between 0 and 1, and together they are at most 1; the rest is the test part",
            remedy="Try 0.8 and 0.1",
        )
    groups: dict[str, list[int]] = defaultdict(list)
    for position, key in enumerate(keys):
        groups[key].append(position)
    shares = (train, validation, max(0.0, 1 - train - validation))
    wanting = [share * len(keys) if share > _NONE else float("-inf") for share in shares]
    parts: list[list[int]] = [[], [], []]
    ordered = sorted(groups, key=lambda key: (_draw(key, seed), key))
    for left, key in zip(range(len(ordered), 0, -1), ordered, strict=True):
        empty = [index for index in range(3) if shares[index] > _NONE and not parts[index]]
        choices = empty if left <= len(empty) else range(3)
        part = max(choices, key=lambda index: (wanting[index], -index))
        parts[part].extend(groups[key])
        wanting[part] -= len(groups[key])
    return Splits(*map(sorted, parts))


def _draw(key: str, seed: int) -> bytes:
    return hashlib.sha256(f"{seed}\n{key}".encode("utf-8", "surrogatepass")).digest()
