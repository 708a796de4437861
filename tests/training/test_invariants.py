"""What must hold of every method that moves a policy, by hand where numbers can be worked by hand."""

import math

import pytest
import torch

from playground.model import network
from playground.run.job import Run
from playground.training import drift, group_trainer
from playground.training.dpo import DPO
from playground.training.grpo import GRPO
from playground.training.kto import KTO, weights
from playground.training.ppo import PPO
from playground.training.rloo import RLOO
from playground.training.session import Session

BRIEF = {"epochs": 1, "batch_size": 12, "kl_prompts": 2, "learning_rate": 1e-2}
ROLLED = {"updates": 2, "rollout": 8, "response_tokens": 6, "learning_rate": 1e-2}
STAGES = {
    "dpo": DPO(**BRIEF), "kto": KTO(**BRIEF), "ppo": PPO(**ROLLED), "grpo": GRPO(group=4, **ROLLED),
    "rloo": RLOO(group=4, **ROLLED),
}


class Seen(Exception):
    """Ends a run where a test has what it came for."""


def values(run: Run, name: str) -> list[float]:
    return run.metrics.query("name == @name").value.tolist()


def fitted(settings, begun: Run, pairs, reward) -> Run:
    if isinstance(settings, (DPO, KTO)):
        return settings.fit(begun.model, pairs)
    return settings.fit(begun.model, [pair["prompt"] for pair in pairs], reward=reward)


@pytest.mark.parametrize("kind", ["embeddings", "full"])
@pytest.mark.parametrize("stage", STAGES)
def test_the_reference_never_moves(stage, kind, vectors_run, full_run, reward_run, pairs, monkeypatch):
    """Of an adapter, of which the embeddings are a part, it is another adapter; of a full model, a copy."""
    kept, begun = [], {"embeddings": vectors_run, "full": full_run}[kind]

    def recording(make):
        def made(*given):
            copied = make(*given)
            if hasattr(copied, "state_dict") and copied.can_generate():
                kept.append((copied, {name: weight.clone() for name, weight in copied.state_dict().items()}))
            return copied
        return made

    for owner, name in ((drift, "frozen_copy"), (group_trainer, "frozen_copy"), (network, "_reference")):
        monkeypatch.setattr(owner, name, recording(getattr(owner, name)))
    ends = []
    save = Session.save

    def saving(session, trained, *rest):
        ends.append({name: weight.detach().clone() for name, weight in trained.named_parameters()})
        save(session, trained, *rest)

    monkeypatch.setattr(Session, "save", saving)
    start = {name: weight.clone() for name, weight in begun.model.network.named_parameters()}
    run = fitted(STAGES[stage], begun, pairs, reward_run.model)
    assert values(run, "kl")[-1] > 1e-4
    if kind == "full":
        (copied, before), = kept
        after = copied.state_dict()
        assert all(torch.equal(weight.cpu(), before[name].cpu()) for name, weight in after.items())
        return
    frozen = {name: weight for name, weight in ends[0].items() if {"ref", "reference"} & set(name.split("."))}
    assert len(frozen) == len([name for name in start if "default" in name.split(".")])
    for name, weight in frozen.items():
        parts = ["default" if part in ("ref", "reference") else part for part in name.split(".")]
        assert torch.equal(weight.cpu(), start[".".join(parts)]), name


def silent_reward(reward_run, folder):
    """A reward model that finds all answers worth nothing."""
    import shutil

    from safetensors.torch import load_file, save_file

    shutil.copytree(reward_run.folder / "result", folder)
    weights = load_file(folder / "model.safetensors")
    weights["score.weight"].zero_()
    save_file(weights, folder / "model.safetensors", metadata={"format": "pt"})
    return folder


@pytest.mark.parametrize(("stage", "price", "least"), [
    ("ppo", 0.0, 1e-4), ("ppo", 0.1, 0.05), ("grpo", 0.02, 1e-3), ("rloo", 0.05, 1e-3),
])  # fmt: skip
def test_without_a_reward_a_policy_stays_put(
    stage, price, least, lora_run, reward_run, pairs, tmp_path
):
    from dataclasses import replace

    # PPO makes its advantages alike in size, be they the rounding of a KL of zero: hence its room.
    settings = replace(
        STAGES[stage], unended_penalty=0.0, updates=3, learning_rate=2e-4, kl_coefficient=price
    )
    run = fitted(settings, lora_run, pairs, silent_reward(reward_run, tmp_path / "silent"))
    assert values(run, "reward") == [0.0] * 3
    assert max(map(abs, values(run, "kl"))) < least


