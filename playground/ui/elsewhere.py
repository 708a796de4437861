"""A run outside the app: as code that needs none of us, and as a job on Hugging Face's machines."""

import gradio as gr

from playground.errors import PlaygroundError
from playground.run import cloud
from playground.ui import markup
from playground.ui.room import QUIET
from playground.ui.studio import run_of

FORMS = {"Script": False, "Notebook cell": True}


def build(chosen: gr.Dropdown) -> None:
    """Two folded panels for the run that is `chosen`."""
    with gr.Accordion("As code", open=False, elem_id="runs-eject") as code_shown:
        form = gr.Radio(
            list(FORMS),
            value="Script",
            label="Form",
            info="Does the run again, to the same loss curve, with TRL and PEFT alone.",
            elem_id="runs-code-form",
        )
        code_said = gr.HTML()
        code = gr.Code(language="python", show_label=False, visible=False, elem_id="runs-code")
    with gr.Accordion("As a job elsewhere", open=False, elem_id="runs-job") as job_shown:
        with gr.Row():
            flavor = gr.Dropdown(
                cloud.flavors(),
                value=cloud.FLAVOR,
                label="Flavor",
                info="The machine at Hugging Face.",
                min_width=140,
                elem_id="runs-flavor",
            )
            limit = gr.Textbox(
                cloud.TIMEOUT,
                label="Timeout",
                info="A number with s, m, h or d.",
                min_width=140,
                elem_id="runs-timeout",
            )
        job_said = gr.HTML(elem_id="runs-job-said")
        job = gr.Code(language="shell", show_label=False, visible=False, elem_id="runs-job-code")

    gr.on([chosen.change, form.change, code_shown.expand], _code, [chosen, form], [code_said, code], **QUIET)
    gr.on(
        [chosen.change, job_shown.expand, flavor.change, limit.change],
        _job,
        [chosen, flavor, limit],
        [job_said, job],
        **QUIET,
    )


def _code(run_id: str | None, form: str):
    """The run as code, or why it cannot be told."""
    run = run_of(run_id)
    if run is None:
        return "", gr.update(visible=False)
    try:
        text = run.to_code(FORMS[form])
    except PlaygroundError as error:
        return markup.note(str(error), bad=True), gr.update(visible=False)
    return "", gr.update(value=text, visible=True)


def _job(run_id: str | None, flavor: str, timeout: str):
    """The command that starts the job: it is the person's account that pays, not the app's."""
    run = run_of(run_id)
    if run is None:
        return "", gr.update(visible=False)
    try:
        cloud.check(flavor, timeout)
    except PlaygroundError as error:
        return markup.note(str(error), bad=True), gr.update(visible=False)
    text = (
        "On a machine that is logged in at Hugging Face (hf auth login) and holds this run. Jobs cost money."
    )
    line = f"python -m playground job {run.id} --flavor {flavor} --timeout {timeout}"
    return markup.lede(text), gr.update(value=line, visible=True)
