"""The race: several tunings on the same data, each a run, and how they stand."""

import pytest

from playground.errors import InputError, NotFoundError
from playground.model.tuning.full import FullTuning
from playground.model.tuning.lora import LoRA
from playground.run.job import Run
from playground.run.race import Race
from playground.training.race import enter, race
from playground.training.sft import SFT

RECIPES = {
    "thin": SFT(tuning=LoRA(rank=2), batch_size=8, epochs=1),
    "whole": SFT(tuning=FullTuning(), batch_size=8, epochs=4, learning_rate=1e-3),
}


def facts(examples):
    return [{"prompt": one["prompt"], "answers": one["completion"]} for one in examples[:4]]


def test_everyone_runs_as_long_and_is_measured_alike(home, tiny, examples):
    made = race(tiny, examples, examples[:4], RECIPES, epochs=2, probes=facts(examples))
    thin, whole = Race.load(made.id).standings
    assert (thin.label, whole.label) == ("thin", "whole")
    assert thin.total == whole.total == 6 and thin.state == whole.state == "completed"
    assert thin.trainable < whole.trainable and thin.share < 1 == whole.share
    assert thin.artifact < whole.artifact and thin.peak > 0 and thin.seconds > 0
    assert thin.loss > 0 and thin.gain is not None and thin.retention is not None
    assert len(thin.course) == len(whole.course) == 7
    assert made.ended
    table = made.to_pandas()
    assert list(table.label) == ["thin", "whole"] and "course" not in table


def test_a_race_is_entered_without_being_run_and_a_run_that_is_gone_is_left_out(home, tiny, examples):
    made = enter(tiny, examples, recipes=RECIPES, seed=3)
    assert [one.state for one in made.standings] == ["queued", "queued"] and not made.ended
    assert {Run.load(one).spec.settings["seed"] for one in made.runs.values()} == {3}
    Run.load(made.runs["thin"]).delete()
    assert [one.label for one in made.standings] == ["whole"]
    second = enter(tiny, examples, recipes=RECIPES)
    assert [one.id for one in Race.all()] == [second.id, made.id] == ["race-0002", "race-0001"]


def test_one_that_fails_leaves_the_others_running(home, tiny, examples):
    # No token fits into this length: the run is refused as it starts.
    short = SFT(tuning=FullTuning(), batch_size=8, max_length=8)
    made = race(tiny, examples, recipes={"short": short, **RECIPES}, epochs=1)
    assert {one.label: one.state for one in made.standings} == {
        "short": "failed", "thin": "completed", "whole": "completed",
    }  # fmt: skip


def test_what_cannot_race_leaves_nothing_behind(home, tiny, examples):
    with pytest.raises(InputError, match="A race has 2 to 12"):
        enter(tiny, examples, recipes={"thin": RECIPES["thin"]})
    unfit = {**RECIPES, "judged": SFT(keep="loss")}
    with pytest.raises(InputError, match="validation"):
        enter(tiny, examples, recipes=unfit)
    assert Run.all() == [] and Race.all() == []
    for name in ("race-0001", "../runs/sft-0001", "race-1", ""):
        with pytest.raises(NotFoundError, match="There is no race"):
            Race.load(name)
