"""Adapters from elsewhere are looked through before they are opened; several become one, or part of it."""

import json
import os
import struct
from pathlib import Path
from types import SimpleNamespace

import pytest
import torch
from safetensors.torch import load_file, save_file

from playground.errors import ConflictError, InputError, NotFoundError
from playground.model import blend, bring, kept
from playground.model.load import Model
from playground.model.swap import Shelf
from playground.model.tuning.bottleneck import BottleneckAdapter
from playground.model.tuning.lora import LoRA
from playground.model.tuning.prompt import PromptTuning
from playground.model.tuning.selective import SelectiveTuning
from playground.run.job import Run
from playground.training.dpo import DPO

PROMPT = "What is the fee of the Harbor Bond?"
CONFIG, WEIGHTS = bring.CONFIG, bring.WEIGHTS


@pytest.fixture(scope="module")
def made(tiny_model_folder, tuned, tmp_path_factory) -> dict[str, Path]:
    """One adapter of each kind on the tiny model, and two LoRA that change what is read too."""
    home = tmp_path_factory.mktemp("made")
    kinds = {
        "a": LoRA(rank=4, embeddings=True), "b": LoRA(rank=4, embeddings=True), "c": LoRA(rank=2),
        "rs": LoRA(rank=4, variant="rslora"), "dora": LoRA(rank=4, variant="dora"),
        "selective": SelectiveTuning(last_layers=1), "bottleneck": BottleneckAdapter(width=4),
        "prompt": PromptTuning(tokens=4),
    }  # fmt: skip
    return {
        name: tuned(tiny_model_folder, home / name, tuning, seed)
        for seed, (name, tuning) in enumerate(kinds.items())
    }


def logits(name, text=PROMPT):
    model = Model.load(name)
    ids = model.tokenizer(text, return_tensors="pt")["input_ids"]
    with torch.no_grad():
        return model.network(input_ids=ids).logits


def copied(folder: Path, to: Path, **config) -> Path:
    """The adapter in another folder, its configuration changed."""
    to.mkdir()
    (to / WEIGHTS).write_bytes((folder / WEIGHTS).read_bytes())
    (to / CONFIG).write_text(json.dumps(json.loads((folder / CONFIG).read_text()) | config))
    return to


class Canary:
    def __reduce__(self):
        return (open, ("opened", "w"))


def test_every_kind_is_brought_in_by_folder_or_by_files(home, made, tiny_model_folder):
    for name, folder in made.items():
        (folder / "training_args.bin").write_bytes(b"pickle")
        called = bring.add_adapter(folder, name=f"my-{name}", base=str(tiny_model_folder))
        assert Model.load(called).name == called and kept.is_kept(called)
        assert Model.load(called).reply(PROMPT) == Model.load(folder).reply(PROMPT)
        assert sorted(os.listdir(home / "models" / called)) == [CONFIG, WEIGHTS, kept.ORIGIN]
        assert "training_args.bin" in kept.origin(called)["left out"]
    files = [made["a"] / CONFIG, made["a"] / WEIGHTS, made["a"] / "training_args.bin"]
    assert bring.add_adapter(files, base=str(tiny_model_folder)) == "adapter"
    assert bring.add_adapter(files, base=str(tiny_model_folder)) == "adapter-2"
    kept.remove("adapter")
    assert "adapter" not in kept.names() and len(kept.names()) == len(made) + 1


def wrong_header(folder: Path, change) -> None:
    """Rewrite the header of the weights."""
    data = (folder / WEIGHTS).read_bytes()
    size = struct.unpack("<Q", data[:8])[0]
    header = json.loads(data[8 : 8 + size])
    change(header)
    text = json.dumps(header).encode()
    (folder / WEIGHTS).write_bytes(struct.pack("<Q", len(text)) + text + data[8 + size :])


def first(header: dict) -> dict:
    return next(one for name, one in header.items() if name.endswith("lora_A.weight"))


