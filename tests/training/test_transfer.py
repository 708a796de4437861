"""From scratch against transfer: six runs alike in everything but their start and what they see."""

import pytest

from playground.errors import InputError, NotFoundError
from playground.evaluation.memorization import key_of
from playground.model.source import find
from playground.run.job import Run
from playground.run.race import Race
from playground.training import inputs
from playground.training.sft import SFT
from playground.training.transfer import HALVES, SCRATCH, Transfer, enter, halves, transfer

BRIEF = SFT.full(learning_rate=3e-3, batch_size=8, epochs=2, warm_up=0, train_questions=8)


def test_both_starts_are_measured_and_every_example_is_scored(home, tiny, examples):
    made = transfer(tiny, examples, examples[:5], BRIEF)
    assert made.state == "completed" and [one.id for one in Race.all("transfer")] == [made.id]
    scratch, base = made.starts.values()
    assert (scratch.spec.model, base.spec.model) == (f"{tiny}:fresh-0", str(tiny))
    assert made.base == str(tiny)
    assert scratch.spec.settings == base.spec.settings
    curves = made.curves
    assert set(curves.start) == {SCRATCH, f"from {tiny}"}
    assert curves[["train", "held_out"]].notna().all().all()
    assert curves.step.max() == 6
    table = Transfer.load(made.id).memorization()
    assert len(table) == 2 * len(examples) and table.columns[0] == "start"
    assert table.score.between(-1, 1).all()
    remade = {one: Run.load(one).model for one in made.race.runs.values()}
    assert made.memorization(remade).equals(table)


def test_the_halves_are_disjoint_and_together_everything(examples):
    rows = inputs.examples([*examples, examples[0]])
    first, second = halves(rows)
    assert len(first) + len(second) == len(rows) and abs(len(first) - len(second)) <= 2
    assert not {key_of(row) for row in first} & {key_of(row) for row in second}
    assert halves(rows[::-1]) == (first[::-1], second[::-1])


def test_it_is_entered_on_the_narrow_set_without_running(home):
    made = enter()
    assert made.state == "queued" and list(made.starts) == [SCRATCH, "from pocket"]
    run = made.starts["from pocket"]
    assert run.spec.data["train"].rows == 300 and run.spec.data["validation"].rows == 120
    half = made.run(f"{SCRATCH}, {HALVES[0]}")
    assert half.spec.data["train"].rows == 150 and set(half.spec.data) == {"train"}
    assert half.spec.settings["train_questions"] == 0 and half.notes.tags == (made.id, HALVES[0])
    assert find(half.spec.model).name == "pocket:fresh-0"
    learned = {row["prompt"][0]["content"] for row in run.rows("train")}
    asked = {row["prompt"][0]["content"] for row in run.rows("validation")}
    answers = ({row["completion"] for row in run.rows(part)} for part in ("train", "validation"))
    assert not learned & asked and len({*map(frozenset, answers)}) == 1
    # The newest run is the one to go on with.
    assert Run.all()[0].id == run.id


def test_what_cannot_be_halved_leaves_nothing_behind(home, tiny, examples):
    with pytest.raises(InputError, match="There are 8 examples"):
        enter(tiny, examples[:8])
    with pytest.raises(InputError, match="no validation part"):
        enter(tiny, examples, settings=SFT.full(keep="loss"))
    assert Run.all() == [] and Race.all("transfer") == []
    with pytest.raises(NotFoundError, match="There is no transfer"):
        Transfer.load("race-0001")


@pytest.mark.slow
def test_pocket_understands_what_a_fresh_one_learns_by_heart(home):
    """The claim of the room, on its recipe."""
    made = enter()
    from playground.training.execute import execute

    ends = {}
    for label, run in made.starts.items():
        execute(run.folder)
        ends[label] = made.curves.query("start == @label").iloc[-1]
    assert ends[SCRATCH].train >= 0.95 and ends[SCRATCH].held_out <= 0.35
    assert ends["from pocket"].train >= 0.95 and ends["from pocket"].held_out >= 0.7
