"""Opening, tuning, continuing and saving networks."""

import json
import shutil

import pytest
import torch
from transformers import AutoTokenizer

from playground.errors import InputError
from playground.model.load import Model
from playground.model.network import load_trainable, open_network, open_tokenizer, save_result
from playground.model.source import find
from playground.model.template import TURN
from playground.model.tuning.full import FullTuning
from playground.model.tuning.lora import LoRA
from playground.run import pieces

IDS = torch.tensor([[5, 9, 40, 41, 42, 7]])


def logits(network):
    with torch.no_grad():
        return network.eval()(input_ids=IDS).logits


def disturb(network):
    """What training would do: move every trainable parameter a little."""
    torch.manual_seed(1)
    with torch.no_grad():
        for parameter in network.parameters():
            if parameter.requires_grad:
                parameter += 0.05 * torch.randn_like(parameter)


def trained(folder, source, tuning=None, task="CAUSAL_LM"):
    ready = load_trainable(source, tuning, task)
    disturb(ready.network)
    save_result(ready.network, ready.tokenizer, folder, ready.base)
    return ready.network


def reopened(folder, task="CAUSAL_LM"):
    source = find(folder)
    return open_network(source, task, open_tokenizer(source))


ADAPTERS = [LoRA(rank=4), LoRA(rank=4, embeddings=True)]


@pytest.fixture(scope="module", params=ADAPTERS, ids=["linear", "embeddings"])
def tuning(request):
    return request.param


@pytest.fixture(scope="module")
def adapter(tiny_model_folder, tmp_path_factory, tuning):
    folder = tmp_path_factory.mktemp("runs") / "adapter"
    trained(folder, tiny_model_folder, tuning)
    return folder


def test_a_fresh_lora_leaves_logits_unchanged(tiny_model_folder, tuning):
    base = load_trainable(tiny_model_folder)
    tuned = load_trainable(tiny_model_folder, tuning)
    assert torch.equal(logits(base.network), logits(tuned.network))
    share = tuning.trainable_share(tuned.network)
    assert 0 < share < 0.3
    assert FullTuning().trainable_share(base.network) == 1


def test_the_seed_covers_new_parameters(tiny_model_folder):
    def first(seed):
        network = load_trainable(tiny_model_folder, LoRA(rank=4), "SEQ_CLS", seed=seed).network
        return torch.cat([p.flatten() for p in network.parameters() if p.requires_grad])

    assert torch.equal(first(0), first(0))
    assert not torch.equal(first(0), first(1))


@pytest.mark.parametrize("kind", [*ADAPTERS, FullTuning()], ids=["linear", "embeddings", "full"])
@pytest.mark.parametrize("task", ["CAUSAL_LM", "SEQ_CLS"])
def test_a_saved_network_answers_identically(tiny_model_folder, tmp_path, kind, task):
    network = trained(tmp_path / "result", tiny_model_folder, kind, task)
    assert torch.equal(logits(network), logits(reopened(tmp_path / "result", task)))
    assert not [file for file in (tmp_path / "result").rglob("*") if file.suffix in (".bin", ".pt", ".pkl")]


def test_an_adapter_folder_holds_only_the_adapter(adapter, tiny_model_folder):
    assert {file.name for file in adapter.iterdir()} == {"adapter_config.json", "adapter_model.safetensors"}
    config = json.loads((adapter / "adapter_config.json").read_text())
    assert config["base_model_name_or_path"] == str(tiny_model_folder)


def test_embeddings_learn_as_fast_as_the_rest(tiny_model_folder):
    """One step of the same size on every trainable weight moves both kinds of layer about alike."""
    network = load_trainable(tiny_model_folder, ADAPTERS[1]).network
    with torch.no_grad():
        for name, weight in network.named_parameters():
            if "lora_B" in name or "lora_embedding_A" in name:
                weight += 0.01 * torch.sign(torch.randn_like(weight))
    moves = {
        name: part.get_delta_weight("default").std().item()
        for name, part in network.named_modules() if hasattr(part, "get_delta_weight")
    }
    vectors = next(move for name, move in moves.items() if "embed" in name)
    square = next(move for name, move in moves.items() if name.endswith("q_proj"))
    assert 0.5 < vectors / square < 2


def test_an_adapter_is_continued_with_its_start_as_reference(adapter, tuning, tmp_path):
    start = logits(reopened(adapter))
    ready = load_trainable(adapter, tuning, reference=True)
    disturb(ready.network)
    assert not torch.equal(start, logits(ready.network))
    ready.network.set_adapter(ready.reference)
    assert torch.equal(start, logits(ready.network))
    ready.network.set_adapter("default")
    save_result(ready.network, ready.tokenizer, tmp_path / "next", ready.base)
    assert {file.name for file in (tmp_path / "next").iterdir()} == {
        "adapter_config.json",
        "adapter_model.safetensors",
    }
    assert torch.equal(logits(ready.network), logits(reopened(tmp_path / "next")))


def test_the_reference_of_a_full_model_stays_where_it_was(tiny_model_folder):
    ready = load_trainable(tiny_model_folder, FullTuning(), reference=True)
    start = logits(ready.network)
    disturb(ready.network)
    assert torch.equal(start, logits(ready.reference))
    assert not any(parameter.requires_grad for parameter in ready.reference.parameters())


def test_a_reward_model_starts_from_the_language_models_adapter(adapter):
    """Same hidden states: the adapter's knowledge is carried over, only the head is new."""
    ready = load_trainable(adapter, task="SEQ_CLS")

    def hidden(network):
        with torch.no_grad():
            return network.eval()(input_ids=IDS, output_hidden_states=True).hidden_states[-1]

    assert torch.equal(hidden(reopened(adapter)), hidden(ready.network))
    assert any("score" in name and p.requires_grad for name, p in ready.network.named_parameters())
    assert any("lora_A" in name and p.requires_grad for name, p in ready.network.named_parameters())


