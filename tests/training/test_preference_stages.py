"""Reward model, DPO, PPO and GRPO: the invariants that hold whatever the model and the data."""

import math

import pytest
import torch

from playground.errors import DivergedError, InputError
from playground.model.tuning.full import FullTuning
from playground.run.job import Run
from playground.training.dpo import DPO
from playground.training.drift import sequence_kl
from playground.training.execute import execute
from playground.training.grpo import GRPO
from playground.training.ppo import PPO
from playground.training.ppo_trainer import PromptStream
from playground.training.reward import RewardModeling


def values(run: Run, name: str) -> list[float]:
    return run.metrics.query("name == @name").value.tolist()


def test_kl_of_two_known_distributions():
    policy = torch.tensor([[[0.5, 0.5], [0.9, 0.1], [0.5, 0.5]]]).log()
    reference = torch.tensor([[[0.5, 0.5], [0.5, 0.5], [0.1, 0.9]]]).log()
    mask = torch.tensor([[1, 1, 0]])
    by_hand = 0.9 * math.log(0.9 / 0.5) + 0.1 * math.log(0.1 / 0.5)
    assert sequence_kl(policy, reference, mask).tolist() == pytest.approx([by_hand])
    assert sequence_kl(policy, policy, mask).tolist() == pytest.approx([0.0])


def test_a_reward_model_learns_whom_to_prefer(reward_run, pairs):
    assert values(reward_run, "eval_accuracy")[-1] == 1.0
    assert {"loss", "accuracy", "margin", "eval_loss"} <= set(reward_run.metrics.name)
    better = reward_run.model.score(pairs[0]["prompt"], pairs[0]["chosen"])
    assert better > reward_run.model.score(pairs[0]["prompt"], pairs[0]["rejected"])


def test_swapping_chosen_and_rejected_negates_the_first_margin(tiny, pairs):
    swapped = [{**pair, "chosen": pair["rejected"], "rejected": pair["chosen"]} for pair in pairs]
    runs = [RewardModeling(epochs=1, batch_size=24).fit(tiny, rows) for rows in (pairs, swapped)]
    one, other = (values(run, "margin")[0] for run in runs)
    assert one == pytest.approx(-other, abs=1e-5)
    assert one != 0


@pytest.mark.parametrize("start", ["lora", "embeddings", "full", "full model, new adapter"])
def test_dpo_begins_at_log_two_because_policy_and_reference_are_one(
    start, lora_run, vectors_run, full_run, pairs
):
    from playground.model.tuning.lora import LoRA

    begun = {"lora": lora_run, "embeddings": vectors_run}.get(start, full_run)
    tuning = LoRA(rank=2) if "adapter" in start else None
    run = DPO(tuning=tuning, epochs=1, learning_rate=1e-3, sft_weight=0).fit(begun.model, pairs, pairs[:6])
    assert values(run, "loss")[0] == pytest.approx(math.log(2), abs=1e-5)
    assert values(run, "margin")[0] == pytest.approx(0, abs=1e-5)
    assert values(run, "kl")[0] == pytest.approx(0, abs=1e-4)
    assert values(run, "kl")[-1] > 0
    assert values(run, "margin")[-1] > 0
    assert {"accuracy", "reward_chosen", "eval_loss"} <= set(run.metrics.name)
    assert run.spec.parent == begun.id


def test_dpo_after_lora_stays_an_adapter_of_the_same_base(lora_run, pairs, tiny):
    import json

    run = DPO(epochs=1).fit(lora_run.model, pairs)
    files = sorted(path.name for path in (run.folder / "result").rglob("*"))
    assert files == ["adapter_config.json", "adapter_model.safetensors"]
    config = json.loads((run.folder / "result" / "adapter_config.json").read_text())
    assert config["base_model_name_or_path"] == str(tiny)


def test_ipo_and_a_term_of_plain_tuning_train_too(lora_run, pairs):
    run = DPO(epochs=1, loss="ipo", sft_weight=0).fit(lora_run.model, pairs)
    assert values(run, "loss")[0] == pytest.approx((1 / (2 * 0.1)) ** 2, rel=1e-3)
    run = DPO(epochs=1, sft_weight=1.0).fit(lora_run.model, pairs)
    assert values(run, "loss")[0] > math.log(2) + 0.5


@pytest.mark.parametrize("start", ["embeddings", "full"])
def test_grpo_begins_at_no_kl_and_draws_new_answers_each_update(
    start, vectors_run, full_run, reward_run, pairs
):
    begun = vectors_run if start == "embeddings" else full_run
    prompts = [pair["prompt"] for pair in pairs]
    settings = GRPO(updates=3, rollout=12, group=4, response_tokens=10, learning_rate=1e-3)
    run = settings.fit(begun.model, prompts, reward=reward_run.model)
    assert values(run, "kl")[0] == pytest.approx(0, abs=1e-4)
    assert values(run, "kl")[-1] > 1e-4
    assert len(values(run, "reward")) == 3 and len(values(run, "loss")) == run.status.step == 6
    assert 1 <= values(run, "length")[0] <= 10
    assert {"entropy", "clip_fraction", "reward_spread", "equal_groups", "grad_norm"} <= set(run.metrics.name)
    run.model.reply("What does fund 3 cost?")


def test_grpo_without_a_price_still_measures_how_far_it_moved(lora_run, reward_run, pairs):
    prompts = [pair["prompt"] for pair in pairs]
    settings = GRPO(updates=2, rollout=8, group=4, response_tokens=8, kl_coefficient=0, learning_rate=1e-2)
    run = settings.fit(lora_run.model, prompts, reward=reward_run.model)
    assert values(run, "kl")[-1] > 1e-3


