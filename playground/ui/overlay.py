"""Runs side by side: one metric on one chart, the settings they differ in, what each came to say."""

import gradio as gr

from playground.run import events, goodhart, history
from playground.ui import charts, markup
from playground.ui.picker import Picker, is_run
from playground.ui.room import FOLLOWING, QUIET
from playground.ui.studio import run_of

METRICS = ("loss", "eval_loss", "gain", "retention", "reward", "kl", "gold", "accuracy", "margin")
AGAINST_KL = "reward and gold against KL"
PROMPTS = 4
"""Prompts whose last answers are shown."""


def build() -> gr.Dropdown:
    """The card; returns the picker of runs, whose choices the room keeps up to date."""
    with gr.Column(elem_classes="card"):
        with gr.Row():
            several = Picker(
                [],
                exists=is_run,
                multiselect=True,
                label="Runs side by side",
                scale=3,
                min_width=220,
                elem_id="runs-several",
            )
            metric = gr.Dropdown(
                [*METRICS, AGAINST_KL],
                value="loss",
                label="Metric",
                scale=1,
                min_width=140,
                elem_id="runs-metric",
            )
        plot = gr.Plot(show_label=False, visible=False, elem_id="runs-plot")
        apart = gr.HTML(elem_id="runs-apart")
    drawn = gr.on([several.change, metric.change], _plot, [several, metric], plot, **QUIET)
    drawn.then(_apart, several, apart, **FOLLOWING)
    return several


def _plot(many: list[str] | None, metric: str):
    found = {}
    if metric == AGAINST_KL:
        courses = {run.id: goodhart.points(run.folder) for run in filter(None, map(run_of, many or []))}
        found = {run: points for run, points in courses.items() if points}
        return gr.update(value=charts.overoptimisation(found) if found else None, visible=bool(found))
    for run in filter(None, map(run_of, many or [])):
        steps, values = events.columns(events.read_metrics(run.folder))
        if metric in values:
            found[run.id] = (steps, values[metric])
    return gr.update(value=charts.curves(found, metric) if found else None, visible=bool(found))


def _apart(many: list[str] | None) -> str:
    """Where two or more runs differ, and their last answers to the prompts they share."""
    runs = [run for run in map(run_of, many or []) if run]
    if len(runs) < 2:
        return ""
    ids = [run.id for run in runs]
    rows = [
        [name, *(value or "–" for value in values)]
        for name, values in history.differences([run.spec for run in runs]).items()
    ]
    table = markup.table(["differs", *ids], rows) if rows else markup.lede("They were set up alike.")
    said = history.last_words([run.folder for run in runs])
    return table + "".join(_said(prompt, ids, texts) for prompt, texts in list(said.items())[:PROMPTS])


def _said(prompt: str, ids: list[str], texts: list[str]) -> str:
    cards = (markup.answer(run, text or "It was not asked.") for run, text in zip(ids, texts, strict=True))
    return f"<h3>{markup.escape(prompt)}</h3>{markup.answers(cards)}"
