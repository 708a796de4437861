"""What a run gains and loses is measured as it goes, without changing what it learns."""

import pytest
from safetensors.torch import load_file

import playground as pg
from playground.errors import InputError
from playground.evaluation.probes import is_right
from playground.model.tuning.full import FullTuning
from playground.model.tuning.lora import LoRA
from playground.run import knee
from playground.training import meter
from playground.training.sft import SFT
from playground.world.smallworld import cloze

QUICK = {"tuning": LoRA(rank=2), "batch_size": 8, "epochs": 1}


@pytest.fixture(scope="module")
def base():
    return pg.Model.load("pocket")


def weights(run) -> dict:
    found = load_file(run.folder / "result" / "adapter_model.safetensors")
    return {name: weight.tolist() for name, weight in found.items()}


def test_a_text_is_told_where_it_would_be_written(base):
    probes = cloze(24)
    written = [is_right(one, text) for one, text in zip(
        probes, [base.complete(one.prompt, max_tokens=12) for one in probes], strict=True)]
    rows = [{"prompt": one.prompt, "answers": one.answers} for one in probes]
    ways = [meter._ways(base.tokenizer, row) for row in rows]
    told = [any(meter.told(base.network, way)) for way in ways]
    assert told == written and any(told)
    wrong = [meter._ways(base.tokenizer, row | {"answers": ["seven purple cranes"]}) for row in rows]
    assert not any(meter.told(base.network, [way for one in wrong for way in one]))


def test_measuring_changes_nothing_that_is_learned(home, tiny, examples):
    asked = [{"prompt": one["prompt"], "answers": one["completion"]} for one in examples]
    plain = SFT(**QUICK).fit(tiny, examples, examples[:4])
    measured = SFT(**QUICK).fit(tiny, examples, examples[:4], probes=asked)
    assert weights(plain) == weights(measured)
    assert {one.retention for one in knee.points(measured.folder)} == {0.0}
    assert knee.points(plain.folder) == [] and "gain" in set(plain.metrics.name)


def test_a_run_that_forgets_keeps_its_weights_from_before(home, base, examples):
    rough = SFT(tuning=FullTuning(), learning_rate=5e-3, batch_size=8, epochs=16, warm_up=32, evaluations=1)
    run = rough.fit("pocket", examples, examples[:4])
    points = knee.points(run.folder)
    assert points[0].retention > 0.95 and points[-1].retention < 0.5
    bend = knee.knee(points)
    assert bend.step > 0
    (line,) = run.status.endings
    assert f"at step {bend.step}" in line and f"kept as {run.id}/knee" in line
    facts = cloze(knee.AT_ONCE)
    before, after = (pg.Model.load(name) for name in (f"{run.id}/knee", run.id))
    shares = [
        sum(is_right(one, model.complete(one.prompt, max_tokens=12)) for one in facts) / len(facts)
        for model in (before, after)
    ]
    assert shares[0] > 0.9 and shares[1] < 0.5


def test_what_is_no_fact_is_refused_before_a_run_is_made(home, tiny, examples):
    for bad in ([{"prompt": "The capital is", "answers": []}], [{"prompt": " ", "answers": ["x"]}], ["text"]):
        with pytest.raises(InputError, match="Probe 1 is"):
            SFT(**QUICK).prepare(tiny, examples, probes=bad)
    assert pg.Run.all() == []
