"""Rows from outside: a file or pasted text becomes a dataset; unknown columns are asked about."""

from pathlib import Path

import gradio as gr

from playground.dataset import formats, source
from playground.dataset.mapping import Mapping
from playground.dataset.table import Dataset
from playground.errors import ConflictError, DatasetError, PlaygroundError
from playground.ui import markup, shelf
from playground.ui.room import QUIET
from playground.ui.studio import sentence

PREVIEWED = 3
"""Rows of a mapping's preview."""


def build(chosen: gr.Dropdown) -> None:
    """The panel; what is added becomes the value of `chosen`."""
    gr.HTML("<h3>Add your own</h3>")
    file = gr.File(
        show_label=False,
        elem_id="datasets-file",
        height=150,
    )
    gr.HTML(
        '<p class="lede">JSON, CSV, Excel, Parquet or text, also zipped: prompts with completions, '
        "questions with answers, chats, Alpaca, ShareGPT. Other columns are asked about.</p>"
    )
    with gr.Accordion("Paste instead", open=False, elem_id="datasets-paste"):
        text = gr.Textbox(
            lines=6,
            max_lines=14,
            show_label=False,
            placeholder="question,answer\nWhat does it cost?,Three dollars.",
            elem_id="datasets-text",
        )
        name = gr.Textbox("pasted", label="Name", max_lines=1, elem_id="datasets-name")
        paste = gr.Button("Add it", elem_id="datasets-add")
    said = gr.HTML(elem_id="datasets-said")
    with gr.Column(visible=False, elem_id="datasets-mapping") as asked:
        gr.HTML("<h3>What do the columns hold?</h3>")
        parts = [
            gr.Dropdown(
                [],
                label=label,
                info=info,
                allow_custom_value=True,
                elem_id=f"datasets-map-{label.split()[-1].lower()}",
            )
            for label, info in (
                ("Prompt", "A column, or a template such as {title}: {question}"),
                ("Ideal answer", "What the model shall learn to say."),
            )
        ]
        preview = gr.HTML(elem_id="datasets-preview")
        keep = gr.Button("Add it so", variant="primary", elem_id="datasets-map")

    given, shown = [file, text, name], [said, chosen, file, asked, *parts]
    file.upload(lambda path: _take(path, "", ""), file, shown, **QUIET)
    paste.click(lambda pasted, called: _take(None, pasted, called), [text, name], shown, **QUIET)
    gr.on([part.change for part in parts], _preview, [file, text, *parts], preview, **QUIET)
    keep.click(_keep, [*given, *parts], shown, **QUIET)


def _take(path: str | None, pasted: str, called: str) -> list:
    """Keep what was given as a dataset, or ask what its columns hold."""
    try:
        if not path and not pasted.strip():
            raise ConflictError("There is nothing to read", remedy="Choose a file, or paste rows first")
        try:
            data = _read(path, pasted)
        except DatasetError as error:
            return _ask(path, pasted, called, error)
        return _added(shelf.add(data, _called(path, called)), path, called)
    except Exception as error:
        return _refused(path, called, error)


def _keep(path: str | None, pasted: str, called: str, prompt: str, completion: str) -> list:
    """Keep what was given as a dataset under the mapping, which is remembered for the next such file."""
    try:
        mapping = Mapping(prompt=prompt or "", completion=completion or "")
        added = shelf.add(_read(path, pasted, mapping), _called(path, called))
        shelf.remember(mapping, added[0])
        return _added(added, path, called)
    except Exception as error:
        return [_complaint(path, called, error), *[gr.skip()] * 5]


def _preview(path: str | None, pasted: str, prompt: str | None, completion: str | None) -> str:
    """The first rows as the mapping reads them."""
    if not prompt:
        return ""
    try:
        mapping = Mapping(prompt=prompt, completion=completion or "")
        rows, findings = mapping.rows(_opened(path, pasted).rows[:PREVIEWED])
    except PlaygroundError as error:
        return markup.note(str(error), bad=True)
    table = [[number, row["prompt"], row.get("completion", "")] for number, row in rows]
    table += [[finding.row, finding.message, ""] for finding in findings]
    return markup.table(["row", "prompt", "ideal answer"], table, numbers=[0])


def _read(path: str | None, pasted: str, mapping: Mapping | None = None) -> Dataset:
    return Dataset.load(Path(path), mapping=mapping) if path else Dataset.paste(pasted, mapping=mapping)


def _opened(path: str | None, pasted: str) -> source.Source:
    if not path:
        return source.from_text(pasted)
    file = Path(path)
    return shelf.opened(file, file.stat().st_mtime_ns) if file.exists() else source.read(file)


def _called(path: str | None, called: str) -> str:
    return Path(path).stem if path else called


def _added(added: tuple, path: str | None, called: str) -> list:
    name, data = added
    line = f"{Path(path).name if path else called}: {len(data):,} examples kept as {name}, "
    line += f"{len(data.findings)} findings."
    picked = gr.update(choices=shelf.names(), value=name)
    return [markup.note(line), picked, None, gr.update(visible=False), gr.skip(), gr.skip()]


def _ask(path: str | None, pasted: str, called: str, error: DatasetError) -> list:
    """Why the rows were not understood, and their columns to choose from, filled in as the last time."""
    try:
        rows = _opened(path, pasted).rows
        columns = formats.columns_of(row for _, row in rows)
    except PlaygroundError:
        columns = []
    if not columns:
        return _refused(path, called, error)
    known = shelf.remembered(rows)
    values = (known.prompt, known.completion) if known else (None, None)
    fields = [gr.update(choices=columns, value=value) for value in values]
    line = markup.note(f"{_source(path, called)}: {error.value.rstrip('.')}. Say below what they hold.")
    # A file that still waits for its mapping gives way to what was pasted after it.
    waiting = gr.skip() if path else None
    return [line, gr.skip(), waiting, gr.update(visible=True), *fields]


def _refused(path: str | None, called: str, error: Exception) -> list:
    return [_complaint(path, called, error), gr.skip(), None, gr.update(visible=False), gr.skip(), gr.skip()]


def _complaint(path: str | None, called: str, error: Exception) -> str:
    return markup.note(f"{_source(path, called)}: {sentence(error)}", bad=True)


def _source(path: str | None, called: str) -> str:
    return Path(path).name if path else called or "Pasted"
