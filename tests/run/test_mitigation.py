"""Changes that were tried stand beside the run that forgot, with what they made of it."""

import pytest

from playground.evaluation import intervals
from playground.run import events, mitigation
from playground.run.job import Run


@pytest.fixture
def measured(home):
    """A run that ended with these measurements of (step, gain, retention)."""
    from dataclasses import dataclass

    @dataclass(frozen=True, kw_only=True)
    class Plain:
        seed: int = 0

    def make(*course, state="completed", facts=64, answers=200):
        data = {"train": [{"prompt": "a"}], "validation": [{"prompt": "a"}] * answers}
        data["probes"] = [{"prompt": "a", "answers": ["b"]}] * facts
        run = Run.create("sft", Plain(), "pocket", data)
        log = events.EventLog(run.folder)
        for step, gain, kept in course:
            log.metrics(step, {"gain": gain, "retention": kept})
        events.write_status(run.folder, events.Status(state=state, step=5, total=10))
        return run

    return make


def test_a_difference_of_shares_is_told_as_newcombe_does():
    # 56/70 against 48/80, from the paper's table II, method 10: 0.0524 to 0.3339.
    found = intervals.difference(intervals.share(56, 70), intervals.share(48, 80))
    assert found == pytest.approx((0.2, 0.0524, 0.3339), abs=1e-4)


def test_effects_are_the_newest_of_each_way_against_the_original(measured):
    original = measured((0, 0.0, 1.0), (10, 0.8, 0.25))
    assert mitigation.forgot(original) and mitigation.effects(original) == []
    old, new, running = (
        measured((0, 0.0, 1.0), (10, 0.5, 0.5)), measured((0, 0.0, 1.0), (10, 0.7, 0.75)),
        measured((0, 0.0, 1.0), (5, 0.2, 0.9), state="running"),
    )  # fmt: skip
    for run, way in ((old, "smaller"), (new, "smaller"), (running, "lora"), (measured(), "replay")):
        mitigation.mark(run, original.id, way)
    mitigation.mark(measured((0, 0.0, 1.0)), "sft-0099", "replay")
    smaller, lora, replay = mitigation.effects(original)
    assert (smaller.run, smaller.gain, smaller.retention) == (new.id, 0.7, 0.75)
    assert smaller.kept.value == pytest.approx(0.5) and smaller.kept.low > 0.3 and smaller.kept.high < 0.65
    assert smaller.gained == pytest.approx(
        intervals.difference(intervals.share(0.7 * 128, 128), intervals.share(0.8 * 128, 128))
    )
    assert (lora.state, lora.kept, lora.gained) == ("interrupted", None, None)
    assert replay.gain is None and replay.retention is None and replay.kept is None
    table = mitigation.table(original)
    assert list(table["way"]) == ["smaller", "lora", "replay"] and table["kept_low"][0] == smaller.kept.low


def test_a_run_that_kept_what_it_knew_or_was_stopped_is_not_called_forgetful(measured):
    assert not mitigation.forgot(measured((0, 0.0, 1.0), (10, 0.8, 0.99)))
    assert not mitigation.forgot(measured((0, 0.0, 1.0), (10, 0.8, 0.2), state="stopped"))
    assert not mitigation.forgot(measured())


def test_a_mark_that_is_damaged_marks_nothing(measured):
    run = measured()
    for text in ("", "[]", '{"of": 3, "way": "lora"}', '{"of": "sft-0001", "way": "magic"}'):
        (run.folder / mitigation.FILE).write_text(text)
        assert mitigation.marked(run.folder) == {}
