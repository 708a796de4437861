"""One run shared by two processes, as `accelerate launch` starts them."""

import os
import subprocess
import sys
import time
from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file

from playground.errors import InputError
from playground.model.tuning.full import FullTuning
from playground.model.tuning.lora import LoRA
from playground.run import events
from playground.training import ranks
from playground.training.dpo import DPO
from playground.training.ppo import PPO
from playground.training.reward import RewardModeling
from playground.training.sft import SFT

ROOT = Path(__file__).parents[2]
pytestmark = pytest.mark.slow
LAUNCH = [sys.executable, "-m", "accelerate.commands.launch", "--multi_gpu", "--num_processes", "2"]
LAUNCH += ["--num_machines", "1", "--mixed_precision", "no", "--dynamo_backend", "no"]
LAUNCH += ["-m", "playground", "run"]
SHARDED = [sys.executable, "-m", "accelerate.commands.launch", "--num_processes", "2", "--config_file"]
SHARDED += [str(ROOT / "assets" / "fsdp.yaml"), str(ROOT / "tests" / "training" / "sharded.py"), "run"]


def launch(run, command=LAUNCH):
    return subprocess.Popen(
        [*command, str(run.folder)], env=os.environ | {"OMP_NUM_THREADS": "1"}, stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT, text=True,
    )


def finished(run, command=LAUNCH):
    process = launch(run, command)
    told = process.communicate(timeout=300)[0]
    assert run.state == "completed", told[-3000:]
    return run


def curve(run, name):
    rows = run.metrics[run.metrics.name == name]
    return dict(zip(rows.step, rows.value, strict=True))


@pytest.mark.parametrize("stage, command", [
    ("sft", LAUNCH), ("reward", LAUNCH), ("dpo", LAUNCH),
    ("sft", SHARDED), ("reward", SHARDED), ("dpo", SHARDED),
], ids=["sft", "reward", "dpo", "sft in parts", "reward in parts", "dpo in parts"])
def test_two_processes_make_the_curve_of_one(stage, command, tiny, examples, pairs, lora_run):
    brief = {"batch_size": 8, "epochs": 2, "evaluations": 2}
    made = {
        "sft": lambda: SFT(tuning=LoRA(rank=4), **brief).prepare(tiny, examples, examples[:8]),
        "reward": lambda: RewardModeling(**brief).prepare(lora_run.model, pairs, pairs[:8]),
        "dpo": lambda: DPO(learning_rate=1e-3, **brief).prepare(lora_run.model, pairs, pairs[:8]),
    }[stage]
    alone, shared = made(), finished(made(), command)
    from playground.training.execute import execute

    execute(alone.folder)
    for name in ("loss", "eval_loss"):
        assert curve(shared, name) == pytest.approx(curve(alone, name), rel=2e-4), name
    assert shared.status.step == alone.status.step
    assert len(shared.samples) == len(alone.samples)


@pytest.mark.parametrize("command, tuning", [
    (LAUNCH, LoRA(rank=4, dropout=0.1)), (SHARDED, FullTuning()),
], ids=["lora", "full in parts"])
def test_a_stop_reaches_both_and_they_go_on_to_the_same_end(command, tuning, tiny, examples):
    settings = SFT(tuning=tuning, learning_rate=1e-3, batch_size=8, epochs=60)
    whole, run = finished(settings.prepare(tiny, examples), command), settings.prepare(tiny, examples)
    process = launch(run, command)
    end = time.monotonic() + 120
    while events.read_status(run.folder).step < 5 and time.monotonic() < end:
        time.sleep(0.02)
    run.stop()
    told = process.communicate(timeout=60)[0]
    assert run.state == "stopped" and process.returncode == 0, told[-3000:]
    assert 5 <= run.status.step < run.status.total
    run.reopen()
    assert curve(finished(run, command), "loss") == curve(whole, "loss")
    one, other = (load_file(next((r.folder / "result").glob("*.safetensors"))) for r in (whole, run))
    assert all(torch.equal(one[name], other[name]) for name in one)


def test_one_process_does_what_several_cannot(lora_run, reward_run, pairs):
    prompts = [pair["prompt"] for pair in pairs]
    run = PPO(updates=1, rollout=8).prepare(lora_run.model, prompts, reward=reward_run.model)
    launch(run).communicate(timeout=300)
    assert run.state == "failed"
    assert "2 processes were started for a ppo run" in run.status.message


def test_a_batch_that_does_not_come_out_even_is_refused(monkeypatch):
    monkeypatch.setenv("WORLD_SIZE", "3")
    with pytest.raises(InputError, match="3 processes share a batch"):
        ranks.share(8)
    assert ranks.share(9) == 3
