"""What a run will take: learned from runs that were measured, and a refusal that names what would fit."""

import json
from dataclasses import asdict

import pytest

from playground import fields
from playground.errors import InputError
from playground.model.shapes import KNOWN, Shape
from playground.model.tuning.bottleneck import BottleneckAdapter
from playground.model.tuning.full import FullTuning
from playground.model.tuning.lora import LoRA
from playground.model.tuning.prompt import PromptTuning
from playground.model.tuning.qlora import QLoRA
from playground.model.tuning.selective import SelectiveTuning
from playground.run import calibration, estimate, knee
from playground.run.burden import Start, burden, numbers
from playground.run.calibration import Measured, fit
from playground.run.job import Run
from playground.training.best_of_n import BestOfN
from playground.training.dpo import DPO
from playground.training.grpo import GRPO
from playground.training.kto import KTO
from playground.training.ppo import PPO
from playground.training.reward import RewardModeling
from playground.training.rloo import RLOO
from playground.training.sft import SFT

POCKET = Start(next(k.shape for k in KNOWN if k.name == "HuggingFaceTB/SmolLM2-135M"))
ANSWER = "It costs 0.1 percent a year."
ROWS = [{"prompt": f"What does fund {n} cost?", "completion": ANSWER} for n in range(64)]
BIG = "meta-llama/Llama-3.2-1B"


def asked(settings, **parts):
    parts = parts or {"train": [40] * 100}
    return burden(settings.stage, fields.as_dict(settings), POCKET, parts, POCKET)


def finished(home, seconds: float, grown: int, rows=ROWS, settings=None) -> Run:
    """A run that was measured, though nobody executed it."""
    run = (settings or SFT()).prepare("pocket", rows)
    start = 500_000_000
    took = Measured(start + grown, start, seconds=seconds, steps=9, artifact=1, numbers=1, worker=True)
    (run.folder / "measured.json").write_text(json.dumps(asdict(took)))
    return run


def expected(settings, model="pocket", rows=ROWS):
    return estimate.expected(settings.stage, fields.as_dict(settings), model, {"train": rows})


def test_numbers_that_learn():
    shape = POCKET.shape
    lora, full = fields.as_dict(SFT(tuning=LoRA(rank=4))), fields.as_dict(SFT.full())
    assert numbers("sft", full, POCKET) == (shape.parameters(), shape.parameters())
    assert numbers("sft", lora, POCKET) == (shape.lora(4), shape.parameters() + shape.lora(4))
    whole = shape.parameters(scores=True)
    assert numbers("reward", fields.as_dict(RewardModeling()), POCKET) == (whole, whole)
    assert numbers("dpo", fields.as_dict(DPO()), Start(shape, adapter=77)) == (77, shape.parameters() + 77)
    assert numbers("ppo", fields.as_dict(PPO()), POCKET) == (shape.parameters(), shape.parameters())


def test_every_tuning_asks_what_it_is_known_for():
    shape, full = POCKET.shape, asked(SFT.full())
    lora, qlora = asked(SFT(tuning=LoRA(rank=16))), asked(SFT(tuning=QLoRA(rank=16)))
    last, prompt = asked(SFT(tuning=SelectiveTuning(last_layers=2))), asked(SFT(tuning=PromptTuning()))
    bottleneck = asked(SFT(tuning=BottleneckAdapter()))
    assert lora.trainable == qlora.trainable and lora.artifact == 4 * lora.trainable
    packed = shape.layers * sum(one.inputs * one.outputs for one in shape.linears)
    mapped = 2 * shape.parameters()  # the file that was packed
    assert lora.memory - qlora.memory == pytest.approx(packed * (4 - 0.5625) - mapped)
    assert qlora.flops > lora.flops
    assert last.trainable == shape.last(2) and last.flops < lora.flops and last.memory < full.memory
    assert prompt.artifact == 4 * 16 * shape.hidden and bottleneck.trainable == shape.bottleneck(32)
    goes_on = [
        burden("dpo", fields.as_dict(DPO()), Start(shape, 77, packed), {"train": [40] * 100})
        for packed in (True, False)
    ]
    assert goes_on[0].memory < goes_on[1].memory


