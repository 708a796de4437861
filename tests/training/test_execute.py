"""Runs end as they should: completed only with finite numbers, stopped at once, continued exactly."""

import errno
import fcntl
import math
import os
import threading
import time
from types import SimpleNamespace

import pytest

from playground.__main__ import main
from playground.errors import ConflictError, DivergedError, TrainingError
from playground.model.tuning.full import FullTuning
from playground.model.tuning.lora import LoRA
from playground.run import events
from playground.run.job import RESULT, Run
from playground.training import callbacks
from playground.training.callbacks import LiveSamples, Watch
from playground.training.dpo import DPO
from playground.training.drift import Drift
from playground.training.execute import execute
from playground.training.grpo import GRPO
from playground.training.kto import KTO
from playground.training.ppo import PPO
from playground.training.reward import RewardModeling
from playground.training.rloo import RLOO
from playground.training.session import Session, explain
from playground.training.sft import SFT


def values(run: Run, name: str) -> list[float]:
    return run.metrics.query("name == @name").value.tolist()


def weights(run: Run) -> dict:
    from safetensors.torch import load_file

    return {file.name: load_file(file) for file in (run.folder / RESULT).glob("*.safetensors")}


def same(first: dict, second: dict) -> bool:
    import torch

    assert first.keys() == second.keys()
    return all(torch.equal(first[f][k], second[f][k]) for f in first for k in first[f])


def test_a_completed_run_says_all_it_promised(lora_run, tiny):
    assert lora_run.state == "completed"
    assert 0 < lora_run.seconds < 60
    status = lora_run.status
    assert status.step == status.total == 3
    assert {"loss", "grad_norm", "learning_rate"} <= set(lora_run.metrics.name)
    assert all(math.isfinite(value) for value in lora_run.metrics.value)
    assert lora_run.samples.step.min() == 0 and lora_run.samples.step.max() == 3
    assert not (lora_run.folder / "checkpoints").exists()
    with pytest.raises(ConflictError, match="is completed"):
        execute(lora_run.folder)


def test_a_loaded_run_answers_exactly_as_the_run_that_trained(lora_run):
    again = Run.load(lora_run.folder)
    assert again.model.reply("What does fund 3 cost?") == lora_run.model.reply("What does fund 3 cost?")


@pytest.mark.parametrize(("times", "steps"), [(1, [3]), (2, [2, 3])])
def test_validation_is_measured_as_often_as_asked_and_at_the_last_step(tiny, examples, times, steps):
    recipe = SFT(tuning=LoRA(rank=2), batch_size=8, epochs=1, evaluations=times)
    run = recipe.fit(tiny, examples[:20], examples[20:])
    rows = run.metrics.query("name == 'eval_loss'")
    assert rows.step.tolist() == steps


def test_the_same_seed_gives_the_same_weights_and_another_seed_others(tiny, examples, lora_run):
    twin = SFT(tuning=LoRA(rank=4), batch_size=8, epochs=1).fit(tiny, examples)
    other = SFT(tuning=LoRA(rank=4), batch_size=8, epochs=1, seed=1).fit(tiny, examples)
    assert same(weights(twin), weights(lora_run))
    assert not same(weights(other), weights(lora_run))


def test_a_batch_of_eight_equals_two_accumulated_batches_of_four(tiny, examples):
    # Equal lengths, so that both ways pad and order the rows alike.
    rows = [{"prompt": f"Fund {n}?", "completion": f"{n} percent."} for n in range(10, 26)]
    common = {"tuning": FullTuning(), "learning_rate": 1e-3, "epochs": 2, "warm_up": 0}
    whole = SFT(batch_size=8, **common).fit(tiny, rows)
    parts = SFT(batch_size=4, accumulation=2, **common).fit(tiny, rows)
    assert values(parts, "loss") == pytest.approx(values(whole, "loss"), rel=1e-3)


def test_a_huge_learning_rate_never_completes_with_numbers_that_are_not_finite(tiny, examples, monkeypatch):
    import torch

    original = torch.nn.utils.get_total_norm
    calls = []

    def poisoned(grads, *rest):
        calls.append(1)
        if len(calls) == 2:
            grads[0].fill_(math.nan)
        return original(grads, *rest)

    monkeypatch.setattr(torch.nn.utils, "get_total_norm", poisoned)
    run = SFT(tuning=FullTuning(), epochs=1).prepare(tiny, examples)
    with pytest.raises(DivergedError, match=r"The gradient became nan at step 2.*smaller learning rate"):
        execute(run.folder)
    assert run.state == "failed"
    assert "smaller learning rate" in run.status.message
    assert not (run.folder / RESULT).exists()
    with pytest.raises(ConflictError, match="no trained model"):
        _ = run.model


