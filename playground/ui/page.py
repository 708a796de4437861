"""The whole page: title row, then one tab per room of the walk."""

import gradio as gr

from playground.ui import frame, shelf
from playground.ui.room import FOLLOWING, QUIET, choose
from playground.ui.studio import Studio
from playground.ui.tabs import adapters, compare, datasets, preferences, race, rlhf, runs, tuning

TITLE = "Fine-Tuning Playground"
ROOMS = (
    ("datasets", "Datasets", datasets),
    ("tuning", "Instruction tuning", tuning),
    ("race", "Race", race),
    ("preferences", "Preferences", preferences),
    ("rlhf", "RLHF", rlhf),
    ("compare", "Compare", compare),
    ("adapters", "Adapters", adapters),
    ("runs", "Runs", runs),
)


def build(studio: Studio) -> gr.Blocks:
    """The Gradio side of the app."""
    with gr.Blocks(title=TITLE, fill_width=True, analytics_enabled=False) as demo:
        line = frame.build()
        with gr.Tabs(selected="tuning", elem_id="rooms", overflow_behavior="wrap") as tabs:
            rooms, doors = {}, {}
            for name, label, module in ROOMS:
                with gr.Tab(label, id=name, elem_id=f"tab-{name}") as doors[name]:
                    rooms[name] = module.build(studio)
        for name, room in rooms.items():
            fresh = gr.on(
                [demo.load, line.change, doors[name].select],
                room.refresh,
                room.inputs,
                room.outputs,
                **FOLLOWING,
            )
            for follower in room.after:
                fresh.then(*follower, **FOLLOWING)
        button, data = rooms["datasets"].onward
        button.click(_tune_on, data, [tabs, rooms["tuning"].data], **QUIET)
        use, picked, settings_of = rooms["race"].found
        fields, values = rooms["tuning"].form
        use.click(
            lambda name: _tune_with(settings_of(name), values, fields), picked, [tabs, *fields], **QUIET
        )
        line.select(_open, outputs=[tabs, rooms["runs"].outputs[0]], **QUIET)
    return demo.queue(default_concurrency_limit=None)


def _tune_on(data: str | None):
    """Instruction tuning, on the dataset that was looked at."""
    choices = shelf.to_tune_on()
    return gr.update(selected="tuning"), choose(choices, data if data in choices else choices[0], None)


def _tune_with(settings, values, fields):
    """Instruction tuning, its form filled in with these settings."""
    if settings is None:
        return [gr.skip()] * (1 + len(fields))
    return [gr.update(selected="tuning"), *values(settings)]


def _open(event: gr.EventData):
    """Show the run whose name was clicked in the title row."""
    return gr.update(selected="runs"), event.run
