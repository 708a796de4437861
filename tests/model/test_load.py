"""From a name to a model that writes."""

import json
import pickle
import shutil
import struct

import pytest
import torch

from playground.errors import InputError, NotFoundError
from playground.model.load import Model, RewardModel
from playground.model.network import load_trainable, save_result
from playground.model.tuning.full import FullTuning
from playground.model.tuning.lora import LoRA
from playground.records import Message

PROMPTS = [
    "The Cedar Fund",
    "What is the fee of the Harbor Bond?",
    "Wie groß ist 東京?",
    "a",
    "fee fee fee fee fee",
]


@pytest.fixture(scope="module")
def model(tiny_model_folder):
    return Model.load(tiny_model_folder)


@pytest.fixture
def adapter(tiny_model_folder, tmp_path):
    ready = load_trainable(tiny_model_folder, LoRA(rank=4))
    return save_result(ready.network, ready.tokenizer, tmp_path / "adapter", ready.base)


@pytest.mark.parametrize("temperature", [0, 1.0])
def test_a_batch_writes_what_single_prompts_get(model, temperature):
    singles = [model.complete(prompt, temperature=temperature, max_tokens=20) for prompt in PROMPTS]
    batch = model.complete_many(PROMPTS, temperature=temperature, max_tokens=20)
    assert len(set(batch)) == len(PROMPTS)
    assert batch[0] == singles[0]
    assert temperature or batch == singles


def test_own_loop_writes_what_transformers_would(model):
    ids = model.tokenizer(PROMPTS, return_tensors="pt", padding=True)
    with torch.no_grad():
        out = model.network.generate(**ids, max_new_tokens=20, do_sample=False)
    expected = model.tokenizer.batch_decode(out[:, ids["input_ids"].shape[1] :], skip_special_tokens=True)
    assert model.complete_many(PROMPTS, max_tokens=20) == expected


def test_sampling_follows_its_seed_and_not_its_neighbours(model):
    drawn = model.reply_many(PROMPTS, temperature=1.0, seed=3, max_tokens=12)
    assert drawn == model.reply_many(PROMPTS, temperature=1.0, seed=3, max_tokens=12)
    assert drawn != model.reply_many(PROMPTS, temperature=1.0, seed=4, max_tokens=12)
    assert drawn[:2] == model.reply_many(PROMPTS[:2], temperature=1.0, seed=3, max_tokens=12)
    same = model.reply_many(["fee"] * 40, temperature=1.0, max_tokens=12)
    assert len(set(same)) > 20


@pytest.mark.parametrize("raw", [True, False])
@pytest.mark.parametrize("seed", range(4))
def test_a_stream_joins_to_the_whole_text(model, raw, seed):
    settings = {"temperature": 1.5, "seed": seed, "max_tokens": 40}
    pieces = list(model.stream(PROMPTS[2], raw=raw, **settings))
    whole = model.complete if raw else model.reply
    assert "".join(pieces) == whole(PROMPTS[2], **settings)
    assert len(pieces) > 1


def test_a_reply_goes_through_the_chat_template(model):
    text = model.render([Message("system", "Be brief."), Message("user", "Hello")])
    assert text == "Be brief.\n\n### Instruction:\nHello\n\n### Response:\n"
    assert model.reply("Hello") == model.reply([{"role": "user", "content": "Hello"}])
    with pytest.raises(InputError, match="role"):
        model.reply([{"text": "Hello"}])


def test_a_long_prompt_is_refused_and_a_nearly_long_one_cut_short(model):
    with pytest.raises(InputError, match="4096 tokens"):
        model.complete("fee " * 5000)
    ids = model.tokenizer("fee " * 5000)["input_ids"][:4090]
    text = model.tokenizer.decode(ids)
    assert len(model.tokenizer(model.complete(text, max_tokens=48))["input_ids"]) <= 12


def test_loading_an_adapter_names_its_base(adapter, model):
    loaded = Model.load(adapter)
    assert "LORA on" in repr(loaded) and loaded.parameters > model.parameters
    assert loaded.reply("Hello") == model.reply("Hello"), "a fresh adapter changes nothing"


def test_a_name_leads_to_a_runs_result(adapter, home):
    folder = home / "runs" / "sft-0001"
    folder.mkdir(parents=True)
    (folder / "run.json").write_text("{}")
    with pytest.raises(NotFoundError, match="no result yet"):
        Model.load("sft-0001")
    shutil.copytree(adapter, folder / "result")
    for name in ("sft-0001", folder, folder / "result"):
        assert Model.load(name).name == "sft-0001"


@pytest.mark.parametrize(
    "name",
    [
        *("no-such-model", "nobody/nothing", "../../etc", "a b", "", "x" * 3000, "a//b"),
        *("owner/name.git", "owner/name-", "öwner/näme"),
    ],
)
def test_an_unknown_name_says_what_to_do(name):
    with pytest.raises(NotFoundError, match=r"pocket|holds no model"):
        Model.load(name)


