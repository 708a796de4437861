"""Dropdowns and chips over names that come and go on disk.

Gradio checks what a page has chosen against the choices it last sent to that page. It forgets those when
the app starts anew, and would then refuse every choice of a page that was open meanwhile. Here the disk is
asked instead; a name that is gone counts as nothing chosen.
"""

import re
from collections.abc import Callable
from pathlib import Path

import gradio as gr

from playground.errors import ConflictError, InputError
from playground.model import kept
from playground.model.source import members_of
from playground.ui import shelf
from playground.ui.studio import POLICIES, is_base, is_there, run_of


class Picker(gr.Dropdown):
    """A dropdown whose choice holds while `exists(name)`."""

    is_template = True  # drawn as Gradio's own dropdown

    def __init__(self, choices=None, *, exists: Callable[[str], bool], **more):
        self._exists = exists
        super().__init__(choices, **more)

    def get_config(self, cls=None):
        return super().get_config(cls or gr.Dropdown)

    def preprocess(self, payload):
        if isinstance(payload, list):
            return [name for name in payload if _holds(self._exists, name)]
        return payload if _holds(self._exists, payload) else None


class Boxes(gr.CheckboxGroup):
    """Boxes whose names are those of the page: which of them mean anything is told by whoever reads them."""

    is_template = True

    def get_config(self, cls=None):
        return super().get_config(cls or gr.CheckboxGroup)

    def preprocess(self, payload):
        return [name for name in payload or () if isinstance(name, str)]


class Chips(gr.Radio):
    """Radio buttons whose choice holds while `exists(name)`."""

    is_template = True

    def __init__(self, choices=None, *, exists: Callable[[str], bool], **more):
        self._exists = exists
        super().__init__(choices, **more)

    def get_config(self, cls=None):
        return super().get_config(cls or gr.Radio)

    def preprocess(self, payload):
        return payload if _holds(self._exists, payload) else None


class Slide(gr.Slider):
    """A slider that takes what is being typed beside it for the nearest number it has.

    Gradio's page sends every key, and its own slider raises at the 5 of a 50 where 10 is the least.
    """

    is_template = True

    def get_config(self, cls=None):
        return super().get_config(cls or gr.Slider)

    def preprocess(self, payload):
        number = self.minimum if payload is None else payload
        return super().preprocess(min(max(number, self.minimum), self.maximum))


def required(name: str | None, what: str) -> str:
    """What is chosen. Raises ConflictError where nothing is."""
    if name is None:
        raise ConflictError(f"No {what} is chosen", remedy="Choose one; it may have been deleted")
    return name


def whole(value: float | None, what: str, most: int) -> int:
    """A count from a number box, which sends anything. Raises InputError where it is not 1 to `most`."""
    if value is None or not 1 <= value <= most:
        raise InputError(
            f"{what}: {'nothing' if value is None else f'{value:,}'}",
            rule=f"A whole number from 1 to {most:,}",
            remedy="Type another number",
        )
    return int(value)


def rows_in(text: str | None) -> list[int] | None:
    """The numbers in "12, 15-18"; None for all. Raises InputError."""
    plain = (text or "").strip().lower()
    if plain in ("", "all"):
        return None
    found: list[int] = []
    for part in re.split(r"[\s,;]+", plain):
        match = re.fullmatch(r"(-?\d{1,9})(?:-(-?\d{1,9}))?", part)
        first, last = sorted((int(match[1]), int(match[2] or match[1]))) if match else (0, 0)
        if not match or last - first > 10_000:
            raise InputError(
                f"The rows are {text!r}",
                rule="Numbers and ranges, with commas between",
                remedy="Try 12, 15-18",
            )
        found += range(first, last + 1)
    return found


def is_run(name: str) -> bool:
    return Path(name).name == name and run_of(name) is not None


def is_model(name: str) -> bool:
    """A model one can talk to."""
    if kept.is_kept(name):
        return True
    run_id = name.partition("/")[0]
    return is_base(name) or (is_run(run_id) and run_of(run_id).spec.stage in POLICIES and is_there(name))


def is_reward(name: str) -> bool:
    """A reward model, or several that judge together."""
    return all(is_run(one) and run_of(one).spec.stage == "reward" for one in members_of(name))


def is_dataset(name: str) -> bool:
    return name in shelf.names()


def _holds(exists: Callable[[str], bool], name) -> bool:
    return isinstance(name, str) and exists(name)
