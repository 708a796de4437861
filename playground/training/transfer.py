"""From scratch against transfer: one network, the same settings and examples, from random weights or a base.

The one from scratch can learn its examples by heart and little else; the base brings the language along.
To tell what is learned by heart from what is understood, each start is trained twice more on one half of the
examples: who has seen an example is compared with who has not.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from random import Random
from typing import Any

from playground.dataset.table import Dataset
from playground.errors import InputError
from playground.evaluation.memorization import key_of, memorization, summary
from playground.model import fresh
from playground.run import events
from playground.run.job import Run
from playground.run.race import Race
from playground.training import inputs
from playground.training.sft import SFT

KIND = "transfer"
NARROW = "larkspur-narrow"
ASKED = 128
"""Training questions, as many as the forgetting meter asks held-out ones."""
STATES = ("failed", "interrupted", "stopped", "running", "queued")
LEAST = 20
"""Examples, so that halves of them teach anything."""
HALVES = ("one half", "the other half")


def recipe(**changes) -> SFT:
    """Settings with which both starts learn `larkspur-narrow`: every weight, in steps that suit either."""
    given = {"learning_rate": 4e-4, "epochs": 10.0, "warm_up": 30, "train_questions": ASKED}
    return SFT.full(**{**given, **changes})


def held_out(name: str):
    """Questions whose answers are in a dataset and whose wording is not; None where none are known."""
    if name != NARROW:
        return None
    from playground.world import larkspur

    return larkspur.paraphrases()


@dataclass(frozen=True)
class Transfer:
    """A start from scratch beside one from a base, each with its two halves."""

    race: Race

    @classmethod
    def load(cls, transfer_id: str) -> "Transfer":
        """Raises NotFoundError."""
        return cls(Race.load(transfer_id, KIND))

    @property
    def id(self) -> str:
        return self.race.id

    @property
    def base(self) -> str:
        """What the other one starts from."""
        return next(label for label in self.starts if label != SCRATCH).removeprefix("from ")

    @property
    def starts(self) -> dict[str, Run]:
        """The two that learned every example, by label, the one from scratch first."""
        return {label: self.run(label) for label in self.race.runs if ", " not in label}

    def run(self, label: str) -> Run:
        return Run.load(self.race.runs[label])

    @property
    def state(self) -> str:
        """`completed` once every run is; else what stands in the way of it."""
        states = {self.run(label).state for label in self.race.runs}
        return next((one for one in STATES if one in states), "completed")

    @property
    def curves(self):
        """A DataFrame: start, step, train (share of the training questions that it answers word for word)
        and held_out (the same of questions whose wording it never saw)."""
        import pandas

        rows = [(label, *point) for label, run in self.starts.items() for point in course(run)]
        return pandas.DataFrame(rows, columns=["start", "step", "train", "held_out"])

    def memorization(self, models: dict[str, Any] | None = None, progress=None):
        """The score of every example from either start (see `evaluation.memorization`): a DataFrame with
        `start` before its columns.

        `models` by run id stand in for the runs' own, such as those in another process. Raises ConflictError
        where a half has no result.
        """
        import pandas

        tables = []
        for label, run in self.starts.items():
            halves = [self.run(f"{label}, {half}") for half in HALVES]
            learners = [(models[one.id] if models else one.model, one.rows("train")) for one in halves]
            done = len(tables) * len(halves)
            tell = progress and (lambda at, _, done=done: progress(done + at, 2 * len(HALVES)))
            tables.append(memorization(run.rows("train"), learners, tell).assign(start=label))
        found = pandas.concat(tables, ignore_index=True)
        return found[["start", *(name for name in found if name != "start")]]


SCRATCH = "from random weights"


def course(run: Run) -> list[tuple[int, float | None, float | None]]:
    """Step, share of training questions right, share of held-out questions right, at each measurement."""
    steps, values = events.columns(events.read_metrics(run.folder), points=10**9)
    none = [None] * len(steps)
    found = zip(steps, values.get("train_gain", none), values.get("gain", none), strict=True)
    return [one for one in found if one[1] is not None or one[2] is not None]


def enter(model="pocket", train=None, validation=None, settings: SFT | None = None) -> Transfer:
    """Prepare all six runs without executing any.

    `model` is a full model by name; `train` examples, by default `larkspur-narrow`; `validation` questions
    after the same facts in words that are not in `train`. Raises what SFT.prepare raises, and InputError for
    fewer than twenty examples; then nothing is left behind.
    """
    settings = recipe() if settings is None else settings
    train = NARROW if train is None else train
    if isinstance(train, str):
        validation = held_out(train) if validation is None else validation
        train = Dataset.load(train).clean()
    rows, base = inputs.examples(train), inputs.model_of(model)
    if len(rows) < LEAST:
        raise InputError(
            f"There are {len(rows)} examples", rule=f"Both halves of them are learned from: {LEAST} at least",
            remedy="Choose a larger dataset, such as larkspur-narrow",
        )
    first, second = halves(rows)
    quiet = replace(settings, train_questions=0)
    made: dict[str, Run] = {}
    try:
        for label, start in ((SCRATCH, fresh.name(base, settings.seed)), (f"from {base}", base)):
            for half, part in zip(HALVES, (first, second), strict=True):
                made[f"{label}, {half}"] = quiet.prepare(start, part, probes=())
            # Last, so that the newest run of all is the one to go on with.
            made[label] = settings.prepare(start, train, validation)
    except Exception:
        for run in made.values():
            run.delete()
        raise
    # Those that learn everything first: they are what is watched.
    race = Race.create(dict(sorted(made.items(), key=lambda one: ", " in one[0])), KIND)
    for label, run in made.items():
        run.annotate(tags=[race.id, *label.split(", ")[1:]])
    return Transfer(race)


def transfer(model="pocket", train=None, validation=None, settings: SFT | None = None) -> Transfer:
    """Prepare (see `enter`) and execute all six runs in this process, one after the other."""
    from playground.training.execute import execute

    made = enter(model, train, validation, settings)
    for run_id in made.race.runs.values():
        execute(Run.load(run_id).folder, progress=True)
    return made


def halves(rows: Sequence[dict]) -> tuple[list[dict], list[dict]]:
    """Two random halves of the examples, equal ones together; the same for the same rows."""
    keys = sorted({key_of(row) for row in rows})
    chosen = set(Random("halves").sample(keys, len(keys) // 2))
    return [row for row in rows if key_of(row) in chosen], [row for row in rows if key_of(row) not in chosen]


def learned_by_heart(table) -> dict[str, dict[str, float]]:
    """Of a table of scores, by start: `mean`, and the `share` of examples above one half."""
    return {start: summary(rows) for start, rows in table.groupby("start", sort=False)}
