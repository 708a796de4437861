"""What people made of the better answers: a campaign's rewrites, kept as a dataset to tune on."""

import gradio as gr

from playground.errors import ConflictError
from playground.preference.collect import Preferences
from playground.ui import markup
from playground.ui.picker import required
from playground.ui.room import QUIET
from playground.ui.studio import sentence


def build(campaign: gr.Dropdown) -> None:
    """The panel for the chosen campaign."""
    with gr.Row(elem_classes="ask"):
        name = gr.Textbox(
            label="Rewritten answers as a dataset", placeholder="rewrites-1", max_lines=1,
            elem_id="preferences-rewrites-name",
        )  # fmt: skip
        keep = gr.Button("Keep them", scale=0, min_width=160, elem_id="preferences-rewrites")
    kept = gr.HTML(elem_id="preferences-rewrites-told")
    keep.click(keep_rewrites, [campaign, name], kept, **QUIET)
    campaign.change(lambda: "", None, kept, **QUIET)


def keep_rewrites(campaign: str | None, name: str) -> str:
    """Save a campaign's rewrites as a dataset and tell so, or what stands in the way."""
    try:
        found = Preferences.load(required(campaign, "campaign")).rewrites()
        if not len(found):
            raise ConflictError(
                "Nobody has rewritten an answer here",
                remedy="On the judging card, press e before you judge",
            )
        found.save(name.strip())
    except Exception as error:
        return markup.note(sentence(error), bad=True)
    return markup.note(f"{len(found):,} rewritten answers are the dataset {name.strip()}: tune on it.")
