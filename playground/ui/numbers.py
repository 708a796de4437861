"""A dataset in numbers: its cost, the lengths of its rows, its balance, what a test may owe to training."""

from collections.abc import Iterator

import gradio as gr

from playground.dataset import tokens
from playground.dataset.measures import Measures
from playground.dataset.overlap import Overlap
from playground.model import source
from playground.records import Example
from playground.ui import charts, markup, shelf
from playground.ui.busy import bars
from playground.ui.jobs import Job
from playground.ui.picker import required
from playground.ui.room import QUIET, STREAMED
from playground.ui.studio import Studio, sentence

WORST = 5
"""Rows that are named where something is wrong with some."""


def build(studio: Studio, chosen: gr.Dropdown, model: gr.Dropdown) -> None:
    """The panel for the dataset that is `chosen`, in the tokens of `model`."""
    gr.HTML(
        markup.lede(
            "How many tokens an epoch costs and which of them are learned, how long rows are against what "
            "the model can read, how even the answers are, what the test rows share with the training rows."
        )
    )
    look = gr.Button("Measure it", elem_id="datasets-measure", scale=0, min_width=200)
    said = gr.HTML(elem_id="datasets-measured")
    with gr.Row():
        lengths, balance = (
            gr.Plot(show_label=False, visible=False, elem_id=f"datasets-{name}")
            for name in ("lengths", "balance")
        )
    shown = [said, lengths, balance]

    def measure(name, who):
        yield from _measure(studio, name, who)

    measuring = look.click(measure, [chosen, model], shown, **STREAMED)
    gr.on([chosen.change, model.change], _nothing, None, shown, cancels=[measuring], **QUIET)


def _nothing() -> list:
    return ["", gr.update(visible=False, value=None), gr.update(visible=False, value=None)]


def _measure(studio: Studio, name: str | None, model: str | None) -> Iterator[list]:
    """Count in the background, line by line; then the figures and the charts."""

    def work(job: Job):
        data, parts = shelf.cleaned(name, job.stage), shelf.parts(name, job.stage)
        folder = source.find(model).root
        count = tokens.counter(folder.folder)
        window = folder.config.get("max_position_embeddings")

        def render(example: Example):
            return studio.host.render(model, shelf.row_of(example))

        found = data.measures(count, window=window, render=render, progress=job.stage("Rows measured"))
        tested = [*parts.validation, *parts.test]
        both = type(data)(tested, numbers=[*parts.validation.numbers, *parts.test.numbers])
        sizes, heard = [len(part) for part in parts], job.stage("Prompts compared")
        return found, sizes, parts.train.overlap(both, progress=heard) if tested else None

    idle = [gr.skip(), gr.skip()]
    try:
        who = required(model, "model")
        job = studio.jobs.start(f"measure {required(name, 'dataset')} {who}", "Rows measured", work)
        for bar in bars(job):
            yield [bar, *idle]
    except Exception as error:
        yield [markup.note(sentence(error), bad=True), *idle]
        return
    found, sizes, shared = job.result
    labels = found.labels or (found.tags if len(found.tags) > 1 else {})
    balance = charts.balance(labels, "answer" if found.labels else "tag") if labels else None
    yield [
        _figures(found, sizes, model) + _problems(found, shared),
        gr.update(value=charts.lengths(found), visible=True),
        gr.update(value=balance, visible=balance is not None),
    ]


def _figures(found: Measures, sizes: list[int], model: str) -> str:
    mean = found.lengths["whole"].mean
    whole = found.measured == found.rows
    epoch = f"{found.epoch:,}" if whole else f"≈ {float(f'{found.epoch:.2g}'):,.0f}"
    told = [
        (epoch, f"tokens an epoch for {model}"),
        (markup.share(found.learned_share), "of them are learned"),
        (f"{mean:.0f}", f"tokens a row, the longest {found.lengths['whole'].longest:,}"),
        (f"{sizes[0]:,}", f"rows to train, {sizes[1]:,} to validate, {sizes[2]:,} to test"),
    ]
    line = (
        ""
        if whole
        else f"Tokens were measured on {found.measured:,} of {found.rows:,} rows, drawn at random."
    )
    return markup.figures(told) + (markup.lede(line) if line else "")


def _problems(found: Measures, shared: Overlap | None) -> str:
    """What the figures warn of, each with its rows."""
    lines = []
    if found.window and not found.over:
        every = "Every row" if found.measured == found.rows else "Every measured row"
        lines.append(f"{every} fits into the {found.window:,} tokens that the model can read.")
    elif found.window:
        those = "" if found.measured == found.rows else f" of the {found.measured:,} measured"
        fit = f"{found.over:,} rows{those} are" if found.over != 1 else f"1 row{those} is"
        lines.append(f"{fit} longer than the {found.window:,} tokens that the model can read.")
    if found.unknown:
        rows = ", ".join(f"{one.row}" for one in found.lacking[:WORST])
        lines.append(
            f"{markup.share(found.unknown_share)} of the tokens are pieces of characters that its vocabulary "
            f"lacks; most in rows {rows}."
        )
    if found.duplicates or found.repeated_prompts:
        lines.append(
            f"{found.duplicates:,} rows repeat another; {found.repeated_prompts:,} repeat its prompt."
        )
    if shared is not None:
        lines.append(
            f"{markup.share(shared.share)} of the runs of {shared.words} words in validation and test "
            "prompts stand in a training prompt too: the more, the more a good score owes to memory."
        )
    worst = [
        [one.row, markup.share(one.share), one.prompt] for one in (shared.worst if shared else [])[:WORST]
    ]
    table = markup.table(["row", "shared", "prompt"], worst, numbers=[0, 1]) if worst else ""
    return "".join(map(markup.lede, lines)) + table
