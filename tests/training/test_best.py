"""Which weights a run ends with, and when it has seen enough."""

import itertools

import pytest
import torch
from safetensors.torch import load_file

from playground.errors import InputError
from playground.model.tuning.full import FullTuning
from playground.run import events
from playground.training import best, callbacks
from playground.training.checkpoints import learning
from playground.training.execute import execute
from playground.training.reward import RewardModeling
from playground.training.session import Session, StopRequested
from playground.training.sft import SFT

OVERFITS = {"tuning": FullTuning(), "learning_rate": 5e-3, "batch_size": 4, "epochs": 40, "evaluations": 16}


@pytest.fixture
def unlike(examples):
    """Answers that learning the examples by heart makes ever less likely."""
    return [{**one, "completion": "no idea"} for one in examples[:6]]


@pytest.fixture
def seen(monkeypatch):
    """The weights at every evaluation, by step."""
    found, judge = {}, best.Judge.on_evaluate

    def watch(self, args, state, control, model=None, **kwargs):
        found[state.global_step] = {name: weight.detach().clone() for name, weight in learning(model).items()}
        return judge(self, args, state, control, **kwargs)

    monkeypatch.setattr(best.Judge, "on_evaluate", watch)
    return found


def losses(run) -> dict[int, float]:
    rows = run.metrics.query("name == 'eval_loss'")
    return dict(zip(rows.step, rows.value, strict=True))


def weights(run) -> dict:
    return load_file(run.folder / "result" / "model.safetensors")


def same(saved: dict, known: dict) -> bool:
    return all(torch.equal(weight.cpu(), known[name]) for name, weight in saved.items() if name in known)


def test_the_weights_with_the_lowest_validation_loss_are_kept_and_it_says_so(tiny, examples, unlike, seen):
    run = SFT(**OVERFITS, keep="loss").fit(tiny, examples[:8], unlike)
    lowest = min(losses(run), key=losses(run).get)
    assert lowest < run.status.step == run.status.total
    assert list(run.status.endings) == [f"Kept the weights of step {lowest}, the best by validation loss."]
    assert same(weights(run), seen[lowest])
    assert not same(weights(run), seen[run.status.step])


def test_patience_ends_a_run_that_overfits(tiny, examples, unlike):
    run = SFT(**OVERFITS, patience=2).fit(tiny, examples[:8], unlike)
    told = losses(run)
    lowest = min(told, key=told.get)
    assert run.state == "completed" and run.status.step < run.status.total
    assert list(told)[list(told).index(lowest) + 2 :] == [run.status.step]
    [remark] = run.status.endings
    ended = f"Ended at step {run.status.step} of {run.status.total}: "
    assert remark == f"{ended}no evaluation was better than that of step {lowest}."


def test_a_resumed_run_judges_as_the_uninterrupted_one(tiny, examples, unlike, monkeypatch):
    judged = SFT(**OVERFITS, keep="loss", patience=3)
    whole = judged.fit(tiny, examples[:8], unlike)
    run = judged.prepare(tiny, examples[:8], unlike)
    step, at = Session.step, whole.status.step - 2

    def stop(self, number, values=None):
        step(self, number, values)
        self.stopped = number == at

    with monkeypatch.context() as patch:
        patch.setattr(Session, "step", stop)
        execute(run.folder)
    assert run.state == "stopped" and run.status.step == at
    lowest = min(losses(whole), key=losses(whole).get)
    assert (run.folder / "checkpoints" / f"checkpoint-{lowest}").is_dir()
    run.reopen()
    execute(run.folder)
    assert run.status.step == whole.status.step < run.status.total
    assert events.read_metrics(run.folder)[-1]["values"] == events.read_metrics(whole.folder)[-1]["values"]
    assert same(weights(run), weights(whole))


