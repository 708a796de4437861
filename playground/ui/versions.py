"""Where a dataset comes from, what sets it apart from another, and the same steps on a grown source."""

import time
from pathlib import Path

import gradio as gr

from playground.dataset.builtins import BUILTIN
from playground.dataset.diff import Diff, Difference
from playground.dataset.recipe import Recipe, told
from playground.dataset.repair import Clean
from playground.dataset.table import Dataset
from playground.dataset.versions import Past
from playground.errors import ConflictError, PlaygroundError
from playground.run import history
from playground.run.estimate import size
from playground.ui import markup, shelf
from playground.ui.busy import busy
from playground.ui.picker import Picker, is_dataset, required
from playground.ui.room import QUIET, STREAMED
from playground.ui.studio import Studio, sentence

SHOWN = 8
"""Rows of each kind that a comparison shows."""


def build(studio: Studio, chosen: gr.Dropdown) -> None:
    """The panel; what is made becomes the value of `chosen`."""
    past = gr.HTML(_opened("larkspur")[0], elem_id="datasets-past")
    with gr.Row(elem_classes="ask"):
        other = Picker([], exists=is_dataset, label="Compare with", scale=2, elem_id="datasets-other")
        compare = gr.Button("Show what differs", scale=1, min_width=160, elem_id="datasets-compare")
    differs = gr.HTML(elem_id="datasets-differs")
    gr.HTML(
        "<h3>The source has grown</h3>"
        + markup.lede(
            "Give its newer file: the same mapping and the same repairs make the next version of it."
        )
    )
    grown = gr.File(show_label=False, height=150, elem_id="datasets-grown")
    with gr.Row():
        undo = gr.Button("Go back one step", min_width=160, elem_id="datasets-undo")
        delete = gr.Button("Delete this version", min_width=160, elem_id="datasets-delete")
        sure = gr.Button(visible=False, variant="stop", min_width=160, elem_id="datasets-sure")
    said = gr.HTML(elem_id="datasets-versioned")

    made = [said, chosen]
    chosen.change(
        lambda name: [*_opened(name), "", gr.update(visible=False)],
        chosen,
        [past, other, differs, sure],
        **QUIET,
    )

    def comparing(name, against):
        work = lambda job: [_compare(name, against, job.stage)]  # noqa: E731
        yield from busy(studio, f"compare {name} {against}", "Rows compared", work, 1)

    def replaying(name, path):
        work = lambda job: _replay(name, path, job.stage)  # noqa: E731
        yield from busy(studio, f"replay {name} {path}", "Reading the file", work, 3)

    def undoing(name):
        yield from busy(studio, f"undo {name}", "Going back", lambda job: _undo(name, job.stage), 2)

    compare.click(comparing, [chosen, other], [differs], **STREAMED)
    grown.upload(replaying, [chosen, grown], [*made, grown], **STREAMED)
    undo.click(undoing, chosen, made, **STREAMED)
    delete.click(_ask, chosen, [said, sure], **QUIET)
    sure.click(_delete, chosen, [*made, sure], **QUIET)


def _opened(name: str | None) -> list:
    """The past of a dataset, and what it may be compared with, its parent first."""
    others = [one for one in shelf.names() if one != name]
    if name is None or name in BUILTIN:
        text = "It came with the playground; a repair or a change makes a version of your own."
        return [markup.lede(text), gr.update(choices=others, value=None)]
    try:
        past = Dataset.lineage(name)
    except PlaygroundError as error:
        return [markup.note(str(error), bad=True), gr.skip()]
    parent = next((one.name for one in past[1:2] if one.there), None)
    rows = [[one.name, _count(one), _when(one), told(*one.steps) or "as it was read"] for one in past]
    origin = next((one.origin for one in reversed(past) if one.origin), None)
    table = markup.table(["version", "rows", "made (UTC)", "by"], rows, numbers=[1])
    line = markup.lede(f"Read from {origin}.") if origin else ""
    return [table + line, gr.update(choices=others, value=parent)]


def _count(one: Past) -> str:
    return f"{one.rows:,}" if one.there else "deleted"


def _when(one: Past) -> str:
    return time.strftime("%Y-%m-%d %H:%M", time.gmtime(one.created)) if one.created else ""


