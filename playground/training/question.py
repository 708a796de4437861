"""A reward model is questioned: at the end of its run, by the process that trained it, or afterwards."""

from collections.abc import Sequence
from dataclasses import replace

from playground.errors import ConflictError, InputError
from playground.evaluation.intervals import Estimate
from playground.evaluation.questions import Questions, ask
from playground.preference.ceiling import noise_ceiling
from playground.records import Comparison
from playground.run.job import Run
from playground.training import inputs
from playground.world.gold import gold_of


def question(reward, held_out=None, judgements=None) -> Questions:
    """How right a reward model is, how sure, how biased, and whether to optimise against it.

    `reward` is a reward run, its id or folder, or a RewardEnsemble of such runs. It is asked about the
    pairs that the run held out for validation, or those of `held_out` (Preferences or rows).
    `judgements` tell the noise ceiling: a campaign's id, Preferences or comparisons; by default the run's own
    rows, of which those say something that several votes are about. What a run is asked by default is kept in
    its folder.

    Raises InputError where it is no reward run, or nothing was held out; ConflictError where it has no model.
    """
    runs = _runs(reward)
    held = runs[0].rows("validation") if held_out is None else inputs.pairs(held_out, least=1)
    model = runs[0].model if len(runs) == 1 else reward
    told = asked(runs, model.score_many, held, judgements)
    told = told if len(runs) == 1 else replace(told, model=model.name)
    if len(runs) == 1 and held_out is None and judgements is None:
        told.save(runs[0].folder)
    return told


def asked(runs: Sequence[Run], score, held: Sequence[dict], judgements=None) -> Questions:
    """`question` of scores from wherever they come. Raises InputError where nothing was held out."""
    if not held:
        raise InputError(
            f"{runs[0].id} has held nothing out",
            rule="A reward model is asked about pairs that it has not learned from",
            remedy="Train it with a validation part, or give pairs: question(run, held_out=…)",
        )
    train = runs[0].rows("train")
    return ask(
        score, held, train, model=runs[0].id, ceiling=ceiling(judgements or _votes([*train, *held])),
        gold=gold_of([row["prompt"] for row in held]), remarks=_remarks(runs, train, held),
    )


def ceiling(judgements) -> Estimate | None:
    """What a model can reach on these judgements at best; None where no pair was judged twice."""
    found = noise_ceiling(judgements) if judgements else None
    return found.value if found else None


def _runs(reward) -> list[Run]:
    """The runs of a reward model or an ensemble."""
    if hasattr(reward, "members"):
        folders = [member.folder.parent for member in reward.members]
        runs = [Run.load(folder) for folder in folders]
    else:
        runs = [reward if isinstance(reward, Run) else Run.load(reward)]
    for run in runs:
        if run.spec.stage != "reward":
            raise InputError(
                f"{run.id} is no reward run", rule="Only what gives scores can be asked for them",
                remedy="Give a run of RewardModeling",
            )
        if not (run.folder / "result").is_dir():
            raise ConflictError(f"{run.id} has no model: it is {run.state}", remedy="Wait until it has one")
    return runs


def _votes(rows: Sequence[dict]) -> list[Comparison]:
    """Rows with a vote each, as judgements of different people: nobody judges an item twice.

    A tie that stands both ways round is no judgement for either side.
    """
    ties = {(row.get("vote"), row["rejected"], row["chosen"]) for row in rows}
    return [
        Comparison(row["prompt"], row["chosen"], row["rejected"], "first", row["vote"], row["vote"])
        for row in rows
        if row.get("vote") and (row["vote"], row["chosen"], row["rejected"]) not in ties
    ]


def _remarks(runs: Sequence[Run], train: Sequence[dict], held: Sequence[dict]) -> list[str]:
    found = []
    if any(run.spec.settings.get("keep", "last") != "last" for run in runs):
        found.append("Its weights were chosen on these same held-out pairs, which flatters it.")
    prompts = {row["prompt"] for row in train}
    if shared := sum(row["prompt"] in prompts for row in held):
        found.append(f"{shared} of {len(held)} held-out pairs have a prompt it was trained on.")
    return found
