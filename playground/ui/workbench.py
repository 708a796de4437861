"""Adapters brought in, combined, merged and deleted: the right side of their room."""

from collections.abc import Callable
from dataclasses import dataclass, field

import gradio as gr

from playground.errors import InputError, PlaygroundError
from playground.model import adapter, blend, bring, hub, kept, source
from playground.run.estimate import size
from playground.ui import markup
from playground.ui.picker import Picker, is_model
from playground.ui.room import QUIET, choose
from playground.ui.studio import BASE, Studio, sentence

ITSELF = "as it says itself"


@dataclass
class Bench:
    """`refresh(*values of inputs)` gives the updates of `outputs`; it is due after each of `changed`."""

    refresh: Callable
    inputs: list = field(default_factory=list)
    outputs: list = field(default_factory=list)
    changed: list = field(default_factory=list)


def build(studio: Studio, model: gr.Dropdown) -> Bench:
    """The panels. What is made becomes the choice of `model`."""
    gr.HTML("<h3>Bring one in</h3>")
    file = gr.File(file_count="multiple", show_label=False, height=120, elem_id="adapters-files")
    gr.HTML(
        markup.lede(
            "Drop adapter_config.json and adapter_model.safetensors. Pickles are left out, and what does not "
            "fit its base is refused before it is opened."
        )
    )
    identifier = gr.Textbox(
        label="Or from the Hugging Face Hub", placeholder="owner/name", max_lines=1, elem_id="adapters-hub"
    )
    with gr.Row():
        name = gr.Textbox(
            label="Name", placeholder="chosen for you", min_width=120, max_lines=1, elem_id="adapters-name"
        )
        base = gr.Dropdown(
            [ITSELF, BASE],
            value=ITSELF,
            label="Base",
            allow_custom_value=True,
            min_width=120,
            elem_id="adapters-base",
        )
    add = gr.Button("Bring it in", elem_id="adapters-add")
    added = gr.HTML(elem_id="adapters-added")
    with gr.Accordion("Combine several", open=False, elem_id="adapters-combine"):
        parts = Picker([], exists=is_model, multiselect=True, label="LoRA adapters", elem_id="adapters-parts")
        weights = gr.Textbox(
            "1, 1",
            label="Weights",
            info="One for each, in order; a negative one takes away.",
            max_lines=1,
            elem_id="adapters-weights",
        )
        way = gr.Radio(list(blend.WAYS), value="svd", label="How", elem_id="adapters-way")
        says = gr.HTML(markup.lede(blend.WAYS["svd"][1]))
        called = gr.Textbox(label="Name", placeholder="chosen for you", max_lines=1)
        mix = gr.Button("Combine", elem_id="adapters-mix")
        mixed = gr.HTML(elem_id="adapters-mixed")
    with gr.Accordion("Merge, unmerge, delete", open=False, elem_id="adapters-merge"):
        gr.HTML(
            markup.lede(
                "Merged, an adapter is part of the base's own weights: a full model that needs no adapter. "
                "Unmerging deletes that copy; the adapter has stayed."
            )
        )
        one = Picker([], exists=is_model, label="Model", elem_id="adapters-one")
        with gr.Row():
            merge = gr.Button("Merge", min_width=100, elem_id="adapters-do-merge")
            unmerge = gr.Button("Unmerge", min_width=100, elem_id="adapters-do-unmerge")
            delete = gr.Button("Delete", variant="stop", min_width=100, elem_id="adapters-do-delete")
        done = gr.HTML(elem_id="adapters-done")

    way.change(lambda chosen: markup.lede(blend.WAYS[chosen][1]), way, says, **QUIET)
    events = [
        add.click(_add(studio), [file, identifier, name, base], [added, model, file], **QUIET),
        mix.click(_combine(studio), [parts, weights, way, called], [mixed, model], **QUIET),
        merge.click(_act(studio, _merge), one, [done, model], **QUIET),
        unmerge.click(_act(studio, _unmerge), one, [done, model], **QUIET),
        delete.click(_act(studio, _delete), one, [done, model], **QUIET),
    ]

    def refresh(parts_now, one_now):
        known = [name for name in studio.models() if name != BASE]
        chosen = [name for name in parts_now or [] if name in known]
        return [
            choose(known, chosen, parts_now),
            choose(known, one_now if one_now in known else None, one_now),
        ]

    return Bench(refresh, [parts, one], [parts, one], [event.then for event in events])


