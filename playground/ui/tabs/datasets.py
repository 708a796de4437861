"""Datasets: pick or upload examples, see what was repaired, and see one as the model sees it."""

from collections import Counter
from collections.abc import Iterator

import gradio as gr

from playground.dataset.builtins import DESCRIPTIONS
from playground.dataset.table import Dataset
from playground.errors import NotFoundError
from playground.ui import byhand, grow, intake, markup, numbers, repairs, shelf, takeaway, versions
from playground.ui.busy import busy
from playground.ui.picker import Chips, Picker, is_dataset, is_model, required
from playground.ui.room import FOLLOWING, QUIET, STREAMED, Room, pick
from playground.ui.studio import BASE, Studio, sentence

PAGE = 8


def build(studio: Studio) -> Room:
    gr.HTML(
        markup.heading(
            "Datasets",
            "What a model becomes is decided here. Every row that was repaired or left out is told, and why.",
        )
    )
    with gr.Row():
        with gr.Column(scale=4, min_width=300, elem_classes="card"):
            chosen = Picker(
                shelf.names(), exists=is_dataset, value="larkspur", label="Dataset", elem_id="datasets-chosen"
            )
            about = gr.HTML(elem_id="datasets-about")
            tune = gr.Button("Tune a model on it", variant="primary", elem_id="datasets-onward")
            intake.build(studio, chosen)
        with gr.Column(scale=9, min_width=320, elem_classes="card"):
            kind = Chips([], exists=bool, label="Show", elem_id="datasets-kind")
            table = gr.HTML(elem_id="datasets-table")
            with gr.Row():
                back = gr.Button("Earlier rows", min_width=120)
                onward = gr.Button("Later rows", min_width=120)
            page, waiting, drawn = gr.State(0), gr.State(""), gr.State("")
    with gr.Column(elem_classes="card"), gr.Tabs(overflow_behavior="wrap"):
        with gr.Tab("As the model sees it", elem_id="datasets-tab-seen"):
            row, model, look, seen = _as_seen()
        with gr.Tab("Findings", elem_id="datasets-tab-findings"):
            repairs.build(studio, chosen)
        with gr.Tab("Numbers", elem_id="datasets-tab-numbers"):
            numbers.build(studio, chosen, model)
        with gr.Tab("Change rows", elem_id="datasets-tab-edit"):
            byhand.build(studio, chosen)
        with gr.Tab("More examples", elem_id="datasets-tab-grow"):
            grow.build(studio, chosen, model)
        with gr.Tab("Versions", elem_id="datasets-tab-versions"):
            versions.build(studio, chosen)
        with gr.Tab("Take away", elem_id="datasets-tab-away"):
            takeaway.build(studio, "datasets", chosen, _to_take)

    view = [about, kind, table, page, waiting, drawn]
    opened = chosen.change(_open, chosen, view, **QUIET)

    def prepare(name):
        yield from _prepare(studio, name)

    preparing = opened.then(prepare, waiting, view, **STREAMED)
    chosen.change(None, cancels=[preparing], **QUIET)
    kind.input(lambda name, what: _turn(name, what, 0), [chosen, kind], [table, page], **FOLLOWING)
    for button, move in ((back, -1), (onward, 1)):
        button.click(
            lambda name, what, at, move=move: _turn(name, what, at + move),
            [chosen, kind, page],
            [table, page],
            **QUIET,
        )

    def tokens(name, at, who):
        return _tokens(studio, name, at, who)

    def first_tokens(name, at, who):
        return _tokens(studio, name, at, who, or_first=True) if studio.host_ready else gr.skip()

    gr.on([look.click, row.submit], tokens, [chosen, row, model], seen, **QUIET)
    chosen.change(first_tokens, [chosen, row, model], seen, **QUIET)

    def refresh(name_now, model_now, drawn_now):
        update = pick(shelf.names(), name_now, "larkspur")
        name = update.get("value", name_now)
        # What has a name never changes, and somebody may be on its fifth page.
        now = [gr.skip()] * len(view) if name == drawn_now else _open(name)
        return update, pick(studio.models(), model_now, BASE), *now

    return Room(
        refresh,
        [chosen, model, drawn],
        [chosen, model, *view],
        after=((first_tokens, [chosen, row, model], [seen]),),
        onward=(tune, chosen),
    )


