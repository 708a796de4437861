"""The half of RLHF that trains the reward model: its form, its cost, its live view."""

from dataclasses import dataclass, replace
from functools import partial

import gradio as gr

from playground.errors import ConflictError, InputError
from playground.model import source
from playground.model.start import way
from playground.preference.collect import Preferences
from playground.training.reward import RewardModeling
from playground.ui import ballots, expect, form, markup
from playground.ui.picker import Picker, is_model, is_run, required
from playground.ui.room import FOLLOWING, QUIET, show_run
from playground.ui.studio import BASE, Studio, sentence


@dataclass
class Rewarding:
    """What the rest of the room reads and refreshes."""

    judged: Picker
    weigh: gr.Checkbox
    start_from: Picker
    train: gr.Button
    said: gr.HTML
    shown: Picker
    view: gr.HTML


def build(studio: Studio) -> Rewarding:
    with gr.Row():
        with gr.Column(scale=5, min_width=280, elem_classes="card"):
            gr.HTML("<h3>Reward model</h3>")
            judged = Picker(
                [],
                exists=partial(ballots.exists, studio.engine),
                label="Judgements",
                elem_id="rlhf-campaign",
                info="The campaign whose votes it learns from.",
            )
            weigh = gr.Checkbox(
                False,
                label="Weigh by agreement",
                elem_id="rlhf-weigh",
                info="Who agrees more with the others counts more, here and in DPO.",
            )
            start_from = Picker(
                [BASE],
                exists=is_model,
                value=BASE,
                label="Starts from",
                elem_id="rlhf-reward-model",
                info="The tuned model whose answers were judged.",
            )
            train = gr.Button("Train the reward model", variant="primary", elem_id="rlhf-reward-start")
            cost = gr.HTML(elem_id="rlhf-reward-cost")
            said = gr.HTML(elem_id="rlhf-reward-said")
        with gr.Column(scale=5, min_width=280, elem_classes=["card", "how"]):
            gr.HTML("<h3>How</h3>")
            made = form.build(RewardModeling(), visible=2, elem_prefix="reward-")
        with gr.Column(scale=10, min_width=320, elem_classes="card"):
            shown = Picker([], exists=is_run, label="Run shown", visible=False, elem_id="rlhf-reward-run")
            view = gr.HTML(elem_id="rlhf-reward-view")

    given, out = [judged, weigh, start_from, *made.inputs], [shown, view]
    judged.change(verb, judged, train, **QUIET)
    train.click(lambda *now: _train(studio, made, *now), given, [said, *out], **QUIET)
    shown.input(lambda run: show_run(studio, ("reward",), run), shown, out, **FOLLOWING)
    gr.on(
        [one.change for one in given],
        lambda *now: _cost(made, *now),
        given,
        cost,
        **FOLLOWING,
    )
    return Rewarding(judged, weigh, start_from, train, said, shown, view)


def verb(judged: str | None) -> dict:
    """What the button says it learns from."""
    number = ballots.count(judged)
    what = "1 comparison" if number == 1 else f"{number} comparisons"
    return gr.update(value=f"Train on {what}" if number else "Train the reward model")


def preferences(judged: str | None, weigh: bool = False) -> tuple[Preferences, Preferences | None]:
    """What a model learns from, and what is held out: validation and test part, unless they are all ties.

    With `weigh` what is learned from counts by how far annotators agree; held-out pairs count alike.
    """
    if not judged:
        raise ConflictError(
            "There are no judgements yet", remedy="Sample and judge pairs in the Preferences tab"
        )
    prefs = Preferences.load(judged)
    held = Preferences([*prefs.validation, *prefs.test], name=prefs.name, campaign=prefs.campaign)
    return (prefs.weighted().train if weigh else prefs.train), held if held.pairs() else None


def _train(studio: Studio, made: form.Form, judged, weigh, model, *values):
    try:
        settings = _settings(made, required(model, "model"), values)
        run = studio.launch(settings.prepare(model, *preferences(judged, weigh)))
    except Exception as error:
        return markup.note(sentence(error), bad=True), gr.skip(), gr.skip()
    return "", *show_run(studio, ("reward",), run.id)


def _settings(made: form.Form, model: str, values) -> RewardModeling:
    """The form's settings; an adapter that no base can hold learns on as it is, instead of all weights."""
    settings = made.read(values)
    try:
        if source.is_folder(model):
            way(source.find(model), settings.tuning)
    except InputError:
        return replace(settings, tuning=None)
    return settings


def _cost(made: form.Form, judged, weigh, model, *values) -> str:
    return expect.note(
        lambda: (_settings(made, model, values), model, expect.pairs(*preferences(judged, weigh)))
    )
