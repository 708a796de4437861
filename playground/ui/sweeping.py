"""A small sweep in the app: which settings to vary, the runs it takes, and which of them did best."""

import gradio as gr

from playground.errors import PlaygroundError
from playground.fields import as_dict
from playground.model.tuning.kinds import KINDS
from playground.run import calibration, estimate
from playground.run.job import Run
from playground.run.race import Race
from playground.training import sweep
from playground.training.ranges import Range, setting_ranges
from playground.training.sft import SFT
from playground.training.sweep import KIND, MOST, Sweep
from playground.ui import charts, expect, markup, shelf
from playground.ui.picker import Boxes, Picker, Slide, is_dataset, is_model, required
from playground.ui.room import FOLLOWING, QUIET, Room, choose, pick
from playground.ui.studio import BASE, Studio, sentence

FIRST = "lora"
VARIED = ("learning_rate", "rank")
RUNS, EPOCHS = 6, 1.0
WAYS = [("Drawn at random", "random"), ("Every combination", "grid")]


def build(studio: Studio) -> Room:
    gr.HTML(
        markup.heading(
            "Sweep",
            "The same examples under different settings, within what suits the model and the data. "
            "Which settings matter, and which do best?",
        )
    )
    with gr.Row():
        with gr.Column(scale=4, min_width=300, elem_classes="card"):
            kind = gr.Dropdown(
                [(tuning.label, name) for name, tuning in KINDS.items()],
                value=FIRST,
                label="Tuning",
                elem_id="sweep-kind",
            )
            over = Boxes([], value=list(VARIED), label="What varies", elem_id="sweep-over")
            why = gr.HTML(elem_id="sweep-why")
            how = gr.Radio(WAYS, value="random", label="Settings are", elem_id="sweep-how")
            runs = Slide(
                2, 12, value=RUNS, step=1, label="Runs", elem_id="sweep-runs",
                info="The first has the recipe's settings, the others are drawn.",
            )  # fmt: skip
            epochs = Slide(
                0.25, 5, value=EPOCHS, step=0.25, label="Epochs", elem_id="sweep-epochs",
                info="Of each run, where they do not vary.",
            )  # fmt: skip
            model = Picker([BASE], exists=is_model, value=BASE, label="Model", elem_id="sweep-model")
            data = Picker(
                shelf.to_tune_on(), exists=is_dataset, value="larkspur", label="Data", elem_id="sweep-data"
            )
            start = gr.Button("Start the runs", variant="primary", size="lg", elem_id="sweep-start")
            cost = gr.HTML(elem_id="sweep-cost")
            said = gr.HTML(elem_id="sweep-said")
        with gr.Column(scale=10, min_width=320, elem_classes="card"):
            shown = Picker([], exists=_is_sweep, label="Sweep shown", elem_id="sweep-shown", visible=False)
            best = gr.HTML(elem_id="sweep-best")
            use = gr.Button("Use the best settings", visible=False, elem_id="sweep-use")
            plot = gr.Plot(show_label=False, visible=False, elem_id="sweep-plot")
            board = gr.HTML(elem_id="sweep-board")

    form = [kind, over, how, runs, epochs, model, data]
    drawn = [shown, best, use, plot, board]
    gr.on([kind.change, model.change, data.change], _choices, [kind, over, model, data], [over, why], **QUIET)
    gr.on([one.change for one in form], _plan, form, [start, cost, runs], **FOLLOWING)
    start.click(lambda *given: _start(studio, *given), form, [said, *drawn], **QUIET)
    shown.input(lambda name: _shown(name)[1:], shown, drawn[1:], **FOLLOWING)

    def refresh(kind_now, over_now, how_now, runs_now, epochs_now, model_now, data_now, shown_now):
        chosen = pick(shelf.to_tune_on(), data_now, "larkspur")
        of_data, of_model = chosen.get("value", data_now), model_now or BASE
        now = (kind_now, over_now, how_now, runs_now, epochs_now, of_model, of_data)
        return (
            *_choices(kind_now, over_now, of_model, of_data),
            choose(studio.models(), of_model, model_now),
            chosen,
            *_plan(*now),
            *_shown(shown_now, keep=True),
        )

    outputs = [over, why, model, data, start, cost, runs, *drawn]
    return Room(refresh, [*form, shown], outputs, found=(use, shown, best_settings))


def best_settings(sweep_id: str | None) -> SFT | None:
    """Those of the best run of a sweep, None where there is none (any more)."""
    try:
        best = Sweep.load(sweep_id or "").best
        return SFT.from_dict(Run.load(best).spec.settings) if best else None
    except PlaygroundError:
        return None


