"""The half of RLHF that moves the policy: its method and form, its cost, its live view."""

from dataclasses import dataclass

import gradio as gr

from playground.errors import ConflictError, PlaygroundError
from playground.training import inputs
from playground.ui import ballots, expect, form, markup, methods, presets
from playground.ui.picker import Picker, is_model, is_reward, is_run, required
from playground.ui.rewarding import Rewarding, preferences
from playground.ui.room import FOLLOWING, QUIET, show_run
from playground.ui.studio import BASE, Studio, sentence

POLICY = tuple(method.stage for method in methods.METHODS)


@dataclass
class Moving:
    """What the rest of the room reads and refreshes."""

    preset: gr.Radio
    policy: Picker
    reward: Picker
    asked: gr.HTML
    said: gr.HTML
    shown: Picker
    view: gr.HTML
    forms: dict[str, form.Form]

    @property
    def values(self) -> list:
        """The widgets of every method's form."""
        return [widget for made in self.forms.values() for widget in made.inputs]


def build(studio: Studio, half: Rewarding) -> Moving:
    """`half` tells the judgements, and whether they are weighed."""
    with gr.Row():
        with gr.Column(scale=5, min_width=280, elem_classes="card"):
            gr.HTML("<h3>Policy</h3>")
            preset = gr.Radio(
                list(presets.POLICY_PRESETS),
                value=presets.FIRST_POLICY,
                label="Method",
                elem_id="rlhf-method",
            )
            says = gr.HTML(markup.note(presets.POLICY_PRESETS[presets.FIRST_POLICY].says))
            policy = Picker(
                [BASE], exists=is_model, value=BASE, label="Model to move", elem_id="rlhf-policy-model"
            )
            reward = Picker(
                [],
                exists=lambda name: name == methods.RULE_ALONE or is_reward(name),
                label="Reward model",
                elem_id="rlhf-reward",
                info="Scores every answer the policy writes. DPO and KTO do without.",
            )
            move = gr.Button("Move the policy", variant="primary", elem_id="rlhf-policy-start")
            asked = gr.HTML(elem_id="rlhf-policy-prompts")
            cost = gr.HTML(elem_id="rlhf-policy-cost")
            said = gr.HTML(elem_id="rlhf-policy-said")
        with gr.Column(scale=5, min_width=280, elem_classes=["card", "how"]):
            gr.HTML("<h3>How</h3>")
            size = gr.Radio(
                list(presets.SIZES),
                value=presets.SIZES[0],
                label="Settings for",
                info="Those for a larger model are rules of thumb.",
                elem_id="rlhf-size",
            )
            forms, groups = methods.build_forms()
        with gr.Column(scale=10, min_width=320, elem_classes="card"):
            shown = Picker([], exists=is_run, label="Run shown", visible=False, elem_id="rlhf-policy-run")
            view = gr.HTML(elem_id="rlhf-policy-view")
    made = Moving(preset, policy, reward, asked, said, shown, view, forms)
    gr.on(
        [preset.change, size.change],
        None,
        [preset, size],
        [says, *made.values, *groups],
        js=form.at_once(
            lambda name, sized: methods.apply(name, sized, forms), presets.POLICY_PRESETS, presets.SIZES
        ),
    )
    _wire(studio, made, half, move, cost)
    return made


def _wire(studio: Studio, made: Moving, half: Rewarding, move: gr.Button, cost: gr.HTML) -> None:
    forms, preset, values, out = made.forms, made.preset, made.values, [made.shown, made.view]
    move.click(
        lambda *given: _move(studio, forms, *given),
        [preset, made.policy, made.reward, half.judged, half.weigh, *values],
        [made.said, *out],
        **QUIET,
    )
    made.shown.input(lambda run: show_run(studio, POLICY, run), made.shown, out, **FOLLOWING)
    gr.on(
        [half.judged.change, preset.change, *(widget.change for widget in values)],
        lambda *given: told(studio, forms, *given),
        [half.judged, preset, *values],
        made.asked,
        **QUIET,
    )
    given = [preset, made.policy, made.reward, half.judged, *values]
    gr.on(
        [one.change for one in given],
        lambda *now: _cost(studio, forms, *now),
        given,
        cost,
        **FOLLOWING,
    )


def _move(studio: Studio, forms: dict[str, form.Form], preset, model, reward, judged, weigh, *values):
    try:
        settings = methods.read(forms, preset, values)
        run = studio.launch(_prepare(studio, settings, required(model, "model"), reward, judged, weigh))
    except Exception as error:
        return markup.note(sentence(error), bad=True), gr.skip(), gr.skip()
    return "", *show_run(studio, POLICY, run.id)


def _cost(studio: Studio, forms: dict[str, form.Form], preset, model, reward, judged, *values) -> str:
    def read():
        settings = methods.read(forms, preset, values)
        if isinstance(settings, methods.OFFLINE):
            return settings, model, expect.pairs(*preferences(judged))
        asked = inputs.prompts(ballots.to_answer(studio.engine, judged, settings.prompts_an_update))
        return settings, model, {"prompts": asked}, _judge(studio, settings, reward)

    return expect.note(read)


def _prepare(studio: Studio, settings: methods.Method, model: str, reward: str | None, judged, weigh: bool):
    if isinstance(settings, methods.OFFLINE):
        return settings.prepare(model, *preferences(judged, weigh))
    prompts = ballots.to_answer(studio.engine, judged, settings.prompts_an_update)
    return settings.prepare(model, prompts, reward=_judge(studio, settings, reward))


def told(studio: Studio, forms: dict[str, form.Form], judged: str | None, preset: str, *values) -> str:
    """Which prompts the policy will answer, beside its button; nothing where the form is not in order."""
    try:
        settings = methods.read(forms, preset, values)
    except PlaygroundError:
        return ""
    if isinstance(settings, methods.OFFLINE):
        return ""
    least = settings.prompts_an_update
    prompts = ballots.to_answer(studio.engine, judged, least)
    own = len(ballots.prompts_of(studio.engine, judged))
    if own >= least:
        return markup.lede(f"Answers the {own} prompts of the campaign “{prompts.name}”.")
    line = f"Answers the {len(prompts)} prompts of {prompts.name}."
    if judged:
        line += f" The campaign has only {own}, and an update needs {least}."
    return markup.lede(line)


def _judge(studio: Studio, settings: methods.Method, reward: str | None) -> str | None:
    """The reward model chosen, or the newest; None where a rule judges alone."""
    if reward == methods.RULE_ALONE:
        return None if methods.has_rule(settings) else _newest_reward(studio)
    return reward or _newest_reward(studio)


def _newest_reward(studio: Studio) -> str:
    """The newest reward model on disk, for it may have completed since the page last looked."""
    if found := studio.rewards():
        return found[0]
    newest = studio.newest("reward")
    if newest and not newest.status.finished:
        raise ConflictError(f"{newest.id} is still learning", remedy="Move the policy when it has completed")
    raise ConflictError("There is no reward model yet", remedy="Train one above, then move the policy")
