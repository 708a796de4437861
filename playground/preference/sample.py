"""Completions to be judged: several answers of one model to each prompt."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import overload

from playground.errors import InputError
from playground.preference.collect import Annotator, Preferences, collect
from playground.records import Completion, Example

ROUNDS = 4
"""How often a completion that repeats a sibling is drawn, at most."""


class Drafts(Sequence[Completion]):
    """Sampled completions, prompt by prompt, immutable."""

    def __init__(self, completions: Iterable[Completion]):
        self._completions = tuple(completions)

    def __len__(self) -> int:
        return len(self._completions)

    def __iter__(self) -> Iterator[Completion]:
        return iter(self._completions)

    @overload
    def __getitem__(self, index: int) -> Completion: ...
    @overload
    def __getitem__(self, index: slice) -> "Drafts": ...

    def __getitem__(self, index):
        return Drafts(self._completions[index]) if isinstance(index, slice) else self._completions[index]

    def by_prompt(self) -> dict[str, list[Completion]]:
        """The completions of each prompt, in order of sampling."""
        found: dict[str, list[Completion]] = {}
        for completion in self:
            found.setdefault(completion.prompt, []).append(completion)
        return found

    def collect(self, annotator: Annotator, **settings) -> Preferences:
        """Have an annotator judge them in pairs; settings as in `preference.collect.collect`."""
        return collect(self, annotator, **settings)

    def to_pandas(self):
        """A DataFrame with one row a completion."""
        import pandas

        columns = list(Completion.__slots__)
        rows = [[getattr(one, column) for column in columns] for one in self]
        return pandas.DataFrame(rows, columns=columns)

    def __repr__(self) -> str:
        return f"<Drafts: {len(self)} completions of {len(self.by_prompt())} prompts>"


def sample_completions(
    model,
    prompts: Iterable[str | Example],
    per_prompt: int = 2,
    temperature: float = 1.0,
    seed: int = 0,
    max_tokens: int = 48,
    progress: Callable[[int, int], None] | None = None,
) -> Drafts:
    """Several replies to each prompt, different from each other where the model can tell them apart.

    model: a Model or what `Model.load` takes. prompts: texts, examples (their questions are asked) or a
    Dataset. A reply that repeats a sibling is drawn again a few
    times; a model that is certain may still repeat itself. `progress(done, total)` counts replies.

    Raises InputError where there are no prompts or one is no text, or where `temperature` is 0 and no
    two replies could differ.
    """
    from playground.model.load import Model

    prompts = _texts(prompts)
    _check(prompts, per_prompt, temperature)
    model = Model.load(model)
    asked = [prompt for prompt in prompts for _ in range(per_prompt)]
    drafts: list[Completion | None] = [None] * len(asked)
    for attempt in range(ROUNDS):
        places = _repeated(drafts) if attempt else list(range(len(asked)))
        if not places:
            break
        draw = seed + attempt * 1_000_003
        texts = model.reply_many(
            [asked[place] for place in places],
            max_tokens=max_tokens,
            temperature=temperature,
            seed=draw,
            progress=None if attempt else progress,
        )
        for place, text in zip(places, texts, strict=True):
            drafts[place] = Completion(asked[place], text, model.name, draw, temperature)
    return Drafts(drafts)


def _texts(prompts) -> list[str]:
    """What to ask, each text once."""
    if isinstance(prompts, str):
        raise InputError(
            f"The prompts are the text {prompts[:80]!r}",
            rule="Prompts are a list of texts or a Dataset",
            remedy="Put a single prompt into a list, or load the data first: Dataset.load(…)",
        )
    given = prompts.prompts() if hasattr(prompts, "prompts") else prompts
    texts = [one.question if isinstance(one, Example) else one for one in given]
    for number, text in enumerate(texts, 1):
        if not isinstance(text, str):
            rule = "A prompt is text, or an Example"
            raise InputError(f"Prompt {number} is {text!r:.80}", rule=rule, remedy="Give a list of texts")
    return list(dict.fromkeys(texts))


def _check(prompts: list[str], per_prompt: int, temperature: float) -> None:
    if not prompts or per_prompt < 1:
        raise InputError(
            "There is nothing to sample", rule="Sampling needs prompts, and at least one reply each"
        )
    if per_prompt > 1 and temperature <= 0:
        raise InputError(
            f"The temperature is {temperature}",
            rule="At temperature 0 every reply to a prompt is the same",
            remedy="Try 1.0",
        )


def _repeated(drafts: Sequence[Completion]) -> list[int]:
    """Places of completions that an earlier one of the same prompt equals."""
    seen, places = set(), []
    for place, draft in enumerate(drafts):
        key = (draft.prompt, draft.text)
        if key in seen:
            places.append(place)
        seen.add(key)
    return places
