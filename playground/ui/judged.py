"""Judgements from outside: a file of preferences becomes a campaign; unknown columns are asked about."""

from collections.abc import Callable, Sequence
from pathlib import Path

import gradio as gr

from playground.dataset import formats
from playground.dataset.mapping import Mapping, codes_in
from playground.errors import DatasetError, InputError, PlaygroundError
from playground.preference.collect import Preferences
from playground.ui import markup, shelf
from playground.ui.room import QUIET
from playground.ui.studio import sentence

TOLD = 3
"""Rows left out that are named."""
_ASKED = (
    ("prompt", "Prompt", "A column, or a template such as {title}: {question}"),
    ("first", "First answer", ""),
    ("second", "Second answer", ""),
    ("label", "Which is better", "Leave empty where the first answer always is."),
)


def build(campaign: gr.Dropdown, card: gr.HTML, show: Callable[[str], Sequence]) -> None:
    """The panel; what is added is shown: `show(id)` gives the updates of `campaign` and `card`."""
    with gr.Accordion("Add judgements from a file", open=False, elem_id="preferences-file-panel"):
        gr.HTML(
            markup.lede(
                "JSON, CSV, Excel or Parquet, also zipped: prompt, chosen and rejected; two answers and a "
                "label; ranked answers; thumbs. Other columns are asked about."
            )
        )
        file = gr.File(show_label=False, elem_id="preferences-file", height=130)
        said = gr.HTML(elem_id="preferences-file-said")
        with gr.Column(visible=False, elem_id="preferences-mapping") as asked:
            gr.HTML("<h3>What do the columns hold?</h3>")
            parts = [
                gr.Dropdown(
                    [], label=label, info=info, allow_custom_value=True, elem_id=f"preferences-map-{name}"
                )
                for name, label, info in _ASKED
            ]
            codes = gr.Textbox(
                label="What the labels stand for",
                placeholder="A = first, B = second, T = tie",
                info="Only where the labels are codes of your own.",
                max_lines=1,
                elem_id="preferences-map-codes",
            )
            keep = gr.Button("Add it so", variant="primary", elem_id="preferences-map")

    shown = [said, asked, file, campaign, card]

    def take(path, *mapping):
        return _take(path, mapping, show)

    file.upload(lambda path: [*take(path), *_choices(path)], file, [*shown, *parts], **QUIET)
    keep.click(take, [file, *parts, codes], shown, **QUIET)


def _take(path: str | None, mapping: tuple, show) -> list:
    """Keep a file's judgements as a campaign and show it, or ask what its columns hold."""
    name = Path(path).name if path else "The file"
    try:
        if not path:
            raise InputError("There is no file", remedy="Choose one first")
        prefs = Preferences.load(Path(path), mapping=_mapping(*mapping) if mapping else None)
        kept = prefs.keep(Path(path).stem[:200])
    except Exception as error:
        can_ask = bool(path and isinstance(error, DatasetError) and _columns(path))
        if can_ask and not mapping:
            line = markup.note(f"{name}: {error.value.rstrip('.')}. Say below what the columns hold.")
        else:
            line = markup.note(f"{name}: {sentence(error)}", bad=True)
        waiting = gr.skip() if can_ask or mapping else None
        return [line, gr.update(visible=can_ask or bool(mapping)), waiting, gr.skip(), gr.skip()]
    return [markup.note(_told(name, kept)), gr.update(visible=False), None, *show(kept.campaign)]


def _told(name: str, kept: Preferences) -> str:
    left_out = [one for one in kept.findings if one.action == "dropped"]
    line = f"{name}: {len(kept):,} judgements, {len(kept.pairs()):,} of them with a winner."
    if left_out:
        rows = "; ".join(f"row {one.row}: {one.message}" for one in left_out[:TOLD])
        line += f" {len(left_out):,} rows were left out ({rows}{' …' if len(left_out) > TOLD else ''})."
    return line


def _mapping(prompt: str, first: str, second: str, label: str, codes: str) -> Mapping:
    if not (label or "").strip():
        return Mapping(prompt=prompt or "", chosen=first or "", rejected=second or "")
    return Mapping(
        prompt=prompt or "",
        first=first or "",
        second=second or "",
        label=label,
        labels=codes_in(codes or "", "A = first, B = second, T = tie"),
    )


def _columns(path: str) -> list[str]:
    try:
        file = Path(path)
        return formats.columns_of(row for _, row in shelf.opened(file).rows)
    except (PlaygroundError, OSError):
        return []


def _choices(path: str | None) -> list[dict]:
    columns = _columns(path) if path else []
    return [gr.update(choices=columns, value=None)] * len(_ASKED)
