"""Instruction tuning: what to tune, how, and what it does to the model while it learns."""

from dataclasses import dataclass

import gradio as gr

from playground.errors import PlaygroundError
from playground.model.shapes import KNOWN
from playground.ui import expect, finder, form, keepsake, markup, mend, presets, shelf, talk
from playground.ui.how import How
from playground.ui.picker import Picker, is_dataset, is_run, required
from playground.ui.room import (
    FOLLOWING,
    QUIET,
    STREAMED,
    Room,
    choose,
    joined,
    keep_run,
    pick,
    show_run,
    states,
)
from playground.ui.studio import BASE, Studio, has_result, run_of, sentence

HUB = [known.name for known in KNOWN]


@dataclass(frozen=True)
class _What:
    """The first card: which recipe, which model, on which data."""

    preset: gr.Radio
    says: gr.HTML
    model: gr.Dropdown
    hub_shown: gr.Accordion
    hub: gr.HTML
    data: Picker
    facts: Picker
    start: gr.Button
    cost: gr.HTML
    said: gr.HTML


def build(studio: Studio) -> Room:
    gr.HTML(
        markup.heading(
            "Instruction tuning",
            "Show the base model questions with ideal answers. It stops continuing text and answers.",
        )
    )
    with gr.Row():
        with gr.Column(scale=5, min_width=300, elem_classes="card"):
            gr.HTML("<h3>What</h3>")
            what = _what(studio)
        with gr.Column(scale=5, min_width=300, elem_classes=["card", "how"]):
            gr.HTML("<h3>How</h3>")
            how = How()
            advice = finder.Panel(how.settings)
        with gr.Column(scale=10, min_width=320):
            with gr.Column(elem_classes="card"):
                shown = Picker([], exists=is_run, label="Run shown", elem_id="tuning-run", visible=False)
                view = gr.HTML(elem_id="tuning-view")
            general, mended = mend.build(studio, shown, view)
            with gr.Column(elem_classes="card"):
                gr.HTML("<h3>Before and after</h3>")
                figures = _before_and_after(studio, shown)

    asked = [what.model, what.data, *how.inputs]
    _wire(studio, what, how, asked, [shown, view])
    shown.input(
        lambda run: (show_run(studio, ("sft",), run)[1], _figures(run)), shown, [view, figures], **FOLLOWING
    )
    seen = gr.State([])

    def refresh(before, facts_now, general_now, run_now, model_now, data_now, *given):
        chosen = pick(shelf.to_tune_on(), data_now)
        work = states("sft")
        picker, drawn = keep_run(studio, ("sft",), run_now)
        return (
            picker,
            drawn,
            # A Hugging Face id is in no list of ours, and is kept.
            choose([*studio.models(), *HUB], model_now or BASE, model_now),
            chosen,
            _cost(how, model_now or BASE, chosen.get("value", data_now), *given),
            # What a note complained of may be over once a run has changed.
            gr.skip() if work == before else "",
            work,
            _figures(picker.get("value", run_now)),
            keepsake.pick(facts_now),
            *mend.refresh(picker.get("value", run_now), general_now),
        )

    inputs = [seen, what.facts, general, shown, *asked]
    outputs = [shown, view, what.model, what.data, what.cost, what.said, seen, figures, what.facts, *mended]
    fill = how.inputs, how.fill
    room = Room(refresh, inputs, outputs, data=what.data, form=fill)
    return joined(room, advice.wire(studio, asked, how.read, fill))