@pytest.mark.parametrize(("changes", "damage", "told"), [
    ({"r": 2_000_000}, None, "2000000"),
    ({"rank_pattern": {"(a+)+$": 4}}, None, "name layers plainly"),
    ({"exclude_modules": "(a+)+$"}, None, "plain names"),
    ({"lora_alpha": 1e308}, None, "alphas"),
    ({"peft_type": "VERA"}, None, "VERA"),
    ({"auto_mapping": {"base_model_class": "x"}}, None, "auto_mapping"),
    ({"init_lora_weights": "pissa"}, None, "changes the base"),
    ({"base_model_name_or_path": "someone/unknown"}, None, "someone/unknown"),
    ({"base_model_name_or_path": "../../etc"}, None, "not known here"),
    ({"base_model_name_or_path": "/etc"}, None, "not known here"),
    ({"base_model_name_or_path": None}, None, "names no base"),
    ({}, lambda header: first(header).update(shape=[4, 10**9]), "bytes"),
    ({}, lambda header: first(header).update(shape=[-1, 4]), "shape"),
    ({}, lambda header: first(header).update(shape=[]), "shape"),
    ({}, lambda header: first(header).update(dtype=["F32"]), "F32"),
    ({}, lambda header: first(header).update(dtype="I64"), "I64"),
    ({}, lambda header: first(header).update(data_offsets=[0, 2**50]), "shape"),
    ({}, lambda header: header.update(evil={"dtype": "F32", "shape": [0], "data_offsets": [0, 0]}), "evil"),
])  # fmt: skip
def test_what_may_not_be_opened_is_refused_unopened(home, made, tmp_path, changes, damage, told, monkeypatch):
    monkeypatch.setattr("peft.PeftModel.from_pretrained", None)
    folder = copied(made["c"], tmp_path / "bad", **({"base_model_name_or_path": "pocket"} | changes))
    if damage:
        wrong_header(folder, damage)
    base = "" if "base_model_name_or_path" in changes else json.loads((made["c"] / CONFIG).read_text())
    with pytest.raises(InputError) as refused:
        bring.add_adapter(folder, base=base and base["base_model_name_or_path"])
    assert told in str(refused.value) and refused.value.rule and refused.value.remedy
    assert kept.names() == [] and not list((home / "models").glob("*"))


def test_an_adapter_of_another_model_is_refused_by_its_shapes(home, made):
    with pytest.raises(InputError, match="pocket"):
        bring.add_adapter(made["bottleneck"], base="pocket")
    with pytest.raises(InputError, match="pocket"):
        bring.add_adapter(made["c"], base="pocket")


def test_pickles_links_and_names_that_lead_elsewhere_are_refused(home, made, tmp_path, tiny_model_folder):
    base = str(tiny_model_folder)
    bad = copied(made["c"], tmp_path / "pickled")
    torch.save(Canary(), bad / "adapter_model.bin")
    (bad / WEIGHTS).unlink()
    with pytest.raises(InputError, match="pickle"):
        bring.add_adapter(bad, base=base)
    assert not os.path.exists("opened")
    for name in (CONFIG, WEIGHTS):
        linked = copied(made["c"], tmp_path / f"linked-{name}")
        (linked / name).unlink()
        (linked / name).symlink_to(made["c"] / name)
        with pytest.raises(InputError, match="symbolic link"):
            bring.add_adapter(linked, base=base)
    for name in ("../out", "a/b", "..", "sft-0001", "pocket", ".hidden", "x" * 65, ""):
        if name:
            with pytest.raises(InputError, match="The name is"):
                bring.add_adapter(made["c"], name=name, base=base)
        with pytest.raises(NotFoundError):
            kept.origin(name or "..")
    for where in ("../../etc/x", "no such folder", "", "a--b/c"):
        with pytest.raises(NotFoundError, match="There is no adapter"):
            bring.add_adapter(where)
    bring.add_adapter(made["c"], name="mine", base=base)
    with pytest.raises(ConflictError, match="mine"):
        bring.add_adapter(made["c"], name="mine", base=base)
    with pytest.raises(InputError, match="adapter itself"):
        bring.add_adapter(made["c"], base="mine")


