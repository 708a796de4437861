"""General facts that a run should keep: chosen, or read from a person's own file or a Hub dataset."""

import gradio as gr

from playground.errors import InputError
from playground.evaluation import facts
from playground.ui import markup
from playground.ui.jobs import Job, follow
from playground.ui.picker import Picker
from playground.ui.room import QUIET, STREAMED, choose
from playground.ui.studio import Studio, sentence

OWN = "automatic"
SHOWN = 3


def build(studio: Studio) -> gr.Dropdown:
    """The folded panel; returns the picker of facts, whose choice `rows` turns into probes."""
    with gr.Accordion("General facts to keep", open=False, elem_id="tuning-facts"):
        chosen = Picker(
            choices(),
            exists=lambda name: name in choices(),
            value=OWN,
            label="Facts that the forgetting meter asks for",
            info="automatic: what pocket has read; for other models none, until you bring some.",
            elem_id="tuning-facts-chosen",
        )
        file = gr.File(show_label=False, height=110, elem_id="tuning-facts-file")
        gr.HTML(markup.lede("A table of beginnings and right ends: The capital of Kenya is | Nairobi."))
        hub = gr.Textbox(
            label="Or a Hub dataset", placeholder="owner/name", max_lines=1, elem_id="tuning-facts-hub"
        )
        with gr.Row():
            prompt = gr.Textbox("prompt", label="Column of beginnings", min_width=120, max_lines=1)
            ends = gr.Textbox("completion", label="Column of ends", min_width=120, max_lines=1)
        look = gr.Button("Read its first rows", elem_id="tuning-facts-read")
        said = gr.HTML(elem_id="tuning-facts-said")

    def fetched(name, begins, answers):
        yield from _hub(studio, name, begins, answers)

    file.upload(_file, [file, prompt, ends], [said, chosen, file], **QUIET)
    look.click(fetched, [hub, prompt, ends], [said, chosen], **STREAMED)
    return chosen


def choices() -> list[str]:
    return [OWN, *facts.saved()]


def pick(current: str | None) -> dict:
    """An update of the picker that keeps what is chosen while it exists."""
    known = choices()
    return choose(known, current if current in known else OWN, current)


def rows(chosen: str | None) -> list[dict] | None:
    """The probes of a choice. Raises NotFoundError where it is gone."""
    return None if chosen in (None, OWN) else facts.load(chosen)


def _columns(prompt: str, ends: str) -> tuple[str, str]:
    """Columns as they were named; the ones that are looked for anyway need not be there."""
    return "" if prompt == facts.COLUMNS[0] else prompt, "" if ends in facts.COLUMNS[1] else ends


def _file(path: str | None, prompt: str, ends: str) -> list:
    try:
        return [*_kept(facts.read(path, *_columns(prompt, ends))), None]
    except Exception as error:
        return [markup.note(sentence(error), bad=True), gr.skip(), None]


def _hub(studio: Studio, name: str, prompt: str, ends: str):
    try:
        if not name.strip():
            raise InputError("No dataset is named", remedy="Write its id, such as owner/name")

        def work(job: Job) -> facts.Facts:
            return facts.read(f"hub:{name.strip().removeprefix('hub:')}", *_columns(prompt, ends))

        job = studio.jobs.start(f"facts {name} {prompt} {ends}", f"Reading {name.strip()}", work)
        for line in follow(job):
            yield [markup.note(line), gr.skip()]
        yield _kept(job.result)
    except Exception as error:
        yield [markup.note(sentence(error), bad=True), gr.skip()]


def _kept(found: facts.Facts) -> list:
    name = facts.keep(found.name, found.rows)
    left = f" Left out: {'; '.join(found.problems[: facts.TOLD])}." if found.problems else ""
    more = len(found.problems) - facts.TOLD
    left = f"{left[:-1]}; and {more:,} more." if more > 0 else left
    table = markup.table(
        ["beginning", "right end"],
        [[row["prompt"], " or ".join(row["answers"])] for row in found.rows[:SHOWN]],
    )
    line = markup.note(f"{len(found.rows):,} facts kept as {name}.{left}")
    return [line + table, gr.update(choices=choices(), value=name)]
