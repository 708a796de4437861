"""How a dataset grows: drafts from templates, models and documents, until a person approves them."""

from collections.abc import Iterable
from pathlib import Path
from typing import Self

from playground.dataset import augment, documents, drafts
from playground.dataset.augment import Grown, Write
from playground.dataset.check import whole
from playground.dataset.clean import DRAFT, Numbered
from playground.dataset.edits import Add, Edit, Settle
from playground.dataset.lines import Lines
from playground.dataset.near import THRESHOLD
from playground.dataset.progress import Progress
from playground.dataset.repair import Change, mark
from playground.records import Finding


class Growing:
    """The part of Dataset that makes drafts and settles them. New rows count down from -1, as those added do.

    A draft is tagged `draft`, and `synthetic` too where no person wrote it. No stage learns from drafts.
    """

    @classmethod
    def from_document(
        cls,
        path: str | Path,
        *,
        limit: int = documents.LIMIT,
        length=None,
        write: Write | None = None,
        chat: bool = False,
        progress: Progress | None = None,
    ) -> Self:
        """A draft for every passage of a Markdown, text or PDF file, which a person or a model fills in.

        A passage has up to `limit` characters, or as `length` counts a text; it stands in the finding
        `passage` of its row, in a PDF with its page. `progress` hears of pages. With `write` a model proposes
        question and answer: see `augment.Write`. Raises NotFoundError, or DatasetError for a file of another
        kind or without text, and for a PDF that is encrypted, damaged or scanned.
        """
        name, examples, findings = documents.drafted(path, limit, length, write, chat, progress)
        reason = "every passage of the document is a draft"
        return cls(examples, name=name, format="document", reason=reason, findings=findings)

    def drafts(self) -> Self:
        """The examples that nobody has approved yet."""
        rows = self._examples
        if isinstance(rows, Lines):  # few of very many, and the others need not be parsed
            return self._with([Numbered(self.numbers[at], rows[at]) for at in rows.tagged(DRAFT)])
        return self._with([row for row in self._numbered() if drafts.is_draft(row.example)])

    def approve(self, rows: Iterable[int] | None = None) -> Self:
        """A new dataset in which these drafts, or all, are examples like the others.

        `rows` are numbers, as `drafts().numbers` has them. Raises NotFoundError for a row that is no
        draft, InputError for a draft that still lacks its prompt or completion.
        """
        kept, changes = drafts.approve(self._numbered(), rows, prompts_only=self.format == "prompt-only")
        return self._settled("approve", kept, changes)

    def reject(self, rows: Iterable[int] | None = None) -> Self:
        """A new dataset without these drafts, or without any. Raises NotFoundError as `approve` does."""
        kept, changes = drafts.reject(self._numbered(), rows)
        return self._settled("reject", kept, changes)

    def revise(self, row: int, *, prompt: str | None = None, completion: str | None = None) -> Self:
        """A new dataset in which a draft asks or answers in these words; it stays a draft until approved.

        Raises NotFoundError for a row that is no draft, InputError for an empty text.
        """
        kept, changes = drafts.revise(self._numbered(), row, prompt, completion)
        steps = [
            Edit(row, one.field_name, mark(one.before), one.after, self._turn(row, one.field_name))
            for one in changes
        ]
        return self._with(kept, (), *steps, changes=changes)

    def paraphrase(
        self,
        per_example: int = 1,
        seed: int = 0,
        *,
        templates: Iterable[str] | None = None,
        first: int | None = None,
    ) -> Self:
        """A new dataset with drafts that ask the same in other words; see `augment.paraphrase`.

        `first` says for how many examples from the start; all, if None. It is a step of the recipe: on a
        grown source it is taken again. A split keeps them with their originals.
        """
        given = None if templates is None else tuple(templates)
        step = augment.Paraphrase(per_example, seed, given, first)
        return self._grown(augment.paraphrase(self._numbered(), step), step)

    def draft(
        self,
        write: Write,
        count: int = 20,
        *,
        chat: bool = False,
        shots: int = 4,
        seed: int = 0,
        threshold: float = THRESHOLD,
        progress: Progress | None = None,
    ) -> Self:
        """A new dataset with drafts that `write` makes after these examples; see `augment.draft`.

        None nearly repeats a row that is there or was added before, though it was rejected.
        `pg.draft_examples` does it with a model. Raises InputError where no example can be a seed.
        """
        before = [step.example for step in self._recipe.steps if isinstance(step, Add)]
        grown = augment.draft(
            self._numbered(), write, count, chat=chat, shots=shots, seed=seed, threshold=threshold,
            before=before, progress=progress,
        )  # fmt: skip
        return self._grown(grown)

    def _grown(self, grown: Grown, step: augment.Paraphrase | None = None) -> Self:
        """With new examples. What a model wrote it will not write again, so the recipe holds it as it is."""
        lowest = min(0, *self.numbers, 0)
        new = [Numbered(lowest - at, example) for at, example in enumerate(grown.examples, start=1)]
        told = [
            Finding(row.row, drafts.SYNTHETIC, why, "kept")
            for row, why in zip(new, grown.told, strict=True)
        ]
        steps = [step] if step else [Add(*row) for row in new]
        return self._with([*self._numbered(), *new], [*grown.findings, *told], *steps)

    def _settled(self, action: str, kept: list[Numbered], changes: list[Change]) -> Self:
        texts = dict(self._numbered())
        rows = tuple(change.row for change in changes)
        marks = tuple(mark(whole(texts[row])) for row in rows)
        return self._with(kept, (), Settle(action, rows, marks), changes=changes)

    def _turn(self, row: int, field_name: str) -> int:
        """The turn of the prompt that a draft's revision is about: the last one of the user."""
        if field_name != "prompt":
            return -1
        roles = [message.role for message in dict(self._numbered())[row].prompt]
        return len(roles) - 1 - roles[::-1].index("user") if "user" in roles else -1
