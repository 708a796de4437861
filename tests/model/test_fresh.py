"""A base's network with random weights: by name, the same each time, and as its family begins."""

import importlib.util
import shutil
from pathlib import Path

import pytest
import torch

from playground import settings
from playground.errors import InputError, NotFoundError
from playground.model import fresh, kept
from playground.model.load import Model
from playground.model.network import load_trainable, save_result
from playground.model.source import find, is_folder
from playground.model.tuning.lora import LoRA

_spec = importlib.util.spec_from_file_location("tiny_models", Path(__file__).parent / "conftest.py")
tiny = importlib.util.module_from_spec(_spec)
_spec.loader.exec_module(tiny)


@pytest.mark.parametrize("family", tiny.FAMILIES)
def test_weights_begin_as_the_familys_own_code_has_them(family, tmp_path):
    from transformers import AutoConfig, AutoModelForCausalLM

    base = tiny.build_tiny_model(tmp_path / family, family=family)
    wanted = dict(AutoModelForCausalLM.from_config(AutoConfig.from_pretrained(base)).named_parameters())
    drawn = fresh.draw(base, seed=0)
    assert set(drawn) == set(wanted)
    for name, weight in wanted.items():
        ours = torch.tensor(drawn[name])
        assert ours.shape == weight.shape and ours.dtype == torch.float32
        assert ours.std(correction=0).item() == pytest.approx(weight.std(correction=0).item(), rel=0.15)
        if weight.std(correction=0) == 0:
            assert torch.equal(ours, weight.data)


def test_the_name_leads_to_the_same_weights_everywhere(home):
    first = Model.fresh("pocket", seed=3)
    assert first.name == "pocket:fresh-3" == Model.load(first.folder).name
    assert is_folder("pocket:fresh-3") and not is_folder("gone:fresh-3")
    again = fresh.draw(find("pocket").folder, seed=3)
    held = dict(first.network.named_parameters())
    assert all(torch.equal(held[name], torch.tensor(weight)) for name, weight in again.items())
    other = fresh.draw(find("pocket").folder, seed=4)
    assert (other["model.embed_tokens.weight"] != again["model.embed_tokens.weight"]).mean() > 0.99
    assert first.parameters == Model.load("pocket").parameters
    assert first.reply("Hello") != Model.load("pocket").reply("Hello")


def test_an_adapter_on_random_weights_opens_again(home, tmp_path):
    ready = load_trainable("pocket:fresh-0", LoRA(rank=2))
    folder = save_result(ready.network, ready.tokenizer, tmp_path / "adapter", ready.base)
    assert find(folder).base.name == "pocket:fresh-0"
    with pytest.raises(InputError, match="holds no full model"):
        find(f"{folder}:fresh-0")


def test_what_has_no_beginning_is_refused(home, tmp_path):
    with pytest.raises(NotFoundError):
        find("gone:fresh-0")
    with pytest.raises(InputError, match="seed is -1"):
        Model.fresh("pocket", seed=-1)
    base = tiny.build_tiny_model(tmp_path / "llama")
    (base / "config.json").write_text('{"model_type": "bert"}')
    with pytest.raises(InputError, match="The model is a bert"):
        find(f"{base}:fresh-0")


def test_a_fresh_copy_of_a_kept_model_is_not_kept_itself(home):
    shutil.copytree(find("pocket").folder, settings.get().models / "mine")
    (settings.get().models / "mine" / kept.ORIGIN).write_text("{}")
    copy = Model.fresh("mine", seed=1)
    assert copy.name == "mine:fresh-1" and kept.names() == ["mine"]
