"""Changes that may keep a run from forgetting, each measured: the same run again, with that change alone.

Every one goes over as many steps of as many examples as the original, from the same start and seed.
"""

from dataclasses import replace
from random import Random

from playground.errors import ConflictError, InputError
from playground.model import source
from playground.model.tuning.lora import LoRA
from playground.run import mitigation
from playground.run.job import Run
from playground.run.mitigation import REPLAYED, SMALLER, WAYS
from playground.training import inputs
from playground.training.sft import SFT

OUTSIDE = 2e-4
"""Learning rate of a LoRA on a model other than `pocket`, for which none was searched."""
GENERAL = ("general", "howto", "smalltalk")
"""Tags of the built-in examples that are about the world and not about the firm."""


class Rows(list):
    """Rows with the name that a run tells of them."""

    name = ""


def offered(run: Run, general=None) -> list[str]:
    """The ways that fit a run, in the order of WAYS; none where it has not forgotten."""
    if run.spec.stage != "sft" or not mitigation.forgot(run):
        return []
    kind = run.spec.settings["tuning"]["kind"]
    fits = {"smaller": True, "lora": kind not in ("lora", "qlora")}
    fits["replay"] = bool(_general(run, general))
    return [way for way in WAYS if fits[way]]


def prepare(run: Run, way: str, general=None) -> Run:
    """The run again under one change, prepared and not executed.

    `general` are the examples to replay, a Dataset or rows; None: the small world's, for models made of
    `pocket`. Raises ConflictError for a run that has not forgotten, InputError where the way does not fit.
    """
    if way not in WAYS:
        raise InputError(f"The way is {way!r}", rule=f"It is one of {', '.join(WAYS)}")
    if run.spec.stage != "sft" or not mitigation.forgot(run):
        raise ConflictError(
            f"{run.id} is {run.state} and has not forgotten",
            rule="A change is tried on an instruction tuning that completed and lost general facts",
            remedy="Choose one whose curve of general facts has fallen",
        )
    settings, train = SFT.from_dict(run.spec.settings), _rows(run, "train")
    if way == "smaller":
        settings = replace(settings, learning_rate=SMALLER * settings.learning_rate)
    elif way == "lora":
        settings = _with_lora(run, settings)
    else:
        train, settings = _with_replay(run, settings, train, general)
    made = settings.prepare(run.spec.model, train, _rows(run, "validation") or None, run.rows("probes"))
    mitigation.mark(made, run.id, way)
    return made


def mitigate(run: Run | str, way: str, general=None) -> Run:
    """The same run under one change (see `prepare`), executed in this process; returns it."""
    from playground.training.execute import execute

    return execute(prepare(_run(run), way, general).folder, progress=True)


def mitigations(run: Run | str):
    """DataFrame of the changes that were tried on a run, and what they made of its gain and retention."""
    return mitigation.table(_run(run))


def _run(run: Run | str) -> Run:
    return run if isinstance(run, Run) else Run.load(run)


def _with_lora(run: Run, settings: SFT) -> SFT:
    if settings.tuning.kind in ("lora", "qlora"):
        raise InputError(f"{run.id} is tuned with {settings.tuning.label}", remedy="Choose another way")
    if source.find(run.spec.model).root.name == "pocket":
        found = SFT.tuned("lora")
        return replace(settings, tuning=found.tuning, learning_rate=found.learning_rate)
    return replace(settings, tuning=LoRA(rank=16), learning_rate=OUTSIDE)


def _with_replay(run: Run, settings: SFT, train: Rows, general) -> tuple[Rows, SFT]:
    """Its examples and general ones, over as many steps."""
    found = _general(run, general)
    if not found:
        raise InputError(
            "There are no general examples to replay",
            rule="They are examples that the run did not learn, and do not tell what its meter asks",
            remedy="Give a dataset of general questions and answers",
        )
    count = min(len(found), max(1, round(REPLAYED * len(train))))
    mixed = Rows([*train, *Random(f"replay {settings.seed}").sample(found, count)])
    mixed.name = f"{train.name or 'its rows'} and general examples"
    return mixed, replace(settings, epochs=settings.epochs * len(train) / len(mixed))


def _general(run: Run, general) -> list[dict]:
    """General examples that the run has not learned and that give away no fact its meter asks for."""
    if general is None:
        if source.find(run.spec.model).root.name != "pocket":
            return []
        from playground.world import larkspur

        general = [one for one in larkspur.examples() if one.tags and one.tags[0] in GENERAL]
    known = {str(row["prompt"]) for row in run.rows("train")}
    begun = [_plain(probe["prompt"]) for probe in run.rows("probes")]
    return [
        row
        for row in inputs.examples(general)
        if str(row["prompt"]) not in known and not any(one in _plain(row["completion"]) for one in begun)
    ]


def _plain(text: str) -> str:
    return " ".join(text.lower().split())


def _rows(run: Run, part: str) -> Rows:
    rows = Rows(run.rows(part))
    rows.name = run.spec.data[part].name if part in run.spec.data else ""
    return rows
