"""Best of n: its KL, its expectation from more answers than n, and the model that answers so."""

import itertools
import math

import pytest

import playground as pg
from playground.errors import InputError
from playground.evaluation.best_of import expected, kl, sizes
from playground.model.load import Model
from playground.store import files
from playground.training.session import Session
from tests.model.conftest import build_tiny_model

PROMPTS = ["What does fund 1 cost?", "What does fund 2 cost?", "Hello"]


@pytest.fixture(scope="module")
def tiny(tmp_path_factory):
    return Model.load(build_tiny_model(tmp_path_factory.mktemp("tiny")))


def test_kl_by_hand():
    assert kl(1) == 0
    assert kl(2) == pytest.approx(math.log(2) - 0.5)
    assert kl(16) == pytest.approx(1.83509, abs=1e-5)
    assert sizes(16) == [1, 2, 4, 8, 16] and sizes(12) == [1, 2, 4, 8, 12] and sizes(1) == [1]


def test_the_expectation_is_the_mean_over_all_draws():
    rewards, gold = [0.3, 2.0, 0.3, -1.0, 1.5], [5.0, 1.0, 3.0, 0.0, 2.0]
    for n in range(1, 6):
        best = []
        for drawn in itertools.combinations(range(5), n):
            top = max(rewards[place] for place in drawn)
            # Where the best ones tie, any of them may be given.
            tied = [gold[place] for place in drawn if rewards[place] == top]
            best.append(sum(tied) / len(tied))
        assert expected(rewards, gold, n) == pytest.approx(sum(best) / len(best))
    assert expected(rewards, rewards, 5) == 2.0


def test_the_best_of_more_answers_is_worth_more(tiny):
    found = pg.best_of(tiny, PROMPTS, lambda prompt, answer: float(len(answer)), n=8, max_tokens=12)
    assert len(found.completions) == 24 and found.curve.n.tolist() == [1, 2, 4, 8]
    assert found.curve.reward.is_monotonic_increasing and found.curve.reward.nunique() == 4
    assert found.curve.reward.iloc[0] == pytest.approx(found.completions.reward.mean())
    assert found.best.reward.mean() == pytest.approx(found.curve.reward.iloc[-1])
    assert found.curve.reward_low.iloc[-1] <= found.curve.reward.iloc[-1] <= found.curve.reward_high.iloc[-1]
    assert found.best.prompt.tolist() == PROMPTS and found.curve.gold.isna().all()


def test_a_model_that_answers_best_of_n(tiny):
    asked = []

    def longest(prompt, answer):
        asked.append(prompt)
        return len(answer)

    model = pg.BestOf(tiny, longest, n=4)
    talk = [{"role": "user", "content": "Hello"}]
    best = model.reply_many(["What does fund 1 cost?", talk], max_tokens=12)
    assert asked == ["What does fund 1 cost?", "Hello"] * 4
    one = [tiny.reply_many(["What does fund 1 cost?", talk], max_tokens=12, temperature=1.0)]
    assert all(len(long) >= len(other) for long, other in zip(best, one[0], strict=True))
    assert "".join(model.stream(talk, max_tokens=12)) == model.reply(talk, max_tokens=12)
    assert pg.Model.load(model) is model
    assert model.complete("Hello", max_tokens=4) == tiny.complete("Hello", max_tokens=4)


def test_a_run_that_is_stopped_answers_from_what_was_drawn(tiny, home, monkeypatch):
    step = Session.step

    def stop(self, number, values=None):
        step(self, number, values)
        self.stopped = number == 2

    monkeypatch.setattr(Session, "step", stop)
    settings = pg.BestOfN(answers=5, response_tokens=8)
    run = settings.fit(tiny, PROMPTS, reward=lambda prompt, answer: len(answer))
    assert run.state == "stopped" and run.status.step == 2
    assert len(files.read_jsonl(run.folder / "result" / "answers.jsonl")) == 2 * len(PROMPTS)


@pytest.mark.parametrize("asked, words", [
    ({"n": 0}, "at least one answer"),
    ({"n": 2, "temperature": 0.0}, "temperature above 0"),
    ({"prompts": []}, "There are no prompts"),
    ({"prompts": "Hello"}, "Prompts are a list"),
])  # fmt: skip
def test_what_leaves_no_choice_is_refused(tiny, asked, words):
    given = {"prompts": PROMPTS, "n": 2} | asked
    with pytest.raises(InputError, match=words):
        pg.best_of(tiny, given.pop("prompts"), lambda prompt, answer: 0.0, **given)
