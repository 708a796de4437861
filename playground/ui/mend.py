"""Where a run forgot: changes that may help, each tried by a press and measured beside the original."""

import gradio as gr

from playground.evaluation.intervals import Estimate
from playground.run import knee, mitigation
from playground.run.job import Run
from playground.run.mitigation import WAYS, Effect
from playground.training.mitigate import offered, prepare
from playground.ui import expect, markup, shelf
from playground.ui.picker import Picker, is_dataset
from playground.ui.room import QUIET, choose, show_run
from playground.ui.studio import Studio, run_of, sentence

OWN = "the small world's own"
TITLE = "<h3>It forgot: what would have helped?</h3>"


def build(studio: Studio, shown: gr.Dropdown, view: gr.HTML) -> list:
    """The panel under a run; what `refresh` updates."""
    with gr.Column(visible=False, elem_classes="card", elem_id="tuning-mend") as panel:
        gr.HTML(TITLE)
        told = gr.HTML()
        general = Picker(
            [OWN],
            exists=lambda name: name == OWN or is_dataset(name),
            value=OWN,
            label="General examples to replay",
            info="Only for the replay: examples of what it should keep.",
            elem_id="mend-general",
        )
        with gr.Row():
            buttons = [
                gr.Button(f"Try: {way.label.lower()}", min_width=200, elem_id=f"mend-{name}")
                for name, way in WAYS.items()
            ]
        said = gr.HTML(elem_id="mend-said")
        table = gr.HTML(elem_id="mend-table")
    outputs = [panel, told, general, *buttons, table]

    def press(way: str):
        return lambda run, data: _start(studio, way, run, data)

    for way, button in zip(WAYS, buttons, strict=True):
        button.click(press(way), [shown, general], [said, shown, view, table], **QUIET)
    shown.change(refresh, [shown, general], outputs, **QUIET)
    general.change(refresh, [shown, general], outputs, **QUIET)
    return [general, outputs]


def refresh(run_id: str | None, general: str | None) -> list:
    """The panel for a run: hidden where it has not forgotten and stands beside none that has."""
    run = original(run_of(run_id))
    if run is None or not mitigation.forgot(run):
        return [gr.update(visible=False), *[gr.skip()] * (3 + len(WAYS))]
    choices = [OWN, *shelf.to_tune_on()]
    chosen = general if general in choices else OWN
    fits = offered(run, _examples(chosen))
    buttons = [gr.update(interactive=way in fits) for way in WAYS]
    return [gr.update(visible=True), _told(run), choose(choices, chosen, general), *buttons, board(run)]


def original(run: Run | None) -> Run | None:
    """The run that another stands beside, or the run itself."""
    if run is None:
        return None
    return run_of(mitigation.marked(run.folder).get("of")) or run


def board(run: Run) -> str:
    """The original, then every change that was tried: what it gained and kept, and by how much more."""
    last = knee.points(run.folder)[-1]
    rows = [[f"as it was ({run.id})", markup.share(last.gain), markup.share(last.retention), "", ""]]
    done = {one.way: one for one in mitigation.effects(run)}
    for name, way in WAYS.items():
        rows.append(_row(way.label, done.get(name)))
    head = ["change", "answers gained", "facts kept", "gained more", "kept more"]
    note = "Differences in points, with their 95 % intervals. Same start, seed and number of steps."
    return markup.table(head, rows, numbers=range(1, len(head))) + markup.lede(note)


def _row(label: str, one: Effect | None) -> list:
    if one is None:
        return [label, "not tried", "", "", ""]
    name = f"{label} ({one.run})"
    if one.state != "completed":
        done = f"{100 * one.step / one.total:.0f} %" if one.total else ""
        return [name, f"{one.state} {done}".strip(), "", "", ""]
    return [name, markup.share(one.gain), markup.share(one.retention), points(one.gained), points(one.kept)]


def points(found: Estimate | None) -> str:
    """A difference of shares in points, such as `+12 (+4 to +20)`."""
    if found is None:
        return "–"
    return f"{100 * found.value:+.0f} ({100 * found.low:+.0f} to {100 * found.high:+.0f})"


def _told(run: Run) -> str:
    course = knee.points(run.folder)
    first, last = course[0].retention, course[-1].retention
    return markup.lede(
        f"General facts fell from {markup.share(first)} to {markup.share(last)}. Each press runs {run.id} "
        f"again under one change, for about as long as it took: {expect.duration(run.seconds)}. "
        + " ".join(f"{way.label}: {way.what[0].lower()}{way.what[1:]}" for way in WAYS.values())
    )


def _examples(chosen: str | None):
    return None if chosen in (None, OWN) else shelf.parts(chosen).train


def _start(studio: Studio, way: str, run_id: str | None, general: str | None) -> list:
    try:
        run = original(run_of(run_id))
        made = studio.launch(prepare(run, way, _examples(general)))
    except Exception as error:
        return [markup.note(sentence(error), bad=True), *[gr.skip()] * 3]
    note = markup.note(f"{made.id} is queued: {WAYS[way].label.lower()}.")
    return [note, *show_run(studio, ("sft",), made.id), board(run)]
