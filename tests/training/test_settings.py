"""What every stage owes to its settings, without torch."""

import json
import subprocess
import sys

import pytest

from playground import fields
from playground.errors import InputError
from playground.model.tuning.full import FullTuning
from playground.model.tuning.kinds import KINDS
from playground.model.tuning.lora import LoRA
from playground.training.best_of_n import BestOfN
from playground.training.dpo import DPO
from playground.training.execute import STAGES, settings_of
from playground.training.grpo import GRPO
from playground.training.kto import KTO
from playground.training.ppo import PPO
from playground.training.rates import RateSearch
from playground.training.reward import RewardModeling
from playground.training.rloo import RLOO
from playground.training.sft import SFT

EVERY = [SFT, RewardModeling, DPO, KTO, PPO, GRPO, RLOO, BestOfN, RateSearch]
SHIPPED = [
    SFT(), SFT.full(), SFT.destructive(), SFT(tuning=LoRA(rank=4, targets="q_proj, v_proj")),
    *(SFT.tuned(kind) for kind in KINDS), RewardModeling(), DPO(), DPO(tuning=FullTuning(), loss="ipo"),
    PPO(), PPO.hacked(), GRPO(), KTO(), RLOO(rule="gold"), BestOfN(), RateSearch(),
]


@pytest.mark.parametrize("settings", SHIPPED, ids=repr)
def test_settings_survive_the_specification(settings):
    saved = json.loads(json.dumps(fields.as_dict(settings)))
    assert type(settings).from_dict(saved) == settings


@pytest.mark.parametrize("stage", EVERY)
def test_every_setting_has_a_label_and_a_sentence_of_help(stage):
    for one in fields.describe(stage):
        assert one.label
        assert one.help.endswith("."), one.name


@pytest.mark.parametrize("stage", EVERY)
def test_a_stage_is_found_by_the_name_it_writes(stage, home):
    from playground.run.job import Run

    run = Run.create(stage.stage, stage(), "pocket", {})
    assert settings_of(run.spec) == stage()
    assert set(STAGES) == {stage.stage for stage in EVERY}


@pytest.mark.parametrize(
    ("stage", "values", "words"),
    [
        (SFT, {"learning_rate": -1.0}, "Learning rate is -1.0"),
        (SFT, {"learning_rate": float("nan")}, "Learning rate is nan"),
        (SFT, {"batch_size": 2.5}, "whole number"),
        (SFT, {"batch_size": True}, "whole number"),
        (SFT, {"learning_rate": "0.1"}, "must be a number"),
        (DPO, {"loss": "guess"}, "must be one of sigmoid, ipo, hinge"),
        (DPO, {"beta": 0.0}, "must lie between"),
        (PPO, {"rollout": 10, "minibatches": 4}, "cannot be split into 4"),
        (GRPO, {"rollout": 32, "group": 5}, "groups of 5"),
        (RLOO, {"rule": "kindness"}, "must be one of none, right fact"),
        (KTO, {"batch_size": 1}, "must lie between 2"),
        (DPO, {"noise": 0.1, "loss": "ipo"}, "The sigmoid loss alone"),
        (RewardModeling, {"epochs": 0}, "must lie between"),
    ],
)
def test_a_value_that_breaks_a_rule_is_refused_with_the_rule(stage, values, words):
    with pytest.raises(InputError, match=words):
        stage(**values)


def test_stages_and_runs_are_read_without_torch():
    code = (
        "import sys\n"
        "import playground.training.execute, playground.training.sft, playground.training.reward\n"
        "import playground.training.dpo, playground.training.ppo, playground.training.grpo\n"
        "import playground.training.kto, playground.training.rloo, playground.training.best_of_n\n"
        "import playground.run.supervisor\n"
        "from playground import fields\n"
        "fields.describe(playground.training.sft.SFT)\n"
        "print(sorted({'torch', 'transformers', 'trl', 'peft', 'pandas'} & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
