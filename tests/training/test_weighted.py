"""Weights and margins of pairs: losses against numbers worked by hand; a weight of 1 changes no bit."""

import math

import pytest
import torch
from safetensors.torch import load_file

from playground.errors import InputError
from playground.run.job import Run
from playground.training import inputs
from playground.training.dpo import DPO
from playground.training.reward import RewardModeling
from playground.training.weighted import beyond_one, pair_losses

ONE_STEP = {"epochs": 1, "batch_size": 24}


def first(run: Run, name: str = "loss") -> float:
    return run.metrics.query("name == @name").value.iloc[0]


def weighed(rows: list[dict], *weights: float) -> list[dict]:
    """The rows with these weights in turn."""
    return [row | {"weight": weights[place % len(weights)]} for place, row in enumerate(rows)]


def test_what_a_weight_adds_worked_by_hand():
    losses = torch.tensor([0.5, 2.0])
    # (3·0.5 + 0.5·2) / 2 = 1.25, and the plain mean is 1.25 too; (2·0.5 + 1·2) / 2 = 1.5.
    assert float(losses.mean() + beyond_one(torch.tensor([3.0, 0.5]), losses)) == pytest.approx(1.25)
    assert float(losses.mean() + beyond_one(torch.tensor([2.0, 1.0]), losses)) == pytest.approx(1.5)
    assert float(beyond_one(torch.ones(2), losses)) == 0.0


@pytest.mark.parametrize(
    "kind, by_hand",
    # scores +1 and -3, beta 0.5: a margin of 2; lengths 2 and 3: 1/2 + 1 - 1.
    [("sigmoid", math.log(1 + math.exp(-2))), ("hinge", 0.0), ("ipo", 0.25),
     # With a fifth taken to be wrong: (0.8 · 0.126928 - 0.2 · 2.126928) / 0.6.
     ("robust", -0.539739)],
)
def test_the_loss_of_a_pair_worked_by_hand(kind, by_hand):
    scores, lengths = (torch.tensor([1.0]), torch.tensor([-3.0])), (torch.tensor([2.0]), torch.tensor([3.0]))
    assert float(pair_losses(kind, 0.5, scores, lengths, 0.2)) == pytest.approx(by_hand)


STAGES = {
    "reward": lambda **more: RewardModeling(center=0.0, **ONE_STEP, **more),
    "sigmoid": lambda **more: DPO(loss="sigmoid", sft_weight=0.7, kl_prompts=0, **ONE_STEP, **more),
    "robust": lambda **more: DPO(noise=0.2, sft_weight=0.0, kl_prompts=0, **ONE_STEP, **more),
    "hinge": lambda **more: DPO(loss="hinge", sft_weight=0.0, kl_prompts=0, **ONE_STEP, **more),
    "ipo": lambda **more: DPO(loss="ipo", sft_weight=0.0, kl_prompts=0, **ONE_STEP, **more),
}


@pytest.mark.parametrize("name", STAGES)
def test_a_weight_of_three_is_three_times_the_loss(name, lora_run, pairs):
    stage = STAGES[name]()
    plain, heavy = (stage.fit(lora_run.model, rows) for rows in (pairs, weighed(pairs, 3.0)))
    assert first(heavy) == pytest.approx(3 * first(plain), rel=1e-5)


@pytest.mark.parametrize("start", ["lora", "full"])
def test_pairs_without_weight_are_as_if_they_were_not_there(start, lora_run, full_run, pairs):
    """Half the pairs at weight 2 and half at 0 are the first half alone, for an adapter and a full model."""
    begun = {"lora": lora_run, "full": full_run}[start]
    order = [*pairs[:12], *pairs[12:]]
    rows = [row | {"weight": 2.0 if place < 12 else 0.0} for place, row in enumerate(order)]
    settings = {"epochs": 1, "kl_prompts": 0, "sft_weight": 0.0, "learning_rate": 1e-3}
    both = DPO(batch_size=24, **settings).fit(begun.model, rows)
    half = DPO(batch_size=12, **settings).fit(begun.model, order[:12])
    assert first(both) == pytest.approx(first(half), rel=1e-5)
    assert first(both, "grad_norm") == pytest.approx(first(half, "grad_norm"), rel=1e-4)


@pytest.mark.parametrize("name", ["reward", "sigmoid"])
def test_weights_of_one_change_no_bit(name, lora_run, pairs, monkeypatch):
    stage = STAGES[name](learning_rate=1e-3)
    plain = stage.fit(lora_run.model, pairs, pairs[:6])
    # `pairs` leaves out weights that say nothing; here they reach the loss all the same.
    monkeypatch.setattr(inputs, "_measured", lambda rows, *_: rows)
    ones = stage.fit(lora_run.model, weighed(pairs, 1.0), weighed(pairs[:6], 1.0))
    assert "weight" in ones.rows("train")[0] and "weight" not in plain.rows("train")[0]
    same = ["loss", "grad_norm", "eval_loss"]
    assert [first(plain, one) for one in same] == [first(ones, one) for one in same]
    kept = [load_file(next((run.folder / "result").glob("*.safetensors"))) for run in (plain, ones)]
    assert kept[0].keys() == kept[1].keys()
    assert all(torch.equal(weight, kept[1][name]) for name, weight in kept[0].items())


def test_a_margin_asks_for_a_distance(lora_run, pairs):
    """-log sigmoid(d - m): with all scores equal at the start it would be log(1 + e^m)."""
    stage = RewardModeling(center=0.0, **ONE_STEP)
    plain = stage.fit(lora_run.model, pairs)
    far = stage.fit(lora_run.model, [row | {"margin": 30.0} for row in pairs])
    assert first(far) == pytest.approx(30 - first(plain, "margin"), rel=1e-4)
    with pytest.raises(InputError, match="margins"):
        DPO().prepare(lora_run.model, [row | {"margin": 1.0} for row in pairs])


@pytest.mark.parametrize("weight", [-1, float("nan"), float("inf"), "much", True])
def test_a_weight_is_a_number_from_zero_on(weight, pairs):
    with pytest.raises(InputError, match="Pair 2 has the weight"):
        inputs.pairs([pairs[0], pairs[1] | {"weight": weight}])


def test_weights_that_say_nothing_are_left_out_and_gaps_are_ones(pairs):
    assert "weight" not in inputs.pairs(weighed(pairs, 1.0))[0]
    assert [row["weight"] for row in inputs.pairs([pairs[0] | {"weight": 2}, pairs[1]])] == [2.0, 1.0]


@pytest.mark.parametrize("stage", [RewardModeling(), DPO(kl_prompts=0)], ids=["reward", "dpo"])
def test_a_run_with_weights_is_no_plain_script_and_says_why(stage, lora_run, pairs):
    with pytest.raises(InputError, match="weights"):
        stage.prepare(lora_run.model, weighed(pairs, 2.0, 1.0)).to_code()
    assert stage.prepare(lora_run.model, weighed(pairs, 1.0)).to_code().endswith('curves\n')
