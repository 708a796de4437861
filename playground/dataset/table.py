"""The dataset: an immutable table of examples that knows where every row came from."""

import functools
import hashlib
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import asdict, astuple, replace
from pathlib import Path
from typing import Any, overload

from playground.dataset import check, clean, kin, leakage, loading, remember, repair, source
from playground.dataset.clean import MAX_CHARACTERS, Numbered
from playground.dataset.growing import Growing
from playground.dataset.lines import Lines
from playground.dataset.mapping import Mapping
from playground.dataset.measured import Measured
from playground.dataset.near import THRESHOLD
from playground.dataset.origin import History
from playground.dataset.progress import Progress, told
from playground.dataset.recipe import GROWS, Part, Recipe, Step, Take, accepted
from playground.dataset.remote import Asked
from playground.dataset.repair import Change, Clean, Repair
from playground.dataset.sharing import Shared
from playground.dataset.split import Splits, prompt_key, split_positions
from playground.dataset.versioned import Versioned
from playground.records import Example, Finding, Message
from playground.store.files import to_jsonl


class Dataset(Growing, Shared, Versioned, Measured, Sequence[Example]):
    """Examples to learn from.

    `format` and `reason` say how the source was understood, `findings` what was repaired or
    refused on the way, row by row. Methods return new datasets and leave this one as it is.
    """

    def __init__(
        self,
        examples: Iterable[Example],
        *,
        name: str = "examples",
        format: str = "examples",
        reason: str = "",
        findings: Iterable[Finding] = (),
        numbers: Iterable[int] | None = None,
        recipe: Recipe = Recipe(),
        changes: Iterable[Change] = (),
        history: History = History(),
    ):
        self._examples = examples if isinstance(examples, Lines) else tuple(examples)
        self._numbers = tuple(numbers) if numbers is not None else tuple(range(1, len(self._examples) + 1))
        self._name, self._format, self._reason = name, format, reason
        self._findings = tuple(findings)
        self._recipe, self._changes, self._history = recipe, tuple(changes), history

    @classmethod
    def load(
        cls,
        source_or_rows: str | Path | Iterable[dict[str, Any]],
        *,
        seed: int = 0,
        split: str | None = None,
        limit: int | None = None,
        config: str | None = None,
        revision: str | None = None,
        mapping: Mapping | None = None,
        progress: Progress | None = None,
    ) -> "Dataset":
        """A dataset by name, path or content.

        A string is, in this order, the name of a built-in dataset (made with `seed`), of a saved
        one, a file, an archive or folder of files, or a Hub id such as `owner/name`, which is streamed:
        its first `limit` rows, of a `config` and at a `revision` where it has several. `split` names one
        where a source has several; of the Hub it is "train" unless named. Anything else is taken as
        rows: dictionaries, or Example records. `mapping` says what the columns hold where no format fits.
        `progress(done, total)` hears of every few thousand rows, as everywhere: `pg.progress` draws a bar.

        Raises NotFoundError for a name that is none of these, DatasetError for a source that
        cannot be read as a whole. Single rows that are no examples become findings.
        """
        if not isinstance(source_or_rows, str | Path):
            return loading.from_rows(cls, source_or_rows, mapping, progress)
        asked = Asked(split, limit, config, revision)
        return loading.from_name(cls, source_or_rows, seed, mapping, asked, progress)

    @classmethod
    def paste(
        cls, text: str, *, mapping: Mapping | None = None, progress: Progress | None = None
    ) -> "Dataset":
        """A dataset of pasted text: JSON lines, JSON, a table with column names, or a prompt a line.

        Raises DatasetError as `load` does.
        """
        return loading.from_source(cls, source.from_text(text), mapping, progress)

    @property
    def name(self) -> str:
        return self._name

    @property
    def format(self) -> str:
        """The format recognised in the source, as `formats.detect` names it."""
        return self._format

    @property
    def reason(self) -> str:
        """Why that format."""
        return self._reason

    @property
    def findings(self) -> list[Finding]:
        """What was repaired or refused so far. Rows are counted from 1 in the source; 0 is all of it."""
        return list(self._findings)

    @property
    def changes(self) -> list[Change]:
        """What repairs did to single rows since the data was loaded: the text before and after."""
        return list(self._changes)

    @property
    def numbers(self) -> tuple[int, ...]:
        """The row of the source that each example came from, counted from 1."""
        return self._numbers

    @functools.cached_property
    def sha256(self) -> str:
        """SHA-256 of the rows as JSON lines: equal for equal content, whatever the name."""
        version = self._history.version
        return version.sha256 if version else hashlib.sha256(self._jsonl()).hexdigest()

    def __len__(self) -> int:
        return len(self._examples)

    def __iter__(self) -> Iterator[Example]:
        return iter(self._examples)

    @overload
    def __getitem__(self, index: int) -> Example: ...
    @overload
    def __getitem__(self, index: slice) -> "Dataset": ...

    def __getitem__(self, index):
        if isinstance(index, slice):
            return self._part(range(len(self))[index], Take(index.start, index.stop, index.step))
        return self._examples[index]

    def __repr__(self) -> str:
        return f"<Dataset {self.name}: {len(self)} examples, {len(self._findings)} findings>"

    def clean(
        self, *, max_characters: int = MAX_CHARACTERS, progress: Progress | None = None
    ) -> "Dataset":
        """A new dataset of the examples fit to learn from; `findings` tells what changed and why.

        Repaired: mojibake, control characters. Dropped: empty, overlong (prompt and completion
        together have more than `max_characters`), broken turn order, half characters, duplicates.
        """
        step = Clean(max_characters)
        if self._recipe.steps[-1:] == (step,):  # cleaning what has just been cleaned changes nothing
            return self
        kept, findings = clean.clean(
            self._numbered(),
            max_characters=max_characters,
            prompts_only=self.format == "prompt-only",
            progress=progress,
        )
        return self._with(kept, findings, step)

    def check(
        self,
        kinds: str | Iterable[str] | None = None,
        *,
        limit: int = MAX_CHARACTERS,
        length: Callable[[str], int] | None = None,
        threshold: float = THRESHOLD,
        progress: Progress | None = None,
    ) -> list[Finding]:
        """What may be wrong, row by row, and which repairs there are; nothing is changed.

        See `dataset.check.check` for the settings. What a `keep` accepted is not told again, unless its text
        was changed by hand. Of a large saved dataset what was found is kept beside it, to be quick again.
        """

        def find() -> list[Finding]:
            return check.check(
                self._numbered(),
                kinds,
                limit=limit,
                length=length,
                threshold=threshold,
                prompts_only=self.format == "prompt-only",
                progress=progress,
            )

        if kinds is None and length is None:
            asked = (limit, threshold, self.format)
            noted = self._recall("check", asked, lambda: [*map(asdict, find())])
            found = [Finding(**one | {"repairs": tuple(one["repairs"])}) for one in noted]
        else:
            found = find()
        known = accepted(self._findings, self._recipe.steps)
        return [one for one in found if (one.row, one.kind, one.field_name) not in known]

    def repair(
        self,
        *repairs: Repair,
        length: Callable[[str], int] | None = None,
        progress: Progress | None = None,
    ) -> "Dataset":
        """A new dataset after these repairs, in order; `changes` and `findings` tell what they did.

        `length` counts a text's tokens where a repair does. Raises InputError if it is missing there.
        """
        result = self
        only = self.format == "prompt-only"
        for step in repairs:
            rows = result._numbered()
            outcome = repair.apply(rows, step, prompts_only=only, length=length, progress=progress)
            noted = repair.marking(rows, step, outcome)
            result = result._with(outcome.rows, outcome.findings, noted, changes=outcome.changes)
        return result

    def split(
        self,
        train: float = 0.9,
        validation: float = 0.05,
        seed: int = 0,
        *,
        near: bool | None = None,
        stratify: bool = False,
        progress: Progress | None = None,
    ) -> Splits:
        """Train, validation and test (what the two shares leave). No prompt stands in two of them.

        Prompts that differ only in case, spaces or punctuation count as one, and a row in other words stays
        with its original; with `near`, so do prompts that are nearly the same (see `dataset.near`).
        That is the rule for all data but what is built in, unless rows were added to it or changed: its parts
        are those that published figures were measured on. With `stratify` every part has its share of every
        combination of tags. The parts depend on the content and the seed alone. Raises InputError for
        impossible shares.
        """
        if near is None:
            grown = any(isinstance(step, GROWS) for step in self._recipe.steps)
            near = grown or self.origin is None or self.origin.kind != "built-in"
        return self._cut(Part("train", train, validation, seed, near, stratify, kin=True), progress)

    def _cut(self, how: Part, progress: Progress | None = None) -> Splits:
        """The parts of a split; `how` is one of them."""

        def find() -> dict[str, list[int]]:
            near = how.near
            keys = leakage.near_keys(self, progress=progress) if near else [prompt_key(one) for one in self]
            if how.kin and (first := kin.originals(self._findings)):
                keys = kin.joined(keys, self._numbers, first)
            labels = ["\0".join(example.tags) for example in self] if how.stratify else None
            return split_positions(keys, how.train, how.validation, how.seed, labels)._asdict()

        parts = self._recall("split", astuple(how), find)
        return Splits(*(self._part(positions, replace(how, part=name)) for name, positions in parts.items()))

    def rows(self) -> list[dict[str, Any]]:
        """JSON-ready rows: {"prompt": [{"role", "content"}], "completion": str, "tags": [str]}."""
        return list(map(_row, self))

    def prompts(self) -> list[str]:
        """The last user turn of every example, each text once, in order."""
        return list(dict.fromkeys(example.question for example in self))

    def to_pandas(self):
        """A DataFrame with the columns row (in the source), prompt, completion, tags."""
        import pandas

        records = [
            (number, _flat(example.prompt), example.completion, ", ".join(example.tags))
            for number, example in zip(self._numbers, self._examples, strict=True)
        ]
        return pandas.DataFrame(records, columns=["row", "prompt", "completion", "tags"])

    def _jsonl(self, progress: Progress | None = None) -> bytes:
        return to_jsonl(map(_row, told(self, progress)))

    def _numbered(self) -> list[Numbered]:
        return list(map(Numbered, self._numbers, self._examples))

    def _with(
        self,
        rows: Sequence[Numbered],
        findings: Iterable[Finding] = (),
        *step: Step,
        changes: Iterable[Change] = (),
    ) -> "Dataset":
        return Dataset(
            (row.example for row in rows),
            name=self.name,
            format=self.format,
            reason=self.reason,
            findings=[*self._findings, *findings],
            numbers=(row.row for row in rows),
            recipe=replace(self._recipe, steps=(*self._recipe.steps, *step)),
            changes=[*self._changes, *changes],
            history=self._history.then(self),
        )

    def _recall(self, what: str, asked: tuple, find: Callable[[], Any]) -> Any:
        return remember.recalled(self._history.version, len(self), what, asked, find)

    def _part(self, positions: Sequence[int], step: Part | Take) -> "Dataset":
        most = len(positions) * 4 > len(self)
        examples = tuple(self) if most else self._examples  # a few rows are parsed alone
        return self._with([Numbered(self._numbers[at], examples[at]) for at in positions], (), step)


def _row(example: Example) -> dict[str, Any]:
    return {
        "prompt": [message.as_dict() for message in example.prompt],
        "completion": example.completion,
        "tags": list(example.tags),
    }


def _flat(prompt: tuple[Message, ...]) -> str:
    if len(prompt) == 1 and prompt[0].role == "user":
        return prompt[0].content
    return "\n".join(f"{message.role}: {message.content}" for message in prompt)
