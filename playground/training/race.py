"""The race: every tuning learns the same examples for as long, and each is measured as it goes."""

from collections.abc import Mapping
from dataclasses import replace

from playground.errors import InputError, PlaygroundError
from playground.model.tuning.kinds import KINDS
from playground.run.job import Run
from playground.run.race import Race
from playground.training.sft import SFT

FEWEST, MOST = 2, 12


def contestants() -> dict[str, SFT]:
    """One recipe a tuning, by label: the best that was found for it on `larkspur`."""
    return {tuning.label: SFT.tuned(kind) for kind, tuning in KINDS.items()}


def enter(
    model,
    train,
    validation=None,
    recipes: Mapping[str, SFT] | None = None,
    *,
    epochs: float | None = None,
    seed: int | None = None,
    probes=None,
) -> Race:
    """Prepare a run for every contestant without executing any.

    `recipes` are SFT settings by label (`contestants()` by default); with `epochs` all see the data so
    often, else each as its recipe says. `model`, `train`, `validation` and `probes` are as for SFT.

    Raises InputError for fewer than two or more than twelve contestants, and what SFT.prepare raises; then
    nothing is left behind.
    """
    recipes = contestants() if recipes is None else recipes
    if not FEWEST <= len(recipes) <= MOST:
        raise InputError(
            f"{len(recipes)} tunings are to race",
            rule=f"A race has {FEWEST} to {MOST}",
            remedy="Choose two or more",
        )
    changes = {} if epochs is None else {"epochs": epochs}
    changes |= {} if seed is None else {"seed": seed}
    runs: dict[str, Run] = {}
    try:
        for label, recipe in recipes.items():
            runs[label] = replace(recipe, **changes).prepare(model, train, validation, probes)
    except Exception:
        for run in runs.values():
            run.delete()
        raise
    return Race.create(runs)


def race(model, train, validation=None, recipes: Mapping[str, SFT] | None = None, **settings) -> Race:
    """Prepare a race (see `enter`) and execute it in this process, one after the other.

    A contestant that fails leaves the others running; its state tells.
    """
    from playground.training.execute import execute

    made = enter(model, train, validation, recipes, **settings)
    for run_id in made.runs.values():
        try:
            execute(Run.load(run_id).folder, progress=True)
        except PlaygroundError:
            continue
    return made
