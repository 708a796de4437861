"""RLHF: the panels that question a reward model, score typed answers and try a policy blind."""

import importlib.util
from pathlib import Path

import pytest

from playground.errors import UnavailableError
from playground.evaluation.questions import Questions, ask
from playground.model.explain import Contributions
from playground.run import events
from playground.run.job import RESULT, Run
from playground.run.trial import open_trial
from playground.training.reward import RewardModeling
from playground.ui import asking, markup, questioning, trials

_spec = importlib.util.spec_from_file_location("ui_stand_ins", Path(__file__).parent / "stand_ins.py")
stand_ins = importlib.util.module_from_spec(_spec)
_spec.loader.exec_module(stand_ins)

ROWS = [
    {"prompt": f"p{n} <i>", "chosen": f"Thank you. It is {n}.", "rejected": f"Who cares? Take {n}."}
    for n in range(60)
]


@pytest.fixture
def studio(home):
    from playground.ui.studio import Studio

    made = Studio(stand_ins.StillSupervisor(), stand_ins.CannedHost).open()
    yield made
    made.close()


@pytest.fixture
def reward(studio):
    """A completed reward run, questioned."""
    run = Run.create("reward", RewardModeling(), "pocket", {"train": ROWS, "validation": ROWS[:50]})
    (run.folder / RESULT).mkdir()
    events.write_status(run.folder, events.Status(state="completed"))
    found = ask(lambda pairs: [float("Thank" in text) for _, text in pairs], ROWS[:50], ROWS, model=run.id)
    found.save(run.folder)
    return run


def test_the_verdict_is_shown_with_every_rule(reward):
    found = Questions.read(reward.folder)
    shown = questioning.told(found)
    assert questioning.WORDS[found.verdict.answer] in shown
    for rule in found.verdict.rules:
        assert markup.escape(rule.asks) in shown and markup.escape(rule.found) in shown
    assert "nobody judged a pair twice" in questioning.accuracy(found)
    assert "100 %" in questioning.accuracy(found) and "a coin" in questioning.accuracy(found)
    assert "Good question" in questioning.moves(found)


def test_the_panel_draws_a_run_once(reward):
    drawn = questioning.show(reward.id)
    assert drawn[2]["visible"] and drawn[4].data and not drawn[1]["visible"]
    assert all("__type__" in one and "visible" not in one for one in questioning.show(reward.id, drawn[-1]))
    (reward.folder / "questions.json").unlink()
    again = questioning.show(reward.id, drawn[-1])
    assert "has not been questioned" in again[0] and again[1]["visible"]
    assert "Nobody to question yet" in questioning.show(None, "another")[0]


def test_a_run_is_questioned_in_a_process_of_its_own_and_its_refusal_is_told(studio, reward):
    # There is no model in this result: the process says so in a sentence.
    *_, last = questioning._ask(studio, reward.id)
    assert "note bad" in last[0] and "holds no model" in last[0] and "Traceback" not in last[0]


def test_more_members_are_queued(studio, reward):
    assert "wait for their turn" in questioning._more(studio, reward.id)
    assert [folder.name for folder in studio.supervisor.started] == ["reward-0002", "reward-0003"]
    assert "No reward run is chosen" in questioning._more(studio, None)


class Scores(stand_ins.CannedHost):
    """A chat process that scores: by length, or as three that differ."""

    def judged(self, reward, pairs):
        return [float(len(text)) for _, text in pairs], [0.5] * len(pairs) if "+" in reward else None

    def contributions(self, reward, prompt, texts):
        return [Contributions(("<b>", "no"), (2.0, -1.0), 0.0, 1.0) for _ in texts]


def test_typed_answers_are_scored_token_by_token(studio, reward):
    studio._host = Scores()
    html = asking.scored(studio, reward.id, "Hello?", "Long <img>", "", "Short")
    assert html.count('class="answer"') == 2 and "Answer 1" in html and "Answer 3" in html
    assert "best liked" in html and "<img" not in html and "&lt;b&gt;" in html
    assert "class=up" in html and "class=down" in html and "<sup>+2</sup>" in html
    assert "members differ by" not in html
    assert "members differ by 0.50" in asking.scored(studio, f"{reward.id}+{reward.id}", "Hello?", "Yes")


@pytest.mark.parametrize(
    "judge, prompt, answers", [(None, "p", ["a"]), ("r", " ", ["a"]), ("r", "p", ["", " "])]
)
def test_what_is_wanting_is_told(studio, judge, prompt, answers):
    assert "note bad" in asking.scored(studio, judge, prompt, *answers)


def test_a_host_that_fails_is_told(studio):
    def fail(*_):
        raise UnavailableError("The chat process ended")

    studio._host = Scores()
    studio._host.judged = fail
    assert "The chat process ended" in asking.scored(studio, "r", "p", "a")


def test_who_scores_is_the_run_shown_until_another_is_chosen(studio, reward):
    update = asking.pick_judge(studio, None, reward.id)
    assert update["value"] == reward.id and update["choices"] == [(reward.id, reward.id)]
    assert "value" not in asking.pick_judge(studio, reward.id)


@pytest.fixture
def policy(studio):
    run = Run.create("ppo", RewardModeling(), "pocket", {"prompts": [{"prompt": f"p{n}"} for n in range(30)]})
    (run.folder / RESULT).mkdir()
    events.write_status(run.folder, events.Status(state="completed"))
    return run


def polite(model, prompts, **_):
    return ["Thank you." if model.startswith("ppo") else "No." for _ in prompts]


def test_a_policy_is_tried_blind_and_judged_by_a_labelled_annotator(studio, policy):
    assert trials.show(policy.id)[1]["value"] == f"Try {policy.id} against pocket, blind"
    assert trials.line(policy) == ""
    studio.host.replies = polite
    *_, opened = trials._begin(studio, policy.id)
    assert "nobody has yet" in opened[1] and "annotate/campaign-" in opened[1]
    *_, judged = trials._judge(studio, policy.id, "courteous")
    assert "liked better" in judged[1] and "simulated:courteous" in judged[1]
    assert "100 %" in judged[1] and "by people" not in judged[1]
    assert "Liked better than pocket on 100 %" in trials.line(policy)


def test_a_trial_of_nothing_and_one_whose_answers_are_all_alike_are_told(studio, policy):
    *_, none = trials._begin(studio, None)
    assert "No policy run is chosen" in none[0]
    studio.host.replies = lambda model, prompts, **_: ["Yes."] * len(prompts)
    *_, alike = trials._begin(studio, policy.id)
    assert "note bad" in alike[0] and "answers all 30 prompts" in alike[0]
    assert "No policy yet" in trials.show(None)[0]


def test_a_trial_whose_campaign_is_gone_can_be_opened_again(policy, monkeypatch):
    trial = open_trial(policy, polite)
    text = (policy.folder / "trial.json").read_text().replace(trial.campaign, "campaign-gone")
    (policy.folder / "trial.json").write_text(text)
    assert "campaign is gone" in trials.show(policy.id)[0]
    assert trials.line(policy) == ""
