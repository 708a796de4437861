"""Several models through the same questions. The models are stand-ins that answer from a table."""

import json
import math
from pathlib import Path

import pytest

from playground.errors import InputError, NotFoundError
from playground.evaluation import compare as room
from playground.evaluation.compare import compare
from playground.evaluation.suite import Suite
from playground.records import Probe

PROBES = (
    Probe("fee?", ("0.1 percent",), kind="domain"),
    Probe("notice?", ("three days",), kind="domain"),
    Probe("tea?", ("boil",), kind="howto"),
    Probe("purple?", ("do not know",), kind="unknown"),
    Probe("Norland is", ("Caldon",), kind="cloze"),
)


class Scripted:
    """Knows its replies by heart; what it continues raw is kept apart."""

    def __init__(self, replies, continuations, folder=Path("nowhere", "result")):
        self.replies, self.continuations, self.folder = replies, continuations, folder

    def reply_many(self, prompts, **_):
        return [self.replies.get(prompt, "") for prompt in prompts]

    def complete_many(self, prompts, **_):
        return [self.continuations.get(prompt, "") for prompt in prompts]


class Judge:
    def score_many(self, pairs):
        return [float(len(text)) for _, text in pairs]


@pytest.fixture
def report(monkeypatch):
    monkeypatch.setattr(room.Model, "load", staticmethod(lambda model: model))
    monkeypatch.setattr(room.RewardModel, "load", staticmethod(lambda model: model))
    good = {"fee?": "It is 0.1 percent.", "notice?": "Three days", "tea?": "Boil it", "hello": "Dear client"}
    base = Scripted({"hello": "hey"}, {"Norland is": " Caldon."})
    tuned = Scripted({**good, "purple?": "I do not know that"}, {"Norland is": " not Caldon"})
    suite = Suite("mine", PROBES, ("hello", "bye"), gold=lambda prompt, text: float("Dear" in text))
    done = []
    report = compare(suite, reward=Judge(), progress=lambda *at: done.append(at), base=base, sft=tuned)
    assert done == [(1, 2), (2, 2)]
    return report


def test_the_table_has_a_row_a_model_and_intervals(report):
    table = report.table
    assert list(table.index) == ["base", "sft"]
    assert table.loc["base", ["domain", "general", "unknown", "retention", "gold"]].tolist() == [
        0,
        0,
        0,
        1,
        0,
    ]
    assert table.loc["sft", ["domain", "general", "unknown", "retention", "gold"]].tolist() == [
        1,
        1,
        1,
        0,
        0.5,
    ]
    assert table.loc["sft", "reward"] == len("Dear client") / 2
    for column in ("domain", "general", "unknown", "retention", "gold", "reward"):
        assert (table[f"{column}_low"] <= table[column]).all() and (
            table[column] <= table[f"{column}_high"]
        ).all()


def test_answers_stand_prompt_by_model(report):
    assert report.answers.loc["hello"].to_dict() == {"base": "hey", "sft": "Dear client"}
    wrong = report.details.query("model == 'sft' and not right")
    assert wrong["prompt"].tolist() == ["Norland is"]
    assert report.scores.query("model == 'sft'")["gold"].tolist() == [1.0, 0.0]


def test_the_chart_shows_every_measured_column(report):
    figure = report.plot()
    assert {bar.name for bar in figure.data} == {"base", "sft"}
    assert {name for bar in figure.data for name in bar.x} == {
        "domain",
        "general",
        "unknown",
        "retention",
        "gold",
        "reward",
    }


def test_what_a_suite_does_not_measure_is_not_a_number(report, monkeypatch):
    found = compare(Suite("few", PROBES[:1]), only=Scripted({}, {})).table.loc["only"]
    assert found["domain"] == 0
    assert all(math.isnan(found[column]) for column in ("general", "retention", "gold", "reward", "gold_low"))


def test_the_reward_model_of_a_policy_judges_unless_another_is_given(monkeypatch, tmp_path):
    asked = []
    monkeypatch.setattr(room.Model, "load", staticmethod(lambda model: model))
    monkeypatch.setattr(room.RewardModel, "load", staticmethod(lambda name: asked.append(name) or Judge()))
    (tmp_path / "run.json").write_text(json.dumps({"reward": "reward-0001"}))
    models = {"base": Scripted({}, {}), "ppo": Scripted({"hello": "hey"}, {}, tmp_path / "result")}
    table = compare(Suite("mine", (), ("hello",)), **models).table
    assert asked == ["reward-0001"] and table.loc["ppo", "reward"] == 3


def test_a_policy_whose_reward_model_is_gone_is_compared_without_one(monkeypatch, tmp_path):
    def gone(name):
        raise NotFoundError(f"There is no model called {name!r}")

    monkeypatch.setattr(room.Model, "load", staticmethod(lambda model: model))
    monkeypatch.setattr(room.RewardModel, "load", staticmethod(gone))
    (tmp_path / "run.json").write_text(json.dumps({"reward": "reward-0001"}))
    policy = Scripted({"hello": "hey"}, {}, tmp_path / "result")
    assert math.isnan(compare(Suite("mine", (), ("hello",)), ppo=policy).table.loc["ppo", "reward"])
    with pytest.raises(NotFoundError, match="reward-0002"):
        compare(Suite("mine", (), ("hello",)), reward="reward-0002", ppo=policy)


def test_suites_are_named_and_never_empty():
    with pytest.raises(NotFoundError, match="larkspur"):
        Suite.load("nothing")
    with pytest.raises(InputError, match="empty"):
        Suite("mine", ())
    with pytest.raises(InputError, match="No model"):
        compare(Suite("mine", PROBES))
    assert len(Suite("mine", PROBES * 3, ("a", "b")).sample(probes=2, prompts=1)) == 8
