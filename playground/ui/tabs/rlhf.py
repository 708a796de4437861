"""RLHF: judgements become a reward model, the reward model moves the policy."""

import gradio as gr

from playground.errors import ConflictError, PlaygroundError
from playground.training import inputs
from playground.ui import (
    asking,
    ballots,
    chain,
    expect,
    form,
    markup,
    methods,
    presets,
    questioning,
    rewarding,
    steps,
    trials,
)
from playground.ui.picker import Picker, is_model, is_reward, is_run, required
from playground.ui.rewarding import preferences
from playground.ui.room import QUIET, Room, choose, keep_run, newest_or, show_run, states
from playground.ui.studio import BASE, Studio, sentence

POLICY = tuple(method.stage for method in methods.METHODS)


def build(studio: Studio) -> Room:
    gr.HTML(
        markup.heading(
            "RLHF",
            "A reward model learns what people prefer; then the policy learns to please it, held back by KL.",
        )
    )
    done = gr.HTML(elem_id="rlhf-steps")
    whole, whole_said = chain.build()
    models_seen, work_seen = gr.State([]), gr.State([])
    half = rewarding.build(studio)
    judged, start_from = half.judged, half.start_from
    panels = [questioning.build(studio, half.shown), asking.build(studio, half.shown)]
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
            policy_cost = gr.HTML(elem_id="rlhf-policy-cost")
            policy_said = gr.HTML(elem_id="rlhf-policy-said")
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
            policy_shown = Picker(
                [], exists=is_run, label="Run shown", visible=False, elem_id="rlhf-policy-run"
            )
            policy_view = gr.HTML(elem_id="rlhf-policy-view")

    policy_out = [policy_shown, policy_view]
    chain.wire(studio, whole, whole_said, policy)
    panels.append(trials.build(studio, policy_shown))
    values = [widget for made in forms.values() for widget in made.inputs]
    gr.on(
        [preset.change, size.change],
        None,
        [preset, size],
        [says, *groups, *values],
        js=form.at_once(
            lambda name, sized: methods.apply(name, sized, forms), presets.POLICY_PRESETS, presets.SIZES
        ),
    )
    move.click(
        lambda *given: _move(studio, forms, *given),
        [preset, policy, reward, judged, half.weigh, *values],
        [policy_said, *policy_out],
        **QUIET,
    )
    policy_shown.input(lambda run: show_run(studio, POLICY, run), policy_shown, policy_out, **QUIET)

    gr.on(
        [judged.change, preset.change, *(widget.change for widget in values)],
        lambda *given: _asked(studio, forms, *given),
        [judged, preset, *values],
        asked,
        **QUIET,
    )
    gr.on(
        [one.change for one in (preset, policy, reward, judged, *values)],
        lambda *now: _policy_cost(studio, forms, *now),
        [preset, policy, reward, judged, *values],
        policy_cost,
        trigger_mode="always_last",
        **QUIET,
    )

    def refresh(judged_now, preset_now, start_now, policy_now, reward_now, *rest):
        reward_run, policy_run, models_before, work_before, *values_now = rest
        models = studio.models()
        known = ballots.named(studio.engine)
        ids = [value for _, value in known]
        chosen = judged_now if judged_now in ids else ballots.most_useful(studio.engine)
        # What a note complained of may be over once a run or a campaign has changed.
        work = [*states("reward", *POLICY), *(label for label, _ in known)]
        return (
            steps.cards(studio, chosen, POLICY),
            choose(known, chosen, judged_now),
            rewarding.verb(chosen),
            _asked(studio, forms, chosen, preset_now, *values_now),
            choose(models, newest_or(models, start_now, models_before), start_now),
            choose(models, newest_or(models, policy_now, models_before), policy_now),
            methods.pick_reward(studio, reward_now),
            *keep_run(studio, ("reward",), reward_run),
            *keep_run(studio, POLICY, policy_run),
            models,
            work,
            *([gr.skip()] * 2 if work == work_before else ["", ""]),
        )

    seen = [models_seen, work_seen]
    pickers = [start_from, policy, reward]
    return Room(
        refresh,
        [judged, preset, *pickers, half.shown, policy_shown, *seen, *values],
        [
            *(done, judged, half.train, asked, *pickers, half.shown, half.view, *policy_out, *seen),
            *(half.said, policy_said),
        ],
        after=tuple(panels),
    )


def _move(studio: Studio, forms: dict[str, form.Form], preset, model, reward, judged, weigh, *values):
    try:
        settings = methods.read(forms, preset, values)
        run = studio.launch(_prepare(studio, settings, required(model, "model"), reward, judged, weigh))
    except Exception as error:
        return markup.note(sentence(error), bad=True), gr.skip(), gr.skip()
    return "", *show_run(studio, POLICY, run.id)


def _policy_cost(studio: Studio, forms: dict[str, form.Form], preset, model, reward, judged, *values) -> str:
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


def _asked(studio: Studio, forms: dict[str, form.Form], judged: str | None, preset: str, *values) -> str:
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
