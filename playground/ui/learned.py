"""What a finished run changed in the weights: in words, as a map over the layers, and by directions."""

from collections.abc import Iterator

import gradio as gr

from playground.errors import ConflictError
from playground.model.delta import Change
from playground.model.reading import reading
from playground.ui import heat, markup, measure
from playground.ui.jobs import Job, follow
from playground.ui.room import FOLLOWING, QUIET, STREAMED
from playground.ui.studio import Studio, has_result, run_of, sentence


def build(studio: Studio, chosen: gr.Dropdown) -> None:
    """A folded panel for the run that is `chosen`; opening it computes in the chat process."""
    with gr.Accordion("What it changed in the weights", open=False, elem_id="runs-learned") as opened:
        said = gr.HTML(elem_id="runs-learned-said")
        view = gr.Radio(list(heat.VIEWS), value=next(iter(heat.VIEWS)), show_label=False, visible=False)
        plot = gr.Plot(show_label=False, visible=False, elem_id="runs-learned-plot")
        lines = gr.Plot(show_label=False, visible=False)

    def show(run_id, view_now):
        yield from _show(studio, run_id, view_now)

    outputs = [said, view, plot, lines]
    showing = [
        opened.expand(show, [chosen, view], outputs, **STREAMED),
        view.change(show, [chosen, view], outputs, **STREAMED),
    ]
    chosen.change(lambda: _closed(""), outputs=outputs, cancels=showing, **QUIET).then(
        lambda: gr.update(open=False), outputs=opened, **FOLLOWING
    )


def changes(studio: Studio, run_id: str | None) -> Iterator[str | list[Change]]:
    """Lines of progress, then the changes; computed once for the same weights."""
    run = run_of(run_id)
    if run is None or not has_result(run):
        raise ConflictError("The run has no weights yet", remedy="Wait until it has completed")
    key = (run.id, measure.stamp(run.id), "changes")
    if key not in studio.measured:

        def work(job: Job) -> None:
            studio.measured[key] = studio.host.changes(run.folder / "result", run.spec.model)

        yield from follow(studio.jobs.start(f"changes {key}", "Weights compared", work))
    yield studio.measured[key]


def _show(studio: Studio, run_id: str | None, view: str) -> Iterator[list]:
    try:
        for found in changes(studio, run_id):
            if isinstance(found, str):
                yield _closed(markup.note(found))
        said = "".join(f"<li>{markup.escape(one)}</li>" for one in reading(found))
        lines = heat.spectrum(found)
        yield [
            f'<ul class="lede">{said}</ul>',
            gr.update(visible=True),
            gr.update(value=heat.heat(found, view), visible=True),
            gr.update(value=lines, visible=lines is not None),
        ]
    except Exception as error:
        yield _closed(markup.note(sentence(error), bad=True))


def _closed(line: str) -> list:
    return [line, *[gr.update(visible=False)] * 3]
