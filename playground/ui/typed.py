"""Examples typed row by row into a table."""

import json
from collections.abc import Sequence

import gradio as gr

ROWS = 4
"""Empty rows to begin with; more are added in the table."""


def build() -> list:
    """The folded panel: the table, a name for what is typed, and the button that adds it."""
    with gr.Accordion("Type them", open=False, elem_id="datasets-typed"):
        table = gr.Dataframe(
            [["", ""]] * ROWS,
            headers=["question", "ideal answer"],
            column_count=2,
            type="array",
            datatype="str",
            wrap=True,
            interactive=True,
            show_label=False,
            buttons=[],
            elem_id="datasets-typed-table",
        )
        name = gr.Textbox("typed", label="Name", max_lines=1, elem_id="datasets-typed-name")
        add = gr.Button("Add these", elem_id="datasets-typed-add")
    return [table, name, add]


def written(rows: Sequence[Sequence[str | None]]) -> str:
    """What was typed as JSON lines; rows left empty are none. Without any answer they are prompts alone."""
    typed = [[(cell or "").strip() for cell in row] for row in rows]
    columns = ("prompt", "completion") if any(answer for _, answer in typed) else ("prompt",)
    return "\n".join(json.dumps(dict(zip(columns, row, strict=False))) for row in typed if any(row))
