"""The weights of the best gold score are kept, and a run may end on an alarm."""

import itertools
from types import SimpleNamespace

import pytest
import torch
from safetensors.torch import load_file

import playground as pg
from playground.run import events, goodhart, reading
from playground.training import group_trainer, guard
from playground.training.grpo import GRPO
from playground.training.ppo import PPO
from playground.training.ppo_trainer import SteeredPPO
from playground.training.session import Session

GOLD = (1.0, 2.0, 5.0, 1.0, 0.5, 0.5)
PROMPTS = [f"What does fund {n} cost?" for n in range(8)]


def weights(folder) -> dict:
    return {name: one.tolist() for name, one in load_file(folder / "adapter_model.safetensors").items()}


@pytest.fixture
def hacked(monkeypatch):
    """A reward that always rises, and a gold score that falls after the third update."""
    rewards, golds = itertools.count(), itertools.count()
    monkeypatch.setattr(
        group_trainer, "gold_of", lambda questions: lambda *pair: GOLD[min(next(golds) // 4, len(GOLD) - 1)]
    )

    def more(prompt, answer):
        return next(rewards) / 4

    return more


def grpo(lora_run, reward, **changes):
    short = {"updates": 6, "rollout": 4, "group": 4, "passes": 1, "response_tokens": 4, "learning_rate": 1e-2}
    settings = GRPO(**short | changes)
    return settings.fit(lora_run.model, PROMPTS, reward=reward)


def test_the_peak_has_the_weights_that_its_answers_were_drawn_from(home, lora_run, hacked, monkeypatch):
    kept, save = [], guard.save_result

    def saving(network, tokenizer, folder, base):
        save(network, tokenizer, folder, base)
        kept.append(weights(folder))

    monkeypatch.setattr(guard, "save_result", saving)
    run = grpo(lora_run, hacked)
    assert [one.gold for one in goodhart.points(run.folder)] == list(GOLD)
    assert weights(run.folder / "peak") == kept[1] != weights(run.folder / "result")
    (line,) = [one for one in run.status.endings if one.startswith("Over-optimised")]
    assert "gold was 5 before update 3 and 0.5 at the end" in line and f"{run.id}/peak" in line
    assert pg.Model.load(f"{run.id}/peak").reply(PROMPTS[0], max_tokens=2) is not None
    assert not (run.folder / guard.NEXT).exists()


@pytest.mark.parametrize("passes", [1, 2])
def test_a_run_that_is_told_to_ends_on_an_alarm(home, lora_run, hacked, passes):
    run = grpo(lora_run, hacked, on_alarm="stop", passes=passes)
    assert run.state == "stopped" and run.status.step < 6 * passes and run.status.step % passes == 0
    stopped, told = run.status.endings
    assert stopped.startswith("Stopped by its guard. The reward rises and the gold score has fallen since")
    assert "fallen since update 3" in stopped
    assert "gold was 5 before update 3" in told and (run.folder / "peak").is_dir()
    # What raised the alarm is still there to be seen.
    assert "over-optimisation" in [one.name for one in reading.alarms(run.folder)]
    steps, values = events.columns(events.read_metrics(run.folder))
    clipped = [step for step, value in zip(steps, values["clip_fraction"], strict=True) if value is not None]
    assert all(step % passes == 0 for step in clipped) and clipped


def test_a_stop_leaves_nothing_half_kept(home, lora_run, hacked, monkeypatch):
    step = Session.step

    def stop(self, number, values=None):
        step(self, number, values)
        self.stopped = self.stopped or number == 4

    monkeypatch.setattr(Session, "step", stop)
    run = grpo(lora_run, hacked)
    assert run.state == "stopped" and not (run.folder / guard.NEXT).exists()
    assert weights(run.folder / "peak") and not any("Over-optimised" in one for one in run.status.endings)
    monkeypatch.undo()


def test_a_penalty_for_not_ending_is_part_of_what_is_foretold():
    scores, values = torch.tensor([1.0, 2.0, 3.0, 4.0]), torch.tensor([1.0, 2.0, 1.0, 4.0])
    judged = SimpleNamespace(
        _told=[values, scores], _responses=[[5, 1], [5, 1], [5, 6], [5, 1]],
        args=SimpleNamespace(missing_eos_penalty=2.0), processing_class=SimpleNamespace(eos_token_id=1),
    )
    assert SteeredPPO._foreseen(judged) == {"explained_variance": 1.0}


def test_what_ppo_foretells_and_repeats_is_told(home, lora_run, reward_run):
    settings = PPO(updates=2, rollout=4, minibatches=1, epochs=1, response_tokens=4)
    values = settings.fit(lora_run.model, PROMPTS, reward=reward_run.model).metrics
    found = values[values.name == "explained_variance"].value
    assert len(found) == 2 and found.max() <= 1.0
    # At first the value model foretells the same for all: nothing of the differences.
    assert found.iloc[0] == pytest.approx(0.0, abs=1e-6)
    assert values[values.name == "repetition"].value.between(0, 1).all()
