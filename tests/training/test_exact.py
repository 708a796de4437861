"""Killed anywhere and continued, a run is to the last bit what it would have been."""

import random

import pytest

from playground.training import verify
from playground.training.proof import Kill, WarmProcess, differences, finish, outcome

STAGES = [
    "SFT, full", "SFT, LoRA", "reward model", "DPO", "KTO", "PPO, full", "PPO, LoRA", "GRPO, full",
    "GRPO, LoRA", "RLOO",
]


@pytest.fixture(scope="module")
def process():
    with WarmProcess() as process:
        yield process


@pytest.fixture(scope="module")
def subjects(process, tiny):
    found = verify.subjects(tiny, *verify.ingredients(process, tiny))
    assert list(found) == STAGES
    return found


@pytest.fixture(scope="module")
def expected(process, subjects):
    """Outcomes of the runs that nobody disturbed, by stage."""
    known = {}

    def of(stage):
        if stage not in known:
            run = subjects[stage]()
            finish(process, run)
            known[stage] = outcome(run)
        return known[stage]

    return of


@pytest.mark.parametrize("stage", ["SFT, LoRA", "KTO", "PPO, LoRA", "GRPO, LoRA", "RLOO"])
def test_killed_in_a_step_and_in_a_save_equals_undisturbed(stage, process, subjects, expected):
    run = subjects[stage]()
    assert finish(process, run, [Kill("step", 5), Kill("sealed", 1), Kill("half", 1)]) == 3
    assert differences(expected(stage), outcome(run)) == []
    assert {"optimizer.safetensors", "optimizer.json", "random.json", "trainable.safetensors",
            "trainer_state.json", "metrics", "samples"} < set(outcome(run))


@pytest.mark.parametrize("stage, forgotten", [
    ("SFT, LoRA", "optimizer"), ("SFT, LoRA", "random"), ("PPO, LoRA", "optimizer"),
])
def test_a_state_that_is_not_restored_would_be_seen(stage, forgotten, process, subjects, expected):
    run = subjects[stage]()
    assert finish(process, run, [Kill("step", 7)], forget=forgotten) == 1
    found = differences(expected(stage), outcome(run))
    assert {"metrics", "trainable.safetensors"} <= set(found)


@pytest.mark.slow
def test_a_damaged_checkpoint_costs_steps_and_not_exactness(process, subjects, expected):
    run = subjects["SFT, LoRA"]()
    process.execute(run, Kill("published", 3))
    newest = max((run.folder / "checkpoints").glob("checkpoint-*"), key=lambda path: path.stat().st_mtime)
    (newest / "optimizer.safetensors").write_bytes(b"")
    run.reopen()
    process.execute(run)
    assert "is damaged (optimizer.safetensors has 0 bytes" in run.status.remarks[0]
    assert differences(expected("SFT, LoRA"), outcome(run)) == []


@pytest.mark.slow
@pytest.mark.timeout(1800)
@pytest.mark.parametrize("stage", STAGES)
def test_seven_random_kills_change_nothing(stage, process, subjects):
    """Seventy over all stages; every other one is aimed into the writing of a checkpoint."""
    verdict = verify.prove(process, stage, subjects[stage], random.Random(stage), least=7)
    assert verdict.faults == []
    assert verdict.kills >= 7
