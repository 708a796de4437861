"""What is judged first: a campaign ordered by what reward models are unsure of, from the app."""

from functools import partial

import gradio as gr

from playground.errors import ConflictError
from playground.preference import active
from playground.ui import markup
from playground.ui.jobs import Job, follow
from playground.ui.picker import Boxes, Slide, required
from playground.ui.room import QUIET, STREAMED, choose
from playground.ui.studio import Studio, sentence


def build(studio: Studio, campaign: gr.Dropdown) -> Boxes:
    """The panel for what `campaign` holds; the boxes of reward models, which `offer` brings up to date."""
    with gr.Accordion("Judge the unsure ones first", open=False, elem_id="preferences-unsure"):
        gr.HTML(
            markup.lede(
                "A reward model foretells every judgement; items it is least sure of come first. A control "
                "arm keeps a random order, so that you see under Coverage how many votes this saves."
            )
        )
        rewards = Boxes(
            studio.rewards(),
            label="Reward models",
            elem_id="preferences-order-rewards",
            info="One: how near its chance is to a half. Several: how far they differ.",
        )
        share = Slide(0, 50, value=25, step=5, label="Control arm, per cent of the items")
        with gr.Row():
            ask = gr.Button("Order by uncertainty", elem_id="preferences-order-do")
            forget = gr.Button("As they stand", elem_id="preferences-order-clear")
        said = gr.HTML(elem_id="preferences-order-said")

    def order(campaign_now, rewards_now, share_now):
        yield from _order(studio, campaign_now, rewards_now, share_now)

    def forget_order(campaign_now):
        return _clear(studio, campaign_now)

    ask.click(order, [campaign, rewards, share], said, **STREAMED)
    forget.click(forget_order, campaign, said, **QUIET)
    return rewards


def offer(studio: Studio, ticked: list[str]) -> dict:
    """An update of the reward models; those ticked stay so while they exist."""
    known = studio.rewards()
    return choose(known, [name for name in ticked if name in known], ticked)


def start(studio: Studio, campaign: str, rewards: list[str], control: float) -> Job:
    """Score the items in the chat process, which holds the models; the job's result is how many there are."""
    if not rewards:
        raise ConflictError(
            "No reward model is chosen", remedy="Choose one; train it under RLHF where there is none"
        )
    scorers = [partial(studio.host.score, reward) for reward in rewards]

    def work(job: Job) -> int:
        return active.prioritise(campaign, scorers, control=control, progress=job.step, engine=studio.engine)

    return studio.jobs.start(f"order {campaign}", "Texts scored", work)


def _order(studio: Studio, campaign: str | None, rewards: list[str], share: float):
    try:
        job = start(studio, required(campaign, "campaign"), rewards or [], share / 100)
        for line in follow(job):
            yield markup.note(line)
    except Exception as error:
        yield markup.note(sentence(error), bad=True)
        return
    yield markup.note(f"{job.result} items are ordered; those on somebody's screen stay there.")


def _clear(studio: Studio, campaign: str | None) -> str:
    try:
        active.clear(required(campaign, "campaign"), engine=studio.engine)
    except Exception as error:
        return markup.note(sentence(error), bad=True)
    return markup.note("Items come as they stand.")
