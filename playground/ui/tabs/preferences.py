"""Preferences: the model answers twice, people say which answer is better."""

from dataclasses import dataclass
from functools import partial

import gradio as gr

from playground.preference.collect import Preferences
from playground.preference.takeout import export_judgements
from playground.ui import ballots, judged, markup, order, owner, plan, rewritten, shelf, takeaway
from playground.ui.jobs import follow
from playground.ui.picker import Picker, Slide, is_dataset, is_model, required
from playground.ui.room import FOLLOWING, STREAMED, Room, choose, newest_or, pick
from playground.ui.studio import BASE, Studio, sentence
from playground.world.annotators import PERSONAS


def build(studio: Studio) -> Room:
    gr.HTML(
        markup.heading(
            "Preferences",
            "The tuned model answers every prompt twice. Say which answer you would rather get; "
            "your judgements become the reward that the next stage follows.",
        )
    )
    with gr.Row():
        with gr.Column(scale=4, min_width=300, elem_classes="card"):
            gr.HTML("<h3>Answers to judge</h3>")
            drawn = _sampling()
            gr.HTML("<h3>A simulated annotator</h3>")
            persona = gr.Dropdown(
                list(PERSONAS),
                value="courteous",
                label="Persona",
                elem_id="preferences-persona",
                info="Its votes are stored as simulated, never as a person's.",
            )
            simulate = gr.Button("Let it judge the rest", elem_id="preferences-simulate")
            finished = gr.HTML(elem_id="preferences-judged")
            incoming = gr.Column()
        with gr.Column(scale=9, min_width=320, elem_classes="card"):
            campaign = Picker(
                [],
                exists=partial(ballots.exists, studio.engine),
                label="Campaign",
                elem_id="preferences-campaign",
                visible=False,
            )
            card = gr.HTML(elem_id="preferences-card")

    with incoming:
        judged.build(campaign, card, partial(_show, studio))
        with gr.Accordion("Take the judgements away", open=False, elem_id="preferences-away"):
            takeaway.build(studio, "preferences", campaign, _to_take, partial(_write, studio))
            rewritten.build(campaign)
        unsure = order.build(studio, campaign)
    with gr.Column(elem_classes="card", elem_id="preferences-votes"):
        owner.build(campaign)

    with drawn.asked:
        form = plan.build(drawn.count, drawn.sample)
    shown = [campaign, card]

    def draw(model_now, source_now, count_now, warmth_now, *plan_now):
        def start():
            chosen = required(model_now, "model"), required(source_now, "dataset")
            return ballots.sample(studio, *chosen, int(count_now), warmth_now, form.read(plan_now))

        yield from _work(studio, start)

    def judge(campaign_now, persona_now):
        yield from _work(
            studio, lambda: ballots.simulate(studio, required(campaign_now, "campaign"), persona_now)
        )

    asked = [drawn.model, drawn.source, drawn.count, drawn.warmth, *form.inputs]
    drawn.sample.click(draw, asked, [drawn.said, *shown], **STREAMED)
    simulate.click(judge, [campaign, persona], [finished, *shown], **STREAMED)
    campaign.input(lambda now: _show(studio, now)[1], campaign, card, **FOLLOWING)

    seen = gr.State([])

    def refresh(model_now, campaign_now, source_now, gold_now, unsure_now, before):
        known = studio.models()
        return (
            choose(known, newest_or(known, model_now, before), model_now),
            *_keep(studio, campaign_now),
            pick(shelf.to_ask(), source_now, shelf.PROMPTS),
            plan.pick_gold(gold_now),
            order.offer(studio, unsure_now),
            known,
        )

    offered = [drawn.source, form.gold, unsure]
    return Room(refresh, [drawn.model, campaign, *offered, seen], [drawn.model, *shown, *offered, seen])


@dataclass(frozen=True)
class _Sampling:
    """The form that has a model answer prompts."""

    model: Picker
    source: Picker
    count: Slide
    warmth: Slide
    asked: gr.Column
    sample: gr.Button
    said: gr.HTML


def _sampling() -> _Sampling:
    model = Picker(
        [BASE],
        exists=is_model,
        value=BASE,
        label="Model",
        elem_id="preferences-model",
        info="Whose answers are compared; usually the newest tuned model.",
    )
    source = Picker(
        shelf.to_ask(),
        exists=is_dataset,
        value=shelf.PROMPTS,
        label="Prompts from",
        elem_id="preferences-source",
    )
    count = Slide(
        10,
        200,
        value=200,
        step=10,
        label="Prompts",
        elem_id="preferences-count",
        info="Two hundred are enough for a reward model; judge a few, simulate the rest.",
    )
    warmth = Slide(
        0.5,
        1.5,
        value=1.0,
        step=0.1,
        label="Temperature",
        info="How much two answers to one prompt may differ. 1.0 is the model as it is.",
    )
    asked = gr.Column()
    sample = gr.Button("Sample 200 pairs", variant="primary", elem_id="preferences-sample")
    said = gr.HTML(elem_id="preferences-said")
    return _Sampling(model, source, count, warmth, asked, sample, said)


def _to_take(judged_now: str | None) -> tuple[str, Preferences]:
    return judged_now, Preferences.load(required(judged_now, "campaign"))


def _write(studio: Studio, form: str, judged_now: str | None, path):
    return export_judgements(required(judged_now, "campaign"), path, form, engine=studio.engine)


def _work(studio: Studio, start):
    """Follow a job line by line, then show the campaign it left; without one, say what stands in the way."""
    idle = gr.skip(), gr.skip()
    try:
        job = start()
        for line in follow(job):
            yield markup.note(line), *idle
    except Exception as error:
        yield markup.note(sentence(error), bad=True), *idle
        return
    yield markup.note(job.note), *_show(studio, job.result)


def _keep(studio: Studio, current: str | None) -> tuple:
    """As `_show`, but the card of a campaign that is shown already is left alone: it counts by itself."""
    campaigns = ballots.named(studio.engine)
    if current not in [value for _, value in campaigns]:
        return _show(studio, current)
    return choose(campaigns, current, current, visible=len(campaigns) > 1), gr.skip()


def _show(studio: Studio, current: str | None) -> tuple:
    """Updates of the campaign picker and the judging card."""
    campaigns = ballots.named(studio.engine)
    ids = [value for _, value in campaigns]
    chosen = current if current in ids else next(iter(ids), None)
    picker = gr.update(choices=campaigns, value=chosen, visible=len(ids) > 1)
    if chosen is None:
        return picker, markup.empty(
            "Nothing to judge yet", "Sample answers on the left; they appear here in pairs."
        )
    name = markup.escape(chosen)
    page = f'<a href="annotate/{name}" target="_blank">The annotators\' page, to share</a> '
    page += '<a href="people" target="_blank">people and invitations</a>'
    return picker, f'<vote-card campaign="{name}"></vote-card><p class="lede">{page}</p>'
