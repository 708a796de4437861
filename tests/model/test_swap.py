"""Models that share a network answer as if they were alone."""

import os
import threading
from concurrent.futures import ThreadPoolExecutor

import pytest
import torch

from playground.errors import InputError
from playground.model.load import Model, RewardModel
from playground.model.network import load_trainable, save_result
from playground.model.swap import Shelf
from playground.model.tuning.full import FullTuning
from playground.model.tuning.lora import LoRA

PROMPT = "What is the fee of the Harbor Bond?"


def tuned(source, folder, tuning, seed, task="CAUSAL_LM"):
    ready = load_trainable(source, tuning, task, seed=seed)
    torch.manual_seed(seed)
    with torch.no_grad():
        for parameter in ready.network.parameters():
            if parameter.requires_grad:
                parameter += 0.1 * torch.randn_like(parameter)
    return str(save_result(ready.network, ready.tokenizer, folder, ready.base))


@pytest.fixture(scope="module")
def names(tiny_model_folder, tmp_path_factory):
    home = tmp_path_factory.mktemp("runs")
    return [
        str(tiny_model_folder),
        tuned(tiny_model_folder, home / "a", LoRA(rank=4), 1),
        tuned(tiny_model_folder, home / "b", LoRA(rank=2), 2),
        tuned(tiny_model_folder, home / "full", FullTuning(), 3),
    ]


@pytest.fixture(scope="module")
def alone(names):
    replies = {name: Model.load(name).reply(PROMPT, max_tokens=24) for name in names}
    assert len(set(replies.values())) == len(names)
    return replies


@pytest.mark.parametrize("limits", [(4, 16), (1, 1)])
def test_models_answer_as_alone_in_any_order(names, alone, limits):
    shelf = Shelf(*limits)
    for name in [*names, *reversed(names), names[1], names[0], names[2]]:
        assert shelf.model(name).reply(PROMPT, max_tokens=24) == alone[name]


def test_models_answer_as_alone_at_the_same_time(names, alone):
    shelf = Shelf()
    wanted = names * 3
    with ThreadPoolExecutor(len(wanted)) as pool:
        replies = list(pool.map(lambda name: shelf.model(name).reply(PROMPT, max_tokens=24), wanted))
    assert replies == [alone[name] for name in wanted]


def test_an_adapter_let_go_in_the_middle_of_an_answer_comes_back(names, alone):
    shelf = Shelf(adapters=1)
    stream = shelf.model(names[1]).stream(PROMPT, max_tokens=24)
    begun = next(stream)
    assert shelf.model(names[2]).reply(PROMPT, max_tokens=24) == alone[names[2]]
    assert begun + "".join(stream) == alone[names[1]]


def test_adapters_share_their_bases_network(names):
    shelf = Shelf()
    base, a, b, full = map(shelf.model, names)
    assert base.network is a.network is b.network
    assert full.network is not base.network


def test_reward_models_share_a_network_too(tiny_model_folder, tmp_path):
    folders = [
        tuned(tiny_model_folder, tmp_path / str(seed), LoRA(rank=4), seed, "SEQ_CLS") for seed in (1, 2)
    ]
    pairs = [(PROMPT, "0.3 percent"), (PROMPT, "no idea")]
    shelf = Shelf()
    alone = [RewardModel.load(folder).score_many(pairs) for folder in folders]
    assert alone[0] != alone[1]
    for _ in range(2):
        assert [shelf.reward(folder).score_many(pairs) for folder in folders] == alone
    with pytest.raises(InputError, match="not a reward model"):
        shelf.reward(tiny_model_folder)


def test_a_folder_written_anew_is_read_anew(tiny_model_folder, tmp_path):
    shelf = Shelf()
    first = shelf.model(tuned(tiny_model_folder, tmp_path / "m", LoRA(rank=4), 1)).reply(PROMPT)
    second = shelf.model(tuned(tiny_model_folder, tmp_path / "m", LoRA(rank=4), 2)).reply(PROMPT)
    assert first != second == Model.load(tmp_path / "m").reply(PROMPT)
    assert os.listdir(tmp_path) == ["m"]


def test_an_adapter_that_breaks_off_while_it_is_read_leaves_its_base_alone(names, alone, monkeypatch):
    """PEFT puts its layers into the network before it reads their weights."""
    from peft import PeftModel

    read = PeftModel.from_pretrained

    def broken(*arguments, **options):
        read(*arguments, **options)
        raise RuntimeError("size mismatch for embed_tokens.weight")

    shelf = Shelf()
    held = shelf.model(names[0])
    monkeypatch.setattr(PeftModel, "from_pretrained", broken)
    with pytest.raises(InputError, match="size mismatch"):
        shelf.model(names[1]).reply(PROMPT, max_tokens=24)
    with pytest.raises(InputError, match="could not be read"):
        held.reply(PROMPT, max_tokens=24)
    monkeypatch.undo()
    for name in (names[0], names[1], names[0]):
        assert shelf.model(name).reply(PROMPT, max_tokens=24) == alone[name]


def test_who_asks_while_an_adapter_is_read_shares_its_network(names, monkeypatch):
    from peft import PeftModel

    read, reading, asked = PeftModel.from_pretrained, threading.Event(), threading.Event()

    def slow(*arguments, **options):
        reading.set()
        assert asked.wait(30)
        return read(*arguments, **options)

    shelf = Shelf()
    held = shelf.model(names[0])
    monkeypatch.setattr(PeftModel, "from_pretrained", slow)
    with ThreadPoolExecutor(1) as pool:
        reply = pool.submit(shelf.model(names[1]).reply, PROMPT, max_tokens=4)
        assert reading.wait(30)
        other = shelf.model(names[2])
        asked.set()
        reply.result(60)
    assert other.network is held.network
