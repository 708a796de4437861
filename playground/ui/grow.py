"""More examples: other words, a model's drafts, a document's passages; all wait for a person's approval."""

import secrets
from collections.abc import Iterator, Sequence
from pathlib import Path

import gradio as gr

from playground.dataset import documents
from playground.dataset.table import Dataset
from playground.errors import PlaygroundError
from playground.ui import markup, shelf
from playground.ui.busy import bars, busy
from playground.ui.jobs import Job
from playground.ui.picker import required, rows_in, whole
from playground.ui.room import FOLLOWING, QUIET, STREAMED
from playground.ui.studio import BASE, Studio, sentence

SHOWN = 10
"""Drafts that are listed."""
TOKENS = 96
"""Longest draft."""
MOST = 500
"""Drafts at one press."""


def build(studio: Studio, chosen: gr.Dropdown, model: gr.Dropdown) -> None:
    """The panel; what is made becomes the value of `chosen`. `model` writes the drafts."""
    gr.HTML(
        markup.lede(
            "What is made here is a draft: no model learns from it before you have approved it. The model "
            "chosen under “As the model sees it” writes; one that is tuned on such examples writes best."
        )
    )
    with gr.Row(elem_classes="ask"):
        count = gr.Number(
            10,
            label="Drafts",
            precision=0,
            min_width=110,
            elem_id="datasets-grow-count",
        )
        write = gr.Button("Have a model draft them", min_width=180, elem_id="datasets-grow-write")
        other = gr.Button("Ask in other words", min_width=160, elem_id="datasets-grow-words")
    gr.HTML(markup.lede("Or give a document, PDF, Markdown or text: each of its passages becomes a draft."))
    document = gr.File(
        show_label=False,
        file_types=list(documents.ENDINGS),
        height=150,
        elem_id="datasets-grow-document",
    )
    said = gr.HTML(elem_id="datasets-grow-said")
    listed = gr.HTML(elem_id="datasets-grow-list")
    with gr.Row(elem_classes="ask"):
        rows = gr.Textbox(
            label="Rows", placeholder="all, or 12, 15-18", max_lines=1, min_width=140,
            visible=False, elem_id="datasets-grow-rows",
        )  # fmt: skip
        approve, reject = (
            gr.Button(label, variant=look, visible=False, min_width=140, elem_id=f"datasets-grow-{name}")
            for label, look, name in (
                ("Approve", "primary", "approve"),
                ("Leave out", "secondary", "reject"),
            )
        )

    shown, made = [listed, rows, approve, reject], [said, chosen]

    def draft(name, wanted, who):
        yield from _work(
            studio,
            f"draft {name} {who}",
            "Drafts",
            lambda job: _drafted(studio, job, name, wanted, who),
            name,
        )

    def read(path, who):
        yield from _work(
            studio, f"passages {path}", "Passages", lambda job: _passages(studio, job, path, who), None
        )

    chosen.change(_listed, chosen, shown, **QUIET)
    rows.change(_buttons, [chosen, rows], [approve, reject], **QUIET)
    # What is made chooses itself, and what was said of it is to stay on screen.
    chosen.input(lambda: "", None, said, **FOLLOWING)
    write.click(draft, [chosen, count, model], made, **STREAMED)
    document.upload(read, [document, model], made, **STREAMED)

    def reword(name, wanted):
        work = lambda job: _reworded(name, wanted, job.stage)  # noqa: E731
        yield from busy(studio, f"reword {name} {wanted}", "Asking in other words", work, 2)

    other.click(reword, [chosen, count], made, **STREAMED)
    for button, verb in ((approve, "approve"), (reject, "reject")):

        def settle(name, wanted, verb=verb):
            work = lambda job: _settle(name, wanted, verb, job.stage)  # noqa: E731
            yield from busy(studio, f"{verb} {name} {wanted}", "Settling drafts", work, 2)

        button.click(settle, [chosen, rows], made, **STREAMED)


