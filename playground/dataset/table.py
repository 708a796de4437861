"""The dataset: an immutable table of examples that knows where every row came from."""

import functools
import hashlib
import json
import re
import time
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any, overload

from playground import settings
from playground.dataset import clean, formats, source
from playground.dataset.builtins import BUILTIN
from playground.dataset.mapping import Mapping
from playground.dataset.read import read_examples
from playground.dataset.split import Splits, prompt_key, split_positions
from playground.errors import ConflictError, DatasetError, InputError, NotFoundError
from playground.records import Example, Finding, Message
from playground.store.files import new_folder, read_jsonl, to_jsonl, write_atomic

_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}")


class Dataset(Sequence[Example]):
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
    ):
        self._examples = tuple(examples)
        self._numbers = tuple(numbers) if numbers is not None else tuple(range(1, len(self._examples) + 1))
        self._name, self._format, self._reason = name, format, reason
        self._findings = tuple(findings)

    @classmethod
    def load(
        cls,
        source_or_rows: str | Path | Iterable[dict[str, Any]],
        *,
        seed: int = 0,
        split: str | None = None,
        limit: int | None = None,
        mapping: Mapping | None = None,
    ) -> "Dataset":
        """A dataset by name, path or content.

        A string is, in this order, the name of a built-in dataset (made with `seed`), of a saved
        one, a file, an archive or folder of files, or a Hub id such as `owner/name` (of which the
        first `limit` rows are read). `split` names one where a source has several; of the Hub it is
        "train" unless named. Anything else is taken as rows: dictionaries, or Example records.
        `mapping` says what the columns hold where no format fits.

        Raises NotFoundError for a name that is none of these, DatasetError for a source that
        cannot be read as a whole. Single rows that are no examples become findings.
        """
        if not isinstance(source_or_rows, str | Path):
            return _from_rows(cls, source_or_rows, mapping)
        name = str(source_or_rows)
        if name in BUILTIN:
            examples = BUILTIN[name](seed)
            only = not any(example.completion for example in examples)
            return cls(examples, name=name, format="prompt-only" if only else "examples", reason="built in")
        if name in cls.saved():
            return _from_saved(cls, settings.get().datasets / name)
        path = Path(name).expanduser()
        if path.exists() or isinstance(source_or_rows, Path) or source.is_file(path):
            return _from_source(cls, source.read(path, split=split), mapping)
        if source.HUB_ID.fullmatch(name):
            return _from_source(cls, source.from_hub(name, split, limit), mapping)
        raise NotFoundError(
            f"There is no dataset {name!r}",
            rule=f"Built in: {', '.join(BUILTIN)}. Saved: {', '.join(cls.saved()) or 'none'}",
            remedy="Give one of these names, a file, a folder or a Hub id such as owner/name",
        )

    @classmethod
    def paste(cls, text: str, *, mapping: Mapping | None = None) -> "Dataset":
        """A dataset of pasted text: JSON lines, JSON, a table with column names, or a prompt a line.

        Raises DatasetError as `load` does.
        """
        return _from_source(cls, source.from_text(text), mapping)

    @staticmethod
    def saved() -> list[str]:
        """Names of the datasets saved on this machine, in alphabetical order."""
        folder = settings.get().datasets
        return sorted(path.parent.name for path in folder.glob("*/meta.json") if path.parent.name[0] != ".")

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

    @functools.cached_property
    def sha256(self) -> str:
        """SHA-256 of the rows as JSON lines: equal for equal content, whatever the name."""
        return hashlib.sha256(to_jsonl(self.rows())).hexdigest()

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
            return self._part(range(len(self))[index])
        return self._examples[index]

    def __repr__(self) -> str:
        return f"<Dataset {self.name}: {len(self)} examples, {len(self._findings)} findings>"

    def clean(self, *, max_characters: int = clean.MAX_CHARACTERS) -> "Dataset":
        """A new dataset of the examples fit to learn from; `findings` tells what changed and why.

        Repaired: mojibake, control characters. Dropped: empty, overlong (prompt and completion
        together have more than `max_characters`), broken turn order, half characters, duplicates.
        """
        rows = [clean.Numbered(*row) for row in zip(self._numbers, self._examples, strict=True)]
        kept, findings = clean.clean(
            rows, max_characters=max_characters, prompts_only=self.format == "prompt-only"
        )
        return Dataset(
            (row.example for row in kept),
            name=self.name,
            format=self.format,
            reason=self.reason,
            findings=[*self._findings, *findings],
            numbers=(row.row for row in kept),
        )

    def split(self, train: float = 0.9, validation: float = 0.05, seed: int = 0) -> Splits:
        """Train, validation and test (what the two shares leave). No prompt stands in two of them.

        Prompts that differ only in case, spaces or punctuation count as one. The parts depend on
        the content and the seed alone. Raises InputError for impossible shares.
        """
        keys = [prompt_key(example) for example in self]
        return Splits(*map(self._part, split_positions(keys, train, validation, seed)))

    def rows(self) -> list[dict[str, Any]]:
        """JSON-ready rows: {"prompt": [{"role", "content"}], "completion": str, "tags": [str]}."""
        return [
            {
                "prompt": [message.as_dict() for message in example.prompt],
                "completion": example.completion,
                "tags": list(example.tags),
            }
            for example in self
        ]

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

    def save(self, name: str) -> Path:
        """Keep this dataset under a name, which `Dataset.load` then finds; the folder it lies in.

        Saved datasets never change: saving other content under a taken name raises ConflictError,
        saving the same content again does nothing. Raises InputError for a name that is no name.
        """
        if not _NAME.fullmatch(name) or name in BUILTIN:
            raise InputError(
                f"The dataset name is {name!r}",
                rule="A name has up to 64 letters, digits, dots, hyphens and underscores, starts with "
                "a letter or digit, and is not that of a built-in dataset",
                remedy="Try my-dataset",
            )
        folder = settings.get().datasets / name
        if folder.exists():
            if _meta(folder)["sha256"] == self.sha256:
                return folder
            raise ConflictError(
                f"There is already a dataset {name!r} with other content",
                rule="Saved datasets never change",
                remedy="Choose another name",
            )
        meta = {
            "name": name,
            "source": self.name,
            "format": self.format,
            "reason": self.reason,
            "rows": len(self),
            "numbers": list(self._numbers),
            "sha256": self.sha256,
            "created": time.time(),
            "findings": [asdict(finding) for finding in self._findings],
        }
        with new_folder(folder) as temporary:
            write_atomic(temporary / "data.jsonl", to_jsonl(self.rows()))
            write_atomic(temporary / "meta.json", json.dumps(meta, ensure_ascii=False, indent=1))
        return folder

    def _part(self, positions: Iterable[int]) -> "Dataset":
        chosen = list(positions)
        return Dataset(
            (self._examples[position] for position in chosen),
            name=self.name,
            format=self.format,
            reason=self.reason,
            findings=self._findings,
            numbers=(self._numbers[position] for position in chosen),
        )


