"""Figures of models on the held-out suite, taken through the chat process, kept while the app runs."""

import math
from collections.abc import Sequence

from playground.evaluation import intervals
from playground.evaluation.compare import KINDS, ask
from playground.evaluation.probes import is_right
from playground.evaluation.report import COLUMNS, SHARES
from playground.evaluation.suite import Suite
from playground.model import kept
from playground.run.job import RESULT
from playground.ui import markup
from playground.ui.jobs import Job
from playground.ui.studio import Studio, run_of

SUITE = "larkspur"
CHUNK = 32
MAX_TOKENS = 64
PATIENCE = 0.3  # seconds a caller waits; what was measured before is told within them
HERO = {
    "domain": "held-out questions about the firm, right",
    "general": "general questions it never saw, right",
    "retention": "general knowledge kept",
}


class Remote:
    """A model in the chat process, asked in chunks that a job counts."""

    def __init__(self, studio: Studio, model: str, job: Job):
        self.studio, self.model, self.job = studio, model, job

    def reply_many(self, prompts: Sequence, **generation) -> list[str]:
        return self._ask(prompts, False, generation)

    def complete_many(self, prompts: Sequence[str], **generation) -> list[str]:
        return self._ask(prompts, True, generation)

    def _ask(self, prompts: Sequence, raw: bool, generation: dict) -> list[str]:
        texts = []
        for start in range(0, len(prompts), CHUNK):
            part = prompts[start : start + CHUNK]
            texts += self.studio.host.replies(self.model, part, raw=raw, **generation)
            self.job.step(self.job.done + len(part), self.job.total)
        return texts


def start(studio: Studio, models: Sequence[str], reward: str | None = None, judged: bool = True) -> Job:
    """Measure models in the background; the job's result is one row a model, as in `Report.table`.

    Without `judged` the prompts whose replies are scored are left out. What was measured before is
    not measured again while the model's weights on disk are the same.
    """
    models, suite = list(dict.fromkeys(models)), Suite.load(SUITE)
    parts = {"probes": lambda remote: ask(remote, suite.probes, MAX_TOKENS)}
    if judged:
        parts["prompts"] = lambda remote: remote.reply_many(suite.prompts, max_tokens=MAX_TOKENS)

    def work(job: Job) -> list[dict]:
        keys = {model: (model, stamp(model)) for model in models}
        missing = [
            (model, part) for model in models for part in parts if (*keys[model], part) not in studio.measured
        ]
        job.step(0, sum(len(getattr(suite, part)) for _, part in missing))
        for model, part in missing:
            studio.measured[*keys[model], part] = parts[part](Remote(studio, model, job))
        return [_row(studio, suite, keys[model], reward) for model in models]

    return studio.jobs.start(f"measure {models} {reward} {judged}", "Held-out questions asked", work)


def stamp(model: str) -> int:
    """When the weights of a run's result, or of a kept model, were written, in nanoseconds; 0 for others.

    A stopped run that goes on, and a new model under a deleted one's name, bring other weights.
    """
    run = run_of(model)
    folder = run.folder / RESULT if run else kept.folder(model)
    weights = folder.glob("*.safetensors") if folder else ()
    return max((file.stat().st_mtime_ns for file in weights), default=0)


def before_after(studio: Studio, before: str, after: str) -> dict:
    """The hero numbers of a run against the model it started from, as `figures`; until measured, a `line`.

    Raises what the measuring raised.
    """
    job = start(studio, [before, after], judged=False)
    if not job.finished.wait(PATIENCE):
        return {"line": job.line}
    if job.error is not None:
        raise job.error
    first, last = job.result
    return {
        "figures": [
            {
                "number": f"{100 * first[column]:.0f} → {_percent(last[column])}",
                "label": f"{label} ({_percent(last[f'{column}_low'])} to {_percent(last[f'{column}_high'])})",
                "fell": last[column] < first[column] - 0.05,
            }
            for column, label in HERO.items()
        ]
    }


def table(rows: Sequence[dict]) -> str:
    """The report as a table: models as rows, intervals under the values, the best value of a column bold."""
    columns = [name for name in COLUMNS if any(math.isfinite(row[name]) for row in rows)]
    best = {name: max(row[name] for row in rows if math.isfinite(row[name])) for name in columns}
    body = [
        [
            markup.Raw(f'<b style="color:{markup.colour(row["model"])}">{markup.escape(row["model"])}</b>'),
            *(_cell(row, name, row[name] == best[name]) for name in columns),
        ]
        for row in rows
    ]
    head = ["model", *(COLUMNS[name] for name in columns)]
    return markup.table(head, body, numbers=range(1, len(head)), kind="report")


def _cell(row: dict, name: str, best: bool) -> markup.Raw:
    show = _percent if name in SHARES else lambda value: f"{value:+.2f}"
    if not math.isfinite(row[name]):
        return markup.Raw("–")
    value = f"<b>{show(row[name])}</b>" if best else show(row[name])
    return markup.Raw(
        f'{value}<span class="span">{show(row[f"{name}_low"])} to {show(row[f"{name}_high"])}</span>'
    )


def _row(studio: Studio, suite: Suite, key: tuple[str, int], reward: str | None) -> dict:
    texts, replies = studio.measured[*key, "probes"], studio.measured.get((*key, "prompts"), [])
    pairs = list(zip(suite.prompts, replies, strict=False))
    found = {"gold": intervals.mean([suite.gold(*pair) for pair in pairs])}
    if reward and pairs:
        found["reward"] = intervals.mean(studio.host.score(reward, pairs))
    for column, kinds in KINDS.items():
        right = [
            is_right(probe, text)
            for probe, text in zip(suite.probes, texts, strict=True)
            if probe.kind in kinds
        ]
        found[column] = intervals.share(sum(right), len(right))
    row = {"model": key[0]}
    for column in COLUMNS:
        estimate = found.get(column, intervals.UNKNOWN)
        row |= {column: estimate.value, f"{column}_low": estimate.low, f"{column}_high": estimate.high}
    return row


def _percent(value: float) -> str:
    return f"{100 * value:.0f} %" if math.isfinite(value) else "–"
