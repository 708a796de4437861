"""What two starts have learned by heart, reckoned in the chat process and told by the API."""

from collections.abc import Sequence

from playground.training.transfer import HALVES, Transfer, learned_by_heart
from playground.ui import markup
from playground.ui.jobs import Job
from playground.ui.studio import Studio

PATIENCE = 0.3
"""Seconds a caller waits; what was reckoned before is told within them."""
SHOWN = 12
"""Examples listed."""
NOTE = (
    "The score of an example is how much more probable its whole answer is to a model that learned from it "
    "than to one that did not and is alike in all else (Feldman and Zhang 2020). Each start was trained on "
    "either half of the examples for that: 1 is learned by heart, 0 is known without having seen it."
)


class Remote:
    """A model in the chat process that is asked how likely it holds answers to be."""

    def __init__(self, studio: Studio, run_id: str):
        self.studio, self.run_id = studio, run_id

    def log_likelihoods(self, pairs: Sequence[tuple]) -> list[float]:
        return self.studio.host.likelihoods(self.run_id, pairs)


def told(studio: Studio, transfer_id: str) -> dict:
    """Figures and the most memorised examples, or a line while they are not known.

    Raises NotFoundError, and what the reckoning raised.
    """
    found = Transfer.load(transfer_id)
    if found.state != "completed":
        return {"line": _waiting(found)}
    job = studio.jobs.kept(
        f"memorized {transfer_id}", "Models asked", lambda job: _scores(studio, found, job)
    )
    if not job.finished.wait(PATIENCE):
        return {"line": job.line}
    if job.error is not None:
        raise job.error
    return job.result


def _waiting(found: Transfer) -> str:
    states = [found.run(label).state for label in found.race.runs]
    broken = next((one for one in states if one in ("failed", "interrupted", "stopped")), None)
    if broken:
        return f"A run is {broken}: resume it under Runs, or start again."
    done = states.count("completed")
    of_halves = len(HALVES) * len(found.starts)
    return (
        f"Known once all {len(states)} runs have ended; {done} have. {of_halves} of them learn from halves."
    )


def _scores(studio: Studio, found: Transfer, job: Job) -> dict:
    models = {run_id: Remote(studio, run_id) for run_id in found.race.runs.values()}
    table = found.memorization(models, job.step)
    starts = list(learned_by_heart(table))
    scores = table.pivot_table("score", ["prompt", "completion"], "start", sort=False)[starts]
    worst = scores.sort_values(starts[0], ascending=False, kind="stable").head(SHOWN)
    figures = [
        {"number": markup.share(told["share"]), "label": f"of the examples learned by heart {start}"}
        for start, told in learned_by_heart(table).items()
    ]
    return {
        "figures": figures,
        "note": NOTE,
        "head": ["question", "answer", *starts],
        "rows": [
            [*texts, *(f"{score:.2f}" for score in row)]
            for texts, row in zip(worst.index, worst.values, strict=True)
        ],
        "numbers": [2, 3],
    }