def test_what_is_combined_is_the_sum_of_what_each_changes(home, made):
    a, b = map(str, (made["a"], made["b"]))
    mixed = blend.combine({a: 0.7, b: -0.3}, "sum", name="mixed")
    assert Model.load(mixed).source.config["r"] == 8 and kept.origin(mixed)["weights"] == {a: 0.7, b: -0.3}
    assert torch.allclose(changed(mixed), 0.7 * changed(a) - 0.3 * changed(b), atol=1e-6)
    alone = blend.combine({str(made["rs"]): 1.0}, "svd")
    assert torch.allclose(logits(alone), logits(made["rs"]), atol=1e-4)
    found = {way: changed(blend.combine({a: 1.0, b: 1.0}, way)) for way in blend.WAYS}
    whole = changed(a) + changed(b)
    far = {way: float((one - whole).norm() / whole.norm()) for way, one in found.items()}
    assert far["sum"] < 1e-5 < far["svd"] < min(far["linear"], far["ties"], far["dare"])


def changed(name) -> torch.Tensor:
    """What an adapter adds to one layer, as a matrix."""
    network = Model.load(name).network
    layer = network.get_submodule("base_model.model.model.layers.0.self_attn.q_proj")
    return layer.get_delta_weight("default").detach()


@pytest.mark.parametrize(("weights", "way", "told"), [
    ({"dora": 1.0}, "svd", "DoRA"),
    ({"bottleneck": 1.0}, "svd", "bottleneck"),
    ({"a": 1.0, "c": 1.0}, "linear", "4, 2"),
    ({"a": 0.0}, "svd", "not zero"),
    ({"a": float("nan")}, "svd", "nan"),
    ({"a": 1.0}, "magic", "magic"),
    ({}, "svd", "0 adapters"),
])  # fmt: skip
def test_what_cannot_be_combined_is_refused_with_the_reason(home, made, weights, way, told):
    with pytest.raises(InputError, match=told):
        blend.combine({str(made[name]): weight for name, weight in weights.items()}, way)
    assert kept.names() == []


@pytest.mark.parametrize("name", ["a", "rs", "dora", "selective"])
def test_merged_equals_unmerged(home, made, name):
    whole = blend.merge(made[name], into="whole")
    assert Model.load(whole).source.base is None
    assert torch.allclose(logits(whole), logits(made[name]), atol=2e-4)
    assert blend.unmerge(whole) == str(made[name]) and kept.names() == []
    with pytest.raises(InputError, match="full model already"):
        blend.merge("pocket")


def test_what_others_stand_on_is_kept(home, made, tuned, tmp_path):
    base = blend.merge(made["c"], into="base")
    bring.add_adapter(tuned(base, tmp_path / "above", LoRA(rank=2), 9), name="above")
    with pytest.raises(ConflictError, match="above stands on base"):
        blend.unmerge(base)
    kept.remove("above")
    run = Run.create("dpo", DPO(), base, {})
    with pytest.raises(ConflictError, match=f"{run.id} stands on base"):
        blend.unmerge(base)
    run.delete()
    assert blend.unmerge(base) == str(made["c"])


