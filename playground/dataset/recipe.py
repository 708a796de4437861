"""What leads from a source to a dataset, written down: replayed on the same source or on a grown one."""

import itertools
import json
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import asdict, dataclass, fields
from typing import Any, Literal

from playground.dataset.augment import Paraphrase
from playground.dataset.edits import Add, ByHand, Drop, Edit, Settle
from playground.dataset.kinds import ACTIONS
from playground.dataset.mapping import Mapping
from playground.dataset.progress import Progress
from playground.dataset.repair import Clean, Repair
from playground.errors import DatasetError
from playground.records import Example, Finding, Message


@dataclass(frozen=True)
class Part:
    """One part of what `Dataset.split` gives, as a step."""

    part: Literal["train", "validation", "test"]
    train: float
    validation: float
    seed: int
    near: bool
    stratify: bool
    kin: bool = False
    """Whether rows in other words stay with their originals; parts cut before that was the rule lack it."""


@dataclass(frozen=True)
class Take:
    """A slice of the rows, as a step."""

    start: int | None
    stop: int | None
    stride: int | None


Step = Clean | Repair | Edit | Add | Drop | Settle | Paraphrase | Part | Take

GROWS = Edit | Add | Paraphrase
"""Steps after which a row may nearly repeat another one, though the source was without such."""

_STEPS: dict[str, type] = {
    "clean": Clean, "repair": Repair, "edit": Edit, "add": Add, "drop": Drop, "settle": Settle,
    "paraphrase": Paraphrase, "part": Part, "take": Take,
}  # fmt: skip


@dataclass(frozen=True)
class Recipe:
    """Steps that lead from a source to a dataset. Leaving out the last one undoes it."""

    steps: tuple[Step, ...] = ()
    mapping: Mapping | None = None
    """What the columns of the source hold, where no format fits."""

    def apply(self, dataset, length: Callable[[str], int] | None = None, progress: Progress | None = None):
        """A new dataset: every step on the one before. The same source gives the same content hash.

        A change by hand whose row or text is not there becomes a finding. Raises InputError where a step
        counts tokens and `length` is missing.
        """
        for by_hand, steps in itertools.groupby(self.steps, lambda step: isinstance(step, ByHand)):
            if by_hand:
                dataset = dataset._by_hand(tuple(steps))
                continue
            for step in steps:
                dataset = _applied(step, dataset, length, progress)
        return dataset

    def to_json(self) -> str:
        """The recipe as JSON, which `from_json` reads."""
        names = {kind: name for name, kind in _STEPS.items()}
        steps = [{"step": names[type(step)], **asdict(step)} for step in self.steps]
        mapping = {"mapping": asdict(self.mapping)} if self.mapping else {}
        return json.dumps({"version": 1, **mapping, "steps": steps}, ensure_ascii=False)

    @classmethod
    def from_json(cls, text: str) -> "Recipe":
        """The recipe that `to_json` wrote. Raises DatasetError for anything else."""
        try:
            given = json.loads(text)
            mapping = given.get("mapping")
            return cls(tuple(map(_step, given["steps"])), Mapping(**mapping) if mapping else None)
        except (ValueError, TypeError, KeyError, AttributeError, RecursionError) as error:
            raise DatasetError(
                f"This is no recipe: {error}",
                rule='A recipe is {"version": 1, "steps": [{"step": "repair", "kind": …, "action": …}, …]}',
                remedy="Give a recipe that the playground wrote",
            ) from error


def accepted(findings: Iterable[Finding], steps: Sequence[Step]) -> set[tuple[int, str, str]]:
    """What repairs left as it is, as (row, kind, field), but for cells that were changed by hand since."""
    changed: dict[tuple[int, str], int] = {}
    for at, step in enumerate(steps):
        if isinstance(step, Add):
            changed |= dict.fromkeys(((step.row, name) for name in ("prompt", "completion", "")), at)
        elif isinstance(step, Edit) and step.field_name != "tags":
            changed |= {(step.row, step.field_name): at, (step.row, ""): at}
    kept = {(one.row, one.kind, one.field_name) for one in findings if one.action == "kept"}
    return {one for one in kept if _settled(one, changed.get((one[0], one[2]), -1), steps)}


def _settled(one: tuple[int, str, str], changed: int, steps: Sequence[Step]) -> bool:
    """Whether a row's finding of a kind was looked at after the step that changed its text, if one did."""
    row, kind, _ = one
    return changed < 0 or any(
        isinstance(step, Repair) and step.kind == kind and (step.rows is None or row in step.rows)
        for step in steps[changed + 1 :]
    )


def told(*steps: Step) -> str:
    """Steps as a line to read, each once; of one kind by hand it is told how many there were."""
    counts = Counter(type(step) for step in steps if isinstance(step, Edit | Add | Drop))
    lines = (_many(step, counts[type(step)]) if counts[type(step)] > 1 else _told(step) for step in steps)
    return "; ".join(dict.fromkeys(lines))


def _many(step: Edit | Add | Drop, count: int) -> str:
    done = {Edit: "changes", Add: "rows added", Drop: "rows left out"}
    return f"{count:,} {done[type(step)]} by hand"


def _told(step: Step) -> str:
    match step:
        case Clean():
            return f"Cleaned, with at most {step.max_characters:,} characters in a row"
        case Repair():
            rows = "" if step.rows is None else f", in {len(step.rows):,} rows"
            return f"{step.kind}: {ACTIONS[step.action]}{rows}"
        case Edit():
            return f"Row {step.row}: {step.field_name} changed by hand"
        case Add():
            return f"Row {step.row} added by hand"
        case Drop():
            return f"Row {step.row} left out by hand"
        case Settle():
            done = "approved" if step.action == "approve" else "left out"
            return f"{len(step.rows):,} draft{'s' if len(step.rows) > 1 else ''} {done} by hand"
        case Paraphrase():
            rows = "every question" if step.first is None else f"the first {step.first:,} questions"
            return f"Asked {rows} in other words, {step.per_example} each"
        case Take():
            at = ":".join("" if one is None else str(one) for one in (step.start, step.stop, step.stride))
            return f"Rows at [{at}] taken"
    return f"The {step.part} part of a split at {step.train:.0%} and {step.validation:.0%}, seed {step.seed}"


def _applied(step: Step, dataset, length: Callable[[str], int] | None, progress: Progress | None):
    match step:
        case Clean():
            return dataset.clean(max_characters=step.max_characters, progress=progress)
        case Repair():
            return dataset.repair(step, length=length, progress=progress)
        case Paraphrase():
            return dataset.paraphrase(
                step.per_example, step.seed, templates=step.templates, first=step.first
            )
        case Take():
            return dataset[step.start : step.stop : step.stride]
    return getattr(dataset._cut(step, progress), step.part)


def _step(given: dict[str, Any]) -> Step:
    values = dict(given)
    kind = _STEPS[values.pop("step")]
    unknown = values.keys() - {field.name for field in fields(kind)}
    if unknown:
        raise ValueError(f"a step has {', '.join(map(repr, sorted(unknown)))}")
    values = {name: tuple(one) if isinstance(one, list) else one for name, one in values.items()}
    if kind is Add:
        values["example"] = _example(**values["example"])
    return kind(**values)


def _example(prompt: list[dict[str, str]], completion: str, tags: list[str]) -> Example:
    return Example(tuple(Message(**message) for message in prompt), completion, tuple(tags))
