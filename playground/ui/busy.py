"""Work of a handler that may take more than a second: in the background, with a bar and a number."""

from collections.abc import Callable, Iterator

import gradio as gr

from playground.ui import markup
from playground.ui.jobs import Job, follow
from playground.ui.studio import Studio


def busy(
    studio: Studio, name: str, what: str, handle: Callable[[Job], list], count: int, at: int = 0
) -> Iterator[list]:
    """The updates of a handler; while it works, the bar at place `at` of them, and the others as they are.

    The work goes on where the page is left or reloaded. Pressing again finds the work of that `name`
    under way.
    """
    job = studio.jobs.start(name, what, handle)
    for bar in bars(job):
        yield [bar if place == at else gr.skip() for place in range(count)]
    yield job.result


def bars(job: Job) -> Iterator[str]:
    """The job's bar each time it has grown. Raises what the job raised."""
    for line in follow(job):
        yield markup.working(line, job.done, job.total)