def test_rows_of_one_batch_go_through_their_own_adapters(made, tiny_model_folder):
    names = [str(one) for one in (made["a"], tiny_model_folder, made["b"], made["c"], made["a"])]
    texts = [PROMPT, PROMPT, "Hello", PROMPT, "The Cedar Fund"]
    alone = [Model.load(name).reply(text, max_tokens=16) for name, text in zip(names, texts, strict=True)]
    shelf = Shelf()
    asked = list(zip(names, texts, strict=True))
    assert shelf.together(asked, max_tokens=16) == alone
    assert shelf.model(names[0]).reply(PROMPT, max_tokens=16) == alone[0]
    assert shelf.model(names[1]).reply(PROMPT, max_tokens=16) == alone[1]
    assert shelf.together(asked, max_tokens=16) == alone and shelf.together([]) == []
    drawn = {"temperature": 1.5, "seed": 3, "max_tokens": 8}
    assert shelf.together(asked[:2], **drawn) == [shelf.model(n).reply(t, **drawn) for n, t in asked[:2]]
    assert shelf.together([(names[1], PROMPT)], raw=True, max_tokens=4)


@pytest.mark.parametrize(("names", "told"), [
    (["a", "bottleneck"], "bottleneck adapter"), (["dora"], "DoRA"), (["prompt", "a"], "prompt"),
    (["a", "pocket"], "one base"),
])  # fmt: skip
def test_what_cannot_share_a_batch_is_refused_with_the_reason(made, names, told):
    with pytest.raises(InputError, match=told) as refused:
        Shelf().together([(str(made.get(name, name)), PROMPT) for name in names])
    assert "one model after the other" in str(refused.value)


def test_more_adapters_than_a_network_holds_are_refused(made):
    shelf = Shelf(adapters=1)
    with pytest.raises(InputError, match="holds 1"):
        shelf.together([(str(made[name]), PROMPT) for name in "ab"])
    assert shelf.together([(str(made[name]), PROMPT) for name in "aa"], max_tokens=4)


def test_a_switch_tells_its_time_and_what_is_loaded(made):
    shelf = Shelf()
    told = [shelf.switch(made[name]) for name in ("a", "b", "a")]
    assert [one["loaded"] for one in told] == [1, 2, 2]
    assert 0 < told[2]["seconds"] < told[0]["seconds"]


def test_a_padded_file_is_refused(home, made, tmp_path, tiny_model_folder):
    folder = copied(made["c"], tmp_path / "padded")
    weights = load_file(folder / WEIGHTS)
    save_file(weights, folder / WEIGHTS)
    with open(folder / WEIGHTS, "ab") as file:
        file.write(b"more")
    with pytest.raises(InputError, match="not as long"):
        bring.add_adapter(folder, base=str(tiny_model_folder))


class Hub:
    """A model repository on the Hub; what is fetched of it is written down."""

    def __init__(self, files: dict[str, bytes]):
        self.files, self.fetched = files, []

    def model_info(self, identifier, files_metadata):
        siblings = [SimpleNamespace(rfilename=name, size=len(data)) for name, data in self.files.items()]
        return SimpleNamespace(sha="c" * 40, siblings=siblings)

    def hf_hub_download(self, identifier, name, revision, local_dir):
        self.fetched.append(name)
        (Path(local_dir) / name).write_bytes(self.files[name])


def test_an_adapter_of_the_hub_is_brought_in_by_its_id(home, made, tiny_model_folder, monkeypatch):
    whole = {name: (made["c"] / name).read_bytes() for name in (CONFIG, WEIGHTS)}
    hub = Hub(whole | {"optimizer.pt": b"pickle", "runs/x": b""})
    monkeypatch.setattr("huggingface_hub.HfApi", lambda: hub)
    assert bring.add_adapter("someone/better-answers", base=str(tiny_model_folder)) == "better-answers"
    assert hub.fetched == [CONFIG, WEIGHTS] and kept.origin("better-answers")["left out"] == ["optimizer.pt"]
    hub = Hub({CONFIG: whole[CONFIG], "adapter_model.bin": b"pickle"})
    with pytest.raises(InputError, match="pickle"):
        bring.add_adapter("someone/old")
    assert hub.fetched == []
    monkeypatch.setitem(bring.LIMITS, WEIGHTS, 10)
    hub = Hub(whole)
    with pytest.raises(InputError, match="It may have 10"):
        bring.add_adapter("someone/huge")
    assert hub.fetched == []
