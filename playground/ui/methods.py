"""The methods that move a policy: one form each, filled by presets, of which one is shown."""

import itertools

import gradio as gr

from playground.training.best_of_n import BestOfN
from playground.training.dpo import DPO
from playground.training.groups import Groups
from playground.training.grpo import GRPO
from playground.training.kto import KTO
from playground.training.members import offered
from playground.training.ppo import PPO
from playground.training.rloo import RLOO
from playground.ui import form, markup, presets
from playground.ui.room import choose
from playground.ui.studio import Studio
from playground.world import rules

METHODS = (DPO, KTO, PPO, GRPO, RLOO, BestOfN)
OFFLINE = (DPO, KTO)
"""Methods that learn from the judgements themselves."""
Method = DPO | KTO | PPO | Groups | BestOfN
RULE_ALONE = "none, the rule alone"
"""The choice of no reward model."""


def build_forms() -> tuple[dict[str, form.Form], list[gr.Column]]:
    """One form a method; a group is shown only while its method is chosen."""
    forms, groups = {}, []
    first = presets.POLICY_PRESETS[presets.FIRST_POLICY].settings.stage
    for method in METHODS:
        with gr.Column(visible=method.stage == first, min_width=200) as group:
            forms[method.stage] = form.build(method(), elem_prefix=f"{method.stage}-")
        groups.append(group)
    return forms, groups


def apply(name: str, size: str, forms: dict[str, form.Form]) -> list:
    """The note of a preset, what all forms hold, and which of them is shown.

    In this order: Gradio's page changes one after the other, and a form that is shown at once would be filled
    while somebody already types.
    """
    settings = presets.policy(name, size)
    stage = settings.stage
    shown = [gr.update(visible=one == stage) for one in forms]
    values = [v for one, made in forms.items() for v in made.values(settings if one == stage else made.cls())]
    return [markup.note(presets.POLICY_PRESETS[name].says), *values, *shown]


def read(forms: dict[str, form.Form], preset: str, values) -> Method:
    """What the form of the chosen method holds."""
    stage, given = presets.POLICY_PRESETS[preset].settings.stage, iter(values)
    held = {one: list(itertools.islice(given, len(made.inputs))) for one, made in forms.items()}
    return forms[stage].read(held[stage])


def has_rule(settings: Method) -> bool:
    """Whether a rule pays for answers."""
    return getattr(settings, "rule", rules.NONE) != rules.NONE


def pick_reward(studio: Studio, current: str | None) -> dict:
    """An update of the reward models to choose from, one or several together, or none; which keeps what is
    chosen while it exists."""
    known = [(name, name) for name in studio.rewards()] + offered()
    choices = [*known, (RULE_ALONE, RULE_ALONE)]
    names = [name for _, name in choices]
    return choose(choices, current if current in names else names[0] if known else None, current)