def test_a_model_broken_from_the_start_is_caught_at_its_first_loss(tiny, examples, tmp_path, home):
    import shutil

    from safetensors.torch import load_file, save_file

    broken = shutil.copytree(tiny, tmp_path / "broken")
    tensors = load_file(broken / "model.safetensors")
    tensors["model.norm.weight"].fill_(math.nan)
    save_file(tensors, broken / "model.safetensors", metadata={"format": "pt"})
    run = SFT(tuning=LoRA(rank=2), epochs=1).prepare(str(broken), examples)
    with pytest.raises(DivergedError):
        execute(run.folder)
    assert run.state == "failed"


def test_weights_that_are_not_finite_are_never_saved(tiny, home):
    import torch

    run = SFT().prepare(tiny, [{"prompt": "Hello", "completion": "Good day"}])
    network = torch.nn.Linear(2, 2)
    network.weight.data[0, 0] = math.inf
    with pytest.raises(DivergedError, match="weight"):
        with Session(run) as session:
            session.save(network, None, "pocket")
    assert run.state == "failed"


def test_two_processes_never_execute_one_run(tiny, home):
    run = SFT().prepare(tiny, [{"prompt": "Hello", "completion": "Good day"}])
    with Session(run):
        with pytest.raises(ConflictError, match="already being executed"):
            execute(run.folder)
        assert run.state == "running"
    assert run.state == "completed"


def test_a_worker_that_is_just_leaving_is_waited_for(tiny, home):
    """A killed process may be seen as gone while one of its threads still holds the lock."""
    run = SFT().prepare(tiny, [{"prompt": "Hello", "completion": "Good day"}])
    leaving = os.open(run.folder / "lock", os.O_WRONLY | os.O_CREAT)
    fcntl.flock(leaving, fcntl.LOCK_EX)
    began = time.monotonic()
    threading.Timer(0.3, os.close, [leaving]).start()
    with Session(run):
        assert run.state == "running" and time.monotonic() - began >= 0.3


def test_the_command_goes_on_with_what_a_kill_left(tiny, home):
    run = SFT(epochs=1).prepare(tiny, [{"prompt": "Hello", "completion": "Good day"}])
    events.write_status(run.folder, events.Status(state="running", pid=2**22, pid_started=0.0))
    assert run.state == "interrupted"
    with pytest.raises(SystemExit) as end:
        main(["run", str(run.folder)])
    assert end.value.code == 0 and run.state == "completed"


def test_a_run_that_is_one_process_has_one_device(tiny, home):
    """Where Transformers sees four GPUs it would have each take a batch of its own."""
    run = SFT().prepare(tiny, [{"prompt": "Hello", "completion": "Good day"}])
    seen = callbacks.config(lambda **more: SimpleNamespace(n_gpu=4, _n_gpu=4, **more), Session(run), SFT())
    assert seen._n_gpu == 1


def test_running_out_of_memory_is_told_with_a_remedy():
    error = explain(RuntimeError("[enforce fail] DefaultCPUAllocator: can't allocate memory: you tried 9 GB"))
    assert isinstance(error, TrainingError)
    assert "ran out of memory" in str(error) and "smaller batch" in str(error)
    assert "KeyError" in str(explain(KeyError("x")))
    full = OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
    assert "The disk is full" in str(explain(full)) and "Make room" in str(explain(full))


STOPPABLE = {
    "sft": lambda tiny, lora, reward, rows, pairs: SFT(tuning=LoRA(rank=2), epochs=900).prepare(tiny, rows),
    "reward": lambda tiny, lora, reward, rows, pairs: RewardModeling(epochs=900).prepare(lora, pairs),
    "dpo": lambda tiny, lora, reward, rows, pairs: DPO(epochs=900).prepare(lora, pairs),
    "kto": lambda tiny, lora, reward, rows, pairs: KTO(epochs=900).prepare(lora, pairs),
    "ppo": lambda tiny, lora, reward, rows, pairs: PPO(updates=900, rollout=16).prepare(
        lora, [row["prompt"] for row in rows], reward=reward
    ),
    "grpo": lambda tiny, lora, reward, rows, pairs: GRPO(updates=900, rollout=16, group=4).prepare(
        lora, [row["prompt"] for row in rows], reward=reward
    ),
    "rloo": lambda tiny, lora, reward, rows, pairs: RLOO(updates=900, rollout=16, group=4).prepare(
        lora, [row["prompt"] for row in rows], reward=reward
    ),
}


