"""The race: every tuning learns the same examples for as long, side by side and measured."""

import gradio as gr

from playground.fields import as_dict
from playground.model.tuning.kinds import KINDS
from playground.run import calibration, estimate
from playground.run.job import Run
from playground.run.race import Race
from playground.training import fits
from playground.training.race import contestants, enter
from playground.ui import expect, markup, scratch, shelf, sweeping
from playground.ui.picker import Picker, Slide, is_dataset, is_model, required
from playground.ui.room import FOLLOWING, QUIET, Room, choose, joined, pick
from playground.ui.studio import BASE, Studio, sentence

RECIPES = contestants()
EPOCHS = 2.0


def build(studio: Studio) -> Room:
    with gr.Tabs(overflow_behavior="wrap"):
        with gr.Tab("Tunings", elem_id="race-tab-tunings"):
            tunings = _tunings(studio)
        with gr.Tab("From scratch", elem_id="race-tab-scratch"):
            scratched = scratch.build(studio)
        with gr.Tab("Sweep", elem_id="race-tab-sweep"):
            swept = sweeping.build(studio)
    return joined(tunings, scratched, swept)


def _tunings(studio: Studio) -> Room:
    gr.HTML(
        markup.heading(
            "Race",
            "The same base, the same examples, as many passes for everyone. Who learns most, who forgets "
            "least, and what does it cost?",
        )
    )
    with gr.Row():
        with gr.Column(scale=4, min_width=300, elem_classes="card"):
            runners = gr.CheckboxGroup(
                list(RECIPES), value=list(RECIPES), label="Who runs", elem_id="race-runners"
            )
            model = Picker([BASE], exists=is_model, value=BASE, label="Model", elem_id="race-model")
            data = Picker(
                shelf.to_tune_on(), exists=is_dataset, value="larkspur", label="Data", elem_id="race-data"
            )
            epochs = Slide(
                0.25,
                5,
                value=EPOCHS,
                step=0.25,
                label="Epochs",
                elem_id="race-epochs",
                info="How often everyone sees every example.",
            )
            start = gr.Button(_verb(list(RECIPES)), variant="primary", size="lg", elem_id="race-start")
            cost = gr.HTML(elem_id="race-cost")
            said = gr.HTML(elem_id="race-said")
        with gr.Column(scale=10, min_width=320, elem_classes="card"):
            shown = Picker([], exists=_is_race, label="Race shown", elem_id="race-shown", visible=False)
            board = gr.HTML(elem_id="race-board")

    with gr.Column(elem_classes="card"):
        gr.HTML(
            "<h3>Which tuning fits which stage</h3>"
            + markup.lede(
                "Found by trying: every tuning was trained for a few steps in every stage. The sizes are of "
                "each tuning's own defaults, such as LoRA of rank 16; the recipes that race are larger."
            )
            + _fits()
        )

    form = [runners, model, data, epochs]
    runners.change(lambda chosen: gr.update(value=_verb(chosen)), runners, start, **QUIET)
    gr.on([one.change for one in form], _cost, form, cost, **FOLLOWING)
    start.click(lambda *given: _start(studio, *given), form, [said, shown, board], **QUIET)
    shown.input(_board, shown, board, **FOLLOWING)

    def refresh(runners_now, model_now, data_now, epochs_now, shown_now):
        chosen = pick(shelf.to_tune_on(), data_now)
        of_data = chosen.get("value", data_now)
        return (
            choose(studio.models(), model_now or BASE, model_now),
            chosen,
            _cost(runners_now, model_now or BASE, of_data, epochs_now),
            *_shown(shown_now, keep=True),
        )

    return Room(refresh, [*form, shown], [model, data, cost, shown, board])


def _fits() -> str:
    """The table that the contract tests hold, with the reasons of what is refused."""
    rows, reasons = [], []
    for kind, stages in fits.table().items():
        label, learned = KINDS[kind].label, fits.figures()[kind]
        cells = []
        for stage, fit in stages.items():
            good = fit.fresh == fits.WORKS
            cells.append(markup.Raw(markup.chip("works" if good else "refused", "good" if good else "bad")))
            if not good:
                reasons.append(f"{label}, {fits.STAGES[stage]}: {fit.fresh}")
        share = float(f"{100 * learned['share']:.2g}")
        size = estimate.size(learned["artifact"])
        rows.append([label, expect.count(learned["trainable"]), f"{share:g} %", size, *cells])
    head = ["tuning", "numbers that learn", "of all numbers", "result", *fits.STAGES.values()]
    return markup.table(head, rows, numbers=[1, 2, 3]) + "".join(map(markup.lede, reasons))


def _verb(chosen: list[str]) -> str:
    return f"Race {len(chosen)} tunings" if len(chosen) != 1 else "Race 1 tuning"


def _start(studio: Studio, chosen, model, data, epochs) -> tuple:
    """Prepare a run for everyone and queue them; what is wrong is said under the button."""
    try:
        parts = shelf.parts(required(data, "dataset"))
        recipes = {label: RECIPES[label] for label in RECIPES if label in chosen}
        race = enter(required(model, "model"), parts.train, parts.validation, recipes, epochs=epochs)
        for run_id in race.runs.values():
            studio.launch(Run.load(run_id))
    except Exception as error:
        return markup.note(sentence(error), bad=True), gr.skip(), gr.skip()
    return "", *_shown(race.id)


def _cost(chosen, model, data, epochs) -> str:
    """What the whole race would take; nothing where that cannot be told."""
    try:
        rows, known = expect.examples(data), calibration.lessons(Run.all())
        found = []
        for label in chosen:
            plain = as_dict(RECIPES[label]) | {"epochs": epochs}
            asked = estimate.asked_of("sft", plain, model, rows)
            found.append(estimate.weighed("sft", plain, asked, known))
    except Exception:
        return ""
    if not found:
        return ""
    total = expect.duration(sum(one.seconds for one in found))
    most = estimate.size(max(one.peak for one in found))
    return markup.lede(f"About {total} of training, one after the other, and at most {most} of memory.")


def _is_race(name: str) -> bool:
    return any(race.id == name for race in Race.all())


def _shown(current: str | None, keep: bool = False) -> tuple:
    """Updates of the picker of races and of the board; the newest where none is chosen.

    With `keep` a board that is shown already is left alone: it draws itself.
    """
    known = [race.id for race in Race.all()]
    chosen = current if current in known else next(iter(known), None)
    picker = choose(known, chosen, current if keep else None, visible=len(known) > 1)
    return picker, gr.skip() if keep and chosen is not None and chosen == current else _board(chosen)


def _board(race_id: str | None) -> str:
    if race_id is None:
        text = "Press the button: everyone's figures appear here while they learn."
        return markup.empty("No race yet", text)
    return (
        f'<race-board race="{markup.escape(race_id)}"></race-board>'
        f'<p class="lede"><a href="race/{markup.escape(race_id)}" target="_blank">This race on a page of its '
        "own</a>, to share.</p>"
    )
