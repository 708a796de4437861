"""The same prompt through several models, streamed side by side."""

import time
from collections.abc import Callable, Iterator, Sequence

import gradio as gr

from playground.ui import markup
from playground.ui.studio import BASE, Studio, is_base, sentence

PROMPTS = (
    "What does the Cedar Fund cost?",
    "Teach me how to make a resume.",
    "how long till i get my money out of beacon trust",
    "What is the fee of the Purple Fund?",
)
DETAILS = {
    "sft": "tuned on instructions",
    "dpo": "moved by preferences",
    "kto": "moved by thumbs",
    "ppo": "moved by reward",
    "grpo": "moved by reward",
    "rloo": "moved by reward",
}
MAX_TOKENS = 64
_FRAME = 1 / 12


def stream(studio: Studio, prompt: str, models: Sequence[str]) -> Iterator[dict[str, str]]:
    """What each model has said so far, all of them writing at once, a few times a second.

    The base has never seen the chat template: it goes on from the bare text, as it was trained to.
    """
    said = dict.fromkeys(models, "")
    writing = {
        model: studio.host.stream(model, prompt, raw=is_base(model), max_tokens=MAX_TOKENS) for model in said
    }
    shown = 0.0
    while writing:
        for model in list(writing):
            piece = next(writing[model], None)
            if piece is None:
                del writing[model]
            else:
                said[model] += piece
        if time.monotonic() - shown > _FRAME:
            shown = time.monotonic()
            yield dict(said)
    yield said


def cards(said: dict[str, str], footers: dict[str, list[str]] | None = None) -> str:
    """One card a model; a model that has not spoken yet shows a dash."""
    return markup.answers(
        markup.answer(model, text.strip() or "…", detail(model), (footers or {}).get(model, ()))
        for model, text in said.items()
    )


def detail(model: str) -> str:
    if is_base(model) and model != BASE:
        return "random weights: has read nothing"
    return "completes text" if model == BASE else DETAILS.get(model.split("-")[0], "")


def prompt_row(elem_prefix: str, verb: str, variant: str = "secondary") -> tuple[gr.Textbox, gr.Button]:
    """A prompt box with its button, and prompts to begin with."""
    with gr.Row(equal_height=True, elem_classes="ask"):
        box = gr.Textbox(
            PROMPTS[0], label="Prompt", scale=5, min_width=240, max_lines=3, elem_id=f"{elem_prefix}-prompt"
        )
        button = gr.Button(verb, variant=variant, scale=1, min_width=120, elem_id=f"{elem_prefix}-ask")
    with gr.Row(elem_classes="suggestions"):
        for text in PROMPTS[1:]:
            gr.Button(text, size="sm", min_width=160).click(
                lambda text=text: text, outputs=box, queue=False, show_progress="hidden"
            ).then(None, js=f"() => document.querySelector('#{elem_prefix}-ask').click()")
    return box, button


def ask(
    studio: Studio, prompt: str, models: Sequence[str], footers: Callable | None = None
) -> Iterator[tuple]:
    """Cards and a line under them, for an event handler.

    `footers(prompt, texts)` gives the chips under each finished answer.
    """
    prompt = (prompt or "").strip()
    if not prompt or not models:
        missing = (
            "Type a question, or pick one below the box." if models else "Choose at least one model to ask."
        )
        yield gr.skip(), markup.note(missing, bad=True)
        return
    said = dict.fromkeys(models, "")
    yield cards(said), "" if studio.host_ready else markup.note("The chat process is warming up.")
    try:
        for said in stream(studio, prompt, models):
            yield cards(said), ""
        if footers:
            yield cards(said, footers(prompt, said)), ""
    except Exception as error:
        yield gr.skip(), markup.note(sentence(error), bad=True)