def test_a_folder_without_a_model_is_named(tmp_path):
    with pytest.raises(NotFoundError, match=r"config\.json"):
        Model.load(tmp_path)


class Boom:
    def __reduce__(self):
        return (pytest.fail, ("a pickle was read",))


@pytest.mark.parametrize("kind", ["full", "adapter"])
def test_pickled_weights_are_refused(kind, tiny_model_folder, adapter, tmp_path):
    folder = shutil.copytree(tiny_model_folder if kind == "full" else adapter, tmp_path / "hostile")
    stem = "model" if kind == "full" else "adapter_model"
    (folder / f"{stem}.safetensors").unlink()
    for name in (f"{stem}.bin", "pytorch_model.bin"):
        (folder / name).write_bytes(pickle.dumps(Boom()))
    with pytest.raises(InputError, match="safetensors only"):
        Model.load(folder)


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"r": 2_000_000}, "ranks"),
        ({"rank_pattern": {".*": 2_000_000}}, "ranks"),
        ({"r": 8}, "rank its configuration"),
        ({"peft_type": "NONSENSE"}, "type"),
        ({"peft_type": ["LORA"]}, "type"),
        ({"auto_mapping": {"base_model_class": "system", "parent_library": "os"}}, "auto_mapping"),
        ({"target_modules": "(a+)+$"}, "plain lists"),
        ({"init_lora_weights": "pissa"}, "changes the base"),
    ],
)
def test_a_hostile_adapter_is_refused_before_it_is_opened(adapter, change, reason):
    config = json.loads((adapter / "adapter_config.json").read_text())
    (adapter / "adapter_config.json").write_text(json.dumps({**config, **change}))
    with pytest.raises(InputError, match=reason):
        Model.load(adapter)


def test_an_adapter_is_refused_on_other_weights_than_its_own(tiny_model_folder, tmp_path):
    base = shutil.copytree(tiny_model_folder, tmp_path / "base")
    ready = load_trainable(base, LoRA(rank=4))
    folder = save_result(ready.network, ready.tokenizer, tmp_path / "adapter", ready.base)
    assert Model.load(folder).reply("Hello") == Model.load(base).reply("Hello")
    other = load_trainable(base, FullTuning())
    with torch.no_grad():
        other.network.lm_head.weight[7, 7] += 1
    save_result(other.network, other.tokenizer, base, "")
    with pytest.raises(InputError, match="trained on other weights"):
        Model.load(folder)


@pytest.mark.parametrize("damage", [b"", b"abc", struct.pack("<Q", 2**60), struct.pack("<Q", 4) + b"[1]x"])
def test_a_damaged_file_is_named(adapter, tiny_model_folder, tmp_path, damage):
    (adapter / "adapter_model.safetensors").write_bytes(damage)
    with pytest.raises(InputError, match="damaged"):
        Model.load(adapter)
    full = shutil.copytree(tiny_model_folder, tmp_path / "full")
    (full / "model.safetensors").write_bytes(damage)
    with pytest.raises(InputError, match="cannot be opened"):
        Model.load(full)


def test_a_folders_own_code_is_never_run(tiny_model_folder, tmp_path):
    full = shutil.copytree(tiny_model_folder, tmp_path / "full")
    config = json.loads((full / "config.json").read_text())
    config |= {
        "model_type": "mine",
        "auto_map": {"AutoModelForCausalLM": "code.Mine", "AutoConfig": "code.C"},
    }
    (full / "config.json").write_text(json.dumps(config))
    (full / "code.py").write_text("import pytest; pytest.fail('code was run')")
    with pytest.raises(InputError, match="cannot be opened"):
        Model.load(full)


@pytest.fixture
def reward_folder(tiny_model_folder, tmp_path):
    ready = load_trainable(tiny_model_folder, LoRA(rank=4), "SEQ_CLS")
    return save_result(ready.network, ready.tokenizer, tmp_path / "reward", ready.base)


def test_a_reward_model_scores_alone_as_in_a_batch(reward_folder):
    reward = RewardModel.load(reward_folder)
    pairs = [
        (prompt, completion) for prompt in PROMPTS for completion in ("yes", "It costs 0.1 percent a year.")
    ]
    batch = reward.score_many(pairs)
    assert batch == pytest.approx([reward.score(*pair) for pair in pairs], abs=1e-4)
    assert len({round(score, 4) for score in batch}) == len(pairs)


def test_language_and_reward_models_are_not_mistaken_for_each_other(reward_folder, tiny_model_folder):
    with pytest.raises(InputError, match="is a reward model"):
        Model.load(reward_folder)
    with pytest.raises(InputError, match="not a reward model"):
        RewardModel.load(tiny_model_folder)


@pytest.mark.parametrize("name", ["~nobody_of_this_name/model", "x" * 300, "x/" * 400, "", " "])
def test_a_name_that_no_folder_can_have_is_not_found(name, home):
    with pytest.raises(NotFoundError, match="no model called"):
        Model.load(name)
