"""Adapters: one base stays open, and what was tuned on it is slipped in message by message, like a disk."""

import time
from collections.abc import Iterator

import gradio as gr

from playground.ui import markup, talk, workbench
from playground.ui.picker import Picker, is_model
from playground.ui.room import FOLLOWING, QUIET, STREAMED, Room, choose
from playground.ui.studio import BASE, Studio, is_base, sentence

FIRST = "What does the Cedar Fund cost?"
YOU = "you"


def build(studio: Studio) -> Room:
    gr.HTML(
        markup.heading(
            "Adapters",
            "One base stays in memory. What was tuned on it is slipped in like a disk, message by message.",
        )
    )
    with gr.Row():
        with gr.Column(scale=9, min_width=320, elem_classes="card"):
            gr.HTML("<h3>Who answers next?</h3>")
            turns = gr.State([])
            shown = gr.HTML(_transcript([]), elem_id="adapters-talk")
            model = Picker([BASE], exists=is_model, value=BASE, label="Model", elem_id="adapters-model")
            with gr.Row(equal_height=True, elem_classes="ask"):
                box = gr.Textbox(
                    FIRST, label="Message", scale=5, min_width=220, max_lines=3, elem_id="adapters-message"
                )
                button = gr.Button("Send", variant="primary", scale=1, min_width=120, elem_id="adapters-send")
            trouble = gr.HTML(elem_id="adapters-trouble")
            anew = gr.Button("Start a new conversation", size="sm", elem_id="adapters-anew")
            with gr.Accordion("Ask several in one batch", open=False, elem_id="adapters-batch"):
                gr.HTML(
                    markup.lede(
                        "One pass through the base, each row of it through its adapter. Then the same one "
                        "after the other, to see what the batch saves."
                    )
                )
                several = Picker(
                    [BASE], exists=is_model, multiselect=True, label="Models", elem_id="adapters-several"
                )
                together = gr.Button("Ask all at once", elem_id="adapters-together")
                batch_said = gr.HTML(elem_id="adapters-batch-said")
                answers = gr.HTML(elem_id="adapters-answers")
        with gr.Column(scale=6, min_width=320, elem_classes="card"):
            bench = workbench.build(studio, model)
    with gr.Column(elem_classes="card"):
        gr.HTML("<h3>Kept here</h3>")
        table = gr.HTML(elem_id="adapters-table")

    def send(text, name, before):
        yield from _send(studio, text, name, before)

    def batch(names, text):
        yield from _together(studio, names, text)

    sending = gr.on(
        [button.click, box.submit], send, [box, model, turns], [turns, shown, box, trouble], **STREAMED
    )
    anew.click(lambda: ([], _transcript([]), ""), outputs=[turns, shown, trouble], cancels=[sending], **QUIET)
    together.click(batch, [several, box], [batch_said, answers], **STREAMED)

    def refresh(model_now, several_now, *rest):
        known = studio.models()
        chosen = model_now if model_now in known else BASE
        asked = [name for name in several_now or [] if name in known]
        return [
            choose(known, chosen, model_now),
            choose(known, asked, several_now),
            workbench.table(),
            *bench.refresh(*rest),
        ]

    for event in bench.changed:
        event(
            lambda *now: refresh(*now),
            [model, several, *bench.inputs],
            [model, several, table, *bench.outputs],
            **FOLLOWING,
        )
    return Room(refresh, [model, several, *bench.inputs], [model, several, table, *bench.outputs])


def _send(studio: Studio, text: str, name: str | None, turns: list) -> Iterator[list]:
    """The answer as it is written; a line tells how long the change of model took.

    The box is emptied at once: what stands there later is the next message.
    """
    text = (text or "").strip()
    if not text or name is None:
        missing = "Write a message." if name else "Choose who answers; the model may have been deleted."
        yield [gr.skip(), gr.skip(), gr.skip(), markup.note(missing, bad=True)]
        return
    said = [*turns, (YOU, text, "")]
    waits = "" if studio.host_ready else markup.note("The chat process is warming up.")
    yield [gr.skip(), _transcript([*said, (name, "", "")]), "", waits]
    try:
        told, written = studio.host.switch(name), ""
        detail = f"ready in {_short(told['seconds'])}, {told['loaded']} adapters loaded"
        raw = is_base(name)
        asked = text if raw else _messages(said)
        for piece in studio.host.stream(name, asked, raw=raw, max_tokens=talk.MAX_TOKENS):
            written += piece
            yield [gr.skip(), _transcript([*said, (name, written, detail)]), gr.skip(), ""]
        said = [*said, (name, written.strip(), detail)]
        yield [said, _transcript(said), gr.skip(), ""]
    except Exception as error:
        # The message stays in sight, and is no part of what is sent with the next.
        yield [
            gr.skip(),
            _transcript([*turns, (YOU, text, "")]),
            gr.skip(),
            markup.note(sentence(error), bad=True),
        ]


def _messages(turns: list) -> list[dict]:
    """The conversation as the chat template takes it; what a base went on with is no answer and left out."""
    found = []
    for who, text, _ in turns:
        role = "user" if who == YOU else "assistant"
        if is_base(who) and found:
            found.pop()
        elif text:
            found.append({"role": role, "content": text})
    return found


def _transcript(turns: list) -> str:
    if not turns:
        return markup.empty("Nothing said yet", "Choose a model and send a message; then choose another.")
    rows = [
        f'<p class="lede"><b>You</b> {markup.escape(text)}</p>'
        if who == YOU
        else markup.answer(who, text.strip() or "…", detail)
        for who, text, detail in turns
    ]
    return f'<div class="talk" aria-live="polite">{"".join(rows)}</div>'


def _together(studio: Studio, names: list[str] | None, text: str) -> Iterator[list]:
    names, text = names or [], (text or "").strip()
    if len(names) < 2 or not text:
        yield [markup.note("Choose two or more models, and write a message above.", bad=True), gr.skip()]
        return
    try:
        yield [markup.note("All at once."), gr.skip()]
        for name in names:  # so that neither way has to load one
            studio.host.switch(name)
        began = time.monotonic()
        texts = studio.host.together([(name, text) for name in names], max_tokens=talk.MAX_TOKENS)
        once = time.monotonic() - began
        cards = markup.answers(
            markup.answer(name, said or "…", talk.detail(name))
            for name, said in zip(names, texts, strict=True)
        )
        yield [markup.note(f"One batch: {_short(once)}. Now one after the other."), cards]
        began = time.monotonic()
        alone = [studio.host.replies(name, [text], max_tokens=talk.MAX_TOKENS)[0] for name in names]
        apart = time.monotonic() - began
        same = "word for word the same" if alone == texts else "not everywhere the same"
        line = f"One batch: {_short(once)}; one after the other: {_short(apart)}. The answers are {same}."
        yield [markup.note(line), cards]
    except Exception as error:
        yield [markup.note(sentence(error), bad=True), gr.skip()]


def _short(seconds: float) -> str:
    """Milliseconds below a second, in two figures."""
    value, unit = (1000 * seconds, "ms") if seconds < 1 else (seconds, "s")
    return f"{float(f'{value:.2g}'):g} {unit}"
