"""A settings dataclass as a form, and a form's values as the dataclass again."""

import itertools
import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import gradio as gr

from playground.fields import Setting, describe


@dataclass
class Form:
    """The widgets of one settings dataclass, in the order of its fields.

    `inputs` go to an event; `read(*values)` turns what arrives into the dataclass, raising
    InputError from its own checks; `values(settings)` is what the widgets must show for it.
    Nested settings (a tuning) are left to the tab: pass them to `read` by name.
    """

    cls: type
    settings: tuple[Setting, ...]
    inputs: list[gr.components.Component] = field(default_factory=list)

    def read(self, values: Sequence, **nested) -> Any:
        found = {one.name: parse(one, value) for one, value in zip(self.settings, values, strict=True)}
        return self.cls(**found, **nested)

    def values(self, settings: Any) -> list:
        return [show(one, getattr(settings, one.name)) for one in self.settings]


def build(start: Any, visible: int = 3, elem_prefix: str = "") -> Form:
    """Place the form of `start`, settings that fill it: `visible` fields in the open, the rest folded."""
    plain = [
        replace(one, default=getattr(start, one.name))
        for one in describe(type(start))
        if one.type in (bool, int, float, str)
    ]
    first = [one for one in plain if not one.advanced][:visible]
    rest = [one for one in plain if one not in first]
    made = {one.name: widget(one, elem_prefix) for one in first}
    if rest:
        with gr.Accordion("More settings", open=False):
            made |= {one.name: widget(one, elem_prefix) for one in rest}
    ordered = tuple(first + rest)
    return Form(type(start), ordered, [made[one.name] for one in ordered])


def widget(one: Setting, prefix: str = "") -> gr.components.Component:
    """The component that fits a setting: choices, switch, whole number, number or text."""
    common = {
        "label": one.label,
        "info": " ".join(one.help.split()),
        "elem_id": f"{prefix}{one.name}" if prefix else None,
    }
    if one.choices:
        return gr.Dropdown([str(c) for c in one.choices], value=show(one, one.default), **common)
    if one.type is bool:
        return gr.Checkbox(value=one.default, **common)
    # Text boxes, because a number box rounds 1e-05 and drops what it cannot parse without a word.
    return gr.Textbox(value=show(one, one.default), max_lines=1, **common)


def at_once(answer: Callable[..., list], *choices: Sequence[str]) -> str:
    """JavaScript for an event whose inputs are these choices: all answers, worked out beforehand.

    An answer that comes from the server may come late, over what a person has typed meanwhile.
    """
    ready = {_key(chosen): answer(*chosen) for chosen in itertools.product(*choices)}
    return f"(...given) => ({json.dumps(ready)})[JSON.stringify(given.slice(0, {len(choices)}))]"


def _key(chosen: Sequence[str]) -> str:
    """A list as JavaScript's JSON.stringify writes it."""
    return json.dumps(chosen, ensure_ascii=False, separators=(",", ":"))


def show(one: Setting, value: Any) -> Any:
    """A setting's value as its widget holds it."""
    if one.type is bool:
        return bool(value)
    if value is None:
        return ""
    if isinstance(value, float):
        short = f"{value:g}"
        return short if float(short) == value else repr(value)
    return ", ".join(value) if isinstance(value, tuple) else str(value)


def parse(one: Setting, text: Any) -> Any:
    """What the widget holds, as the setting's type; what is no number is kept for the check to refuse."""
    if one.type is bool:
        return bool(text)
    text = str(text if text is not None else "").strip()
    if not text and one.optional:
        return None
    if one.choices:
        return next((c for c in one.choices if str(c) == text), text)
    if one.type is str:
        return text
    try:
        number = float(text)
    except ValueError:
        return text
    return int(number) if one.type is int and number.is_integer() else number
