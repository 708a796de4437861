"""Rows from outside: a file or pasted text becomes a dataset; unknown columns are asked about."""

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import gradio as gr

from playground.dataset import formats, loading, source
from playground.dataset.mapping import Mapping, codes_in
from playground.dataset.remote import Asked
from playground.dataset.table import Dataset
from playground.errors import ConflictError, DatasetError, PlaygroundError
from playground.ui import fetch, markup, repairs, shelf, typed
from playground.ui.busy import busy
from playground.ui.jobs import Job
from playground.ui.room import QUIET, STREAMED
from playground.ui.studio import Studio, sentence

Fetched = tuple[str, Asked] | None
"""A Hub id and what was asked of it."""
SHOWN = 7
"""What a reading updates: its note, the dataset chosen, the file, the mapping and its three fields."""
PREVIEWED = 3
"""Rows of a mapping's preview."""


def build(studio: Studio, chosen: gr.Dropdown) -> None:
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
    typing = typed.build()
    hub = fetch.build()
    said = gr.HTML(elem_id="datasets-said")
    fetched = gr.State(None)
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
        codes = gr.Textbox(
            label="What codes stand for",
            placeholder="0 = negative, 1 = positive",
            info="Only where the answers are codes.",
            max_lines=1,
            elem_id="datasets-map-codes",
        )
        preview = gr.HTML(elem_id="datasets-preview")
        keep = gr.Button("Add it so", variant="primary", elem_id="datasets-map")

    given, shown = [file, text, name, fetched], [said, chosen, file, asked, *parts, codes]

    def upload(path):
        given = _given(path, "", "")
        yield from _followed(studio, given, None, lambda stage: _take(path, "", "", None, stage))

    def pasting(pasted, called):
        given = _given(None, pasted, called)
        yield from _followed(studio, given, None, lambda stage: _take(None, pasted, called, None, stage))

    def type_in(rows, called):
        yield from pasting(typed.written(rows), called)

    def fetching(wanted):
        given = _given(None, "", "", wanted)
        yield from _followed(studio, given, wanted, lambda stage: _take(None, "", "", wanted, stage))

    def keeping(path, pasted, called, wanted, *columns):
        given = _given(path, pasted, called, wanted)
        work = lambda stage: _keep(path, pasted, called, wanted, *columns, stage)  # noqa: E731
        yield from _followed(studio, given, wanted, work)

    file.upload(upload, file, [*shown, fetched], **STREAMED)
    paste.click(pasting, [text, name], [*shown, fetched], **STREAMED)
    typing[2].click(type_in, typing[:2], [*shown, fetched], **STREAMED)
    fetch.connect(studio, hub, [*shown, fetched], fetching)
    mapping = [*parts, codes]
    gr.on([part.change for part in mapping], _preview, [file, text, fetched, *mapping], preview, **QUIET)
    keep.click(keeping, [*given, *mapping], [*shown, fetched], **STREAMED)


def _followed(studio: Studio, given: "Given", fetched: Fetched, take: Callable[[shelf.Stage], list]):
    """Read in the background with a bar; what is kept is looked through as well."""

    def work(job: Job) -> list:
        updates = take(job.stage)
        name = updates[1].get("value") if isinstance(updates[1], dict) else None
        return updates if name is None else [updates[0] + _looked_through(studio, job, name), *updates[1:]]

    for updates in busy(studio, f"take {hash(given)}", f"Reading {given.told}", work, SHOWN):
        yield [*updates, fetched]


def _looked_through(studio: Studio, job: Job, name: str) -> str:
    """What a check finds in fresh rows. Many are checked, and split, while the person looks at the first."""
    job.stage("Rows being checked")
    check = repairs.begin(studio, name)
    if len(shelf.cleaned(name)) >= shelf.MANY:
        studio.jobs.start(f"split {name}", "Waiting for the check", lambda job: _split(job, check, name))
        return markup.lede("Every row is being checked now. Look under Findings how far it is.")
    check.finished.wait()
    if check.error is not None:
        return markup.note(sentence(check.error), bad=True)
    counts = Counter(one.kind for one in check.result)
    told = ", ".join(f"{kind} {count:,}" for kind, count in counts.most_common())
    line = f"Every row was checked: {told}. Look under Findings." if told else "All rows are in order."
    return markup.lede(line)


def _split(job: Job, check: Job, name: str) -> None:
    check.finished.wait()
    shelf.parts(name, job.stage)