def table() -> str:
    """Every kept model: what it is, where it came from, what it takes on disk."""
    rows = [_row(name) for name in kept.names()]
    if not rows:
        return markup.empty("Nothing yet", "Bring an adapter in, combine two, or merge one.")
    return markup.table(["name", "what", "from", "size"], rows, numbers=[3])


def _row(name: str) -> list:
    made, folder = kept.origin(name), kept.folder(name)
    weights = sum(file.stat().st_size for file in folder.glob("*.safetensors"))
    try:
        found = source.find(name)
        what = f"{adapter.told(found.config)} on {found.base.name}" if found.base else "a full model"
    except PlaygroundError as error:
        what = error.value
    return [name, what, _came(made), size(weights)]


def _came(made: dict) -> str:
    if made["kind"] == "combined":
        parts = ", ".join(f"{weight:g} × {name}" for name, weight in made["weights"].items())
        return f"{made['way']} of {parts}"
    return f"merged from {made['adapter']}" if made["kind"] == "merged" else f"brought in: {made['from']}"


def _add(studio: Studio) -> Callable:
    def add(paths, identifier, name, base):
        try:
            where = _where(paths, identifier)
            on = "" if base in (None, ITSELF) else base.strip()
            made = bring.add_adapter(where, (name or "").strip(), on)
            told = _opened(studio, made)
        except Exception as error:
            return [markup.note(sentence(error), bad=True), gr.skip(), gr.skip()]
        left = kept.origin(made)["left out"]
        note = f"Kept as {made}, opened in {1000 * told['seconds']:.0f} ms."
        note += f" Left out, unopened: {', '.join(left[:5])}." if left else ""
        return [markup.note(note), gr.update(choices=studio.models(), value=made), None]

    return add


def _opened(studio: Studio, name: str) -> dict:
    """What has been brought in is tried at once, and not kept where it cannot be opened after all."""
    try:
        return studio.host.switch(name)
    except PlaygroundError:
        kept.remove(name)
        raise


def _where(paths, identifier: str):
    """What a person gave: dropped files, or an id; a path of this machine is none of these."""
    identifier = (identifier or "").strip()
    if paths:
        return paths
    if not hub.is_id(identifier) or source.is_folder(identifier):
        raise InputError(
            f"There is no adapter {identifier[:80]!r}" if identifier else "There is nothing to bring in",
            rule="An adapter is its two files, or a Hugging Face id such as owner/name",
            remedy="Drop the files, or write the id",
        )
    return identifier


def _combine(studio: Studio) -> Callable:
    def combine(parts, weights, way, called):
        try:
            numbers = _numbers(weights)
            if len(numbers) != len(parts or []):
                raise InputError(
                    f"There are {len(numbers)} weights for {len(parts or [])} adapters",
                    rule="Every adapter has one",
                    remedy="Write them in order, with commas between",
                )
            made = studio.host.combine(dict(zip(parts, numbers, strict=True)), way, (called or "").strip())
        except Exception as error:
            return [markup.note(sentence(error), bad=True), gr.skip()]
        return [markup.note(f"Kept as {made}."), gr.update(choices=studio.models(), value=made)]

    return combine


def _numbers(text: str) -> list[float]:
    try:
        return [float(part) for part in (text or "").split(",") if part.strip()]
    except ValueError:
        raise InputError(
            f"The weights are {text[:80]!r}", rule="They are numbers", remedy="Write 0.7, 0.3"
        ) from None


def _act(studio: Studio, work: Callable) -> Callable:
    """A handler that does `work(studio, name)`, which gives a line and the model to choose next."""

    def act(name):
        try:
            if name is None:
                raise InputError("No model is chosen", remedy="Choose one above")
            line, after = work(studio, name)
        except Exception as error:
            return [markup.note(sentence(error), bad=True), gr.skip()]
        return [markup.note(line), gr.update(choices=studio.models(), value=after)]

    return act


def _merge(studio: Studio, name: str) -> tuple[str, str]:
    made = studio.host.merge(name)
    return f"{name} is part of its base in {made}.", made


def _unmerge(studio: Studio, name: str) -> tuple[str, str]:
    found = blend.unmerge(name)
    return f"{name} is taken apart; {found} stays.", found if found in studio.models() else BASE


def _delete(studio: Studio, name: str) -> tuple[str, str]:
    kept.remove(name)
    return f"{name} is deleted.", BASE
