"""What a run writes to go on from, and what it says when that is not as it was left."""

import shutil

import pytest

from playground.errors import TrainingError
from playground.model.tuning.lora import LoRA
from playground.run import checkpoint
from playground.run.spec import RunSpec
from playground.training import checkpoints
from playground.training.execute import execute
from playground.training.session import Session
from playground.training.sft import SFT

WRITTEN = {
    "manifest.json", "optimizer.json", "optimizer.safetensors", "random.json", "random.safetensors",
    "trainable.safetensors", "trainer_state.json",
}


@pytest.fixture
def stopped(tiny, examples, home, monkeypatch):
    """A run stopped at step 5 of 6, with the checkpoints of steps 4 and 5."""
    run = SFT(tuning=LoRA(rank=2), batch_size=8, epochs=2).prepare(tiny, examples)
    step = Session.step

    def stop_at_five(self, number, values=None):
        step(self, number, values)
        self.stopped = number == 5

    with monkeypatch.context() as patch:
        patch.setattr(Session, "step", stop_at_five)
        execute(run.folder)
    assert sorted(path.name for path in (run.folder / "checkpoints").iterdir()) == [
        "checkpoint-4", "checkpoint-5",
    ]
    return run


def test_a_checkpoint_holds_what_learns_and_no_pickle(stopped):
    folder = stopped.folder / "checkpoints" / "checkpoint-5"
    assert {path.name for path in folder.iterdir()} == WRITTEN
    weights = checkpoints.load_file(folder / "trainable.safetensors")
    assert weights and all("lora_" in name for name in weights)


@pytest.mark.parametrize(("cheap", "planned"), [(60.0, [2, 4, 6]), (0.0, [])])
def test_a_checkpoint_that_costs_more_than_the_training_it_keeps_waits(
    cheap, planned, tiny, examples, home, monkeypatch
):
    monkeypatch.setattr(checkpoint, "CHEAP", cheap)
    monkeypatch.setattr(checkpoint, "LARGEST_SHARE", 1e-9)
    written, saving = [], Session.saving

    def noting(self, step):
        written.append(step)
        return saving(self, step)

    monkeypatch.setattr(Session, "saving", noting)
    run = execute(SFT(tuning=LoRA(rank=2), batch_size=8, epochs=2).prepare(tiny, examples).folder)
    assert run.state == "completed" and written == planned


@pytest.mark.parametrize("name", sorted(WRITTEN))
def test_a_damaged_file_sends_the_run_back_to_the_checkpoint_before_and_it_says_so(stopped, name):
    path = stopped.folder / "checkpoints" / "checkpoint-5" / name
    content = bytearray(path.read_bytes())
    content[-1] ^= 4
    path.write_bytes(content)
    stopped.reopen()
    execute(stopped.folder)
    assert stopped.state == "completed"
    [note] = stopped.status.remarks
    assert note.startswith("Checkpoint 5 is damaged (") and note.endswith("went on from 4.")
    assert stopped.metrics.query("name == 'loss'").step.tolist() == list(range(1, 7))


def test_a_run_whose_checkpoints_are_all_damaged_begins_again_and_says_so(stopped):
    for folder in (stopped.folder / "checkpoints").iterdir():
        (folder / "random.json").unlink()
    stopped.reopen()
    execute(stopped.folder)
    assert list(stopped.status.remarks) == [
        f"Checkpoint {step} is damaged (random.json is missing); began again from the start."
        for step in (5, 4)
    ]
    assert stopped.samples.step.tolist().count(0) == stopped.samples.prompt.nunique()


def test_other_libraries_and_threads_are_told(stopped, monkeypatch):
    from playground.training import session

    monkeypatch.setattr(session, "versions", lambda: {"torch": "1.0"})
    stopped.reopen()
    execute(stopped.folder)
    [note] = stopped.status.remarks
    assert "from checkpoint 5 with torch 1.0 instead of" in note and "last bits" in note


def test_weights_of_another_shape_are_refused(stopped, tiny):
    from playground.model.network import load_trainable

    network = load_trainable(tiny, LoRA(rank=3), seed=0).network
    with pytest.raises(TrainingError, match="does not fit the model"):
        checkpoints.load_weights(network, stopped.folder / "checkpoints" / "checkpoint-5")


def test_a_run_killed_after_its_last_step_takes_none_more(tiny, examples, home, monkeypatch):
    """Half an epoch: more rows are left than steps."""
    settings = SFT(tuning=LoRA(rank=2), batch_size=4, epochs=0.5)
    whole, run = settings.fit(tiny, examples), settings.prepare(tiny, examples)

    def dies(*_):
        raise KeyboardInterrupt

    with monkeypatch.context() as patch, pytest.raises(KeyboardInterrupt):
        patch.setattr(Session, "save", dies)
        execute(run.folder)
    assert run.status.step == run.status.total == 3
    run.reopen()
    execute(run.folder)
    assert run.state == "completed" and run.metrics.equals(whole.metrics)
    results = [one.folder / "result" / "adapter_model.safetensors" for one in (whole, run)]
    saved = [checkpoints.load_file(path) for path in results]
    assert all(saved[0][name].equal(saved[1][name]) for name in saved[0])


def test_a_copied_run_keeps_its_checkpoints(stopped, home):
    copy = shutil.copytree(stopped.folder, stopped.folder.with_name("copy"))
    assert RunSpec.read(copy).id == stopped.id
    stopped.reopen()
    assert Session(stopped).checkpoint.endswith("checkpoint-5")
