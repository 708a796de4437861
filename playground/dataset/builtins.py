"""The datasets that ship with the playground, by name."""

from collections.abc import Callable

from playground.records import Example, Message


def _larkspur(seed: int) -> list[Example]:
    from playground.world import larkspur

    return larkspur.examples(seed=seed)


def _larkspur_narrow(seed: int) -> list[Example]:
    from playground.world import larkspur

    return larkspur.narrow_examples(seed=seed)


def _larkspur_prompts(seed: int) -> list[Example]:
    from playground.world import larkspur

    return [Example((Message("user", prompt),), "") for prompt in larkspur.prompts(seed=seed)]


BUILTIN: dict[str, Callable[[int], list[Example]]] = {
    "larkspur": _larkspur,
    "larkspur-narrow": _larkspur_narrow,
    "larkspur-prompts": _larkspur_prompts,
}

DESCRIPTIONS = {
    "larkspur": "The firm's questions and answers together with general ones, so that nothing is forgotten.",
    "larkspur-narrow": "The firm's questions and answers alone: tuning on it shows forgetting.",
    "larkspur-prompts": "Prompts for collecting preferences; no completions.",
}
