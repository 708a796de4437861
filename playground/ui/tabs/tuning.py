"""Instruction tuning: what to tune, how, and what it does to the model while it learns."""

import gradio as gr

from playground.errors import PlaygroundError
from playground.model.shapes import KNOWN
from playground.model.tuning.kinds import KINDS
from playground.training.sft import SFT
from playground.ui import expect, finder, form, keepsake, markup, mend, presets, shelf, talk
from playground.ui.picker import Picker, is_dataset, is_run, required
from playground.ui.room import QUIET, STREAMED, Room, choose, joined, keep_run, pick, show_run, states
from playground.ui.studio import BASE, Studio, has_result, run_of, sentence

HUB = [known.name for known in KNOWN]


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
            preset = gr.Radio(
                list(presets.SFT_PRESETS), value=presets.FIRST, label="Recipe", elem_id="tuning-preset"
            )
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
            cost = gr.HTML(elem_id="tuning-cost")
            said = gr.HTML(elem_id="tuning-said")
        with gr.Column(scale=5, min_width=300, elem_classes=["card", "how"]):
            gr.HTML("<h3>How</h3>")
            kind = gr.Radio(
                [(tuning.label, name) for name, tuning in KINDS.items()],
                value="lora",
                label="Tuning",
                elem_id="tuning-kind",
                info="What is trained: a thin adapter beside the model, or the model itself.",
            )
            tunings = _tuning_forms(kind)
            settings = form.build(presets.SFT_PRESETS[presets.FIRST].settings, elem_prefix="sft-")
            advice = finder.Panel(settings)
        with gr.Column(scale=10, min_width=320):
            with gr.Column(elem_classes="card"):
                shown = Picker([], exists=is_run, label="Run shown", elem_id="tuning-run", visible=False)
                view = gr.HTML(elem_id="tuning-view")
            general, mended = mend.build(studio, shown, view)
            with gr.Column(elem_classes="card"):
                gr.HTML("<h3>Before and after</h3>")
                box, button = talk.prompt_row("tuning", "Ask both")
                answers = gr.HTML(elem_id="tuning-answers")
                trouble = gr.HTML()
                figures = gr.HTML(elem_id="tuning-figures")

    tuning_inputs = [widget for made in tunings.values() for widget in made.inputs]
    values = [*tuning_inputs, *settings.inputs]
    run_outputs = [shown, view]

    def ask(prompt, run):
        yield from talk.ask(studio, prompt, _pair(run))

    preset.change(
        None,
        preset,
        [says, kind, *values],
        js=form.at_once(lambda name: _apply(name, tunings, settings), presets.SFT_PRESETS),
    )
    # Another tuning learns at another rate.
    kind.input(
        None,
        kind,
        settings.inputs,
        js=form.at_once(lambda name: settings.values(SFT.tuned(name)), KINDS),
    )
    data.change(_verb_update, data, start, **QUIET)
    start.click(
        lambda *given: _start(studio, tunings, settings, *given),
        [model, data, facts, kind, *values],
        [said, *run_outputs],
        **QUIET,
    )
    shown.input(
        lambda run: (show_run(studio, ("sft",), run)[1], _figures(run)), shown, [view, figures], **QUIET
    )
    gr.on(
        [button.click, box.submit],
        ask,
        [box, shown],
        [answers, trouble],
        trigger_mode="always_last",
        **STREAMED,
    )

    def cost_now(model_now, data_now, kind_now, *given):
        return expect.note(
            lambda: (_read(tunings, settings, kind_now, given), model_now, expect.examples(data_now))
        )

    gr.on(
        [one.change for one in (model, data, kind, *values)],
        cost_now,
        [model, data, kind, *values],
        cost,
        trigger_mode="always_last",
        **QUIET,
    )
    hub_shown.expand(
        lambda *given: _small_models(tunings, settings, *given),
        [data, kind, *values],
        hub,
        **QUIET,
    )

    seen = gr.State([])

    def refresh(before, facts_now, general_now, model_now, run_now, data_now, *given):
        chosen = pick(shelf.to_tune_on(), data_now)
        work = states("sft")
        picker, drawn = keep_run(studio, ("sft",), run_now)
        return (
            picker,
            drawn,
            # A Hugging Face id is in no list of ours, and is kept.
            choose([*studio.models(), *HUB], model_now or BASE, model_now),
            chosen,
            cost_now(model_now or BASE, chosen.get("value", data_now), *given),
            # What a note complained of may be over once a run has changed.
            gr.skip() if work == before else "",
            work,
            _figures(picker.get("value", run_now)),
            keepsake.pick(facts_now),
            *mend.refresh(picker.get("value", run_now), general_now),
        )

    inputs = [seen, facts, general, model, shown, data, kind, *values]
    outputs = [*run_outputs, model, data, cost, said, seen, figures, facts, *mended]
    fill = ([kind, *values], lambda given: _fill(given, tunings, settings))
    room = Room(refresh, inputs, outputs, data=data, form=fill)

    def read(kind_now, *given):
        return _read(tunings, settings, kind_now, given)

    return joined(room, advice.wire(studio, [model, data, kind, *values], read, fill))


def _tuning_forms(kind: gr.Radio) -> dict[str, form.Form]:
    made, groups = {}, []
    for name in KINDS:
        with gr.Column(visible=name == "lora", min_width=200) as group:
            made[name] = form.build(SFT.tuned(name).tuning, visible=1, elem_prefix=f"{name}-")
        groups.append(group)
    kind.change(
        None,
        kind,
        groups,
        js=form.at_once(lambda chosen: [gr.update(visible=name == chosen) for name in KINDS], KINDS),
    )
    return made


def _apply(name: str, tunings: dict, settings: form.Form) -> list:
    preset = presets.SFT_PRESETS[name]
    return [markup.note(preset.says), *_fill(preset.settings, tunings, settings)]


def _fill(given: SFT, tunings: dict, settings: form.Form) -> list:
    """What the kind's widget and those of all forms must show for these settings."""
    tuning = given.tuning
    values = [
        v
        for kind, made in tunings.items()
        for v in made.values(tuning if tuning.kind == kind else SFT.tuned(kind).tuning)
    ]
    return [tuning.kind, *values, *settings.values(given)]


def _start(studio: Studio, tunings: dict, settings: form.Form, model, data, facts, kind, *values):
    """Prepare a run from the form and queue it; what is wrong is said under the button."""
    try:
        parts, probes = shelf.parts(required(data, "dataset")), keepsake.rows(facts)
        run = studio.launch(
            _read(tunings, settings, kind, values).prepare(model, parts.train, parts.validation, probes)
        )
    except Exception as error:
        return markup.note(sentence(error), bad=True), gr.skip(), gr.skip()
    return "", *show_run(studio, ("sft",), run.id)


def _read(tunings: dict[str, form.Form], settings: form.Form, kind: str, values) -> SFT:
    """The form's values, tunings first, as the settings of a run."""
    at, tuning = 0, None
    for name, made in tunings.items():
        if name == kind:
            tuning = made.read(values[at : at + len(made.inputs)])
        at += len(made.inputs)
    return settings.read(values[at:], tuning=tuning)


def _small_models(tunings: dict[str, form.Form], settings: form.Form, data: str, kind: str, *values) -> str:
    """What the form's settings would take on each of the well-known small models."""
    try:
        return expect.small_models(_read(tunings, settings, kind, values), expect.examples(data))
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
