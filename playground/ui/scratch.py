"""From scratch or from a base: both learn the same examples, and the page shows who understood them."""

import gradio as gr

from playground.fields import as_dict
from playground.run import calibration, estimate
from playground.run.job import Run
from playground.run.race import Race
from playground.training import transfer
from playground.training.transfer import KIND, NARROW, Transfer
from playground.ui import expect, markup, shelf
from playground.ui.panels import SEEN_AND_NOT
from playground.ui.picker import Picker, Slide, is_dataset, required
from playground.ui.room import FOLLOWING, QUIET, Room, choose, pick
from playground.ui.studio import BASE, Studio, sentence

EPOCHS = transfer.recipe().epochs


def build(studio: Studio) -> Room:
    gr.HTML(
        markup.heading(
            "From scratch, or from pocket",
            "The same network learns the same few examples twice: from random weights, and from what pocket "
            "has read before. Both come to know the questions they learn from. Who knows the facts?",
        )
    )
    with gr.Row():
        with gr.Column(scale=4, min_width=300, elem_classes="card"):
            data = Picker(
                shelf.to_tune_on(), exists=is_dataset, value=NARROW, label="Data", elem_id="scratch-data"
            )
            epochs = Slide(
                1,
                20,
                value=EPOCHS,
                step=1,
                label="Epochs",
                elem_id="scratch-epochs",
                info="How often both see every example. From scratch takes more of them.",
            )
            start = gr.Button("Train both", variant="primary", size="lg", elem_id="scratch-start")
            cost = gr.HTML(elem_id="scratch-cost")
            said = gr.HTML(elem_id="scratch-said")
        with gr.Column(scale=10, min_width=320, elem_classes="card"):
            shown = Picker([], exists=_is_transfer, label="Shown", elem_id="scratch-shown", visible=False)
            figures = gr.HTML(elem_id="scratch-figures")
            board = gr.HTML(elem_id="scratch-board")
    with gr.Column(elem_classes="card"):
        gr.HTML("<h3>Learned by heart</h3>")
        heart = gr.HTML(elem_id="scratch-heart")

    drawn = [shown, figures, board, heart]
    start.click(lambda *given: _start(studio, *given), [data, epochs], [said, *drawn], **QUIET)
    gr.on([data.change, epochs.change], _cost, [data, epochs], cost, **FOLLOWING)
    shown.input(lambda name: _shown(name)[1:], shown, drawn[1:], **FOLLOWING)

    def refresh(data_now, epochs_now, shown_now):
        chosen = pick(shelf.to_tune_on(), data_now, NARROW)
        return chosen, _cost(chosen.get("value", data_now), epochs_now), *_shown(shown_now, keep=True)

    return Room(refresh, [data, epochs, shown], [data, cost, *drawn])


def _start(studio: Studio, data, epochs) -> tuple:
    """Prepare all runs and queue them; what is wrong is said under the button."""
    try:
        made = transfer.enter(BASE, *_parts(required(data, "dataset")), transfer.recipe(epochs=float(epochs)))
        for run_id in made.race.runs.values():
            studio.launch(Run.load(run_id))
    except Exception as error:
        return markup.note(sentence(error), bad=True), *[gr.skip()] * 4
    return "", *_shown(made.id)


def _parts(name: str) -> tuple:
    """What is learned, and the questions in other words; a part that was put aside where none are made."""
    asked = transfer.held_out(name)
    if asked is not None:
        return shelf.cleaned(name), asked
    parts = shelf.parts(name)
    return parts.train, parts.validation


def _cost(data, epochs) -> str:
    """What all runs would take; nothing where that cannot be told."""
    try:
        rows, known = expect.examples(data), calibration.lessons(Run.all())
        plain = as_dict(transfer.recipe(epochs=float(epochs)))
        one = estimate.weighed("sft", plain, estimate.asked_of("sft", plain, BASE, rows), known)
    except Exception:
        return ""
    # Two learn everything, and four a half.
    total, peak = expect.duration(4 * one.seconds), estimate.size(one.peak)
    return markup.lede(
        f"About {total} of training in all, and at most {peak} of memory. Each start also learns either half "
        "of the examples, to tell what is learned by heart."
    )


def _is_transfer(name: str) -> bool:
    return any(race.id == name for race in Race.all(KIND))


def _shown(current: str | None, keep: bool = False) -> tuple:
    """Updates of the picker, the figures, the curves and the table; the newest where none is chosen.

    With `keep` what draws itself and is shown already is left alone.
    """
    known = [race.id for race in Race.all(KIND)]
    chosen = current if current in known else next(iter(known), None)
    picker = choose(known, chosen, current if keep else None, visible=len(known) > 1)
    if chosen is None:
        text = (
            "Press the button: how much of what they learn, and of the same in other words, each start knows."
        )
        return picker, "", markup.empty("Nothing trained yet", text), markup.lede("Told after the training.")
    found = Transfer.load(chosen)
    same = keep and chosen == current
    heart = markup.told(f"transfers/{chosen}/memorized")
    return picker, _figures(found), *([gr.skip()] * 2 if same else (_board(found), heart))


def _board(found: Transfer) -> str:
    """The two starts side by side, live."""
    cards = "".join(
        f"<section><h3>{markup.escape(_title(label))}</h3>"
        f"{markup.live_run(run.id, 'sft', [SEEN_AND_NOT])}</section>"
        for label, run in found.starts.items()
    )
    return f'<div class="pair-of-runs">{cards}</div>'


def _figures(found: Transfer) -> str:
    """The last measurement of both, once both have ended."""
    told = []
    for label, run in found.starts.items():
        course = transfer.course(run)
        if run.state != "completed" or not course:
            return ""
        _, train, other = course[-1]
        told.append(
            (f"{markup.share(train)} → {markup.share(other)}", f"{label}: learned questions → others")
        )
    return markup.figures(told)


def _title(label: str) -> str:
    return label[:1].upper() + label[1:]
