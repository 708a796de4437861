"""A real stage in a real worker, forked from a warm process."""

import time

import pytest

from playground.model.tuning.lora import LoRA
from playground.run import events
from playground.run.supervisor import Supervisor
from playground.training.execute import execute
from playground.training.session import Session
from playground.training.sft import SFT


@pytest.mark.slow
def test_a_warm_worker_trains_reports_and_stops(tiny, examples, home):
    short = SFT(tuning=LoRA(rank=2), epochs=1).prepare(tiny, examples)
    long = SFT(tuning=LoRA(rank=2), epochs=900).prepare(tiny, examples)
    supervisor = Supervisor("playground.training.execute:execute", ("playground.training.preload",)).open()
    try:
        supervisor.start(short.folder)
        assert short.wait(120).state == "completed", short.status.message
        assert len(short.metrics) > 0
        pressed = time.monotonic()
        supervisor.start(long.folder)
        while long.status.seconds_left is None:
            assert time.monotonic() - pressed < 60, long.status
            time.sleep(0.02)
        assert events.read_metrics(long.folder)
        asked = time.monotonic()
        long.stop()
        assert long.wait(30).state == "stopped"
        assert time.monotonic() - asked < 2
    finally:
        supervisor.close()
    assert short.model.reply("What does fund 3 cost?") is not None
    assert short.measured.worker


@pytest.mark.slow
def test_resume_goes_on_where_a_stop_left_off(tiny, examples, home, monkeypatch):
    run = SFT(tuning=LoRA(rank=2), epochs=2).prepare(tiny, examples)
    step = Session.step

    def stop_at_the_second(self, number, values=None):
        step(self, number, values)
        if number == 2:
            (run.folder / "stop").touch()

    with monkeypatch.context() as patch:
        patch.setattr(Session, "step", stop_at_the_second)
        execute(run.folder)
    assert run.state == "stopped"
    assert 2 <= run.status.step < run.status.total
    run.resume()
    assert run.state == "completed"
    steps = run.metrics.query("name == 'loss'").step.tolist()
    assert steps == list(range(1, run.status.total + 1))