def _listed(name: str | None) -> list:
    """The drafts of a dataset, and the buttons that settle them."""
    try:
        drafts = shelf.cleaned(name).drafts() if name else []
    except Exception:
        drafts = []
    if not len(drafts):
        return ["", *[gr.update(visible=False)] * 3]
    passages = {one.row: one.message for one in drafts.findings if one.kind == "passage"}
    table = [
        [number, example.question or passages.get(number, ""), example.completion]
        for number, example in zip(drafts.numbers[:SHOWN], drafts[:SHOWN], strict=True)
    ]
    more = f", the first {SHOWN}" if len(drafts) > SHOWN else ""
    line = markup.lede(
        f"Drafts nobody has approved yet: {len(drafts):,}{more}. Change one under “Change rows”."
    )
    rows = markup.table(["row", "prompt, or the passage it is about", "ideal answer"], table, numbers=[0])
    return [line + rows, gr.update(visible=True, value=""), *_buttons(name, "")]


def _buttons(name: str | None, wanted: str | None) -> list:
    """What the buttons would settle: so many drafts where no rows are named, though fewer are listed."""
    try:
        count = len(shelf.cleaned(name).drafts()) if name and rows_in(wanted) is None else 0
    except PlaygroundError:
        count = 0  # the numbers are not written yet
    which = "these" if not count else f"all {count:,}" if count > 1 else "it"
    words = (f"Approve {which}", f"Leave {which} out")
    return [gr.update(value=text, visible=True) for text in words]


def _work(studio: Studio, name: str, what: str, make, of: str | None) -> Iterator[list]:
    """Let a model write in the background; then its drafts are a version, or a dataset of their own."""
    try:
        job = studio.jobs.start(name, what, make)
        for bar in bars(job):
            yield [bar, gr.skip()]
        called, data = job.result
        yield _kept(called if of is None else shelf.family(of), data)
    except Exception as error:
        yield [markup.note(sentence(error), bad=True), gr.skip()]


def _kept(called: str, data: Dataset, stage: shelf.Stage = shelf.unheard) -> list:
    new, kept = shelf.add(data, called, stage)
    told = "; ".join(one.message for one in data.findings if one.row == 0 and one.kind == "synthetic")
    line = f"Kept as {new}, with {len(kept.drafts()):,} drafts to look through.{f' {told}' if told else ''}"
    return [markup.note(line), gr.update(choices=shelf.names(), value=new)]


def _drafted(studio: Studio, job: Job, name: str | None, count: float | None, model: str | None):
    data = shelf.cleaned(required(name, "dataset"))
    seed = secrets.randbelow(2**31)  # so that another press makes others; the recipe holds what was made
    write = _writer(studio, required(model, "model"), seed)
    return name, data.draft(write, _many(count), chat=model != BASE, seed=seed, progress=job.step)


def _many(count: float | None) -> int:
    return whole(count, "Drafts", MOST)


def _passages(studio: Studio, job: Job, path: str, model: str | None):
    write, heard = _writer(studio, required(model, "model")), job.stage("Pages read and passages drafted")
    made = Dataset.from_document(Path(path), write=write, chat=model != BASE, progress=heard)
    return Path(path).stem, made


def _writer(studio: Studio, model: str, seed: int = 0):
    """What has the model write: the base goes on, a tuned one answers."""
    calls = seed

    def write(asked: Sequence) -> list[str]:
        nonlocal calls
        calls += 1
        return studio.host.replies(
            model, list(asked), raw=model == BASE, temperature=0.9, seed=calls, max_tokens=TOKENS
        )

    return write


def _reworded(name: str | None, count: float | None, stage: shelf.Stage = shelf.unheard) -> list:
    try:
        data = shelf.cleaned(required(name, "dataset"), stage)
        return _kept(shelf.family(name), data.paraphrase(first=_many(count)), stage)
    except Exception as error:
        return [markup.note(sentence(error), bad=True), gr.skip()]


def _settle(name: str | None, wanted: str, verb: str, stage: shelf.Stage = shelf.unheard) -> list:
    """Approve drafts or leave them out, all or those whose rows are named."""
    try:
        data = shelf.cleaned(required(name, "dataset"), stage)
        rows = rows_in(wanted)
        settled = getattr(data, verb)(rows)
        new, kept = shelf.add(settled, shelf.family(name), stage)
    except Exception as error:
        return [markup.note(sentence(error), bad=True), gr.skip()]
    left = len(kept.drafts())
    done = len(data.drafts()) - left
    word = "approved" if verb == "approve" else "left out"
    line = f"{done:,} {word}; {f'{left:,} drafts are left' if left else 'no draft is left'}. Kept as {new}."
    return [markup.note(line), gr.update(choices=shelf.names(), value=new)]
