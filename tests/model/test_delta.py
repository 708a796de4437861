"""What training changed in the weights is told as it is, whatever was tuned."""

import math

import pytest
import torch

from playground.errors import InputError
from playground.model import blend
from playground.model.delta import Change, changes, delta, directions, effective_rank
from playground.model.load import Model
from playground.model.reading import reading
from playground.model.tuning.full import FullTuning
from playground.model.tuning.lora import LoRA
from playground.model.tuning.prompt import PromptTuning
from playground.model.tuning.qlora import QLoRA
from playground.model.tuning.selective import SelectiveTuning

KINDS = {
    "lora": LoRA(rank=3, embeddings=True), "rslora": LoRA(rank=3, variant="rslora"),
    "dora": LoRA(rank=3, variant="dora"), "qlora": QLoRA(rank=3), "selective": SelectiveTuning(last_layers=1),
    "full": FullTuning(),
}  # fmt: skip


@pytest.mark.parametrize("family", ["llama", "gpt2"])
@pytest.mark.parametrize("kind", KINDS)
def test_the_change_is_that_of_the_merged_weights(home, tuned, tiny_models, tmp_path, kind, family):
    base = tiny_models(family)
    folder = tuned(base, tmp_path / "made", KINDS[kind], 1)
    found = {one.path: one for one in changes(folder, base)}
    whole = folder if kind == "full" else blend.merge(folder, into="whole")
    before, after = (dict(Model.load(name).network.named_parameters()) for name in (base, whole))
    if kind != "qlora":  # whose base is not what its file holds
        for path, one in found.items():
            name = path if path in before else f"transformer.{path}"
            differs(one, before[name].detach(), after[name].detach())
    assert len(found) > 5 and {one.rank for one in found.values()} == ({3} if "ora" in kind else {None})
    if kind in ("lora", "rslora", "qlora"):
        assert all(len(one.spectrum) == 3 and one.effective <= 3 + 1e-9 for one in found.values())
    if kind == "selective":
        assert {one.layer for one in found.values()} == {1, None}


def differs(told, before, after):
    """Holds what is told of a tensor against its two states."""
    change = after - before
    assert told.size == pytest.approx(float(change.norm()), rel=1e-3)
    assert math.isnan(told.relative) or told.relative == pytest.approx(told.size / float(before.norm()))
    if change.dim() == 2:
        values = torch.linalg.svdvals(change.double()).tolist()
        assert told.spectrum[:2] == pytest.approx(values[:2], rel=1e-3)
        assert told.effective == pytest.approx(effective_rank(values), rel=0.05)


def test_what_changes_no_weight_is_refused_with_the_reason(tuned, tiny_model_folder, tmp_path):
    with pytest.raises(InputError, match="changes none of them"):
        changes(tuned(tiny_model_folder, tmp_path / "p", PromptTuning(tokens=2), 1))
    with pytest.raises(InputError, match="Name what it was tuned from"):
        changes(tiny_model_folder)
    table = delta(tiny_model_folder, tiny_model_folder)
    assert (table["size"] == 0).all() and list(table.columns[:3]) == ["path", "layer", "module"]
    assert reading(changes(tiny_model_folder, tiny_model_folder)) == [
        "Nothing has changed: the weights are those of the base."
    ]


def test_directions_are_counted_by_hand():
    assert effective_rank([2.0, 2.0, 2.0]) == pytest.approx(3)
    assert effective_rank([5.0, 0.0]) == pytest.approx(1) and effective_rank([0.0]) == 0
    by_hand = -0.75 * math.log(0.75) - 0.25 * math.log(0.25)
    assert effective_rank([3.0, 1.0]) == pytest.approx(math.exp(by_hand))
    assert directions([3.0, 1.0]) == 1 and directions([1.0, 1.0, 1.0]) == 3 and directions([3.0, 2.0]) == 2


def change(layer, module, size, rank=8, mostly=2, spectrum=(1.0,) * 8, effective=2.0):
    path = f"model.layers.{layer}.{module}.weight" if layer is not None else f"model.{module}.weight"
    return Change(path, layer, module, size, size / 10, rank, effective, mostly, spectrum)


@pytest.mark.parametrize(("sizes", "told"), [
    ((1, 1, 2), "grows with depth: the last third of the blocks changed 4 times as much as the first"),
    ((2, 1, 1), "falls with depth: the first third of the blocks changed 4 times as much as the last"),
    ((1, 5, 1.1), "spread evenly"),
])  # fmt: skip
def test_depth_is_told_by_the_thirds_of_the_blocks(sizes, told):
    said = reading([change(at, "mlp.up_proj", size) for at, size in enumerate(sizes)])
    assert any(told in one for one in said)


def test_parts_rank_and_the_largest_are_told_by_their_rules():
    said = reading([change(0, "mlp.up_proj", 3.0), change(0, "self_attn.q_proj", 1.0)])
    assert said[0] == "90 % of the change, by its squared size, is in the feed-forward nets."
    assert "Of 8 directions, 2 hold 90 % of the change in half of the layers: a rank of about 2" in said[1]
    assert said[-1] == "Most changed for its size: mlp.up_proj of block 0, by 30 % of its norm."
    needed = reading([change(0, "self_attn.q_proj", 1.0, mostly=5)])
    assert "attention" in needed[0] and "it uses the rank it was given" in needed[1]
    rows = change(0, "mlp.up_proj", 1.0, rank=None), change(None, "embed_tokens", 9.0, rank=None)
    said = reading(rows)
    assert "the vectors of the tokens" in said[0] and "much as a LoRA of that rank would" in said[1]
    assert "embed_tokens, by 90 %" in said[-1]