@pytest.mark.parametrize("stage", STOPPABLE)
def test_a_stop_is_obeyed_within_two_seconds_and_keeps_what_was_learned(
    stage, tiny, lora_run, reward_run, examples, pairs
):
    run = STOPPABLE[stage](tiny, lora_run.model, reward_run.model, examples, pairs)
    asked = []

    def stop_after_some_steps():
        while not events.read_metrics(run.folder, since=2):
            time.sleep(0.02)
        asked.append(time.monotonic())
        run.stop()

    thread = threading.Thread(target=stop_after_some_steps)
    thread.start()
    execute(run.folder)
    assert time.monotonic() - asked[0] < 2
    thread.join()
    assert run.state == "stopped"
    # PPO, GRPO and RLOO stop inside an update and go back to their last checkpoint, logs and all.
    assert (1 if stage in ("ppo", "grpo", "rloo") else 2) <= run.status.step < 900
    assert run.metrics.step.max() == run.status.step
    assert run.model is not None and run.resumable


@pytest.mark.slow
@pytest.mark.parametrize("kind", [LoRA(rank=2), FullTuning()], ids=["lora", "full"])
def test_stopped_and_resumed_equals_uninterrupted(kind, tiny, examples, monkeypatch):
    settings = SFT(tuning=kind, batch_size=8, epochs=2, learning_rate=1e-3)
    whole = settings.fit(tiny, examples)
    run = settings.prepare(tiny, examples)
    step = Session.step

    def stop_at_four(self, number, values=None):
        step(self, number, values)
        if number == 4:
            self.stopped = True

    with monkeypatch.context() as patch:
        patch.setattr(Session, "step", stop_at_four)
        execute(run.folder)
    assert (run.state, run.status.step) == ("stopped", 4)
    run.reopen()
    execute(run.folder)
    assert run.state == "completed"
    assert values(run, "loss") == values(whole, "loss")
    assert same(weights(run), weights(whole))


def stop_and_raise(session, *_):
    session.stopped = True
    session.check_stop()


def test_a_stop_while_the_model_is_measured_leaves_a_checkpoint_to_go_on_from(tiny, examples, monkeypatch):
    settings = SFT(tuning=LoRA(rank=2), batch_size=8, epochs=4, evaluations=4)
    take = LiveSamples.take
    interruptions = {
        "evaluation": (Watch, "on_prediction_step", lambda self, *_, **__: stop_and_raise(self.session)),
        "samples": (LiveSamples, "take", lambda self, step, network: (
            stop_and_raise(self.session) if step else take(self, step, network)
        )),
    }
    for owner, name, interrupted in interruptions.values():
        run = settings.prepare(tiny, examples[:16], examples[16:])
        with monkeypatch.context() as patch:
            patch.setattr(owner, name, interrupted)
            execute(run.folder)
        step = run.status.step
        assert run.state == "stopped" and 0 < step < run.status.total
        assert f"checkpoint-{step}" in {path.name for path in (run.folder / "checkpoints").iterdir()}
        run.reopen()
        execute(run.folder)
        assert run.state == "completed"
        assert run.metrics.query("name == 'loss'").step.tolist() == list(range(1, run.status.total + 1))


def test_a_stop_while_kl_is_measured_leaves_a_checkpoint(lora_run, pairs, monkeypatch):
    run = DPO(epochs=2).prepare(lora_run.model, pairs)
    monkeypatch.setattr(Drift, "measure", lambda self, network: stop_and_raise(self.session))
    execute(run.folder)
    assert (run.state, run.status.step) == ("stopped", 1)
    assert (run.folder / "checkpoints" / "checkpoint-1").is_dir()


def test_a_stop_before_the_first_step_keeps_no_result(tiny, examples, monkeypatch):
    run = SFT(tuning=LoRA(rank=2)).prepare(tiny, examples)
    monkeypatch.setattr(LiveSamples, "take", lambda self, *_: stop_and_raise(self.session))
    execute(run.folder)
    assert (run.state, run.status.message) == ("stopped", "Stopped before it had learned anything")
    assert not (run.folder / RESULT).exists() and run.resumable