def _as_seen() -> tuple:
    """One row through the template: its number, the model, the button, and where the tokens stand."""
    with gr.Row(elem_classes="ask"):
        row = gr.Number(1, label="Row", precision=0, min_width=120, scale=1, elem_id="datasets-row")
        model = Picker(
            [BASE],
            exists=is_model,
            value=BASE,
            label="Model",
            min_width=160,
            scale=2,
            elem_id="datasets-model",
        )
        look = gr.Button("Show tokens", scale=1, min_width=120, elem_id="datasets-look")
    return row, model, look, gr.HTML(elem_id="datasets-seen")


def _to_take(name: str | None) -> tuple[str, Dataset]:
    data = shelf.cleaned(required(name, "dataset"))
    return name, data


def _open(name: str | None):
    """About, the filter chips and the first rows of a dataset; its name where it has to be cleaned first."""
    try:
        if not shelf.opens_at_once(name):
            return *[gr.skip()] * 4, name, gr.skip()
        data = shelf.cleaned(required(name, "dataset"))
    except Exception as error:
        return markup.note(sentence(error), bad=True), gr.skip(), "", 0, "", ""
    return *_view(name, data), 0, "", name


def _prepare(studio: Studio, name: str) -> Iterator[list]:
    """Clean a large dataset that was kept as it was, with what was there before still in sight."""
    if not name:
        # Of a stream without a single word Gradio's page makes empty outputs.
        yield [gr.skip()] * 6
        return
    try:
        work = lambda job: [*_view(name, shelf.cleaned(name, job.stage)), 0, name, name]  # noqa: E731
        yield from busy(studio, f"open {name}", f"Opening {name}", work, 6)
    except Exception as error:
        yield [markup.note(sentence(error), bad=True), *[gr.skip()] * 5]


def _view(name: str, data: Dataset) -> list:
    counts = Counter(finding.kind for finding in data.findings)
    choices = [
        (f"Examples {len(data):,}", "examples"),
        *((f"{what} {n}", what) for what, n in counts.items()),
    ]
    text = DESCRIPTIONS.get(data.name, f"Read as {data.format}: {data.reason}.")
    wrong = f"{sum(counts.values())} findings" if counts else "nothing wrong"
    state = f"{len(data):,} examples, {wrong}. Content {data.sha256[:8]}."
    about = markup.lede(text) + markup.lede(state)
    return [about, gr.update(choices=choices, value="examples"), _table(name, "examples", 0)]


def _table(name: str, what: str, page: int) -> str:
    data = shelf.cleaned(name)
    if what in (None, "examples"):
        frame = data[page * PAGE : (page + 1) * PAGE].to_pandas()
        columns = (
            ["row", "prompt", "completion", "tags"] if any(frame.tags) else ["row", "prompt", "completion"]
        )
        return markup.table(columns, frame[columns].values.tolist(), numbers=[0], kind="stacked")
    found = [finding for finding in data.findings if finding.kind == what][page * PAGE : (page + 1) * PAGE]
    return markup.table(["row", "what", "done"], ([f.row, f.message, f.action] for f in found), numbers=[0])


def _turn(name: str | None, what: str, page: int):
    try:
        data = shelf.cleaned(required(name, "dataset"))
    except Exception as error:
        return markup.note(sentence(error), bad=True), 0
    total = len(data) if what in (None, "examples") else sum(f.kind == what for f in data.findings)
    page = min(max(page, 0), max((total - 1) // PAGE, 0))
    return _table(name, what, page), page


def _tokens(studio: Studio, name: str, at: float | None, model: str, or_first: bool = False) -> str:
    try:
        number, row = _row(name, int(at or 1), or_first)
        pieces = studio.host.render(model, row)
    except Exception as error:
        return markup.note(sentence(error), bad=True)
    loss = sum(carries for _, carries in pieces)
    text = (
        f"Row {number}: {len(pieces)} tokens. "
        f"The model learns to write the {loss} tinted ones and only reads the rest."
    )
    return markup.lede(text) + markup.tokens(pieces)


def _row(name: str, at: int, or_first: bool) -> tuple[int, dict]:
    """The row of the source, as the table numbers it, and its example.

    For a row that was left out, the first one with `or_first`, else NotFoundError.
    """
    data = shelf.cleaned(name)
    numbers = data.numbers
    if at not in numbers and not or_first:
        why = next((one.message for one in data.findings if one.row == at and one.action == "dropped"), "")
        raise NotFoundError(
            f"{name} has no example from row {at}",
            rule=f"The row was left out: {why}" if why else f"Its rows are {numbers[0]} to {numbers[-1]}",
            remedy="Choose a row that the table shows",
        )
    place = numbers.index(at) if at in numbers else 0
    return numbers[place], data[place : place + 1].rows()[0]
