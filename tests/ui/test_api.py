"""The REST contract: runs as their folders tell them, votes once and by their own annotator only."""

import json
import os
import uuid
from urllib.parse import quote

import pytest
from fastapi.testclient import TestClient

from playground.preference.campaign import create_campaign, progress, vote_log
from playground.records import Completion
from playground.run import events
from playground.run.supervisor import Supervisor


def problem(response, status, *words):
    assert response.status_code == status, response.text
    assert response.headers["content-type"] == "application/problem+json"
    assert response.json()["status"] == status
    for word in words:
        assert word in response.json()["detail"]
    return response.json()


def key():
    return str(uuid.uuid4())


@pytest.fixture
def campaign(client, drafts):
    return create_campaign("Four questions", drafts, engine=client.studio.engine)


def test_health(client):
    body = client.get("/api/health").json()
    assert body["status"] == "ok" and body["version"]


def test_openapi_tells_the_contract(client):
    paths = client.get("/api/openapi.json").json()["paths"]
    assert {
        "/api/health",
        "/api/runs",
        "/api/runs/{run_id}",
        "/api/runs/{run_id}/metrics",
        "/api/runs/{run_id}/code",
        "/api/runs/{run_id}/stop",
        "/api/runs/{run_id}/resume",
        "/api/campaigns/{campaign}/next",
        "/api/votes",
    } <= set(paths)


def test_a_run_is_told_as_its_folder_says(client, make_run):
    first = make_run()
    second = make_run("running", model=first.id, pid=os.getpid(), message="Training")
    runs = client.get("/api/runs").json()["runs"]
    assert {run["id"] for run in runs} == {first.id, second.id}
    one = client.get(f"/api/runs/{second.id}").json()
    assert one["state"] == "running" and one["note"] == "Training" and one["message"] == ""
    assert one["seconds_left"] == 10.0 and (one["step"], one["total"]) == (20, 40)
    assert one["settings"]["tuning"]["kind"] == "lora" and one["model"] == first.id
    assert one["data"]["train"]["rows"] == 4


def test_the_queue_is_told_and_moved(client, make_run):
    runs = [make_run("queued", enqueued=float(turn)) for turn in (3, 1, 2)]
    prepared = make_run("queued")
    ids = [runs[1].id, runs[2].id, runs[0].id]
    assert client.get("/api/runs").json()["queue"] == ids
    studio = client.studio
    studio.supervisor.move = Supervisor("no:where").move
    try:
        moved = client.post(f"/api/runs/{runs[0].id}/move", json={"places": -1})
        assert moved.json()["queue"] == [ids[0], ids[2], ids[1]]
        problem(client.post(f"/api/runs/{prepared.id}/move", json={"places": 1}), 409, "is not waiting")
    finally:
        del studio.supervisor.move
    client.post(f"/api/runs/{ids[0]}/stop")
    assert client.get("/api/runs").json()["queue"] == [ids[2], ids[1]]


def test_a_run_is_deleted_when_nothing_needs_it(client, make_run):
    parent = make_run()
    child = make_run(model=parent.id)
    problem(client.delete(f"/api/runs/{parent.id}"), 409, f"{child.id} came from {parent.id}")
    assert client.delete(f"/api/runs/{child.id}").json()["freed_bytes"] > 0
    assert client.delete(f"/api/runs/{parent.id}").json()["id"] == parent.id
    problem(client.get(f"/api/runs/{parent.id}"), 404)
    assert client.get("/api/runs").json()["runs"] == []


def test_what_a_person_should_know_of_a_run_stays_with_it(client, make_run):
    run = make_run(remarks=("Checkpoint 40 is damaged (it has no manifest); went on from 20.",))
    told = client.get(f"/api/runs/{run.id}").json()
    assert told["remarks"] == ["Checkpoint 40 is damaged (it has no manifest); went on from 20."]
    assert client.get(f"/api/runs/{make_run().id}").json()["remarks"] == []


def test_metrics_come_aligned_and_since_a_step(client, make_run):
    run = make_run()
    whole = client.get(f"/api/runs/{run.id}/metrics").json()
    assert whole["steps"] == list(range(1, 21))
    assert whole["values"]["loss"][:2] == [3.0, 1.5]
    assert whole["values"]["eval_loss"] == [None] * 19 + [0.5]
    later = client.get(f"/api/runs/{run.id}/metrics", params={"since": 19}).json()
    assert later["steps"] == [19, 20] and later["state"] == "completed"
    assert client.get(f"/api/runs/{run.id}/samples").json()["samples"][0]["text"] == "Hello."


def test_a_run_is_told_as_code(client, make_run):
    run = make_run()
    answer = client.get(f"/api/runs/{run.id}/code")
    assert answer.headers["content-type"].startswith("text/plain")
    assert "SFTTrainer" in answer.text and str(run.folder) in answer.text
    assert "%pip" in client.get(f"/api/runs/{run.id}/code", params={"notebook": True}).text
    orphan = make_run(model="sft-0099")
    problem(client.get(f"/api/runs/{orphan.id}/code"), 404, "sft-0099")