def _compare(name: str | None, other: str | None, stage: shelf.Stage = shelf.unheard) -> str:
    try:
        before, after = required(other, "dataset to compare with"), required(name, "dataset")
        one, another = shelf.cleaned(before, stage), shelf.cleaned(after, stage)
        stage(f"Comparing {len(one):,} and {len(another):,} rows")
        found = Dataset.diff(one, another, shown=SHOWN)
    except Exception as error:
        return markup.note(sentence(error), bad=True)
    return markup.lede(f"From {before} to {after}: {found}.") + _apart(found)


def _apart(found: Diff) -> str:
    rows = [[_number(one), one.what, _text(one.before), _text(one.after)] for one in found.rows]
    return markup.table(["row", "what", "before", "after"], rows, numbers=[0]) if rows else ""


def _number(one: Difference) -> int:
    return (one.after or one.before).row


def _text(row) -> str:
    return "" if row is None else f"{row.example.question} → {row.example.completion}".removesuffix(" → ")


def _replay(name: str | None, path: str | None, stage: shelf.Stage = shelf.unheard) -> list:
    """The recipe of this version on another file, as the next version.

    The file as it was read is a version too: it is gone from the machine when a step is to be undone.
    """
    try:
        old = required(name, "dataset")
        if old in BUILTIN:
            raise ConflictError(f"{old} was read from no file", remedy="Choose a dataset that you added")
        steps = Dataset.load(old).recipe.steps
        first = next((at for at, step in enumerate(steps) if not isinstance(step, Clean)), len(steps))
        # Where nothing was cleaned first, there is no version in between: all that are kept are cleaned.
        read = Dataset.replay(old, Path(path), steps=first or None, progress=stage("Rows read"))
        made, clean = shelf.add(read, shelf.family(old), stage)
        between = f" {made} is the file before your changes." if first and steps[first:] else ""
        if between:
            again = Recipe(steps[first:]).apply(_kept(made, clean), progress=stage("Steps taken again"))
            made, clean = shelf.add(again, shelf.family(old), stage)
        stage("Comparing the versions")
        found = Dataset.diff(shelf.cleaned(old), clean, shown=SHOWN)
    except Exception as error:
        return [markup.note(sentence(error), bad=True), gr.skip(), None]
    line = markup.note(f"Kept as {made}: {found} against {old}.{between}")
    return [line + _apart(found), gr.update(choices=shelf.names(), value=made), None]


def _kept(name: str, data: Dataset) -> Dataset:
    """The data as the version it was kept as, unless that has another past with the same rows."""
    version = Dataset.load(name)
    return version if (version.recipe, version.origin) == (data.recipe, data.origin) else data


def _undo(name: str | None, stage: shelf.Stage = shelf.unheard) -> list:
    """The dataset without the last thing that was done to it, as a version."""
    try:
        old = required(name, "dataset")
        data = shelf.cleaned(old, stage)
        # Every version is cleaned when it is kept.
        done = [at for at, step in enumerate(data.recipe.steps) if not isinstance(step, Clean)]
        if not done:
            raise ConflictError(f"Nothing was done to {old} yet", remedy="Repair or change a row first")
        last = data.recipe.steps[done[-1]]
        while len(data.recipe.steps) > done[-1]:
            data = data.undo(progress=stage("Rows taken back"))
        made, _ = shelf.add(data, shelf.family(old), stage)
    except Exception as error:
        return [markup.note(sentence(error), bad=True), gr.skip()]
    line = f"Undone: {told(last)}. That is {made}; {old} is still there."
    return [markup.note(line), gr.update(choices=shelf.names(), value=made)]


def _ask(name: str | None) -> list:
    try:
        if required(name, "dataset") in BUILTIN:
            raise ConflictError(f"{name} came with the playground", rule="Only what was added can be deleted")
    except PlaygroundError as error:
        return [markup.note(str(error), bad=True), gr.update(visible=False)]
    learned = history.learned_from(name)
    kept = f" {', '.join(learned)} learned from it and keep their own copy of its rows." if learned else ""
    text = f"{name} will be gone for good.{kept}"
    return [markup.note(text, bad=True), gr.update(value=f"Delete {name}", visible=True)]


def _delete(name: str | None) -> list:
    gone = gr.update(visible=False)
    try:
        freed = Dataset.delete(required(name, "dataset"))
    except Exception as error:
        return [markup.note(sentence(error), bad=True), gr.skip(), gone]
    line = markup.note(f"{name} is deleted: {size(freed)} freed.")
    return [line, gr.update(choices=shelf.names(), value="larkspur"), gone]