@pytest.mark.parametrize("start", ["lora", "full"])
def test_kto_begins_at_a_half_with_its_zero_point_at_zero(start, lora_run, full_run, pairs):
    begun = {"lora": lora_run, "full": full_run}[start]
    run = KTO(epochs=2, batch_size=8, learning_rate=1e-3).fit(begun.model, pairs, pairs[:6])
    assert values(run, "loss")[0] == pytest.approx(0.5, abs=1e-6)
    assert values(run, "zero_point")[0] == values(run, "kl")[0] == pytest.approx(0, abs=1e-4)
    assert values(run, "kl")[-1] > 0 and values(run, "margin")[-1] > 0.01
    assert values(run, "eval_loss")[-1] < 0.5
    assert run.spec.data["train"].rows == 48 and run.spec.parent == begun.id


def test_kto_by_hand(lora_run, monkeypatch):
    """Good answers drawn to log ratio +0.5 a token, bad ones to -0.5, mismatched ones to +0.2."""
    from trl.trainer import kto_trainer

    model, tokenizer = lora_run.model, lora_run.model.tokenizer
    rows = [
        {"prompt": f"What does fund {n} cost?", "completion": "Fund!" if n < 2 else "No. No.", "label": n < 2}
        for n in range(6)
    ]
    bad, calls = tokenizer("No", add_special_tokens=False)["input_ids"][0], []

    def told(logits, ids):
        calls.append(ids)
        is_bad = (ids == bad).any(1, keepdim=True)
        # Mismatched answers and matched ones through the policy, then both through the reference.
        each = [-2.0, torch.where(is_bad, -2.0, -1.0), -2.2, -1.5][len(calls) - 1]
        return torch.zeros(ids.shape) + each + 0 * logits.sum()

    monkeypatch.setattr(kto_trainer, "selective_log_softmax", told)
    run = KTO(epochs=0.1, batch_size=6, kl_prompts=0, beta=0.2).fit(model, rows)
    tokens = []
    for row in rows:
        before = model.render(row["prompt"])
        turns = [("user", row["prompt"]), ("assistant", row["completion"])]
        after = tokenizer.apply_chat_template(
            [{"role": role, "content": text} for role, text in turns], tokenize=False
        )
        tokens.append(len(tokenizer(after)["input_ids"]) - len(tokenizer(before)["input_ids"]))
    zero = 0.2 * sum(tokens) / 6
    good = 1 / (1 + math.exp(0.2 * (0.5 * tokens[0] - zero)))
    worse = 1 / (1 + math.exp(0.2 * (zero + 0.5 * tokens[-1])))
    assert values(run, "zero_point") == pytest.approx([zero], rel=1e-5)
    assert values(run, "reward_chosen") == pytest.approx([0.2 * 0.5 * tokens[0]], rel=1e-5)
    assert weights(rows) == (2.0, 1.0)
    assert values(run, "loss") == pytest.approx([(2 * 2 * good + 4 * worse) / 6], rel=1e-5)


@pytest.mark.parametrize(("stage", "expected"), [
    # Rewards 1, 2, 3, 6: against the mean of the other three, 11/3, 10/3, 3 and 2.
    ("rloo", [-8 / 3, -4 / 3, 0, 4, 0, 0, 0, 0]),
    # Less the mean 3, in units of the standard deviation √(14/3).
    ("grpo", [-2 / (14 / 3) ** 0.5, -1 / (14 / 3) ** 0.5, 0, 3 / (14 / 3) ** 0.5, 0, 0, 0, 0]),
])  # fmt: skip
def test_advantages_by_hand(stage, expected, lora_run, pairs, monkeypatch):
    kind = {"rloo": group_trainer.SteeredRLOO, "grpo": group_trainer.SteeredGRPO}[stage]
    draw, points = kind._generate_and_score_completions, iter([1, 2, 3, 6, 5, 5, 5, 5])

    def seeing(trainer, inputs):
        found = draw(trainer, inputs)
        raise Seen(found["advantages"].tolist())

    monkeypatch.setattr(kind, "_generate_and_score_completions", seeing)
    settings = {"rloo": RLOO, "grpo": GRPO}[stage](updates=1, rollout=8, group=4, unended_penalty=0.0)
    run = settings.prepare(
        lora_run.model, [pair["prompt"] for pair in pairs], reward=lambda prompt, answer: next(points)
    )
    with pytest.raises(Exception, match="Seen") as caught:
        settings._execute(run)
    assert caught.value.__cause__.args[0] == pytest.approx(expected, abs=2e-3)


