"""Rows of the Hugging Face Hub: look a dataset up, choose what of it, have its first rows read."""

from collections.abc import Callable, Iterator

import gradio as gr

from playground.dataset import remote
from playground.errors import InputError
from playground.run.estimate import size
from playground.ui import markup, shelf
from playground.ui.busy import bars
from playground.ui.jobs import Job
from playground.ui.picker import whole
from playground.ui.room import FOLLOWING, QUIET, STREAMED
from playground.ui.studio import Studio, sentence

FIRST = 1000
"""Rows that are read unless told otherwise."""
MOST = 10_000_000


def build() -> list:
    """The folded panel; what it holds, for `connect`."""
    with gr.Accordion("From the Hugging Face Hub", open=False, elem_id="datasets-hub"):
        name = gr.Textbox(label="Dataset", placeholder="owner/name", max_lines=1, elem_id="datasets-hub-name")
        look = gr.Button("Look it up", elem_id="datasets-hub-look")
        about = gr.HTML(elem_id="datasets-hub-about")
        with gr.Column(visible=False) as more:
            config = gr.Dropdown([], label="Configuration", elem_id="datasets-hub-config")
            split = gr.Dropdown([], label="Split", elem_id="datasets-hub-split")
            first = gr.Number(FIRST, label="First rows", precision=0, elem_id="datasets-hub-first")
            read = gr.Button("Add them", variant="primary", elem_id="datasets-hub-add")
        known = gr.State(None)
    return [name, look, about, more, config, split, first, read, known]


def connect(studio: Studio, panel: list, shown: list, take: Callable[[tuple], Iterator[list]]) -> None:
    """`take((id, asked))` gives the updates of `shown` once the rows were read."""
    name, look, about, more, config, split, first, read, known = panel
    gr.on([look.click, name.submit], _look, name, [about, more, config, split, known], **QUIET)
    config.input(_splits, [known, config], split, **FOLLOWING)

    def fetched(name_now, config_now, split_now, first_now, found):
        yield from _read(studio, take, len(shown), name_now, config_now, split_now, first_now, found)

    read.click(fetched, [name, config, split, first, known], shown, **STREAMED)


def _look(name: str) -> list:
    """What a dataset of the Hub consists of."""
    try:
        if not name.strip():
            raise InputError("No dataset is named", remedy="Write its id, such as owner/name")
        found = remote.describe(name.strip())
    except Exception as error:
        return [markup.note(sentence(error), bad=True), gr.update(visible=False), *[gr.skip()] * 2, None]
    names = [one.name for one in found.configs]
    default = found.default or (names[0] if names else None)
    licence = f" Licence: {found.licence}." if found.licence else " Its card names no licence."
    line = markup.note(f"{found.identifier}, commit {found.revision[:8]}.{licence}")
    choose = gr.update(choices=names, value=default, visible=len(names) > 1)
    return [line, gr.update(visible=True), choose, _splits(found, default), found]


def _splits(found: remote.Described | None, config: str | None) -> dict:
    """The splits of a configuration, with what is known of their size."""
    splits = next((one.splits for one in found.configs if one.name == config), ()) if found else ()
    choices = [(_told(one), one.name) for one in splits]
    names = [one.name for one in splits]
    return gr.update(choices=choices, value="train" if "train" in names else next(iter(names), None))


def _told(split: remote.Split) -> str:
    known = [f"{split.rows:,} rows"] if split.rows is not None else []
    known += [size(split.size)] if split.size is not None else []
    return ", ".join([split.name, *known])


def _read(
    studio: Studio, take: Callable, count: int, name: str, config, split, first, found
) -> Iterator[list]:
    """Stream the rows in the background, then take them."""
    rest, name = [gr.skip()] * (count - 1), name.strip()

    def work(job: Job) -> None:
        shelf.streamed(*wanted)

    try:
        limit = whole(first, "First rows", MOST)
        wanted = name, remote.Asked(split, limit, config, found and found.revision)
        job = studio.jobs.start(f"fetch {wanted}", f"Reading the first {limit:,} rows", work)
        for bar in bars(job):
            yield [bar, *rest]
    except Exception as error:
        yield [markup.note(f"{name}: {sentence(error)}", bad=True), *rest]
        return
    yield from take(wanted)
