"""The title row: what the app is, the lineage of the model in hand, and whether work is going on."""

import gradio as gr

_HTML = """<run-line><div class="frame"><h1>Fine-Tuning Playground</h1>
<nav class="lineage" aria-label="Lineage of the model in hand">pocket</nav>
<div class="live" role="status"><i class="dot"></i><span>nothing running</span>
<span aria-hidden="true"></span></div>
<account-line></account-line></div></run-line>"""

# The page's own elements tell Gradio two things: that the disk has changed, and that a run should be opened.
_WIRE = """
document.addEventListener('playground:runs', () => trigger('change', {}));
document.addEventListener('playground:open', (event) => trigger('select', event.detail));
"""


def build() -> gr.HTML:
    """Place the title row.

    `change` fires when a run has changed or a campaign was added, `select` to open a run.
    """
    return gr.HTML(_HTML, js_on_load=_WIRE, elem_id="frame")