def _from_rows(kind: type[Dataset], given: Iterable[Any], mapping: Mapping | None) -> Dataset:
    rows = list(given)
    if rows and all(isinstance(row, Example) for row in rows):
        return kind(rows)
    return _from_source(kind, source.from_list(rows), mapping)


def _from_source(kind: type[Dataset], given: source.Source, mapping: Mapping | None) -> Dataset:
    read = read_examples(given, mapping)
    return kind(
        (row.example for row in read.examples),
        name=given.name,
        format=read.format,
        reason=read.reason,
        findings=read.findings,
        numbers=(row.row for row in read.examples),
    )


def _from_saved(kind: type[Dataset], folder: Path) -> Dataset:
    meta = _meta(folder)
    rows = list(enumerate(read_jsonl(folder / "data.jsonl"), start=1))
    examples, _ = formats.to_examples(rows, "prompt-completion")
    dataset = kind(
        (row.example for row in examples),
        name=folder.name,
        format=meta["format"],
        reason=meta["reason"],
        findings=(Finding(**finding) for finding in meta["findings"]),
        numbers=meta["numbers"],
    )
    if dataset.sha256 != meta["sha256"]:
        raise DatasetError(
            f"The saved dataset {folder.name!r} was changed after it was saved",
            rule="Its rows must have the SHA-256 noted in meta.json",
            remedy="Load its data.jsonl as a file and save it under another name",
        )
    return dataset


def _meta(folder: Path) -> dict[str, Any]:
    return json.loads((folder / "meta.json").read_text(encoding="utf-8"))


def _flat(prompt: tuple[Message, ...]) -> str:
    if len(prompt) == 1 and prompt[0].role == "user":
        return prompt[0].content
    return "\n".join(f"{message.role}: {message.content}" for message in prompt)
