"""Which events of Gradio's page a viewer may call: those that show something, none that does something.

Hiding a button would be no protection: every event has an address. So the handlers themselves ask.
"""

import functools
import inspect
from collections.abc import Callable

import gradio as gr
from gradio.context import LocalContext

from playground.ui.ledger import Ledger, address_of

# What a person does while looking: open the page, a tab or a panel, choose what is shown.
_LOOKING = {"load", "change", "input", "select", "expand"}
# What follows such an event by itself, or clears fields whatever happened.
_HARMLESS = {
    "playground.ui.asking.build.<locals>.judges",
    "playground.ui.overlay._apart",
    "playground.ui.questioning.show",
    "playground.ui.tabs.datasets.build.<locals>.first_tokens",
    "playground.ui.tabs.datasets.build.<locals>.prepare",
    "playground.ui.trials.show",
    "playground.ui.byhand.build.<locals>.<lambda>",
    "playground.ui.learned.build.<locals>.<lambda>",
}


def guard_events(demo: gr.Blocks, ledger: Ledger) -> None:
    """Have every handler that does something refuse whoever is no owner."""
    for event in demo.fns.values():
        if event.fn is not None and not may_look(event):
            event.fn = _owners_alone(event.fn, ledger)


def may_look(event) -> bool:
    """Whether a viewer may call an event: all that triggers it is looking."""
    return {name for _, name in event.targets} <= _LOOKING or name_of(event.fn) in _HARMLESS


def name_of(handler: Callable) -> str:
    """Module and name of a handler."""
    plain = inspect.unwrap(handler)
    plain = getattr(plain, "func", plain)
    return f"{plain.__module__}.{plain.__qualname__}"


def _owners_alone(handler: Callable, ledger: Ledger) -> Callable:
    if inspect.isgeneratorfunction(handler):

        @functools.wraps(handler)
        def stream(*given, **named):
            _check(handler, ledger)
            yield from handler(*given, **named)

        return stream

    @functools.wraps(handler)
    def call(*given, **named):
        _check(handler, ledger)
        return handler(*given, **named)

    return call


def _check(handler: Callable, ledger: Ledger) -> None:
    request = LocalContext.request.get(None)
    person = getattr(request.request.state, "person", None) if request and request.request else None
    if person is not None and person.role == "owner":
        return
    role, name = (person.role, person.name) if person else ("nobody", "nobody")
    address = address_of(request.request.scope) if person else "unknown"
    ledger.refused(name, address, f"event {name_of(handler)}", f"The role {role} may not do this.")
    said = f"The role {role} may look at everything here and start nothing."
    raise gr.Error(said, title="Not yours to do", print_exception=False)
