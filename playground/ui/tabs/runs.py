"""Runs: everything that was ever trained here, one run in full, and two on one chart."""

import gradio as gr

from playground.errors import PlaygroundError
from playground.run import estimate, history
from playground.run.job import Run
from playground.ui import elsewhere, expect, learned, markup, overlay, trials
from playground.ui.picker import Picker, is_run
from playground.ui.room import FOLLOWING, QUIET, Room, choose
from playground.ui.studio import Studio, run_of

STAGES = {
    "sft": "instruction tuning",
    "reward": "reward model",
    "dpo": "DPO",
    "kto": "KTO",
    "ppo": "PPO",
    "grpo": "GRPO",
    "rloo": "RLOO",
    "best": "best of n",
    "rate": "learning-rate search",
}


def build(studio: Studio) -> Room:
    gr.HTML(markup.heading("Runs", "Every run is a folder that anyone can execute again."))
    with gr.Column(elem_classes="card"):
        gr.HTML("<run-queue></run-queue>")
        table = gr.HTML(elem_id="runs-table")
    with gr.Row():
        with gr.Column(scale=5, min_width=300, elem_classes="card"):
            chosen = Picker([], exists=is_run, label="One run in full", elem_id="runs-chosen")
            lineage = gr.HTML(elem_id="runs-lineage")
            note = gr.Textbox(label="Note", lines=2, max_lines=8, elem_id="runs-note")
            tags = gr.Textbox(label="Tags", info="Words with commas between.", elem_id="runs-tags")
            noted = gr.HTML(elem_id="runs-noted")
            written = gr.State()
            # Before all else that hears of the choice: nobody is to type into the fields of the run before.
            chosen.change(_beside, chosen, [lineage, note, tags, noted, written], **QUIET)
            about = gr.HTML(elem_id="runs-about")
            with gr.Accordion("Delete", open=False, elem_id="runs-doomed") as doomed:
                taken = gr.HTML(elem_id="runs-taken")
                delete = gr.Button("Delete", variant="stop", elem_id="runs-delete")
        with gr.Column(scale=9, min_width=320, elem_classes="card"):
            view = gr.HTML(elem_id="runs-view")
            learned.build(studio, chosen)
            elsewhere.build(chosen)
    several = overlay.build()

    chosen.change(_one, chosen, [about, view], **QUIET)
    gr.on(
        [note.blur, tags.blur, tags.submit],
        _annotate,
        [chosen, note, tags, written],
        [noted, written],
        **FOLLOWING,
    )
    gr.on([chosen.change, doomed.expand], _size, chosen, [taken, delete], **QUIET)
    # The title row then looks at once, and brings every room up to date.
    looks = "() => document.dispatchEvent(new CustomEvent('playground:run'))"
    delete.click(_delete, chosen, taken, **QUIET).then(None, js=looks)

    def refresh(now, many):
        runs = Run.all()
        ids = [run.id for run in runs]
        current = now if now in ids else (ids[0] if ids else None)
        about_now, view_now = _one(current)
        # The view draws itself; what a run took beside what was expected is known when it has ended.
        shown = (about_now, gr.skip() if current and current == now else view_now)
        several_now = choose(ids, [one for one in many or [] if one in ids], many)
        return choose(ids, current, now), _table(runs), *shown, several_now

    return Room(refresh, [chosen, several], [chosen, table, about, view, several])


def _table(runs: list[Run]) -> str:
    if not runs:
        return markup.empty(
            "No runs yet", "Start with Instruction tuning: larkspur on pocket takes about a minute."
        )
    rows = []
    for run in runs:
        status, spec = run.status, run.spec
        kind = (
            "good" if status.state in ("completed", "running") else "" if status.state == "queued" else "bad"
        )
        data = ", ".join(f"{part.rows:,} {name}" for name, part in spec.data.items())
        rows.append(
            [
                markup.Raw(f'<b style="color:var(--stage-{spec.stage})">{run.id}</b>'),
                ", ".join([STAGES.get(spec.stage, spec.stage), *run.notes.tags]),
                markup.Raw(markup.chip(status.state, kind)),
                spec.model,
                data,
                f"{status.seconds:.0f} s",
                spec.created[:16].replace("T", " "),
            ]
        )
    head = ["run", "what", "state", "from", "data", "time", "started (UTC)"]
    return markup.table(head, rows, numbers=[5], kind="runs")


def _one(run_id: str | None):
    run = run_of(run_id)
    if run is None:
        return "", markup.empty("No run chosen", "Choose one on the left.")
    spec = run.spec
    table = markup.table(["setting", "value"], history.told(spec).items())
    liked = trials.line(run)
    told = markup.lede(liked) if liked else ""
    return told + expect.beside(run) + table, markup.live_run(run.id, spec.stage)


def _beside(run_id: str | None):
    """The way from the base to the run, and what people wrote beside it."""
    run = run_of(run_id)
    if run is None:
        return "", "", "", "", None
    note, tags = run.notes.note, ", ".join(run.notes.tags)
    return markup.lede(" → ".join(run.lineage)), note, tags, "", (run.id, note, tags)


def _annotate(run_id: str | None, note: str, tags: str, written: tuple | None) -> tuple:
    """Keep what differs from what was `written` in the fields: meanwhile others may have changed the rest.

    Fields that still hold another run's words are left alone.
    """
    run = run_of(run_id)
    if run is None or (written and written[0] != run.id):
        return gr.skip(), gr.skip()
    _, note_before, tags_before = written or (run.id, None, None)
    now = run.id, note, tags
    try:
        before = run.notes
        after = run.annotate(
            before.note if note == note_before else note,
            before.tags if tags == tags_before else tags.split(","),
        )
    except PlaygroundError as error:
        return markup.note(str(error), bad=True), gr.skip()
    return "" if before == after else markup.note("Kept."), now


def _size(run_id: str | None):
    """What deleting would free, and the button that does it."""
    run = run_of(run_id)
    if run is None:
        return gr.skip(), gr.update(visible=False)
    text = f"{run.id} takes {estimate.size(run.size)} on disk. What is deleted cannot be brought back."
    return markup.lede(text), gr.update(value=f"Delete {run.id} for good", visible=True)


def _delete(run_id: str | None):
    run = run_of(run_id)
    if run is None:
        return ""
    try:
        freed = run.delete()
    except PlaygroundError as error:
        return markup.note(str(error), bad=True)
    gr.Info(f"{run.id} is deleted: {estimate.size(freed)} of disk space are free again.", title="Deleted")
    return ""
