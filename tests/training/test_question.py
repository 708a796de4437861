"""Reward runs are questioned as they end; ensembles of them judge policies."""

import pytest

from playground.errors import ConflictError, InputError
from playground.evaluation.questions import Questions
from playground.model.ensemble import RewardEnsemble
from playground.run.history import children, delete
from playground.training import members
from playground.training.execute import execute
from playground.training.grpo import GRPO
from playground.training.ppo import PPO
from playground.training.question import _votes, ceiling, question
from playground.training.reward import RewardModeling


@pytest.fixture(scope="module")
def twins(reward_run):
    """The reward run and one more with another seed."""
    (other,) = members.add_members(reward_run, 1)
    execute(other.folder)
    return [reward_run, other]


def test_a_reward_run_ends_with_its_answers(reward_run, pairs):
    kept = Questions.read(reward_run.folder)
    assert kept.model == reward_run.id and kept.pairs == 8 and kept.trained_on == len(pairs)
    assert kept.accuracy.value == reward_run.metrics.query("name == 'eval_accuracy'").value.iloc[-1]
    assert kept.verdict.answer == "not yet" and "8 held-out pairs" in kept.verdict.rules[0].found
    assert "8 of 8 held-out pairs have a prompt it was trained on." in kept.remarks
    again = question(reward_run.id)
    assert again.margins == pytest.approx(kept.margins, abs=1e-5)


def test_what_cannot_be_asked_is_told(lora_run, tiny, pairs):
    with pytest.raises(InputError, match="no reward run"):
        question(lora_run)
    blind = RewardModeling(epochs=1)
    run = blind.prepare(tiny, pairs)
    with pytest.raises(ConflictError, match="has no model"):
        question(run)
    execute(run.folder)
    assert Questions.read(run.folder) is None and not run.status.remarks
    with pytest.raises(InputError, match="held nothing out"):
        question(run)
    assert question(run, held_out=pairs[:4]).pairs == 4


def test_a_model_that_cannot_be_questioned_is_kept(tiny, pairs, monkeypatch):
    from playground.training import question as room

    def broken(*_):
        raise ValueError("no scores")

    monkeypatch.setattr(room, "asked", broken)
    run = RewardModeling(epochs=1).fit(tiny, pairs, pairs[:4])
    assert run.state == "completed" and "no scores" in run.status.remarks[0]


def test_rows_that_several_votes_are_about_tell_the_ceiling(tiny, pairs):
    twice = [
        {**(pair if who or place % 4 else turned(pair)), "vote": f"vote-{who}-{place}"}
        for place, pair in enumerate(pairs)
        for who in range(2)
    ]
    run = RewardModeling(epochs=1, batch_size=24).fit(tiny, twice[:32], twice[32:])
    found = Questions.read(run.folder)
    # Two votes on each pair; they differ on every fourth, so two people agree with 3/4.
    assert found.ceiling.value == pytest.approx(ceiling(_votes(twice)).value)
    assert 0.75 < found.ceiling.value < (1 + 0.5**0.5) / 2
    assert ceiling([]) is None
    tie = [{**pairs[0], "vote": "one"}, {**turned(pairs[0]), "vote": "one"}, {**pairs[0], "vote": "two"}]
    assert ceiling(_votes(tie)) is None


def turned(pair):
    return {**pair, "chosen": pair["rejected"], "rejected": pair["chosen"]}


def test_more_members_differ_in_their_seed_alone(twins, reward_run):
    one, other = (run.spec for run in twins)
    assert other.settings == one.settings | {"seed": 1}
    assert {name: part.sha256 for name, part in other.data.items()} == {
        name: part.sha256 for name, part in one.data.items()
    }
    assert [run.id for run in twins] in members.ensembles()
    names = [name for _, name in members.offered()]
    assert f"{twins[0].id}+{twins[1].id}" in names and f"{twins[0].id}+{twins[1].id}@1" in names


def test_an_ensemble_can_be_questioned(twins):
    ensemble = RewardEnsemble(twins)
    found = question(ensemble)
    assert found.model == ensemble.name and found.pairs == 8


@pytest.mark.parametrize("stage", [PPO, GRPO])
def test_an_ensemble_rewards_a_policy_and_its_members_are_kept(stage, twins, lora_run, pairs):
    prompts = [pair["prompt"] for pair in pairs]
    sizes = {"updates": 1, "rollout": 8, "response_tokens": 6} | ({"group": 4} if stage is GRPO else {})
    rewards = []
    for caution in (0.0, 50.0):
        ensemble = RewardEnsemble(twins, caution)
        run = stage(**sizes).fit(lora_run.model, prompts, reward=ensemble)
        assert run.spec.reward == ensemble.name and run.spec.judges == [one.id for one in twins]
        rewards.append(run.metrics.query("name == 'reward'").value.iloc[0])
    # The same answers are drawn; who is more cautious pays less.
    assert rewards[1] < rewards[0]
    assert run.id in children(twins[1].folder)
    with pytest.raises(ConflictError, match="came from"):
        delete(twins[1].folder)
    with pytest.raises(InputError, match="is an ensemble"):
        run.to_code()