def test_more_of_anything_asks_more():
    base = asked(SFT())
    assert asked(SFT(epochs=6.0)).flops == pytest.approx(2 * base.flops, rel=0.01)
    assert asked(SFT(batch_size=64)).memory > base.memory
    assert asked(SFT(tuning=FullTuning())).memory > 2 * asked(SFT(tuning=LoRA(rank=8))).memory
    assert base.trainable > asked(SFT(tuning=LoRA(rank=64, alpha=128))).trainable
    assert asked(SFT(tuning=FullTuning())).flops > base.flops
    assert asked(SFT(), train=[40] * 100, validation=[40] * 50).flops > base.flops
    assert asked(SFT(max_length=20)).flops < base.flops
    prompts = {"prompts": [20] * 50}
    assert asked(PPO(rollout=64), **prompts).memory > asked(PPO(), **prompts).memory
    assert asked(PPO(updates=24), **prompts).flops == pytest.approx(2 * asked(PPO(), **prompts).flops)
    assert asked(DPO(beta=0.1)).memory > base.memory
    groups = GRPO(rollout=64)
    assert asked(groups, **prompts).memory > asked(GRPO(), **prompts).memory
    assert asked(GRPO(updates=24), **prompts).flops == pytest.approx(2 * asked(GRPO(), **prompts).flops)
    assert asked(GRPO(passes=4), **prompts).flops > asked(GRPO(), **prompts).flops


def test_what_the_meter_reads_is_counted_and_reading_takes_no_longer_than_learning():
    plain, probed = {"train": [40] * 400}, {"train": [40] * 400, "probes": [12] * 128}
    read = asked(SFT(), **probed).flops - asked(SFT(), **plain).flops
    assert read > 0
    assert asked(SFT(), **probed | {"probes": [12] * 64}).flops < asked(SFT(), **probed).flops
    short = [asked(SFT(epochs=1.0), **one | {"train": [40] * 8}).flops for one in (plain, probed)]
    assert short[1] - short[0] == pytest.approx(read * 2 / (1 + knee.TIMES))
    assert [knee.times(*one) for one in ((24, 128), (400, 128), (10_000, 128), (8, 0))] == [1, 9, 12, 12]


def test_every_method_asks_what_it_is_known_for():
    prompts, texts = {"prompts": [20] * 50}, {"train": [40] * 100}
    dpo, kto = asked(DPO(batch_size=8, kl_prompts=0), **texts), asked(KTO(kl_prompts=0), **texts)
    assert kto.flops > dpo.flops and kto.trainable == dpo.trainable and kto.steps == 14 == dpo.steps
    ruled = burden("rloo", fields.as_dict(RLOO(rule="longer")), POCKET, prompts)
    assert ruled.memory < asked(RLOO(), **prompts).memory and ruled.flops < asked(RLOO(), **prompts).flops
    best = asked(BestOfN(answers=8), **prompts)
    assert (best.trainable, best.artifact, best.steps) == (0, 0, 8)
    assert asked(BestOfN(answers=16), **prompts).flops == pytest.approx(2 * best.flops)
    assert best.memory < asked(RLOO(), **prompts).memory


def test_steps_are_counted_as_the_trainer_counts():
    assert asked(SFT(batch_size=8, accumulation=2, epochs=1.5), train=[9] * 100).steps == 11
    assert asked(RewardModeling(batch_size=16, epochs=3.0), train=[9] * 40).steps == 6
    assert asked(PPO(updates=7), prompts=[9] * 40).steps == 7
    assert asked(GRPO(updates=7, passes=2), prompts=[9] * 40).steps == 14


def test_the_fit_finds_two_factors_and_keeps_to_the_rule_without_runs():
    assert fit([]) == (1.0, 1.0)
    points = [(1.0, a, b, 3 * a + 0.5 * b) for a, b in [(1, 1), (1, 10), (2, 40), (5, 1), (1, 100)] * 5]
    assert fit(points) == pytest.approx((3, 0.5), rel=0.1)
    assert fit([(0.1, 1.0, 1.0, 8.0)]) == pytest.approx((4.0, 4.0))
    assert min(fit([(1.0, 1.0, 1.0, 1e-6)] * 9)) > 0


