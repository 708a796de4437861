"""Rows changed, added and left out by hand: gathered first, then kept together as one new version."""

from typing import NamedTuple

import gradio as gr

from playground.dataset.table import Dataset
from playground.errors import ConflictError, InputError, NotFoundError
from playground.ui import markup, shelf
from playground.ui.busy import busy
from playground.ui.picker import required
from playground.ui.room import FOLLOWING, QUIET, STREAMED
from playground.ui.studio import Studio, sentence

SHOWN = 60
"""Characters of a text in the list of what was gathered."""


class Wish(NamedTuple):
    """One change that is to be made: of a row, of none (a row more), or a row less."""

    row: int | None
    prompt: str | None = None
    completion: str | None = None


def build(studio: Studio, chosen: gr.Dropdown) -> None:
    """The panel; the new version becomes the value of `chosen`."""
    with gr.Row(elem_classes="ask"):
        row = gr.Number(
            None, label="Row", precision=0, min_width=120, scale=1, elem_id="datasets-edit-row",
            info="Its number in the table; empty for a new one.",
        )  # fmt: skip
        fetch = gr.Button("Show its texts", scale=1, min_width=140, elem_id="datasets-edit-fetch")
    prompt = gr.Textbox(label="Prompt", lines=2, max_lines=8, elem_id="datasets-edit-prompt")
    completion = gr.Textbox(label="Ideal answer", lines=2, max_lines=8, elem_id="datasets-edit-answer")
    with gr.Row():
        add = gr.Button("Note this row", min_width=140, elem_id="datasets-edit-note")
        drop = gr.Button("Leave this row out", min_width=140, elem_id="datasets-edit-drop")
    listed = gr.HTML(elem_id="datasets-edit-list")
    said = gr.HTML(elem_id="datasets-edit-said")
    with gr.Row():
        keep = gr.Button(visible=False, variant="primary", min_width=180, elem_id="datasets-edit-keep")
        forget = gr.Button("Forget them", visible=False, min_width=140, elem_id="datasets-edit-forget")
    wishes = gr.State([])

    texts, state = [prompt, completion], [listed, keep, forget, wishes]
    gr.on([fetch.click, row.submit], _texts, [chosen, row], [*texts, listed], **QUIET)
    add.click(_note, [chosen, row, *texts, wishes], [*state, row, *texts], **QUIET)
    drop.click(_leave_out, [chosen, row, wishes], [*state, row, *texts], **QUIET)

    def keeping(name, gathered):
        work = lambda job: _keep(name, gathered, job.stage)  # noqa: E731
        yield from busy(studio, f"by hand {name} {gathered}", "Changing rows", work, 6, at=4)

    keep.click(keeping, [chosen, wishes], [*state, said, chosen], **STREAMED)
    # A new version chooses itself, and what was said of it is to stay on screen.
    gr.on([chosen.input, add.click, drop.click], lambda: "", None, said, **FOLLOWING)
    gr.on([forget.click, chosen.change], lambda: _listed([]), None, state, **FOLLOWING)


def _texts(name: str | None, row: float | None) -> list:
    """The prompt's last turn and the answer of a row."""
    try:
        example = _find(shelf.cleaned(required(name, "dataset")), row)
    except Exception as error:
        return [gr.skip(), gr.skip(), markup.note(sentence(error), bad=True)]
    return [example.question, example.completion, gr.skip()]


def _note(name, row, prompt: str, completion: str, wishes: list[Wish]) -> list:
    try:
        data = shelf.cleaned(required(name, "dataset"))
        if not prompt.strip():
            raise InputError("The prompt is empty", remedy="Write what is asked")
        if data.format != "prompt-only" and not completion.strip():
            raise InputError("The ideal answer is empty", remedy="Write what the model shall say")
        wish = Wish(None if row is None else int(row), prompt, completion)
        if wish.row is not None:
            example = _find(data, row)
            if (example.question, example.completion) == (prompt, completion):
                raise ConflictError(f"Row {wish.row} holds these texts already", remedy="Change one of them")
        _made(data[:0] if wish.row is None else _alone(data, wish.row), [wish])
    except Exception as error:
        return [*_refused(wishes, error), gr.skip(), gr.skip(), gr.skip()]
    return [*_listed(_with(wishes, wish)), None, "", ""]


def _leave_out(name, row, wishes: list[Wish]) -> list:
    try:
        _find(shelf.cleaned(required(name, "dataset")), row)
    except Exception as error:
        return [*_refused(wishes, error), gr.skip(), gr.skip(), gr.skip()]
    return [*_listed(_with(wishes, Wish(int(row)))), None, "", ""]


def _keep(name: str | None, wishes: list[Wish], stage: shelf.Stage = shelf.unheard) -> list:
    """All of it as one new version."""
    try:
        changed = _made(shelf.cleaned(required(name, "dataset"), stage), wishes)
        new, data = shelf.add(changed, shelf.family(name), stage)
    except Exception as error:
        return [*_refused(wishes, error), "", gr.skip()]
    line = markup.note(f"Kept as {new}: {len(data):,} examples. {name} is as it was.")
    return [*_listed([]), line, gr.update(choices=shelf.names(), value=new)]


def _made(data: Dataset, wishes: list[Wish]) -> Dataset:
    """The dataset with every wish fulfilled. Raises NotFoundError, InputError."""
    for wish in wishes:
        if wish.row is None:
            data = data.add({"prompt": wish.prompt, "completion": wish.completion or ""})
        elif wish.prompt is None:
            data = data.drop(wish.row)
        else:
            example = _find(data, wish.row)
            if wish.prompt != example.question:
                data = data.edit(wish.row, "prompt", wish.prompt)
            if wish.completion != example.completion:
                data = data.edit(wish.row, "completion", wish.completion)
    return data


def _alone(data: Dataset, row: int) -> Dataset:
    """The dataset with one row of it, on which a change is tried."""
    at = data.numbers.index(row)
    return data[at : at + 1]


def _with(wishes: list[Wish], wish: Wish) -> list[Wish]:
    """The newest wish about a row replaces an earlier one."""
    return [one for one in wishes if one.row is None or one.row != wish.row] + [wish]


def _find(data: Dataset, row: float | None):
    if row is None or int(row) not in data.numbers:
        raise NotFoundError(
            f"There is no row {'without a number' if row is None else int(row)} in {data.name}",
            remedy="Give a number that the table shows",
        )
    return data[data.numbers.index(int(row))]


def _listed(wishes: list[Wish]) -> list:
    """What was gathered, and the button that keeps it."""
    rows = [
        ["new" if one.row is None else one.row, *map(_short, (one.prompt, one.completion))] for one in wishes
    ]
    table = markup.table(["row", "prompt", "ideal answer"], rows, numbers=[0]) if rows else ""
    many = "1 change" if len(rows) == 1 else f"{len(rows)} changes"
    there = gr.update(visible=bool(rows))
    return [table, gr.update(value=f"Keep {many} as a new version", visible=bool(rows)), there, wishes]


def _refused(wishes: list[Wish], error: Exception) -> list:
    """Why a change was not taken, above those that were."""
    listed, *rest = _listed(wishes)
    return [markup.note(sentence(error), bad=True) + listed, *rest]


def _short(text: str | None) -> str:
    if text is None:
        return "left out"
    return text if len(text) <= SHOWN else f"{text[:SHOWN]}…"
