"""Data taken away: as a file for people and tools, or to the Hugging Face Hub."""

import tempfile
from collections.abc import Callable
from pathlib import Path

import gradio as gr

from playground.dataset.sharing import Shared
from playground.errors import ForbiddenError
from playground.ui import markup
from playground.ui.busy import busy
from playground.ui.room import QUIET, STREAMED
from playground.ui.shelf import Stage, unheard
from playground.ui.studio import Studio, sentence

FILES = {
    "JSON lines": (".jsonl", None),
    "CSV": (".csv", None),
    "Parquet": (".parquet", None),
    "Argilla": (".json", "argilla"),
    "Label Studio": (".json", "label-studio"),
}
JUDGED = {"Pairs for TRL": "pairs", "Thumbs for KTO": "kto", "Rankings": "ranked", "Raw log": "log"}
"""Further kinds of file that judgements have, and their forms."""
Write = Callable[[str, str | None, Path], Path]


def build(
    studio: Studio,
    prefix: str,
    chosen: gr.Dropdown,
    load: Callable[[str | None], tuple[str, Shared]],
    write: Write | None = None,
) -> None:
    """The panel for what is `chosen`; `load` gives a name for the file, and the data.

    Where these are judgements, `write(form, chosen, path)` writes them in a form of JUDGED.
    """
    with gr.Row(elem_classes="ask"):
        kinds = [*FILES, *(JUDGED if write else ())]
        kind = gr.Radio(kinds, value="JSON lines", label="As a file", elem_id=f"{prefix}-file-kind")
        make = gr.Button("Make the file", scale=0, min_width=160, elem_id=f"{prefix}-file-make")
    file = gr.File(visible=False, label="Your file", height=90, elem_id=f"{prefix}-file-made")
    said = gr.HTML(elem_id=f"{prefix}-file-told")
    with gr.Accordion("To the Hugging Face Hub", open=False, elem_id=f"{prefix}-push"):
        repository = gr.Textbox(label="Repository", placeholder="you/name", max_lines=1)
        licence = gr.Textbox(
            label="License",
            placeholder="apache-2.0",
            max_lines=1,
            info="Yours to choose; it goes on the card.",
        )
        token = gr.Textbox(
            label="Token", type="password", max_lines=1,
            info="Yours, with the right to write. It is used once and kept nowhere.",
        )  # fmt: skip
        private = gr.Checkbox(True, label="Private")
        push = gr.Button("Put it there", elem_id=f"{prefix}-push-do")
        pushed = gr.HTML(elem_id=f"{prefix}-push-told")

    def making(name, wanted):
        work = lambda job: _make(load, write, name, wanted, job.stage)  # noqa: E731
        yield from busy(studio, f"file {prefix} {name} {wanted}", "Writing the file", work, 2, at=1)

    make.click(making, [chosen, kind], [file, said], **STREAMED)
    gr.on(
        [chosen.change, kind.change],
        lambda: [gr.update(visible=False, value=None), ""],
        None,
        [file, said],
        **QUIET,
    )
    push.click(
        lambda *given: _push(load, *given),
        [chosen, repository, licence, token, private],
        [pushed, token],
        **QUIET,
    )


def _make(load, write: Write | None, name: str | None, kind: str, stage: Stage = unheard) -> list:
    folder = Path(tempfile.mkdtemp())
    try:
        if kind in JUDGED:
            path = write(JUDGED[kind], name, folder / f"{name}-{JUDGED[kind]}.jsonl")
            with open(path, "rb") as file:
                return [
                    gr.update(visible=True, value=str(path)),
                    markup.lede(f"{sum(1 for _ in file):,} rows."),
                ]
        ending, tool = FILES[kind]
        called, data = load(name)
        path = data.export(folder / f"{called}{ending}", tool=tool, progress=stage("Rows written"))
    except Exception as error:
        return [gr.update(visible=False, value=None), markup.note(sentence(error), bad=True)]
    return [gr.update(visible=True, value=str(path)), markup.lede(f"{len(data):,} rows.")]


def _push(load, name: str | None, repository: str, licence: str, token: str, private: bool) -> list:
    """Put the data on the Hub, in the name of whoever gave the token: never in that of the app's owner."""
    try:
        if not token.strip():
            raise ForbiddenError(
                "No token was given",
                rule="Data is put into somebody's account",
                remedy="Paste a token of yours",
            )
        _, data = load(name)
        address = data.push(repository.strip(), private=private, token=token.strip(), license=licence.strip())
    except Exception as error:
        return [markup.note(sentence(error), bad=True), ""]
    return [markup.note(f"It is at {address}."), ""]
