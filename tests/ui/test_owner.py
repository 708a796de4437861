"""The owner's view over REST: figures once they are read, conflicts decided, votes withdrawn, the ceiling."""

import time

import pytest

from playground.preference import overview as overviews
from playground.preference.campaign import create_campaign, progress
from playground.preference.ceiling import noise_ceiling
from playground.preference.collect import Preferences, judge_campaign
from playground.preference.withdraw import withdraw_votes
from playground.records import Completion
from playground.run import events
from playground.run.job import Run
from playground.training.reward import RewardModeling
from playground.ui import order, owner, owner_parts, takeaway
from playground.ui.tabs import preferences
from playground.world.annotators import SimulatedAnnotator

NASTY = "<img src=x onerror=alert(1)>"
PART_IDS = ["coverage", "agreement", "annotators", "conflicts", "models"]


@pytest.fixture
def campaign(client):
    """Eight pairs of two models; the adversarial annotator contradicts the courteous one on each."""
    texts = ("Thank you for asking. {}", f"{NASTY} Now stop bothering me. {{}}")
    drafts = [
        Completion(f"{NASTY} {n}?", text.format(n), model)
        for n in range(8)
        for text, model in zip(texts, ("sft-0001", "ppo-0001"), strict=True)
    ]
    identifier = create_campaign("Manners", drafts, 2, engine=client.studio.engine)
    for persona in ("courteous", "adversarial"):
        judge_campaign(identifier, SimulatedAnnotator(persona), engine=client.studio.engine)
    return identifier


def read(client, campaign, have=""):
    """The overview once it is read."""
    for _ in range(100):
        told = client.get(f"/api/campaigns/{campaign}/overview", params={"have": have}).json()
        if "line" not in told:
            return told
        assert told["line"].startswith("Votes read")
        time.sleep(0.05)
    raise TimeoutError


def test_the_parts_come_once_and_then_only_when_something_changed(client, campaign):
    told = read(client, campaign)
    assert [part["id"] for part in told["parts"]] == PART_IDS
    assert read(client, campaign, told["stamp"]) == {}
    html = "".join(part["html"] for part in told["parts"])
    assert NASTY not in html and "&lt;img" in html
    assert "simulated" in told["parts"][2]["html"] and "16 of 16" in told["parts"][0]["html"]
    assert "Conflicts (8)" in [part["title"] for part in told["parts"]]
    assert client.get("/api/campaigns/campaign-none/overview").status_code == 404


def test_every_part_has_something_to_say_of_a_campaign_without_votes(client, drafts):
    identifier = create_campaign("Empty", drafts, engine=client.studio.engine)
    parts = {part["id"]: part["html"] for part in read(client, identifier)["parts"]}
    assert "0 of 4" in parts["coverage"]
    assert all("empty" in parts[name] for name in PART_IDS[1:])


def test_a_conflict_is_decided_once_and_the_decision_shows(client, campaign):
    conflict = read(client, campaign)["parts"][3]["html"]
    vote = conflict.partition('data-vote="')[2].partition('"')[0]
    body = {"vote": vote, "key": "a-key-of-the-owner", "choice": "first"}
    path = f"/api/campaigns/{campaign}/decisions"
    answers = [client.post(path, json=body).json()["status"] for _ in range(2)]
    assert answers == ["stored", "already stored"]
    assert client.post(path, json=body | {"key": "another-key", "choice": "skip"}).status_code == 422
    assert client.post(path, json=body | {"key": "another-key", "vote": "none"}).status_code == 404
    assert sum(one.annotator == "settled:owner" for one in Preferences.load(campaign)) == 1
    assert len(Preferences.load(campaign)) == 15


def test_a_decision_in_force_can_be_taken_back_though_nobody_differs_any_more(client, campaign):
    vote = read(client, campaign)["parts"][3]["html"].partition('data-vote="')[2].partition('"')[0]
    body = {"vote": vote, "key": "a-key-of-the-owner", "choice": "first"}
    assert client.post(f"/api/campaigns/{campaign}/decisions", json=body).status_code == 200
    withdraw_votes("simulated:adversarial", campaign, engine=client.studio.engine)
    found = overviews.overview(campaign, draws=10, engine=client.studio.engine)
    assert found.disputes == [] and [*found.in_force] == [*found.settled]
    shown = owner_parts.conflicts(found)
    assert shown.count("Take back") == 1
    vote = shown.partition('class="decided" data-vote="')[2].partition('"')[0]
    body = {"vote": vote, "key": "another-key", "choice": "undone"}
    assert client.post(f"/api/campaigns/{campaign}/decisions", json=body).status_code == 200
    assert "No conflicts" in owner_parts.conflicts(
        overviews.overview(campaign, draws=10, engine=client.studio.engine)
    )


