"""Whether the parts of a split share rows that say nearly the same, and the groups that keep it from that.

A test that repeats what was trained on measures memory, not understanding (Lee et al., Deduplicating
training data makes language models better, 2022, found such overlap in every corpus they looked at).
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from typing import NamedTuple

from playground.dataset.groups import group_of
from playground.dataset.near import THRESHOLD, near_links
from playground.dataset.progress import Progress
from playground.dataset.split import prompt_key
from playground.records import Example

_PARTS = ("train", "validation", "test")


class Leak(NamedTuple):
    """A row of one part whose prompt is nearly one of an earlier part; rows as in the source."""

    part: str
    row: int
    prompt: str
    other_part: str
    other_row: int
    other_prompt: str


def leaks(
    parts: Iterable, threshold: float = THRESHOLD, progress: Progress | None = None
) -> list[Leak]:
    """Rows of validation and test whose prompts nearly repeat one of an earlier part, and which.

    `parts` are three datasets, or two, in the order train, validation, test. Prompts are compared by the
    words of their user turns, so that a rephrased answer does not hide a repeated question.
    """
    rows = [
        (part, number, example)
        for part, dataset in enumerate(parts)
        for number, example in zip(dataset.numbers, dataset, strict=True)
    ]
    groups = defaultdict(list)
    keys = near_keys([example for _, _, example in rows], threshold, progress)
    for position, key in enumerate(keys):
        groups[key].append(position)
    found = []
    for positions in groups.values():
        first, number, example = rows[positions[0]]
        for position in positions:
            part, own, text = rows[position]
            if part != first:
                found.append(
                    Leak(_PARTS[part], own, text.question, _PARTS[first], number, example.question)
                )
    return sorted(found, key=lambda leak: (_PARTS.index(leak.part), leak.row))


def near_keys(
    examples: Sequence[Example], threshold: float = THRESHOLD, progress: Progress | None = None
) -> list[str]:
    """For every example the prompt key of its group: equal for prompts that are nearly the same.

    It depends on the content alone, not on the order of the rows.
    """
    keys = [prompt_key(example) for example in examples]
    spelled: dict[str, str] = {}
    for key, example in zip(keys, examples, strict=True):
        text = "\n".join(message.content for message in example.prompt if message.role == "user")
        spelled[key] = min(text, spelled.get(key, text))
    unique = sorted(spelled)
    links = near_links([spelled[key] for key in unique], threshold, progress)
    group = dict(zip(unique, (unique[first] for first in group_of(len(unique), links)), strict=True))
    return [group[key] for key in keys]