def test_a_cut_off_answer_is_worth_less(lora_run, reward_run, pairs):
    prompts = [pair["prompt"] for pair in pairs]
    settings = {"updates": 1, "rollout": 8, "group": 4, "passes": 1, "response_tokens": 4}
    mild, hard = (
        GRPO(**settings, unended_penalty=penalty).fit(lora_run.model, prompts, reward=reward_run.model)
        for penalty in (0.0, 100.0)
    )
    cut = (values(mild, "reward")[0] - values(hard, "reward")[0]) / 100
    assert 0 < cut <= 1
    assert cut * 8 == pytest.approx(round(cut * 8), abs=1e-3)


def test_groups_must_divide_a_rollout_and_prompts_must_be_enough_for_one(lora_run, reward_run):
    with pytest.raises(InputError, match="groups of 5"):
        GRPO(rollout=32, group=5)
    with pytest.raises(InputError, match="There are 1 prompts"):
        GRPO(rollout=8, group=4).prepare(lora_run.model, ["What does fund 3 cost?"], reward=reward_run.model)


def test_grpo_stopped_between_two_passes_goes_back_to_the_update_before(
    lora_run, reward_run, pairs, monkeypatch
):
    from playground.training.session import Session

    settings = GRPO(updates=4, rollout=8, group=4, response_tokens=8, learning_rate=1e-2)
    prompts = [pair["prompt"] for pair in pairs]
    whole = settings.fit(lora_run.model, prompts, reward=reward_run.model)
    run, step = settings.prepare(lora_run.model, prompts, reward=reward_run.model), Session.step

    def stop_at_five(session, number, reported=None):
        step(session, number, reported)
        session.stopped = session.stopped or number == 5

    with monkeypatch.context() as patch:
        patch.setattr(Session, "step", stop_at_five)
        execute(run.folder)
    assert (run.state, run.status.step, run.metrics.step.max()) == ("stopped", 4, 4)
    run.reopen()
    execute(run.folder)
    assert run.metrics.equals(whole.metrics)


@pytest.mark.parametrize("kind", ["lora", "full"])
def test_the_first_ratio_of_ppo_is_one_and_its_kl_zero(kind, lora_run, full_run, reward_run, pairs):
    model = lora_run.model if kind == "lora" else full_run.model
    prompts = [pair["prompt"] for pair in pairs]
    settings = PPO(updates=2, rollout=16, epochs=1, minibatches=1, response_tokens=10)
    run = settings.fit(model, prompts, reward=reward_run.model)
    assert values(run, "ratio")[0] == pytest.approx(1, abs=1e-3)
    assert values(run, "kl")[0] == pytest.approx(0, abs=1e-3)
    assert values(run, "kl")[1] != pytest.approx(0, abs=1e-6)
    assert 1 <= values(run, "length")[0] <= 10
    assert {"reward", "entropy", "clip_fraction", "value_loss", "grad_norm"} <= set(run.metrics.name)
    assert run.status.step == 2
    run.model.reply("What does fund 3 cost?")


def test_the_same_seed_makes_the_same_ppo_run(lora_run, reward_run, pairs):
    prompts = [pair["prompt"] for pair in pairs]
    settings = PPO(updates=2, rollout=8, response_tokens=8)
    runs = [settings.fit(lora_run.model, prompts, reward=reward_run.model) for _ in range(2)]
    assert runs[0].metrics.equals(runs[1].metrics)


def test_ppo_stops_at_a_reward_that_is_not_finite(lora_run, reward_run, pairs, monkeypatch):
    from playground.training import ppo_trainer

    copy = ppo_trainer.frozen_copy

    def broken(network):
        reward = copy(network)
        reward.score.weight.data.fill_(math.nan)
        return reward

    monkeypatch.setattr(ppo_trainer, "frozen_copy", broken)
    run = PPO(updates=2, rollout=8, response_tokens=8).prepare(
        lora_run.model, [pair["prompt"] for pair in pairs], reward=reward_run.model
    )
    with pytest.raises(DivergedError):
        execute(run.folder)
    assert run.state == "failed"


def test_a_policy_that_cannot_tell_padding_from_an_end_is_refused(tiny, reward_run, pairs, tmp_path):
    import shutil

    from transformers import AutoTokenizer

    folder = shutil.copytree(tiny, tmp_path / "one-token")
    tokenizer = AutoTokenizer.from_pretrained(folder)
    tokenizer.pad_token = tokenizer.eos_token
    tokenizer.save_pretrained(folder)
    with pytest.raises(InputError, match="padding token is its end token"):
        PPO(rollout=8, tuning=FullTuning()).fit(
            str(folder), [pair["prompt"] for pair in pairs], reward=reward_run.model
        )


def test_prompts_come_each_once_a_pass_in_an_order_the_seed_alone_decides():
    rows = [[n] for n in range(10)]
    stream, twin = PromptStream(rows, 4, 99, seed=3), PromptStream(rows, 4, 99, seed=3)
    drawn = [place for update in range(5) for place in stream.chosen(update)]
    assert sorted(drawn[:10]) == sorted(drawn[10:]) == list(range(10))
    assert drawn[:10] != drawn[10:]
    assert twin.chosen(3) == stream.chosen(3)
    assert PromptStream(rows, 4, 99, seed=4).chosen(0) != stream.chosen(0)


def test_prompts_are_padded_on_the_left():
    stream = PromptStream([[*range(10)], [4]], 2, 99, seed=0)
    assert stream.padded([0, 1]).tolist() == [[99] * 6 + [*range(10)], [99] * 15 + [4]]
    assert stream.padded([1]).tolist() == [[99] * 7 + [4]]
