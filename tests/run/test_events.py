import math

from playground.run import events


def test_numbers_that_are_not_finite_are_kept_as_holes(tmp_path):
    log = events.EventLog(tmp_path)
    log.metrics(1, {"loss": 0.5, "grad_norm": math.nan})
    log.metrics(2, {"loss": math.inf})
    assert [event["values"] for event in events.read_metrics(tmp_path)] == [
        {"loss": 0.5, "grad_norm": None}, {"loss": None},
    ]


def test_a_line_being_written_is_left_for_later(tmp_path):
    log = events.EventLog(tmp_path)
    log.metrics(1, {"loss": 0.5})
    with open(tmp_path / "metrics.jsonl", "a") as file:
        file.write('{"step": 2, "time": 1.0, "val')
    assert [event["step"] for event in events.read_metrics(tmp_path)] == [1]


def test_reading_from_a_step_on_includes_what_that_step_said_later(tmp_path):
    log = events.EventLog(tmp_path)
    for step in (1, 2, 3):
        log.metrics(step, {"loss": step})
    log.metrics(3, {"eval_loss": 9})
    found = events.read_metrics(tmp_path, since=3)
    assert [event["values"] for event in found] == [{"loss": 3.0}, {"eval_loss": 9.0}]


def test_columns_align_metrics_that_come_at_different_steps(tmp_path):
    log = events.EventLog(tmp_path)
    log.metrics(1, {"loss": 3})
    log.metrics(2, {"loss": 2})
    log.metrics(2, {"eval_loss": 5})
    steps, values = events.columns(events.read_metrics(tmp_path))
    assert steps == [1, 2]
    assert values == {"loss": [3.0, 2.0], "eval_loss": [None, 5.0]}


def test_thinning_keeps_both_ends_and_every_evaluation():
    rows = [{"step": step, "values": {"loss": step}} for step in range(1, 5001)]
    rows += [{"step": step, "values": {"eval_loss": step}} for step in range(997, 5001, 997)]
    steps, values = events.columns(rows, points=300)
    assert len(steps) <= 300
    assert (steps[0], steps[-1]) == (1, 5000)
    assert [v for v in values["eval_loss"] if v is not None] == [997, 1994, 2991, 3988, 4985]


def test_a_resumed_run_forgets_what_lay_beyond_its_checkpoint(tmp_path):
    log = events.EventLog(tmp_path)
    for step in range(1, 6):
        log.metrics(step, {"loss": step})
        log.sample(step, "Hello", "Good day")
    log.clear_after(3)
    log.metrics(4, {"loss": 40})
    assert [e["values"]["loss"] for e in events.read_metrics(tmp_path)] == [1, 2, 3, 40]
    assert [s["step"] for s in events.read_samples(tmp_path)] == [1, 2, 3]


def test_time_left_follows_the_rate_so_far():
    status = events.Status(state="running", step=10, total=40, seconds=5.0)
    assert status.seconds_left == 15.0
    assert events.Status(state="running", step=0, total=40, seconds=5.0).seconds_left is None
    assert events.Status(state="completed", step=40, total=40, seconds=5.0).seconds_left is None