def test_whoever_decides_or_withdraws_sees_it_at_once(client, campaign):
    """Votes that come in may wait for their turn to be read; one's own deed may not."""
    told = read(client, campaign)
    vote = told["parts"][3]["html"].partition('data-vote="')[2].partition('"')[0]
    path = f"/api/campaigns/{campaign}"
    client.post(f"{path}/decisions", json={"vote": vote, "key": "a-key-of-the-owner", "choice": "first"})
    told = read(client, campaign, told["stamp"])
    assert told["parts"][3]["title"] == "Conflicts (7)" and "Take back" in told["parts"][3]["html"]
    client.post(f"{path}/withdrawal", json={"annotator": "simulated:adversarial"})
    told = read(client, campaign, told["stamp"])
    assert told["parts"][3]["title"] == "Conflicts (0)" and "8 of 16" in told["parts"][0]["html"]
    judge_campaign(campaign, SimulatedAnnotator("brief"), engine=client.studio.engine)
    assert read(client, campaign, told["stamp"]) == {}


def test_of_a_very_large_campaign_the_longest_reckoning_is_left_out_and_told(client, campaign, monkeypatch):
    monkeypatch.setattr(overviews, "MOST_LEFT_OUT", 2 * 16 - 1)
    people = read(client, campaign)["parts"][2]["html"]
    assert "pg.leave_one_out(campaign)" in people and "What one annotator changes" not in people
    monkeypatch.setattr(overviews, "MOST_LEFT_OUT", 2 * 16)
    found = overviews.overview(campaign, draws=10, engine=client.studio.engine)
    assert len(found.influence) == 2 and found.lacks == {}


def test_a_withdrawal_names_the_models_first_and_frees_the_items(client, campaign):
    prefs = Preferences.load(campaign)
    run = Run.create("reward", RewardModeling(), "pocket", {"train": prefs.pairs()})
    path = f"/api/campaigns/{campaign}/withdrawal"
    told = client.get(path, params={"annotator": "simulated:adversarial"}).json()
    assert told["votes"] == 8 and [(one["run"], one["how"]) for one in told["models"]] == [(run.id, "train")]
    assert progress(campaign, engine=client.studio.engine).votes == 16
    assert client.post(path, json={"annotator": "simulated:adversarial"}).json()["votes"] == 8
    assert progress(campaign, engine=client.studio.engine).votes == 8
    assert client.post(path, json={"annotator": "nobody"}).status_code == 404


def test_the_ceiling_stands_beside_the_accuracy_of_a_reward_model(client, campaign, home):
    pairs = Preferences.load(campaign).pairs()
    run = Run.create("reward", RewardModeling(), "pocket", {"train": pairs, "validation": pairs[:2]})
    told = client.get(f"/api/runs/{run.id}/ceiling").json()
    # Two who always contradict each other: nobody can do better than a coin.
    assert told["line"].startswith("Noise ceiling 50 %") and told["ceiling"]["value"] == 0.5
    events.EventLog(run.folder).metrics(1, {"eval_accuracy": 0.75})
    assert (
        client.get(f"/api/runs/{run.id}/ceiling").json()["line"].startswith("Held-out accuracy 75 %. Noise")
    )
    assert told["ended"] is False
    events.write_status(run.folder, events.Status(state="completed"))
    assert client.get(f"/api/runs/{run.id}/ceiling").json()["ended"] is True
    other = Run.create("reward", RewardModeling(), "pocket", {"train": [{"prompt": "a"}]})
    assert client.get(f"/api/runs/{other.id}/ceiling").json() == {"line": ""}


def test_a_ceiling_is_reckoned_once_for_all_who_look_and_anew_when_votes_have_come(
    client, campaign, home, monkeypatch
):
    reckoned = []
    monkeypatch.setattr(
        owner, "noise_ceiling", lambda said: reckoned.append(len(said)) or noise_ceiling(said)
    )
    runs = [Run.create("reward", RewardModeling(), "pocket", {"train": Preferences.load(campaign).pairs()})
            for _ in range(2)]  # fmt: skip

    def ask():
        return [client.get(f"/api/runs/{run.id}/ceiling").json()["pairs"] for run in runs * 3]

    assert ask() == [8] * 6 and reckoned == [16]
    withdraw_votes("simulated:adversarial", campaign, engine=client.studio.engine)
    assert ask() == [8] * 6 and reckoned == [16]
    monkeypatch.setattr(owner.time, "monotonic", lambda clock=time.monotonic: clock() + 1000)
    assert [client.get(f"/api/runs/{run.id}/ceiling").json() for run in runs * 2] == [{"line": ""}] * 4
    assert reckoned == [16, 8]


def test_a_campaign_is_ordered_by_a_reward_model_of_the_chat_process(client, campaign):
    job = order.start(client.studio, campaign, ["reward-0001"], 0.25)
    assert job.finished.wait(20) and job.error is None and job.result == 8
    lines = list(order._order(client.studio, campaign, [], 25))
    assert "No reward model is chosen" in lines[-1]


@pytest.mark.parametrize("kind", takeaway.JUDGED)
def test_judgements_go_out_in_every_form(client, campaign, kind):
    def write(*given):
        return preferences._write(client.studio, *given)

    file, said = takeaway._make(preferences._to_take, write, campaign, kind)
    assert file["visible"] and "rows" in said
