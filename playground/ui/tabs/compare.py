"""Compare: one prompt through every model, with its reward and its facts checked; then the report."""

import gradio as gr

from playground.ui import charts, markup, measure, talk
from playground.ui.jobs import follow
from playground.ui.picker import Picker, is_model, is_reward
from playground.ui.room import STREAMED, Room, choose, pick
from playground.ui.studio import BASE, POLICIES, Studio, sentence
from playground.world import gold


def build(studio: Studio) -> Room:
    gr.HTML(
        markup.heading(
            "Compare",
            "The same prompt through every model. What got better, what got worse, and by whose measure?",
        )
    )
    with gr.Column(elem_classes="card"):
        with gr.Row():
            models = Picker(
                [BASE],
                exists=is_model,
                value=[BASE],
                multiselect=True,
                label="Models",
                scale=3,
                min_width=240,
                elem_id="compare-models",
            )
            reward = Picker(
                [], exists=is_reward, label="Reward model", scale=1, min_width=160, elem_id="compare-reward"
            )
        box, button = talk.prompt_row("compare", "Ask all", "primary")
        answers = gr.HTML(elem_id="compare-answers")
        trouble = gr.HTML()
    with gr.Column(elem_classes="card"):
        gr.HTML(
            "<h3>Report</h3>"
            + markup.lede(
                "Held-out questions, general knowledge kept, the hidden gold rule and the reward model, "
                "each with its 95 % interval."
            )
        )
        run = gr.Button("Measure these models", elem_id="compare-measure", scale=0, min_width=240)
        said = gr.HTML(elem_id="compare-said")
        report = gr.HTML(elem_id="compare-report")
        plot = gr.Plot(show_label=False, visible=False)

    def ask(prompt, chosen, judge):
        yield from talk.ask(studio, prompt, chosen, lambda text, said: _footers(studio, text, said, judge))

    def tell(chosen, judge):
        yield from _report(studio, chosen, judge)

    gr.on(
        [button.click, box.submit],
        ask,
        [box, models, reward],
        [answers, trouble],
        trigger_mode="always_last",
        **STREAMED,
    )
    run.click(tell, [models, reward], [said, report, plot], **STREAMED)

    seen = gr.State([])

    def refresh(chosen, judge, before):
        known = studio.models()
        update = choose(known, chosen_now(known, chosen, before), chosen)
        return update, pick(studio.rewards(), judge), known

    return Room(refresh, [models, reward, seen], [models, reward, seen])


def chosen_now(known: list[str], chosen: list[str] | None, seen: list[str]) -> list[str]:
    """What stays chosen of `chosen`, and the newest model of each stage that was not `seen` before."""
    kept = [name for name in chosen or [] if name in known]
    value = [*kept, *(name for name in newest_of_each(known) if name not in seen and name not in kept)]
    return sorted(value, key=_place)


def _place(name: str) -> int:
    """Where a model stands in the walk: the base, the stages, then what is kept by name."""
    stages = [BASE, *POLICIES]
    stage = name.split("-")[0]
    return stages.index(stage) if stage in stages else len(stages)


def newest_of_each(names: list[str]) -> list[str]:
    """The base and the newest model of every stage, in the order of the walk."""
    newest = {}
    for name in names:
        newest.setdefault(name.split("-")[0], name)
    return [BASE, *(newest[stage] for stage in POLICIES if stage in newest)]


def _footers(studio: Studio, prompt: str, texts: dict[str, str], reward: str | None) -> dict[str, list[str]]:
    """Under each answer: its reward score, its gold score, and whether its fact is right."""
    scores = dict.fromkeys(texts)
    if reward:
        scores = dict(
            zip(texts, studio.host.score(reward, [(prompt, text) for text in texts.values()]), strict=True)
        )
    best = max((value for value in scores.values() if value is not None), default=None)
    found = {}
    for model, text in texts.items():
        chips = []
        if scores[model] is not None:
            chips.append(markup.chip(f"reward {scores[model]:+.2f}", "good" if scores[model] == best else ""))
        chips.append(markup.chip(f"gold {gold.gold(prompt, text):+.2f}"))
        right = gold.fact_right(prompt, text)
        if right is not None:
            chips.append(markup.chip("fact right" if right else "fact wrong", "good" if right else "bad"))
        found[model] = chips
    return found


def _report(studio: Studio, models: list[str], reward: str | None):
    if not models:
        yield markup.note("Choose at least one model to measure.", bad=True), gr.skip(), gr.skip()
        return
    try:
        job = measure.start(studio, models, reward)
        for line in follow(job):
            yield markup.note(line), gr.skip(), gr.skip()
    except Exception as error:
        yield markup.note(sentence(error), bad=True), gr.skip(), gr.skip()
        return
    figure = charts.intervals(job.result, "domain")
    yield "", measure.table(job.result), gr.update(value=figure, visible=True)
