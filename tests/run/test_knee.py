"""Where a run begins to forget."""

import pytest

from playground.run import events, knee
from playground.run.knee import Point


def course(*shares):
    return [Point(10 * at, kept, gained) for at, (kept, gained) in enumerate(shares)]


@pytest.mark.parametrize(("shares", "step"), [
    ([(1.0, 0.0), (1.0, 0.4), (0.98, 0.7), (0.5, 0.9)], 20),
    ([(1.0, 0.0), (0.99, 0.6), (0.98, 0.5), (0.5, 0.9)], 10),
    ([(1.0, 0.0), (0.5, 0.6), (0.4, 0.9)], 0),
    ([(1.0, 0.0), (0.98, 0.6), (0.97, 0.9)], None),
    ([(1.0, 0.0), (0.5, 0.6), (0.99, 0.9)], None),
    ([(1.0, None), (0.99, None), (0.98, None), (0.2, None)], 20),
    ([], None),
])  # fmt: skip
def test_the_knee_is_the_best_moment_before_the_fall(shares, step):
    found = knee.knee(course(*shares))
    assert (found.step if found else None) == step


def test_weights_are_kept_of_what_knows_most_and_has_not_forgotten():
    assert knee.best(course((1.0, 0.0), (1.0, 0.4), (1.0, 0.3))) == 10
    assert knee.best(course((1.0, 0.0), (1.0, 0.4), (1.0, 0.4))) == 20
    assert knee.best(course((1.0, 0.0), (0.9, 0.4))) is None


def test_measurements_are_read_from_a_runs_log(tmp_path):
    log = events.EventLog(tmp_path)
    log.metrics(0, {"retention": 1.0, "gain": 0.0})
    log.metrics(1, {"loss": 3.0})
    log.metrics(2, {"loss": 2.0})
    log.metrics(2, {"retention": 0.5})
    assert knee.points(tmp_path) == [Point(0, 1.0, 0.0), Point(2, 0.5, None)]
    assert knee.points(tmp_path / "elsewhere") == []