def _take(
    path: str | None,
    pasted: str,
    called: str,
    fetched: Fetched = None,
    stage: shelf.Stage = shelf.unheard,
) -> list:
    """Keep what was given as a dataset, or ask what its columns hold."""
    given = _given(path, pasted, called, fetched)
    try:
        if not path and not pasted.strip() and fetched is None:
            raise ConflictError("There is nothing to read", remedy="Choose a file, or paste rows first")
        try:
            data = given.read(stage=stage)
        except DatasetError as error:
            return _ask(given, error)
        return _added(shelf.add(data, given.name, stage), given)
    except Exception as error:
        return _refused(given, error)


def _keep(
    path: str | None,
    pasted: str,
    called: str,
    fetched: Fetched,
    prompt: str,
    completion: str,
    codes: str = "",
    stage: shelf.Stage = shelf.unheard,
) -> list:
    """Keep what was given as a dataset under the mapping, which is remembered for the next such file."""
    given = _given(path, pasted, called, fetched)
    try:
        mapping = _mapping(prompt, completion, codes)
        added = shelf.add(given.read(mapping, stage), given.name, stage)
        shelf.remember(mapping, added[0])
        return _added(added, given)
    except Exception as error:
        return [_complaint(given, error), *[gr.skip()] * 6]


def _preview(
    path: str | None,
    pasted: str,
    fetched: Fetched,
    prompt: str | None,
    completion: str | None,
    codes: str = "",
) -> str:
    """The first rows as the mapping reads them."""
    if not prompt:
        return ""
    try:
        mapping = _mapping(prompt, completion, codes)
        rows, findings = mapping.rows(_given(path, pasted, "", fetched).opened().rows[:PREVIEWED])
    except PlaygroundError as error:
        return markup.note(str(error), bad=True)
    table = [[number, row["prompt"], row.get("completion", "")] for number, row in rows]
    table += [[finding.row, finding.message, ""] for finding in findings]
    return markup.table(["row", "prompt", "ideal answer"], table, numbers=[0])


def _mapping(prompt: str | None, completion: str | None, codes: str | None) -> Mapping:
    told = codes_in(codes or "", "0 = negative, 1 = positive")
    return Mapping(prompt=prompt or "", completion=completion or "", labels=told)


@dataclass(frozen=True)
class Given:
    """What a person gave: a file, pasted text, or rows of the Hub."""

    told: str
    """What it is called in a message."""
    name: str
    """What a dataset made of it is called."""
    path: Path | None = None
    pasted: str = ""
    fetched: Fetched = None

    def opened(self, stage: shelf.Stage = shelf.unheard) -> source.Source:
        """Its rows. Raises DatasetError and what the Hub's errors are told as."""
        if self.path:
            return shelf.opened(self.path, stage(f"Rows of {self.told} read"))
        return shelf.streamed(*self.fetched) if self.fetched else source.from_text(self.pasted)

    def read(self, mapping: Mapping | None = None, stage: shelf.Stage = shelf.unheard) -> Dataset:
        return loading.from_source(Dataset, self.opened(stage), mapping, stage("Rows understood"))


def _given(path: str | None, pasted: str, called: str, fetched: Fetched = None) -> Given:
    if path:
        return Given(Path(path).name, Path(path).stem, path=Path(path))
    if fetched is not None:
        identifier, asked = fetched
        return Given(identifier, identifier.rpartition("/")[2], fetched=(identifier, asked))
    return Given(called or "Pasted", called, pasted=pasted)


def _added(added: tuple, given: Given) -> list:
    name, data = added
    shelf.let_go()
    line = f"{given.told}: {len(data):,} examples kept as {name}, {len(data.findings)} findings."
    picked = gr.update(choices=shelf.names(), value=name)
    return [markup.note(line), picked, None, gr.update(visible=False), *[gr.skip()] * 3]


def _ask(given: Given, error: DatasetError) -> list:
    """Why the rows were not understood, and their columns to choose from, filled in as the last time."""
    try:
        rows = given.opened().rows
        columns = formats.columns_of(row for _, row in rows)
    except PlaygroundError:
        columns = []
    if not columns:
        return _refused(given, error)
    known = shelf.remembered(rows)
    values = (known.prompt, known.completion) if known else (None, None)
    fields = [gr.update(choices=columns, value=value) for value in values]
    codes = ", ".join(f"{code} = {word}" for code, word in known.labels.items()) if known else ""
    line = markup.note(f"{given.told}: {error.value.rstrip('.')}. Say below what they hold.")
    # A file that still waits for its mapping gives way to what was given after it.
    waiting = gr.skip() if given.path else None
    return [line, gr.skip(), waiting, gr.update(visible=True), *fields, gr.update(value=codes)]


def _refused(given: Given, error: Exception) -> list:
    return [_complaint(given, error), gr.skip(), None, gr.update(visible=False), *[gr.skip()] * 3]


def _complaint(given: Given, error: Exception) -> str:
    return markup.note(f"{given.told}: {sentence(error)}", bad=True)