def test_held_out_figures_are_told_once_measured(client, make_run):
    run = make_run()
    told = client.get(f"/api/runs/{run.id}/held-out").json()
    while "line" in told:
        told = client.get(f"/api/runs/{run.id}/held-out").json()
    assert [set(one) for one in told["figures"]] == [{"number", "label", "fell"}] * 3
    young = make_run("running", pid=os.getpid())
    problem(client.get(f"/api/runs/{young.id}/held-out"), 409, f"{young.id} is running")


def test_one_run_tells_its_lineage_its_cost_and_its_notes(client, make_run):
    first = make_run()
    second = make_run(model=first.id)
    answer = client.post(f"/api/runs/{second.id}/notes", json={"note": "Try again", "tags": ["best", "best"]})
    assert answer.json() == {"note": "Try again", "tags": ["best"]}
    client.post(f"/api/runs/{second.id}/notes", json={"tags": []})
    one = client.get(f"/api/runs/{second.id}").json()
    assert one["lineage"] == ["pocket", first.id, second.id]
    assert one["notes"] == {"note": "Try again", "tags": []}
    assert one["estimate"] is None and one["measured"] is None
    problem(client.post(f"/api/runs/{second.id}/notes", json={"tags": ["x" * 33]}), 422, "32 characters")


def test_stop_asks_the_worker_and_refuses_what_has_ended(client, make_run):
    run = make_run("running", pid=os.getpid())
    client.post(f"/api/runs/{run.id}/stop")
    assert (run.folder / "stop").exists()
    done = make_run()
    problem(client.post(f"/api/runs/{done.id}/stop"), 409, done.id, "completed")


def test_resume_puts_a_stopped_run_back_into_the_queue(client, make_run):
    run = make_run("stopped")
    assert client.post(f"/api/runs/{run.id}/resume").status_code == 200
    assert client.studio.supervisor.started == [run.folder]
    assert events.read_status(run.folder).state == "queued"


@pytest.mark.parametrize("name", ["sft-9999", "..%2f..%2fetc", "%2e%2e", "sft-0001%00"])
def test_a_run_that_does_not_exist_is_a_problem(client, name):
    response = client.get(f"/api/runs/{name}")
    assert response.status_code == 404
    assert "/etc" not in response.text.replace("..%2f..%2fetc", "")


@pytest.mark.parametrize(("method", "path"), [
    ("GET", "/api/nope"), ("GET", "/api/"), ("POST", "/api/runs/sft-0001/nope"), ("GET", "/api/runs/"),
])  # fmt: skip
def test_an_unknown_path_is_a_problem(client, method, path):
    problem(client.request(method, path), 404, path)


@pytest.mark.parametrize(("method", "path", "allowed"), [
    ("DELETE", "/api/runs", "GET"), ("GET", "/api/votes", "POST"), ("PUT", "/api/runs/sft-0001/stop", "POST"),
])  # fmt: skip
def test_a_wrong_method_is_a_problem(client, method, path, allowed):
    response = client.request(method, path)
    problem(response, 405, method, allowed)
    assert response.headers["allow"] == allowed


def test_bad_input_is_a_problem(client, make_run):
    problem(client.get(f"/api/runs/{make_run().id}/metrics", params={"since": "soon"}), 422, "since")
    vote = {"assignment": "x", "key": key()}
    problem(client.post("/api/votes", json=vote), 422, "either choice or ranking")
    problem(client.post("/api/votes", json=vote | {"choice": "third"}), 422, "choice")
    problem(client.post("/api/votes", json=vote | {"choice": "tie"}), 404)


@pytest.mark.parametrize("odd", ["\0", "a\0b", "\ud800", "\U0001f600", "campaign-\x1b"])
def test_a_name_that_no_database_can_be_asked_for_is_unknown(client, campaign, odd):
    """Sent as JSON escapes and as percent-encoded paths, as anybody can."""
    vote = {"assignment": odd, "key": key(), "choice": "tie"}
    sent = {"content": json.dumps(vote), "headers": {"content-type": "application/json"}}
    problem(client.post("/api/votes", **sent), 404, "no such assignment")
    sent["content"] = json.dumps({"besides": [odd]})
    assert client.post(f"/api/campaigns/{campaign}/next", **sent).status_code == 200
    sent["content"] = json.dumps({"vote": odd, "key": key(), "choice": "first"})
    assert client.post(f"/api/campaigns/{campaign}/decisions", **sent).status_code in (404, 422)
    path = quote(odd, errors="surrogatepass")
    for method, route in (
        ("POST", "next"),
        ("GET", ""),
        ("GET", "overview"),
        ("GET", "withdrawal?annotator=a"),
    ):
        answer = client.request(method, f"/api/campaigns/{path}/{route}".rstrip("/"))
        problem(answer, 404, "no campaign")
    assert client.get(f"/annotate/{path}").status_code == 404