def test_a_run_killed_after_it_had_ended_early_learns_no_more(tiny, examples, unlike, monkeypatch):
    judged = SFT(**OVERFITS, keep="loss", patience=2)
    whole = judged.fit(tiny, examples[:8], unlike)
    run = judged.prepare(tiny, examples[:8], unlike)

    def dies(*_given):
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(best, "restore", dies)
        with pytest.raises(KeyboardInterrupt):
            execute(run.folder)
    assert run.state == "stopped"
    run.reopen()
    execute(run.folder)
    assert (run.status.step, run.status.endings) == (whole.status.step, whole.status.endings)
    assert same(weights(run), weights(whole))


def test_a_stop_leaves_no_evaluation_out_that_decides(tiny, examples, unlike, monkeypatch):
    judged = SFT(**OVERFITS, keep="loss")
    whole = judged.fit(tiny, examples[:8], unlike)
    run, step, at = judged.prepare(tiny, examples[:8], unlike), Session.step, list(losses(whole))[4]

    def stop(self, number, values=None):
        step(self, number, values)
        self.stopped = number == at

    with monkeypatch.context() as patch:
        patch.setattr(Session, "step", stop)
        execute(run.folder)
    assert run.status.step == at
    run.reopen()
    execute(run.folder)
    assert losses(run) == losses(whole)
    assert same(weights(run), weights(whole))


def test_a_damaged_best_checkpoint_is_told_and_the_last_weights_are_kept(tiny, examples, unlike, monkeypatch):
    monkeypatch.setattr("playground.run.checkpoint.Checkpoints.find", lambda self, step: None)
    run = SFT(**OVERFITS, keep="loss").fit(tiny, examples[:8], unlike)
    [remark] = run.status.endings
    assert "damaged on disk: kept the last" in remark


def test_answers_are_asked_and_counted(tiny, examples):
    few = [{**row, "completion": "yes"} for row in examples[:4]]
    learns = {"tuning": FullTuning(), "learning_rate": 1e-2, "batch_size": 4, "epochs": 30, "evaluations": 3}
    run = SFT(**learns, keep="answers").fit(tiny, few, few)
    shares = run.metrics.query("name == 'eval_answers'").value.tolist()
    assert len(shares) == 3 and shares[-1] == 1.0
    assert 0.0 <= shares[0] <= 1.0


def test_a_reward_model_is_kept_by_its_accuracy(tiny, pairs):
    run = RewardModeling(batch_size=4, epochs=3, keep="accuracy").fit(tiny, pairs, pairs[:6])
    shares = run.metrics.query("name == 'eval_accuracy'").value.tolist()
    newest_best = max(place for place, share in enumerate(shares) if share == max(shares))
    assert bool(run.status.endings) == (newest_best != len(shares) - 1)


@pytest.mark.parametrize("asked", [{"keep": "loss"}, {"patience": 2}])
def test_judging_needs_a_validation_part(tiny, examples, asked):
    with pytest.raises(InputError, match="there is no validation part"):
        SFT(**asked).prepare(tiny, examples)


def test_every_held_out_pair_counts_once(tiny, pairs):
    held = (pairs * 2)[:33]
    run = RewardModeling(batch_size=4, epochs=1).fit(tiny, pairs, held)
    both = ([(row["prompt"], row[side]) for row in held] for side in ("chosen", "rejected"))
    chosen, rejected = (run.model.score_many(one) for one in both)
    margins = [good - bad for good, bad in zip(chosen, rejected, strict=True)]
    share, mean = sum(one > 0 for one in margins) / 33, sum(margins) / 33
    for name, value in (("eval_accuracy", share), ("eval_margin", mean)):
        assert run.metrics.query(f"name == '{name}'").value.iloc[-1] == pytest.approx(value, abs=1e-5)


def test_a_stop_within_an_evaluation_tells_no_accuracy_of_a_part(tiny, pairs, monkeypatch):
    seen = itertools.count()

    def stop(self, args, state, control, **kwargs):
        if next(seen) == 1:
            raise StopRequested

    monkeypatch.setattr(callbacks.Watch, "on_prediction_step", stop)
    run = RewardModeling(batch_size=4, epochs=1, evaluations=1).fit(tiny, pairs, pairs * 3)
    assert next(seen) == 2 and "eval_accuracy" not in set(run.metrics.name)