def test_full_tuning_of_an_adapter_starts_merged(adapter, tmp_path):
    ready = load_trainable(adapter, FullTuning())
    assert not hasattr(ready.network, "peft_config")
    torch.testing.assert_close(logits(reopened(adapter)), logits(ready.network), atol=1e-4, rtol=0)
    disturb(ready.network)
    save_result(ready.network, ready.tokenizer, tmp_path / "full", ready.base)
    assert torch.equal(logits(ready.network), logits(reopened(tmp_path / "full")))


def test_a_reward_models_adapter_merges_with_its_head(adapter, tmp_path):
    """What PPO's value model starts from: every weight trainable, the same score as the reward model."""
    score = logits(trained(tmp_path / "reward", adapter, task="SEQ_CLS"))
    merged = load_trainable(tmp_path / "reward", FullTuning(), "SEQ_CLS").network
    torch.testing.assert_close(score, logits(merged), atol=1e-4, rtol=0)
    assert FullTuning().trainable_share(merged) == 1
    fresh = load_trainable(adapter, FullTuning(), "SEQ_CLS").network
    assert not hasattr(fresh, "peft_config") and logits(fresh).shape == score.shape


def test_an_adapter_is_not_continued_with_embeddings_it_lacks(adapter, tuning):
    from dataclasses import replace

    with pytest.raises(InputError, match="adapter of rank 4"):
        load_trainable(adapter, replace(tuning, embeddings=not tuning.embeddings))


def test_an_adapter_of_another_rank_is_not_continued(adapter):
    with pytest.raises(InputError, match="rank 4"):
        load_trainable(adapter, LoRA(rank=8))


def test_a_turn_ends_as_its_template_ends_it(tiny_model_folder, tmp_path):
    """As in bases whose tokenizer ends documents, and whose template ends turns with another token."""
    folder = shutil.copytree(tiny_model_folder, tmp_path / "base")
    template = folder / "chat_template.jinja"
    template.write_text(template.read_text().replace("eos_token", "'<|end|>'"))
    told = json.loads((folder / "tokenizer_config.json").read_text()) | {"eos_token": "<|pad|>"}
    (folder / "tokenizer_config.json").write_text(json.dumps(told))
    config = json.loads((folder / "generation_config.json").read_text()) | {"eos_token_id": [0, 7]}
    (folder / "generation_config.json").write_text(json.dumps(config))
    ready = load_trainable(folder, FullTuning())
    end = ready.tokenizer.convert_tokens_to_ids("<|end|>")
    assert ready.tokenizer.eos_token_id == end != ready.tokenizer.pad_token_id
    assert ready.tokenizer.apply_chat_template(list(TURN), tokenize=True)["input_ids"][-1] == end
    result = save_result(ready.network, ready.tokenizer, tmp_path / "result", ready.base)
    assert reopened(result).generation_config.eos_token_id == [end, 0, 7]
    assert Model.load(result)._ends == {end, 0, 7}
    ejected = {"tokenizer": AutoTokenizer.from_pretrained(folder)}
    exec(pieces.END_OF_TURN.text, ejected)
    assert ejected["tokenizer"].eos_token_id == end


def test_a_model_that_knows_no_end_is_saved_all_the_same(tiny_model_folder, tmp_path):
    ready = load_trainable(tiny_model_folder, FullTuning())
    ready.tokenizer.eos_token = None
    ready.network.generation_config.eos_token_id = None
    result = save_result(ready.network, ready.tokenizer, tmp_path / "result", ready.base)
    assert json.loads((result / "generation_config.json").read_text()).get("eos_token_id") is None


def test_saving_replaces_an_older_result(tiny_model_folder, tmp_path):
    trained(tmp_path / "result", tiny_model_folder, FullTuning())
    network = trained(tmp_path / "result", tiny_model_folder, LoRA(rank=2))
    assert [file.name for file in tmp_path.iterdir()] == ["result"]
    assert torch.equal(logits(network), logits(reopened(tmp_path / "result")))


def test_missing_weights_are_refused_not_invented(tiny_model_folder, tmp_path):
    from safetensors.torch import load_file, save_file

    shutil.copytree(tiny_model_folder, tmp_path / "m")
    weights = load_file(tmp_path / "m" / "model.safetensors")
    weights.pop("model.layers.1.mlp.up_proj.weight")
    save_file(weights, tmp_path / "m" / "model.safetensors", metadata={"format": "pt"})
    with pytest.raises(InputError, match=r"lacks 1 of its weights.*up_proj"):
        reopened(tmp_path / "m")


def test_an_adapter_of_the_head_merges_without_what_is_read(home, tmp_path):
    """`pocket` writes with the very weights that it reads with."""
    ready = load_trainable("pocket", LoRA(rank=4, targets="lm_head"), seed=0)
    for name, weight in ready.network.named_parameters():
        if "lora_B" in name:
            torch.nn.init.normal_(weight, std=0.05)
    ids = torch.arange(20, 60)[None]
    with torch.no_grad():
        wanted = ready.network.eval()(ids).logits
        save_result(ready.network, ready.tokenizer, tmp_path / "head", ready.base)
        merged = load_trainable(tmp_path / "head", FullTuning()).network.eval()
        torch.testing.assert_close(merged(ids).logits, wanted, atol=1e-3, rtol=1e-4)
