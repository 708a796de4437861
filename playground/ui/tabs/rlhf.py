"""RLHF: judgements become a reward model, the reward model moves the policy."""

import itertools
from dataclasses import replace
from functools import partial

import gradio as gr

from playground.errors import ConflictError, InputError, PlaygroundError
from playground.model import source
from playground.model.start import way
from playground.preference.collect import Preferences
from playground.training import inputs
from playground.training.dpo import DPO
from playground.training.grpo import GRPO
from playground.training.ppo import PPO
from playground.training.reward import RewardModeling
from playground.ui import ballots, expect, form, markup, presets, steps
from playground.ui.picker import Picker, is_model, is_reward, is_run, required
from playground.ui.room import QUIET, Room, choose, keep_run, newest_or, pick, show_run, states
from playground.ui.studio import BASE, Studio, sentence

METHODS = (DPO, PPO, GRPO)
POLICY = tuple(method.stage for method in METHODS)


def build(studio: Studio) -> Room:
    gr.HTML(
        markup.heading(
            "RLHF",
            "A reward model learns what people prefer; then the policy learns to please it, held back by KL.",
        )
    )
    done = gr.HTML(elem_id="rlhf-steps")
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
            reward_cost = gr.HTML(elem_id="rlhf-reward-cost")
            reward_said = gr.HTML(elem_id="rlhf-reward-said")
        with gr.Column(scale=5, min_width=280, elem_classes=["card", "how"]):
            gr.HTML("<h3>How</h3>")
            reward_form = form.build(RewardModeling(), visible=2, elem_prefix="reward-")
        with gr.Column(scale=10, min_width=320, elem_classes="card"):
            reward_shown = Picker(
                [], exists=is_run, label="Run shown", visible=False, elem_id="rlhf-reward-run"
            )
            reward_view = gr.HTML(elem_id="rlhf-reward-view")
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
                exists=is_reward,
                label="Reward model",
                elem_id="rlhf-reward",
                info="Scores every answer the policy writes. DPO does without.",
            )
            move = gr.Button("Move the policy", variant="primary", elem_id="rlhf-policy-start")
            asked = gr.HTML(elem_id="rlhf-policy-prompts")
            policy_cost = gr.HTML(elem_id="rlhf-policy-cost")
            policy_said = gr.HTML(elem_id="rlhf-policy-said")
        with gr.Column(scale=5, min_width=280, elem_classes=["card", "how"]):
            gr.HTML("<h3>How</h3>")
            forms, groups = _policy_forms()
        with gr.Column(scale=10, min_width=320, elem_classes="card"):
            policy_shown = Picker(
                [], exists=is_run, label="Run shown", visible=False, elem_id="rlhf-policy-run"
            )
            policy_view = gr.HTML(elem_id="rlhf-policy-view")

    reward_out, policy_out = [reward_shown, reward_view], [policy_shown, policy_view]
    values = [widget for made in forms.values() for widget in made.inputs]
    preset.change(lambda name: _apply(name, forms), preset, [says, *groups, *values], **QUIET)
    judged.change(_verb, judged, train, **QUIET)
    train.click(
        lambda *given: _train(studio, reward_form, *given),
        [judged, weigh, start_from, *reward_form.inputs],
        [reward_said, *reward_out],
        **QUIET,
    )
    move.click(
        lambda *given: _move(studio, forms, *given),
        [preset, policy, reward, judged, weigh, *values],
        [policy_said, *policy_out],
        **QUIET,
    )
    reward_shown.input(lambda run: show_run(studio, ("reward",), run), reward_shown, reward_out, **QUIET)
    policy_shown.input(lambda run: show_run(studio, POLICY, run), policy_shown, policy_out, **QUIET)

    gr.on(
        [judged.change, preset.change, *(widget.change for widget in values)],
        lambda *given: _asked(studio, forms, *given),
        [judged, preset, *values],
        asked,
        **QUIET,
    )
    for given, told, output in (
        (
            [judged, start_from, *reward_form.inputs],
            lambda *now: _reward_cost(reward_form, *now),
            reward_cost,
        ),
        (
            [preset, policy, reward, judged, *values],
            lambda *now: _policy_cost(studio, forms, *now),
            policy_cost,
        ),
    ):
        gr.on(
            [one.change for one in given],
            told,
            given,
            output,
            trigger_mode="always_last",
            **QUIET,
        )
    models_seen, work_seen = gr.State([]), gr.State([])

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
            _verb(chosen),
            _asked(studio, forms, chosen, preset_now, *values_now),
            choose(models, newest_or(models, start_now, models_before), start_now),
            choose(models, newest_or(models, policy_now, models_before), policy_now),
            pick(studio.rewards(), reward_now),
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
        [judged, preset, *pickers, reward_shown, policy_shown, *seen, *values],
        [done, judged, train, asked, *pickers, *reward_out, *policy_out, *seen, reward_said, policy_said],
    )


