"""A sweep: settings drawn or from a grid, each a run, and the best of them."""

from dataclasses import replace

import pytest

from playground.errors import InputError, NotFoundError
from playground.model.tuning.lora import LoRA
from playground.run.job import Run
from playground.run.race import Race, Standing
from playground.training.ranges import setting_ranges
from playground.training.sft import SFT
from playground.training.sweep import Sweep, best_of, enter, points, sweep

START = SFT(tuning=LoRA(rank=4), batch_size=8, epochs=4.0, warm_up=2)
STANDING = Standing(
    label="", run="", state="completed", step=1, total=1, trainable=None, share=None, seconds=1.0, peak=None,
    artifact=None, loss=1.0, gain=0.5, retention=0.9, course=[(0.0, 0.95), (0.5, 0.9)],
)  # fmt: skip


def test_runs_are_told_in_one_table_the_best_first(home, tiny, examples):
    over = {"learning_rate": [1e-7, 1e-2], "rank": [2]}
    facts = [{"prompt": one["prompt"], "answers": one["completion"]} for one in examples[:4]]
    table = sweep(tiny, examples, examples[:6], over, "grid", settings=START, probes=facts)
    assert list(table) == ["run", "state", "learning_rate", "loss", "gain", "retention", "seconds"]
    assert set(table.state) == {"completed"} and table.learning_rate[0] == 1e-2
    found = Sweep.load(table.attrs["sweep"])
    assert found.best == table.run[0] and found.varied == {"learning_rate": "learning rate"}
    assert Run.load(found.best).notes.tags == (found.id,)
    axes = found.plot().data[0].dimensions
    assert [axis.label for axis in axes][:2] == ["learning rate", "validation loss"]
    assert list(axes[0]["values"]) == pytest.approx([-2, -7])


def test_draws_stay_within_what_suits_and_begin_with_what_was_given(tiny, examples):
    over = ("learning_rate", "rank", "batch_size", "epochs", "warm_up", "schedule")
    found = points(START, tiny, examples, over, runs=12, seed=1)
    assert found[0] == START and len(found) == 12 and len({repr(one) for one in found}) == 12
    assert found == points(START, tiny, examples, over, runs=12, seed=1)
    assert found != points(START, tiny, examples, over, runs=12, seed=2)
    for one in found:
        known = setting_ranges(one, tiny, examples)
        assert known["learning_rate"].holds(one.learning_rate) and one.tuning.rank <= 16
        assert one.warm_up <= one.steps(len(examples)) / 2
    assert len({one.schedule for one in found}) > 1


def test_a_grid_has_every_combination_and_a_warm_up_that_fits(tiny, examples):
    found = points(START, tiny, examples, ("learning_rate", "rank"), "grid")
    assert len(found) == 9 and len({(one.learning_rate, one.tuning.rank) for one in found}) == 9
    short = points(replace(START, warm_up=60), tiny, examples, {"epochs": [1.0, 4.0]}, "grid")
    assert [one.warm_up for one in short] == [1, 6]


@pytest.mark.parametrize(("over", "how", "words"), [
    (("speed",), "random", "'speed' has no range"), (("learning_rate",), "guess", "one of random, grid"),
    (("learning_rate", "rank", "schedule"), "grid", "A sweep has 2 to 24"),
    ({"tuning": [LoRA()]}, "grid", "settings of one kind of tuning"),
    ({"rank": []}, "random", "one value or more"),
    ({"rank": [4]}, "grid", "1 runs would be started"), ({"width": [4]}, "grid", "has no setting"),
])  # fmt: skip
def test_what_cannot_be_swept_leaves_nothing_behind(home, tiny, examples, over, how, words):
    with pytest.raises(InputError, match=words):
        enter(tiny, examples, over=over, how=how, settings=START)
    assert Run.all() == [] and Race.all("sweep") == []
    with pytest.raises(NotFoundError, match="There is no sweep"):
        Sweep.load("race-0001")


def test_the_best_has_gained_most_among_those_that_have_not_forgotten():
    forgot = replace(STANDING, run="forgot", gain=0.9, retention=0.5)
    kept = replace(STANDING, run="kept", retention=0.93)
    surer = replace(kept, run="surer", loss=0.8)
    assert best_of([forgot, kept, surer]) == "surer"
    assert best_of([replace(kept, gain=None, loss=None)]) is None, "nothing was measured"
    assert best_of([forgot]) == "forgot" and best_of([replace(kept, state="failed")]) is None


def test_settings_that_a_sweep_does_not_draw_still_tell_its_runs_apart(home, tiny, examples):
    over = {"max_length": [128, 256], "evaluations": [1]}
    found = enter(tiny, examples, over=over, how="grid", settings=START)
    assert set(found.varied) == {"max_length"} and len(found.race.runs) == len(Run.all()) == 2
    assert found.best is None