def _what(studio: Studio) -> _What:
    preset = gr.Radio(list(presets.SFT_PRESETS), value=presets.FIRST, label="Recipe", elem_id="tuning-preset")
    says = gr.HTML(markup.note(presets.SFT_PRESETS[presets.FIRST].says))
    model = gr.Dropdown(
        [BASE, *HUB],
        value=BASE,
        label="Model",
        allow_custom_value=True,
        elem_id="tuning-model",
        info="The base, an earlier run, or a Hugging Face id.",
    )
    with gr.Accordion("Small models of the Hub", open=False, elem_id="tuning-hub") as hub_shown:
        hub = gr.HTML(elem_id="tuning-hub-table")
    data = Picker(
        shelf.to_tune_on(),
        exists=is_dataset,
        value="larkspur",
        label="Data",
        elem_id="tuning-data",
        info="Examples to learn from; add your own under Datasets.",
    )
    facts = keepsake.build(studio)
    start = gr.Button(_verb("larkspur"), variant="primary", size="lg", elem_id="tuning-start")
    cost, said = gr.HTML(elem_id="tuning-cost"), gr.HTML(elem_id="tuning-said")
    return _What(preset, says, model, hub_shown, hub, data, facts, start, cost, said)


def _before_and_after(studio: Studio, shown: Picker) -> gr.HTML:
    """The base and the run in `shown` answer the same question; where its held-out figures stand."""
    box, button = talk.prompt_row("tuning", "Ask both")
    answers, trouble = gr.HTML(elem_id="tuning-answers"), gr.HTML()

    def ask(prompt, run):
        yield from talk.ask(studio, prompt, _pair(run))

    gr.on(
        [button.click, box.submit],
        ask,
        [box, shown],
        [answers, trouble],
        trigger_mode="always_last",
        **STREAMED,
    )
    return gr.HTML(elem_id="tuning-figures")


def _wire(studio: Studio, what: _What, how: How, asked: list, run_outputs: list) -> None:
    def applied(name: str) -> list:
        preset = presets.SFT_PRESETS[name]
        return [markup.note(preset.says), *how.fill(preset.settings)]

    what.preset.change(
        None, what.preset, [what.says, *how.inputs], js=form.at_once(applied, presets.SFT_PRESETS)
    )
    what.data.change(_verb_update, what.data, what.start, **QUIET)
    what.start.click(
        lambda *given: _start(studio, how, *given),
        [what.facts, *asked],
        [what.said, *run_outputs],
        **QUIET,
    )
    gr.on(
        [one.change for one in asked],
        lambda *given: _cost(how, *given),
        asked,
        what.cost,
        **FOLLOWING,
    )
    what.hub_shown.expand(
        lambda *given: _small_models(how, *given), [what.data, *how.inputs], what.hub, **QUIET
    )


def _start(studio: Studio, how: How, facts, model, data, *values):
    """Prepare a run from the form and queue it; what is wrong is said under the button."""
    try:
        parts, probes = shelf.parts(required(data, "dataset")), keepsake.rows(facts)
        run = studio.launch(how.read(*values).prepare(model, parts.train, parts.validation, probes))
    except Exception as error:
        return markup.note(sentence(error), bad=True), gr.skip(), gr.skip()
    return "", *show_run(studio, ("sft",), run.id)


def _cost(how: How, model: str, data: str | None, *values) -> str:
    return expect.note(lambda: (how.read(*values), model, expect.examples(data)))


def _small_models(how: How, data: str | None, *values) -> str:
    """What the form's settings would take on each of the well-known small models."""
    try:
        return expect.small_models(how.read(*values), expect.examples(data))
    except PlaygroundError as error:
        return markup.note(str(error), bad=True)


def _verb(name: str) -> str:
    """The primary button says how many examples it will learn from."""
    try:
        return f"Tune on {len(shelf.parts(name).train):,} examples"
    except Exception:
        return "Tune"


def _verb_update(name: str):
    return gr.update(value=_verb(name))


def _pair(run_id: str | None) -> list[str]:
    """Before and after: what the run started from, and its result once there is one."""
    run = run_of(run_id)
    if run is None:
        return [BASE]
    return [run.spec.model, run.id] if has_result(run) else [run.spec.model]


def _figures(run_id: str | None) -> str:
    """The held-out figures of a run, once it has a model."""
    run = run_of(run_id)
    return markup.held_out(run.id) if run and has_result(run) else ""
