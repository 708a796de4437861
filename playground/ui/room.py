"""What every tab hands back to the page: how to bring it up to date with what lies on disk."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace

import gradio as gr

from playground.run.job import Run
from playground.ui import markup
from playground.ui.studio import BASE, Studio, labelled, run_of

# How handlers are registered. Gradio's page may close the stream of queued events while another has
# just joined it, and never hears of that one: a click then does nothing. So only what streams is queued.
QUIET = {"queue": False, "show_progress": "hidden", "api_visibility": "private"}
STREAMED = QUIET | {"queue": True}
# What follows a choice is asked for once more where it comes while an earlier one is being answered: Gradio
# would leave it out, but for changes, and show what belongs to the earlier choice.
FOLLOWING = QUIET | {"trigger_mode": "always_last"}


@dataclass
class Room:
    """`refresh(*values of inputs)` returns the updates of `outputs`.

    It runs when the page loads or a tab is opened, and, in every browser, whenever a run has changed
    or a campaign was added. Votes that others give show when the tab is opened the next time.
    Each of `after` is (handler, inputs, outputs), run on the refreshed values. It is no event of a State
    that changed: Gradio's page hears of those only from queued events.
    """

    refresh: Callable
    inputs: list = field(default_factory=list)
    outputs: list = field(default_factory=list)
    after: tuple[tuple, ...] = ()
    data: gr.Dropdown | None = None
    """Where a dataset is chosen, if other rooms may bring one."""
    onward: tuple | None = None
    """(button, picker): pressing the button takes what is picked to the next room."""
    form: tuple | None = None
    """(outputs, settings to their values): the form of a run, for other rooms to fill in."""
    found: tuple | None = None
    """(button, picker, picked to settings): pressing the button fills in the form of a run."""


def joined(first: Room, *others: Room) -> Room:
    """Several panels as one room; what other rooms ask of it, the first answers that can."""
    rooms = (first, *others)

    def refresh(*given):
        updates, at = [], 0
        for room in rooms:
            updates += room.refresh(*given[at : at + len(room.inputs)])
            at += len(room.inputs)
        return tuple(updates)

    inputs = [one for room in rooms for one in room.inputs]
    outputs = [one for room in rooms for one in room.outputs]
    found = next((room.found for room in rooms if room.found), None)
    return replace(first, refresh=refresh, inputs=inputs, outputs=outputs, found=found)


def choose(choices: Sequence, value, current, **changes) -> dict:
    """An update of a dropdown's choices, and of its value only where that is not the `current` one.

    The answer to a refresh comes a moment later; by then a person may have chosen something else.
    """
    moved = {} if value == current else {"value": value}
    named = [labelled(one) if isinstance(one, str) else one for one in choices]
    return gr.update(choices=named, **moved, **changes)


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


def newest_or(known: Sequence[str], current: str | None, seen: Sequence[str]) -> str:
    """What is chosen while it exists, and the newest tuned model where that is gone.

    A choice of the base, or of what was newest among those `seen`, follows when a newer one appears.
    """
    newest, before = (next((one for one in names if one.startswith("sft-")), BASE) for names in (known, seen))
    follows = current in (BASE, before) and newest not in seen
    return newest if follows or current not in known else current


def states(*stages: str) -> list[str]:
    """Every run of these stages with its state: differs once one is begun or has ended."""
    return [f"{run.id} {run.state}" for run in Run.all() if run.spec.stage in stages]
