"""A run that forgot is run again under one change, over as many steps, and measured beside it."""

import pytest

import playground as pg
from playground.errors import ConflictError, InputError
from playground.model.tuning.full import FullTuning
from playground.run import events, knee, mitigation
from playground.training.mitigate import offered, prepare
from playground.training.sft import SFT
from playground.world.smallworld import cloze

ROUGH = {"tuning": FullTuning(), "learning_rate": 5e-3, "batch_size": 8, "epochs": 16, "warm_up": 8}


def done(run, *kept):
    """As the worker would leave it: completed, with these shares of general facts."""
    log = events.EventLog(run.folder)
    for step, share in enumerate(kept):
        log.metrics(step, {"retention": share, "gain": 0.5})
    events.write_status(run.folder, events.Status(state="completed"))
    return run


@pytest.fixture
def forgetful(home, examples):
    return done(SFT(**ROUGH).prepare("pocket", examples, examples[:4]), 1.0, 0.2)


def test_each_way_changes_one_thing_and_no_more(forgetful):
    assert offered(forgetful) == ["smaller", "lora", "replay"]
    runs = {way: prepare(forgetful, way) for way in mitigation.WAYS}
    settings = {way: run.spec.settings for way, run in runs.items()}
    before = forgetful.spec.settings
    apart = {way: {k for k in before if one[k] != before[k]} for way, one in settings.items()}
    assert apart == {"smaller": {"learning_rate"}, "lora": {"tuning", "learning_rate"}, "replay": {"epochs"}}
    assert settings["smaller"]["learning_rate"] == pytest.approx(5e-4)
    assert settings["lora"]["tuning"]["kind"] == "lora"
    for way, run in runs.items():
        assert run.rows("validation") == forgetful.rows("validation")
        assert run.rows("probes") == forgetful.rows("probes")
        assert mitigation.marked(run.folder) == {"of": forgetful.id, "way": way}
    assert runs["lora"].rows("train") == forgetful.rows("train")


def test_replay_gives_as_many_steps_and_none_of_what_is_asked(forgetful):
    run = prepare(forgetful, "replay")
    mine, rows = forgetful.rows("train"), run.rows("train")
    assert rows[: len(mine)] == mine and len(rows) == 1.5 * len(mine)
    assert run.spec.settings["epochs"] * len(rows) == pytest.approx(16 * len(mine))
    asked = [one.prompt.lower() for one in cloze(128)]
    assert not any(one in row["completion"].lower() for row in rows for one in asked)
    own = [{"prompt": f"Say {n}", "completion": str(n)} for n in range(30)]
    assert {row["completion"] for row in prepare(forgetful, "replay", own).rows("train")[len(mine) :]} <= {
        row["completion"] for row in own
    }
    with pytest.raises(InputError, match="no general examples"):
        prepare(forgetful, "replay", mine)


def test_what_has_not_forgotten_or_does_not_fit_is_refused(home, examples, tiny):
    sound = done(SFT().prepare("pocket", examples), 1.0, 0.99)
    assert offered(sound) == []
    with pytest.raises(ConflictError, match="has not forgotten"):
        prepare(sound, "smaller")
    thin = done(SFT().prepare("pocket", examples), 1.0, 0.5)
    assert offered(thin) == ["smaller", "replay"]
    with pytest.raises(InputError, match="tuned with LoRA"):
        prepare(thin, "lora")
    with pytest.raises(InputError, match="magic"):
        prepare(thin, "magic")
    asked = [{"prompt": one["prompt"], "answers": [one["completion"]]} for one in examples]
    other = done(SFT(**ROUGH).prepare(tiny, examples, probes=asked), 1.0, 0.5)
    assert offered(other) == ["smaller", "lora"]
    assert prepare(other, "lora").spec.settings["tuning"]["rank"] == 16


@pytest.mark.slow
def test_a_smaller_step_keeps_what_a_large_one_lost(home, examples):
    run = SFT(**ROUGH).fit("pocket", examples, examples[:4])
    again = pg.mitigate(run, "smaller")
    assert knee.points(run.folder)[-1].step == knee.points(again.folder)[-1].step
    (row,) = pg.mitigations(run).to_dict("records")
    assert row["run"] == again.id and row["kept"] > 0.3 and row["kept_low"] > 0.1
