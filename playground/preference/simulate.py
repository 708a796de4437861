"""What a simulated annotator answers to an item, whatever kind of task it is."""

from typing import Any

from playground.errors import InputError

SIMULATED = "simulated:"
"""How the names of simulated annotators begin; no person's does."""
_METHODS = {"pairwise": "judge", "ranking": "rank", "rating": "rate", "best_worst": "best_worst"}
_FORMS = {"pairwise": "choice", "ranking": "ranking", "rating": "scores", "best_worst": "best_worst"}


def answer(annotator, lent) -> dict[str, Any]:
    """What `record_vote` is given for an assignment, in the positions shown.

    An annotator has a method for each kind of task it can do: `judge` for pairs, `rank`, `rate` (with the
    scale's highest point, where the assignment tells it), `best_worst`. Raises InputError where it has none.
    """
    method = getattr(annotator, _METHODS[lent.task], None)
    if method is None:
        raise InputError(
            f"{annotator.name} cannot do {lent.task} tasks",
            rule=f"An annotator needs a method {_METHODS[lent.task]} for them",
            remedy="Ask a simulated annotator, which can do all kinds",
        )
    if lent.task == "pairwise":
        return {"choice": method(lent.prompt, *lent.completions)}
    more = {"scale": lent.scale} if lent.task == "rating" else {}
    return {_FORMS[lent.task]: method(lent.prompt, lent.completions, **more)}


def is_simulated(annotator: str) -> bool:
    return annotator.startswith(SIMULATED)
