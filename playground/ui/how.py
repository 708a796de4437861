"""How a model is tuned, as one form: the kind of tuning, that kind's own settings, and those of the run."""

import gradio as gr

from playground.model.tuning.kinds import KINDS
from playground.training.sft import SFT
from playground.ui import form, presets


class How:
    """Places its widgets when made; `inputs` are all of them, in the order in which `read` takes values."""

    def __init__(self):
        first = presets.SFT_PRESETS[presets.FIRST].settings
        self.kind = gr.Radio(
            [(tuning.label, name) for name, tuning in KINDS.items()],
            value=first.tuning.kind,
            label="Tuning",
            elem_id="tuning-kind",
            info="What is trained: a thin adapter beside the model, or the model itself.",
        )
        self.tunings, groups = {}, []
        for name in KINDS:
            with gr.Column(visible=name == first.tuning.kind, min_width=200) as group:
                self.tunings[name] = form.build(SFT.tuned(name).tuning, visible=1, elem_prefix=f"{name}-")
            groups.append(group)
        self.settings = form.build(first, elem_prefix="sft-")
        own = [widget for made in self.tunings.values() for widget in made.inputs]
        self.inputs = [self.kind, *own, *self.settings.inputs]
        self.kind.change(
            None,
            self.kind,
            groups,
            js=form.at_once(lambda chosen: [gr.update(visible=name == chosen) for name in KINDS], KINDS),
        )
        # Another tuning learns at another rate.
        self.kind.input(
            None,
            self.kind,
            self.settings.inputs,
            js=form.at_once(lambda name: self.settings.values(SFT.tuned(name)), KINDS),
        )

    def read(self, kind: str, *values) -> SFT:
        """What the form holds as the settings of a run. Raises InputError."""
        at, tuning = 0, None
        for name, made in self.tunings.items():
            if name == kind:
                tuning = made.read(values[at : at + len(made.inputs)])
            at += len(made.inputs)
        return self.settings.read(values[at:], tuning=tuning)

    def fill(self, given: SFT) -> list:
        """What `inputs` must show for these settings; tunings that are not theirs show their recipes."""
        tuning = given.tuning
        own = [
            value
            for kind, made in self.tunings.items()
            for value in made.values(tuning if tuning.kind == kind else SFT.tuned(kind).tuning)
        ]
        return [tuning.kind, *own, *self.settings.values(given)]