def test_judging_to_the_end(client, campaign):
    seen = []
    for left in (4, 3, 2, 1):
        pair = client.post(f"/api/campaigns/{campaign}/next").json()
        assert pair["remaining"] == left and pair["done"] == 4 - left
        assert set(pair) == {
            "assignment", "annotator", "task", "prompt", "completions", "question", "criterion", "guidelines",
            "scale", "strength", "remaining", "done",
        }  # fmt: skip
        seen.append(pair["prompt"])
        vote = {"assignment": pair["assignment"], "key": key(), "choice": "first"}
        answer = client.post("/api/votes", json=vote).json()
        assert answer["status"] == "stored" and answer["receipt"]
    assert len(set(seen)) == 4
    assert client.post(f"/api/campaigns/{campaign}/next").status_code == 204


def test_no_route_of_a_campaign_tells_whose_answers_they_are(client):
    """Not its name either: an owner may well call it after the models."""
    names = ("sft-0001", "dpo-0002")
    drafts = [Completion(f"Q{n}?", f"A{n}{name[0]}", name) for n in range(3) for name in names]
    made = create_campaign("sft-0001 against dpo-0002", drafts, engine=client.studio.engine)
    (one,) = client.get("/api/campaigns").json()["campaigns"]
    assert one["id"] == made and one["task"] == "pairwise"
    path = f"/api/campaigns/{made}"
    pair = client.post(f"{path}/next").json()
    vote = {"assignment": pair["assignment"], "key": key(), "choice": "first"}
    answers = [
        client.get("/api/campaigns"), client.get(path), client.post(f"{path}/next"),
        client.post("/api/votes", json=vote | {"scores": [1, 2]}), client.post("/api/votes", json=vote),
        client.post("/api/votes", json=vote | {"key": key()}),
        client.post(f"{path}/undo", json={"key": key()}), client.get(f"/annotate/{made}"),
    ]  # fmt: skip
    assert [answer.status_code for answer in answers] == [200, 200, 200, 422, 200, 409, 200, 200]
    for answer in answers:
        assert not [name for name in names if name in answer.text], answer.url


def test_a_vote_carries_what_goes_with_it(client, drafts):
    made = create_campaign("rated", drafts, task="rating", scale=3, engine=client.studio.engine)
    pair = client.post(f"/api/campaigns/{made}/next").json()
    assert (pair["question"], pair["scale"]) == ("How good is each answer?", 3)
    vote = {"assignment": pair["assignment"], "key": key(), "scores": [3, 1], "note": "n", "rewrite": "r"}
    problem(client.post("/api/votes", json=vote | {"scores": [4, 1]}), 422, "from 1 to 3")
    problem(client.post("/api/votes", json=vote | {"choice": "skip"}), 422, "give either")
    assert client.post("/api/votes", json=vote).json()["status"] == "stored"
    (row,) = vote_log(made, client.studio.engine)
    assert (sorted(row["scores"]), row["note"], row["rewrite"]) == ([1, 3], "n", "r")


def test_a_vote_repeated_is_stored_once(client, campaign):
    pair = client.post(f"/api/campaigns/{campaign}/next").json()
    vote = {"assignment": pair["assignment"], "key": key(), "choice": "second"}
    first, again = (client.post("/api/votes", json=vote).json() for _ in range(2))
    assert again == {"receipt": first["receipt"], "status": "already stored"}
    assert progress(campaign, engine=client.studio.engine).votes == 1


def test_what_is_fetched_ahead_differs_from_what_is_held(client, campaign):
    held = client.post(f"/api/campaigns/{campaign}/next").json()
    again = client.post(f"/api/campaigns/{campaign}/next").json()
    ahead = client.post(f"/api/campaigns/{campaign}/next", json={"besides": [held["assignment"]]}).json()
    assert again["assignment"] == held["assignment"] and again["completions"] == held["completions"]
    assert ahead["prompt"] != held["prompt"]


def test_undo_brings_the_pair_back(client, campaign):
    pair = client.post(f"/api/campaigns/{campaign}/next").json()
    client.post("/api/votes", json={"assignment": pair["assignment"], "key": key(), "choice": "tie"})
    assert client.post(f"/api/campaigns/{campaign}/undo", json={"key": key()}).status_code == 200
    assert client.post(f"/api/campaigns/{campaign}/next").json()["assignment"] == pair["assignment"]


def test_another_browser_cannot_vote_on_my_pair(client, campaign):
    pair = client.post(f"/api/campaigns/{campaign}/next").json()
    other = TestClient(client.app, base_url="http://localhost")
    vote = {"assignment": pair["assignment"], "key": key(), "choice": "first"}
    problem(other.post("/api/votes", json=vote), 403)
    assert progress(campaign, engine=client.studio.engine).votes == 0


def test_no_answer_names_a_model(client, campaign):
    pair = client.post(f"/api/campaigns/{campaign}/next")
    assert "sft-0001" not in pair.text