def _policy_forms() -> tuple[dict[str, form.Form], list[gr.Column]]:
    """One form a method; a group is shown only while its method is chosen."""
    forms, groups = {}, []
    first = presets.POLICY_PRESETS[presets.FIRST_POLICY].settings.stage
    for method in METHODS:
        with gr.Column(visible=method.stage == first, min_width=200) as group:
            forms[method.stage] = form.build(method(), elem_prefix=f"{method.stage}-")
        groups.append(group)
    return forms, groups


def _apply(name: str, forms: dict[str, form.Form]) -> list:
    preset = presets.POLICY_PRESETS[name]
    stage = preset.settings.stage
    shown = [gr.update(visible=one == stage) for one in forms]
    values = [
        v for one, made in forms.items() for v in made.values(preset.settings if one == stage else made.cls())
    ]
    return [markup.note(preset.says), *shown, *values]


def _train(studio: Studio, made: form.Form, judged, weigh, model, *values):
    try:
        settings = _rewarding(made, required(model, "model"), values)
        run = studio.launch(settings.prepare(model, *_preferences(judged, weigh)))
    except Exception as error:
        return markup.note(sentence(error), bad=True), gr.skip(), gr.skip()
    return "", *show_run(studio, ("reward",), run.id)


def _rewarding(made: form.Form, model: str, values) -> RewardModeling:
    """The form's settings; an adapter that no base can hold learns on as it is, instead of all weights."""
    settings = made.read(values)
    try:
        if source.is_folder(model):
            way(source.find(model), settings.tuning)
    except InputError:
        return replace(settings, tuning=None)
    return settings


def _move(studio: Studio, forms: dict[str, form.Form], preset, model, reward, judged, weigh, *values):
    try:
        settings = _settings(forms, preset, values)
        run = studio.launch(_prepare(studio, settings, required(model, "model"), reward, judged, weigh))
    except Exception as error:
        return markup.note(sentence(error), bad=True), gr.skip(), gr.skip()
    return "", *show_run(studio, POLICY, run.id)


def _settings(forms: dict[str, form.Form], preset: str, values) -> DPO | PPO | GRPO:
    """What the form of the chosen method holds."""
    stage, given = presets.POLICY_PRESETS[preset].settings.stage, iter(values)
    held = {one: list(itertools.islice(given, len(made.inputs))) for one, made in forms.items()}
    return forms[stage].read(held[stage])


def _reward_cost(made: form.Form, judged, model, *values) -> str:
    return expect.note(lambda: (_rewarding(made, model, values), model, expect.pairs(*_preferences(judged))))


def _policy_cost(studio: Studio, forms: dict[str, form.Form], preset, model, reward, judged, *values) -> str:
    def read():
        settings = _settings(forms, preset, values)
        if isinstance(settings, DPO):
            return settings, model, expect.pairs(*_preferences(judged))
        asked = inputs.prompts(ballots.to_answer(studio.engine, judged, settings.prompts_an_update))
        return settings, model, {"prompts": asked}, reward or _newest_reward(studio)

    return expect.note(read)


def _prepare(studio: Studio, settings: DPO | PPO | GRPO, model: str, reward: str | None, judged, weigh: bool):
    if isinstance(settings, DPO):
        return settings.prepare(model, *_preferences(judged, weigh))
    prompts = ballots.to_answer(studio.engine, judged, settings.prompts_an_update)
    return settings.prepare(model, prompts, reward=reward or _newest_reward(studio))


def _asked(studio: Studio, forms: dict[str, form.Form], judged: str | None, preset: str, *values) -> str:
    """Which prompts the policy will answer, beside its button; nothing where the form is not in order."""
    try:
        settings = _settings(forms, preset, values)
    except PlaygroundError:
        return ""
    if isinstance(settings, DPO):
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


def _newest_reward(studio: Studio) -> str:
    """The newest reward model on disk, for it may have completed since the page last looked."""
    if found := studio.rewards():
        return found[0]
    newest = studio.newest("reward")
    if newest and not newest.status.finished:
        raise ConflictError(f"{newest.id} is still learning", remedy="Move the policy when it has completed")
    raise ConflictError("There is no reward model yet", remedy="Train one above, then move the policy")


def _preferences(judged: str | None, weigh: bool = False) -> tuple[Preferences, Preferences | None]:
    """Train and validation part of a campaign; a validation part of ties alone measures nothing.

    With `weigh` the training part's pairs count by how far annotators agree; held-out ones count alike.
    """
    if not judged:
        raise ConflictError(
            "There are no judgements yet", remedy="Sample and judge pairs in the Preferences tab"
        )
    prefs = Preferences.load(judged)
    validation = prefs.validation if prefs.validation.pairs() else None
    return (prefs.weighted().train if weigh else prefs.train), validation


def _verb(judged: str | None):
    number = ballots.count(judged)
    what = "1 comparison" if number == 1 else f"{number} comparisons"
    return gr.update(value=f"Train on {what}" if number else "Train the reward model")
