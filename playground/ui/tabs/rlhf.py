"""RLHF: judgements become a reward model, the reward model moves the policy."""

import gradio as gr

from playground.ui import (
    asking,
    ballots,
    chain,
    markup,
    methods,
    moving,
    questioning,
    rewarding,
    steps,
    trials,
)
from playground.ui.moving import POLICY
from playground.ui.room import Room, choose, keep_run, newest_or, states
from playground.ui.studio import Studio


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
    panels = [questioning.build(studio, half.shown), asking.build(studio, half.shown)]
    moved = moving.build(studio, half)
    chain.wire(studio, whole, whole_said, moved.policy)
    panels.append(trials.build(studio, moved.shown))

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
            moving.told(studio, moved.forms, chosen, preset_now, *values_now),
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
    pickers = [half.start_from, moved.policy, moved.reward]
    return Room(
        refresh,
        [half.judged, moved.preset, *pickers, half.shown, moved.shown, *seen, *moved.values],
        [
            *(done, half.judged, half.train, moved.asked, *pickers, half.shown, half.view),
            *(moved.shown, moved.view, *seen, half.said, moved.said),
        ],
        after=tuple(panels),
    )
