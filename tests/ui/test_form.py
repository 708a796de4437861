"""A settings dataclass becomes widgets and comes back the same."""

import dataclasses

import gradio as gr
import pytest

from playground.errors import InputError
from playground.fields import describe
from playground.model.tuning.kinds import KINDS
from playground.training.best_of_n import BestOfN
from playground.training.dpo import DPO
from playground.training.grpo import GRPO
from playground.training.kto import KTO
from playground.training.ppo import PPO
from playground.training.reward import RewardModeling
from playground.training.rloo import RLOO
from playground.training.sft import SFT
from playground.ui import form
from playground.ui.presets import POLICY_PRESETS, SFT_PRESETS

SETTINGS = [
    SFT(),
    DPO(),
    PPO(),
    GRPO(),
    KTO(),
    RLOO(rule="risk note"),
    BestOfN(),
    RewardModeling(),
    *(kind() for kind in KINDS.values()),
    *(preset.settings for preset in (*SFT_PRESETS.values(), *POLICY_PRESETS.values())),
    *(preset.larger for preset in POLICY_PRESETS.values() if preset.larger),
    SFT(learning_rate=1e-05, epochs=0.3),
    DPO(loss="ipo"),
]


def build(settings):
    with gr.Blocks():
        return form.build(settings)


@pytest.mark.parametrize("settings", SETTINGS, ids=lambda s: type(s).__name__)
def test_widgets_hold_the_settings_and_give_them_back(settings):
    made = build(settings)
    fields = {one.name for one in dataclasses.fields(settings)}
    nested = {"tuning": settings.tuning} if "tuning" in fields else {}
    assert made.read([widget.value for widget in made.inputs], **nested) == settings
    assert made.read(made.values(settings), **nested) == settings


@pytest.mark.parametrize("cls", [SFT, DPO, KTO, PPO, GRPO, RLOO, BestOfN, RewardModeling])
def test_every_field_has_a_widget_with_help(cls):
    made = build(cls())
    plain = [one for one in describe(cls) if one.type in (bool, int, float, str)]
    assert {one.name for one in made.settings} == {one.name for one in plain}
    assert all(widget.info and "\n" not in widget.info for widget in made.inputs)
    assert not any(one.advanced for one in made.settings[:2])


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("fast", "must be a number"),
        ("-1", "must lie between"),
        ("nan", "must lie between"),
        ("", "must be a number"),
    ],
)
def test_what_is_no_value_is_refused_by_name(text, words):
    made = build(SFT())
    values = made.values(SFT())
    values[[one.name for one in made.settings].index("learning_rate")] = text
    with pytest.raises(InputError, match="Learning rate") as told:
        made.read(values)
    assert words in str(told.value)


@pytest.mark.parametrize("text", ["8.5", "inf", "eight"])
def test_a_whole_number_is_asked_for(text):
    made = build(SFT())
    values = made.values(SFT())
    values[[one.name for one in made.settings].index("batch_size")] = text
    with pytest.raises(InputError, match="Batch size"):
        made.read(values)


def test_numbers_are_shown_exactly():
    one = next(one for one in describe(SFT) if one.name == "learning_rate")
    assert form.show(one, 0.0001234567891) == "0.0001234567891"
    assert form.show(one, 0.003) == "0.003"
    assert dataclasses.replace(SFT(), learning_rate=form.parse(one, "3e-4")).learning_rate == 3e-4