def test_gae_and_rewards_shaped_by_kl_by_hand(lora_run, reward_run, pairs, monkeypatch):
    """Three tokens and the end of one answer; four tokens, cut off, of the others."""
    from trl.experimental.ppo import ppo_trainer

    tokenizer = lora_run.model.tokenizer
    end, pad = tokenizer.eos_token_id, tokenizer.pad_token_id
    responses = torch.tensor([[5, 6, end, pad], *[[5, 6, 7, 8]] * 3])
    log_probs = [  # of the policy, then of the reference
        torch.tensor([[-1.0, -2.0, -0.5, -9.0], *[[-1.0] * 4] * 3]),
        torch.tensor([[-1.5, -1.0, -0.5, -9.0], *[[-1.0] * 4] * 3]),
    ]
    foretold = torch.tensor([[0.5, 1.0, 1.5, 1.0], *[[0.0] * 4] * 3])
    calls = []

    def rewarded(model, ids, pad_token, context):
        calls.append(context)
        if len(calls) == 1:
            before = torch.zeros(4, context - 1)
            return torch.cat([before, foretold, torch.zeros(4, 1)], 1)[..., None], None, None
        return None, torch.full((4,), 2.0), None

    def seeing(advantages, mask):
        raise Seen(advantages.tolist(), mask.tolist())

    draw = lambda model, queries, *rest: (torch.cat([queries, responses], 1), torch.zeros(4, 4, 9))  # noqa: E731
    for name, stand_in in (
        ("batch_generation", draw), ("selective_log_softmax", lambda *_: log_probs.pop(0)),
        ("get_reward", rewarded), ("masked_whiten", seeing),
    ):
        monkeypatch.setattr(ppo_trainer, name, stand_in)
    settings = PPO(updates=1, rollout=4, minibatches=1, response_tokens=4, kl_coefficient=0.1)
    run = settings.prepare(lora_run.model, [pair["prompt"] for pair in pairs], reward=reward_run.model)
    with pytest.raises(Exception, match="Seen") as caught:
        settings._execute(run)
    advantages, mask = caught.value.__cause__.args
    # Log ratios 0.5, -1, 0 cost 0.1 each: rewards -0.05, 0.1, 0, and 2 behind the end.
    # Errors of the values 0.5, 1, 1.5, 1: 0.45, 0.6, -0.5, 1, which fade by 0.95 a token.
    assert advantages[0] == pytest.approx([1.426125, 1.0275, 0.45, 1.0])
    # Cut off, an answer is worth 2 - 1 at its last token, and nothing was foretold.
    assert advantages[1] == pytest.approx([0.95**3, 0.95**2, 0.95, 1.0])
    assert mask[:2] == [[True, True, True, False], [True] * 4]


@pytest.mark.parametrize(("settings", "first"), [
    ({}, math.log(2)), ({"loss": "hinge"}, 1.0), ({"loss": "ipo"}, 25.0), ({"noise": 0.2}, math.log(2)),
    ({"sft_weight": 1.0}, None),
])  # fmt: skip
def test_every_loss_of_dpo_begins_where_it_must(settings, first, lora_run, pairs):
    given = {"epochs": 1, "batch_size": 8, "kl_prompts": 0, "sft_weight": 0.0} | settings
    run = DPO(**given).fit(lora_run.model, pairs)
    if first is None:
        assert values(run, "loss")[0] > math.log(2) + 0.5
    else:
        assert values(run, "loss")[0] == pytest.approx(first, rel=1e-4)
    assert values(run, "margin")[-1] > 0
