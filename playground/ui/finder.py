"""Under the settings of a run: what does not suit model and data, and a learning rate that is measured."""

from collections.abc import Callable

import gradio as gr

from playground.errors import PlaygroundError
from playground.model.tuning.kinds import KINDS
from playground.training import ranges
from playground.training.rates import STAGE, Rates, RateSearch
from playground.ui import charts, expect, form, markup, shelf
from playground.ui.picker import required
from playground.ui.room import FOLLOWING, QUIET, Room
from playground.ui.studio import Studio, sentence

LIVE = ("queued", "running")
RATE = "learning_rate"


class Panel:
    """Places its widgets when made; `wire` connects them once the whole form is there."""

    def __init__(self, settings: form.Form):
        self.settings = settings
        self.fits = gr.HTML(elem_id="tuning-misfits")
        self.fit = gr.Button("Use what suits", visible=False, elem_id="tuning-fit")
        with gr.Accordion("What suits this model and these data", open=False, elem_id="tuning-suits"):
            self.suits = gr.HTML(elem_id="tuning-ranges")
        self.find = gr.Button("Find a learning rate", elem_id="tuning-find")
        self.said = gr.HTML(elem_id="tuning-find-said")
        self.view = gr.HTML(elem_id="tuning-find-view")
        self.plot = gr.Plot(show_label=False, visible=False, elem_id="tuning-find-plot")
        self.use = gr.Button("Use it", visible=False, elem_id="tuning-find-use")

    def wire(self, studio: Studio, asked: list, read: Callable, fill: tuple) -> Room:
        """`asked` are the widgets of model, data and settings; `read` makes settings of the last ones'
        values; `fill` is (widgets, settings to their values)."""
        widgets, values = fill
        seen = gr.State()
        shown = [seen, self.view, self.plot, self.use]
        fields = zip(self.settings.settings, self.settings.inputs, strict=True)
        rate = next(widget for one, widget in fields if one.name == RATE)

        def fitted(model, data, *given):
            return values(ranges.fitted(read(*given), model, expect.examples(data)["train"]))

        gr.on(
            [one.change for one in asked],
            lambda *given: _misfits(read, *given),
            asked,
            [self.fits, self.fit, self.suits],
            **FOLLOWING,
        )
        self.fit.click(fitted, asked, widgets, **QUIET)
        self.find.click(lambda *given: _start(studio, read, *given), asked, [self.said, *shown], **QUIET)
        self.use.click(lambda: _suggestion(studio), outputs=rate, **QUIET)

        def refresh(before, *given):
            return *_misfits(read, *given), *_shown(studio, before)

        return Room(refresh, [seen, *asked], [self.fits, self.fit, self.suits, *shown])


def _misfits(read: Callable, model, data, *given) -> tuple:
    """What does not suit model and data, the button that puts it right, and all ranges with their reasons."""
    try:
        rows, settings = expect.examples(data)["train"], read(*given)
        found = ranges.misfits(settings, model, rows)
        known = ranges.setting_ranges(settings, model, rows).values()
    except PlaygroundError:  # the form or the data are not in order, and say so where they are
        found, known = [], ()
    told = markup.table(
        ["setting", "here", "why"], ([one.label, str(one), f"{one.reason}."] for one in known)
    )
    return markup.note(" ".join(map(str, found))), gr.update(visible=bool(found)), told if known else ""


def _start(studio: Studio, read: Callable, model, data, *given) -> tuple:
    """Queue a search for these settings; what is wrong is said under the button."""
    try:
        search = RateSearch.of(read(*given))
        studio.launch(search.prepare(model, shelf.parts(required(data, "dataset")).train))
    except Exception as error:
        return markup.note(sentence(error), bad=True), *[gr.skip()] * 4
    return "", *_shown(studio)


def _shown(studio: Studio, before: str | None = None) -> tuple:
    """What is shown now, and it: the newest search, live, or its chart and its suggestion as a button.

    What was shown `before` is left alone: a search under way draws itself.
    """
    run, nothing = studio.newest(STAGE), gr.update(visible=False)
    if run is None:
        return None, "", nothing, nothing
    now = f"{run.id} {run.state in LIVE}"
    if now == before:
        return now, gr.skip(), gr.skip(), gr.skip()
    try:
        found = Rates.of(run) if run.state not in LIVE else None
    except PlaygroundError:  # it was over too soon, and its own view tells why
        found = None
    if found is None:
        return now, markup.live_run(run.id, STAGE), nothing, nothing
    kind, data = run.spec.settings["tuning"]["kind"], run.spec.data["train"].name
    told = f"{KINDS[kind].label} on {data or 'these examples'}, from {run.spec.model}. {found.rule}."
    button = gr.update(value=f"Use {found.suggestion:g}", visible=True)
    return now, markup.lede(told), gr.update(value=charts.rates(found), visible=True), button


def _suggestion(studio: Studio):
    """The suggestion of the newest search, for the field it belongs to."""
    try:
        return f"{Rates.of(studio.newest(STAGE)).suggestion:g}"
    except (PlaygroundError, AttributeError):  # deleted since
        return gr.skip()
