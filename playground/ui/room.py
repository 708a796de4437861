"""What every tab hands back to the page: how to bring it up to date with what lies on disk."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

import gradio as gr

from playground.ui import markup
from playground.ui.studio import Studio, run_of


@dataclass
class Room:
    """`refresh(*values of inputs)` returns the updates of `outputs`.

    It runs when the page loads and whenever a run or campaign has changed, in every browser.
    `after`, where given, is (handler, inputs, outputs) to run on the refreshed values.
    """

    refresh: Callable
    inputs: list = field(default_factory=list)
    outputs: list = field(default_factory=list)
    after: tuple | None = None


def choose(choices: Sequence, value, current, **changes) -> dict:
    """An update of a dropdown's choices, and of its value only where that is not the `current` one.

    The answer to a refresh comes a moment later; by then a person may have chosen something else.
    """
    moved = {} if value == current else {"value": value}
    return gr.update(choices=list(choices), **moved, **changes)


def pick(choices: Sequence[str], current: str | None, first: str | None = None) -> dict:
    """An update of a dropdown's choices that keeps what is chosen while it exists."""
    fallback = first if first in choices else (choices[0] if choices else None)
    return choose(choices, current if current in choices else fallback, current)


def keep_run(studio: Studio, stages: Sequence[str], current: str | None) -> tuple[dict, str | dict]:
    """As `show_run`, but a run that is shown already is left alone: it draws itself."""
    runs = studio.runs(*stages)
    if current not in runs:
        return show_run(studio, stages, current)
    return choose(runs, current, current, visible=len(runs) > 1), gr.skip()


def show_run(studio: Studio, stages: Sequence[str], current: str | None) -> tuple[dict, str]:
    """Updates of a run picker and the live view beside it; the newest run where none is chosen."""
    runs = studio.runs(*stages)
    chosen = current if current in runs else (runs[0] if runs else None)
    run = run_of(chosen)
    picker = gr.update(choices=runs, value=chosen, visible=len(runs) > 1)
    if run is None:
        text = "Press the button: the curves are drawn here while the model learns."
        return picker, markup.empty("No run yet", text)
    return picker, markup.live_run(run.id, run.spec.stage)
