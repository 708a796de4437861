"""A run's numbers where people already look: through the library's own integration."""

import json
import os
from types import SimpleNamespace

import pytest

from playground import settings
from playground.errors import InputError
from playground.model.tuning.lora import LoRA
from playground.training import callbacks
from playground.training.sft import SFT

WRITER = """
import json, pathlib

class SummaryWriter:
    def __init__(self, log_dir):
        self.file = pathlib.Path(log_dir, "scalars.jsonl")
        self.file.parent.mkdir(parents=True, exist_ok=True)
    def add_scalar(self, name, value, step):
        with self.file.open("a") as file:
            file.write(json.dumps([name, value, step]) + "\\n")
    def add_text(self, *_given): pass
    def flush(self): pass
    def close(self): pass
"""


@pytest.fixture
def report_to(monkeypatch):
    def choose(name):
        monkeypatch.setenv("PLAYGROUND_REPORT_TO", name)
        settings.get.cache_clear()

    yield choose
    monkeypatch.undo()
    settings.get.cache_clear()


def test_tensorboard_gets_the_curve_and_it_stays_in_the_runs_folder(
    report_to, home, tiny, examples, tmp_path, monkeypatch
):
    (tmp_path / "tensorboardX.py").write_text(WRITER)
    monkeypatch.syspath_prepend(tmp_path)
    report_to("tensorboard")
    run = SFT(tuning=LoRA(rank=2), batch_size=8, epochs=1).fit(tiny, examples)
    lines = (run.folder / "tensorboard" / "scalars.jsonl").read_text().splitlines()
    rows = [json.loads(line) for line in lines]
    sent = {step: value for name, value, step in rows if name == "train/loss"}
    curve = run.metrics.query("name == 'loss'")
    assert sent == pytest.approx(dict(zip(curve.step, curve.value, strict=True)))


def test_a_resumed_run_goes_on_in_the_same_wandb_run(report_to, tmp_path, monkeypatch):
    (tmp_path / "wandb.py").touch()
    monkeypatch.syspath_prepend(tmp_path)
    for name in ("WANDB_RUN_ID", "WANDB_RESUME"):
        monkeypatch.setenv(name, "")
    report_to("wandb")
    spec = SimpleNamespace(created="2026-01-02T03:04:05+00:00")
    session = SimpleNamespace(run=SimpleNamespace(id="sft-0001", spec=spec), folder=tmp_path)
    assert [callbacks.reports(session) for _ in range(2)] == ["wandb"] * 2
    assert os.environ["WANDB_RUN_ID"] == "sft-0001-202601020304050000"
    assert os.environ["WANDB_RESUME"] == "allow"


def test_a_missing_library_is_told_before_any_step(report_to, home, tiny, examples):
    report_to("trackio")
    with pytest.raises(InputError, match=r"there is no library of that name.*pip install trackio"):
        SFT(tuning=LoRA(rank=2), batch_size=8, epochs=1).fit(tiny, examples)


def test_what_is_no_report_is_refused(report_to):
    report_to("everywhere")
    with pytest.raises(InputError, match=r"PLAYGROUND_REPORT_TO is 'everywhere'.*one of none, tensorboard"):
        settings.get()