def test_the_estimate_learns_from_finished_runs(home):
    before = expected(SFT())
    assert before.runs == 0 and before.seconds > 0 and before.peak > calibration.LIBRARIES
    slow = round(4 * before.seconds, 3)
    for _ in range(4):
        finished(home, slow, 700_000_000)
    after = expected(SFT())
    assert after.runs == 4
    assert after.seconds == pytest.approx(slow, rel=0.1)
    assert after.peak == pytest.approx(calibration.LIBRARIES + 700e6, rel=0.1)
    assert expected(SFT(epochs=6.0)).seconds == pytest.approx(2 * slow, rel=0.2)
    other = expected(DPO(), rows=[{"prompt": "a", "chosen": "b", "rejected": "c"}] * 20)
    assert other.runs == 4


def test_what_was_expected_stands_beside_what_it_took(home):
    run = finished(home, 12.0, 300_000_000)
    assert run.estimate.steps == 24 and run.estimate.trainable == run.estimate.artifact / 4
    assert run.measured.seconds == 12.0 and run.measured.grown == 300_000_000
    assert SFT().prepare("pocket", ROWS).measured is None


def test_nothing_is_fetched_for_an_estimate(home, monkeypatch):
    monkeypatch.setattr("playground.model.source._download", pytest.fail)
    assert expected(SFT(), "nobody/nothing-of-this-name") is None
    assert expected(SFT(), "sft-0099") is None
    assert expected(SFT(), BIG).total > 1e9


def test_a_run_that_cannot_fit_is_refused_with_what_would(home, monkeypatch):
    monkeypatch.setattr(calibration, "has_graphics", lambda: False)
    monkeypatch.setattr(calibration, "machine_memory", lambda: 9_000_000_000)
    given = ("sft", fields.as_dict(SFT.full()), BIG, {"train": ROWS})
    with pytest.raises(InputError, match=r"about \d+ GB of memory.*9 GB.*LoRA of rank 16, which needs about"):
        estimate.refuse_what_cannot_fit(*given)
    monkeypatch.setattr(calibration, "machine_memory", lambda: 2_000_000_000)
    with pytest.raises(InputError, match="Choose a smaller model with LoRA of rank 16, such as"):
        estimate.refuse_what_cannot_fit(*given)
    monkeypatch.setattr(calibration, "machine_memory", lambda: 64_000_000_000)
    assert estimate.refuse_what_cannot_fit(*given).total > 1e9


def test_a_refused_run_leaves_no_folder(home, monkeypatch):
    monkeypatch.setattr(calibration, "has_graphics", lambda: False)
    monkeypatch.setattr(calibration, "machine_memory", lambda: 100_000_000)
    with pytest.raises(InputError, match="This machine has 100 MB"):
        SFT().prepare("pocket", ROWS)
    assert Run.all() == []


def test_tokens_are_counted_by_the_models_own_tokenizer(home):
    (few,) = set(estimate.counter("pocket")([ROWS[0]] * 3))
    (many,) = set(estimate.counter(BIG)([ROWS[0]] * 3))
    length = len(ROWS[0]["prompt"]) + len(ROWS[0]["completion"]) + 1
    assert many == round(length / estimate.CHARACTERS) + estimate.TEMPLATE
    assert estimate.TEMPLATE < few < length
    assert len(estimate.counter("pocket")([{"prompt": "a", "chosen": "b", "rejected": "c"}])) == 2


SIZES = [(950, "950 B"), (1_240_000, "1.2 MB"), (3.46e9, "3.5 GB"), (3.1e10, "31 GB")]


@pytest.mark.parametrize(("number", "words"), SIZES)
def test_sizes_have_two_figures(number, words):
    assert estimate.size(number) == words


def test_pocket_is_read_from_its_folder(home):
    start = estimate.start_of("pocket")
    assert isinstance(start.shape, Shape) and start.adapter == 0


def test_memory_is_learned_from_workers_alone(home):
    before = expected(SFT())
    run = SFT().prepare("pocket", ROWS)
    inside = Measured(130_000_000, 100_000_000, seconds=12.0, steps=9, artifact=1, numbers=1)
    (run.folder / "measured.json").write_text(json.dumps(asdict(inside)))
    after = expected(SFT())
    assert after.peak == before.peak and after.seconds != before.seconds