def _ranges(kind: str, model: str, data: str) -> dict[str, Range]:
    return setting_ranges(SFT.tuned(kind), model, expect.examples(data)["train"])


def _choices(kind, over, model, data) -> tuple:
    """The settings that may vary with their ranges, and the reasons of those that do."""
    try:
        known = _ranges(kind, required(model, "model"), required(data, "dataset"))
    except Exception:
        return gr.skip(), ""
    named = [(f"{one.label}: {_told(one)}", name) for name, one in known.items()]
    kept = [name for name in over or () if name in known]
    moved = {} if kept == list(over or ()) else {"value": kept or ["learning_rate"]}
    reasons = [f"{known[name].label}: {known[name].reason}." for name in kept]
    return gr.update(choices=named, **moved), "".join(map(markup.lede, reasons))


def _told(one: Range) -> str:
    """What is tried of a setting."""
    if one.log and not one.whole:
        return f"{one.low:g} to {one.high:g}"
    return ", ".join(value if isinstance(value, str) else f"{value:g}" for value in one.tried)


def _plan(kind, over, how, runs, epochs, model, data) -> tuple:
    """The button's words, what all runs would take, and whether a number of runs is asked for."""
    asked = gr.update(visible=how == "random")
    try:
        rows = expect.examples(data)
        tried = _points(kind, over, how, runs, epochs, required(model, "model"), rows["train"])
        known, found = calibration.lessons(Run.all()), []
        for one in tried:
            plain = as_dict(one)
            found.append(estimate.weighed("sft", plain, estimate.asked_of("sft", plain, model, rows), known))
    except Exception as error:
        return gr.update(value="Start the runs"), markup.lede(sentence(error)), asked
    total = expect.duration(sum(one.seconds for one in found))
    line = markup.lede(f"About {total} of training, one after the other.")
    return gr.update(value=f"Start {len(tried)} runs"), line, asked


def _points(kind, over, how, runs, epochs, model, rows) -> list[SFT]:
    start = SFT.tuned(kind, epochs=float(epochs))
    return sweep.points(start, model, rows, tuple(over or ()), how, int(runs))


def _start(studio: Studio, kind, over, how, runs, epochs, model, data) -> tuple:
    """Prepare the runs and queue them; what is wrong is said under the button."""
    try:
        parts = shelf.parts(required(data, "dataset"))
        made = sweep.enter(
            required(model, "model"), parts.train, parts.validation, tuple(over or ()), how, int(runs),
            SFT.tuned(kind, epochs=float(epochs)),
        )  # fmt: skip
        for run_id in made.race.runs.values():
            studio.launch(Run.load(run_id))
    except Exception as error:
        return markup.note(sentence(error), bad=True), *[gr.skip()] * 5
    return "", *_shown(made.id)


def _is_sweep(name: str) -> bool:
    return any(race.id == name for race in Race.all(KIND))


def _shown(current: str | None, keep: bool = False) -> tuple:
    """Updates of picker, best, button, chart and board; of the newest sweep where none is chosen."""
    known = [race.id for race in Race.all(KIND)]
    chosen = current if current in known else next(iter(known), None)
    picker = choose(known, chosen, current if keep else None, visible=len(known) > 1)
    if chosen is None:
        text = f"Two to {MOST} runs, told beside each other as they end."
        return (
            picker,
            "",
            gr.update(visible=False),
            gr.update(visible=False),
            markup.empty("No sweep yet", text),
        )
    found = Sweep.load(chosen)
    table = found.table
    done = int((table.state == "completed").sum())
    board = (
        gr.skip()
        if keep and chosen == current
        else f'<race-board race="{markup.escape(chosen)}"></race-board>'
    )
    plot = gr.update(visible=False)
    if done > 1:
        plot = gr.update(value=charts.parallel(found.plot()), visible=True)
    return picker, _best(found, table), gr.update(visible=found.best is not None), plot, board


def _best(found: Sweep, table) -> str:
    """The best run so far, in words."""
    if found.best is None:
        return ""
    row = table.iloc[0]
    words = ", ".join(
        f"{label} {row[name]:g}" if not isinstance(row[name], str) else f"{label} {row[name]}"
        for name, label in found.varied.items()
    )
    told = [(f"{markup.share(row.gain)}", f"answers right with {words}")]
    if row.retention is not None:
        told.append((markup.share(row.retention), f"of the general facts kept, by {found.best}"))
    return markup.figures(told)
