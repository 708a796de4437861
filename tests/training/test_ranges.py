"""What settings can sensibly be, from the model and the data."""

import json

import pytest

from playground.errors import InputError
from playground.model.tuning.bottleneck import BottleneckAdapter
from playground.model.tuning.full import FullTuning
from playground.model.tuning.lora import LoRA
from playground.model.tuning.prompt import PromptTuning
from playground.model.tuning.selective import SelectiveTuning
from playground.training.ranges import changed, fitted, misfits, setting_ranges
from playground.training.sft import SFT


@pytest.mark.parametrize(("tuning", "name", "most"), [
    (LoRA(rank=4), "rank", 16), (BottleneckAdapter(width=4), "width", 32),
    (SelectiveTuning(last_layers=1), "last_layers", 2),
])  # fmt: skip
def test_a_tuning_is_no_larger_than_what_it_stands_beside(tiny, examples, tuning, name, most):
    config = json.loads((tiny / "config.json").read_text())
    widths = {"rank": config["num_key_value_heads"] * config["hidden_size"] // config["num_attention_heads"],
              "width": config["hidden_size"], "last_layers": config["num_hidden_layers"]}  # fmt: skip
    found = setting_ranges(SFT(tuning=tuning), tiny, examples)[name]
    assert found.high == widths[name] == most and found.low == 1 and str(most) in found.reason
    assert all(one <= most for one in found.tried) and found.nearest(1000) == most


def test_virtual_tokens_leave_room_for_the_longest_example(examples):
    long = [*examples, {"prompt": "word " * 300, "completion": "yes"}]
    short, full = (
        setting_ranges(SFT(tuning=PromptTuning()), "pocket", rows)["tokens"].high for rows in (examples, long)
    )
    assert full < short < 512 and "512 tokens" in setting_ranges(
        SFT(tuning=PromptTuning()), "pocket", examples
    )["tokens"].reason


def test_a_batch_is_no_larger_than_the_data(examples):
    settings = SFT(batch_size=64, warm_up=60, epochs=2.0)
    wrong = {one.name: one for one in misfits(settings, "pocket", examples)}
    assert set(wrong) == {"batch_size", "epochs"}
    assert wrong["batch_size"].better == 24 and "24 examples" in str(wrong["batch_size"])
    good = fitted(settings, "pocket", examples)
    assert good.batch_size == 24 and misfits(good, "pocket", examples) == []
    assert fitted(good, "pocket", examples) == good


def test_a_wider_model_takes_smaller_steps(examples):
    pocket = setting_ranges(SFT.full(), "pocket", examples)["learning_rate"]
    wide = setting_ranges(SFT.full(), "HuggingFaceTB/SmolLM2-1.7B", examples)["learning_rate"]
    assert pocket.holds(SFT.full().learning_rate) and wide.high == pytest.approx(pocket.high / 8, rel=0.05)
    assert "8 times as wide" in wide.reason
    unknown = setting_ranges(SFT(), "nobody/knows-this", examples)
    assert "rank" not in unknown and {"learning_rate", "batch_size", "epochs"} <= set(unknown)


def test_settings_change_by_name_wherever_they_stand():
    one = changed(SFT(tuning=LoRA(rank=16, alpha=32)), {"rank": 8, "epochs": 1.0})
    assert (one.tuning.rank, one.tuning.alpha, one.epochs) == (8, 16, 1.0)
    assert changed(SFT(tuning=LoRA(rank=16)), {"rank": 8}).tuning.alpha is None
    for wrong in ({"rank": 8}, {"speed": 8}):
        with pytest.raises(InputError, match="has no setting"):
            changed(SFT(tuning=FullTuning()), wrong)


@pytest.mark.parametrize(("epochs", "warm_up"), [(2.0, 3), (0.1, 0), (100.0, 60)])
def test_a_short_run_warms_up_in_its_first_half(tiny, examples, epochs, warm_up):
    settings = SFT(epochs=epochs)
    assert "warm_up" not in {one.name for one in misfits(settings, "pocket", examples)}
    assert settings.prepare(tiny, examples).spec.settings["warm_up"] == warm_up
