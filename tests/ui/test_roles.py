"""The role matrix: every route of the app, Gradio's too, times every role, times own and foreign objects."""

import json
import uuid
from types import SimpleNamespace

import gradio as gr
import pytest
from fastapi.testclient import TestClient
from gradio.context import LocalContext
from starlette.responses import PlainTextResponse
from starlette.routing import Mount
from starlette.websockets import WebSocketDisconnect

from playground import settings
from playground.preference import access
from playground.preference.assign import next_assignment
from playground.preference.campaign import create_campaign, progress
from playground.store import accounts, audit, sessions
from playground.ui.gate import COOKIE, Gate, Person
from playground.ui.guard import Guard
from playground.ui.ledger import Ledger
from playground.ui.watch import may_look, name_of

pytestmark = pytest.mark.usefixtures("quick_passwords")
ROLES = ("nobody", "annotator", "viewer", "owner")
PASSWORD = "correct horse battery"

# Who passes the gate: the letters of nobody, annotator, viewer, owner. A route without a row fails the test.
ROWS = {
    "navo": """
        GET /playground/{path:path} | GET /favicon.ico | GET /robots.txt | GET /sign-in | POST /sign-in
        GET /login/huggingface | GET /login/callback | GET /join/{token} | POST /join/{token}
        GET /api/health | GET /api/me | GET /api/openapi.json""",
    "avo": """
        POST /sign-out | GET /account | POST /account/password | GET /campaigns | GET /api/campaigns""",
    "nao": """
        GET /annotate/{campaign} | POST /api/votes
        POST /api/campaigns/{campaign}/next | POST /api/campaigns/{campaign}/undo""",
    "vo": """
        GET /race/{race_id} | GET /api/races/{race_id} | GET /api/transfers/{transfer_id}/memorized
        GET /api/campaigns/{campaign} | GET /api/campaigns/{campaign}/overview
        GET /api/runs/{run_id}/ceiling
        GET /api/runs | GET /api/runs/{run_id} | GET /api/runs/{run_id}/metrics
        GET /api/runs/{run_id}/samples
        GET /api/runs/{run_id}/held-out | GET /api/runs/{run_id}/code
        GET / | GET /config | GET /theme.css | GET /manifest.json | GET /pwa_icon | GET /pwa_icon/{size}
        GET /assets/{path:path} | GET /static/{path:path} | GET /svelte/{path:path}
        GET /gradio_api/app_id | GET /gradio_api/info | GET /gradio_api/startup-events
        GET /gradio_api/theme.css
        GET /gradio_api/heartbeat/{session_hash} | GET /gradio_api/queue/data
        GET /gradio_api/file={path_or_url:path} | POST /gradio_api/queue/join
        POST /gradio_api/run/{api_name}
        POST /gradio_api/reset""",
    "o": """
        POST /api/campaigns/{campaign}/decisions
        GET /api/campaigns/{campaign}/withdrawal | POST /api/campaigns/{campaign}/withdrawal
        GET /people | POST /people/invite | POST /people/role | POST /people/door | POST /people/dismiss
        POST /people/withdraw | POST /people/owner
        POST /api/runs/{run_id}/stop | POST /api/runs/{run_id}/resume | POST /api/runs/{run_id}/move
        POST /api/runs/{run_id}/notes | DELETE /api/runs/{run_id}
        GET /api/{path:path} | POST /api/{path:path} | PUT /api/{path:path} | PATCH /api/{path:path}
        DELETE /api/{path:path}
        POST /login | POST /login/ | GET /logout | GET /openapi.json | GET /config/
        GET /monitoring | GET /monitoring/summary | GET /monitoring/{key}
        GET /gradio_api/deep_link | GET /gradio_api/user | GET /gradio_api/user/ | GET /gradio_api/login_check
        GET /gradio_api/login_check/ | GET /gradio_api/token | GET /gradio_api/token/
        GET /gradio_api/app_id/
        GET /gradio_api/dev/reload | GET /gradio_api/runs | GET /gradio_api/runs/ | GET /gradio_api/info/
        GET /gradio_api/openapi.json | GET /gradio_api/proxy={url_path:path}
        GET /gradio_api/file/{path:path}
        GET /gradio_api/custom_component/{id}/{environment}/{type}/{file_name}
        POST /gradio_api/stream/{event_id} | POST /gradio_api/stream/{event_id}/close
        GET /gradio_api/stream/{session_hash}/{run}/{component_id}/playlist.m3u8
        GET /gradio_api/stream/{session_hash}/{run}/{component_id}/{segment_id}.{ext}
        GET /gradio_api/stream/{session_hash}/{run}/{component_id}/playlist-file
        POST /gradio_api/reset/ | POST /gradio_api/api/{api_name} | POST /gradio_api/api/{api_name}/
        POST /gradio_api/run/{api_name}/ | POST /gradio_api/call/{api_name}
        POST /gradio_api/call/{api_name}/
        POST /gradio_api/call/v2/{api_name} | POST /gradio_api/call/v2/{api_name}/
        GET /gradio_api/call/{api_name}/{event_id} | GET /gradio_api/call/v2/{api_name}/{event_id}
        POST /gradio_api/cancel | POST /gradio_api/component_server | POST /gradio_api/component_server/
        GET /gradio_api/queue/status | GET /gradio_api/upload_progress | POST /gradio_api/upload
        POST /gradio_api/process_recording | POST /gradio_api/vibe-edit | POST /gradio_api/vibe-edit/
        POST /gradio_api/undo-vibe-edit | POST /gradio_api/undo-vibe-edit/ | GET /gradio_api/vibe-code
        GET /gradio_api/vibe-code/ | POST /gradio_api/vibe-code | POST /gradio_api/vibe-code/
        POST /gradio_api/vibe-starter-queries | POST /gradio_api/vibe-starter-queries/""",
}
PASSES = {
    route.strip(): letters
    for letters, routes in ROWS.items()
    for line in routes.splitlines()
    for route in line.split("|")
    if route.strip()
}

# The handlers of Gradio's page that a viewer may call. All others refuse whoever is no owner.
LOOKING = {
    "ui.asking.build.<locals>.judges",
    "ui.byhand.build.<locals>.<lambda>",
    "ui.elsewhere._code",
    "ui.elsewhere._job",
    "ui.fetch._splits",
    "ui.finder.Panel.wire.<locals>.<lambda>",
    "ui.grow._buttons",
    "ui.grow._listed",
    "ui.grow.build.<locals>.<lambda>",
    "ui.intake._preview",
    "ui.learned.build.<locals>.<lambda>",
    "ui.learned.build.<locals>.show",
    "ui.mend.refresh",
    "ui.moving._wire.<locals>.<lambda>",
    "ui.numbers._nothing",
    "ui.overlay._apart",
    "ui.overlay._plot",
    "ui.owner._element",
    "ui.page._open",
    "ui.plan.build.<locals>.<lambda>",
    "ui.questioning.build.<locals>.<lambda>",
    "ui.questioning.show",
    "ui.repairs.build.<locals>.<lambda>",
    "ui.rewarding.build.<locals>.<lambda>",
    "ui.rewarding.verb",
    "ui.rewritten.build.<locals>.<lambda>",
    "ui.room.joined.<locals>.refresh",
    "ui.scratch._cost",
    "ui.scratch.build.<locals>.<lambda>",
    "ui.sweeping._choices",
    "ui.sweeping._plan",
    "ui.sweeping.build.<locals>.<lambda>",
    "ui.tabs.adapters.build.<locals>.refresh",
    "ui.tabs.compare.build.<locals>.refresh",
    "ui.tabs.datasets._open",
    "ui.tabs.datasets.build.<locals>.<lambda>",
    "ui.tabs.datasets.build.<locals>.first_tokens",
    "ui.tabs.datasets.build.<locals>.prepare",
    "ui.tabs.datasets.build.<locals>.refresh",
    "ui.tabs.preferences.build.<locals>.<lambda>",
    "ui.tabs.preferences.build.<locals>.refresh",
    "ui.tabs.race._board",
    "ui.tabs.race._cost",
    "ui.tabs.race._tunings.<locals>.<lambda>",
    "ui.tabs.rlhf.build.<locals>.refresh",
    "ui.tabs.runs._beside",
    "ui.tabs.runs._one",
    "ui.tabs.runs._size",
    "ui.tabs.runs.build.<locals>.refresh",
    "ui.tabs.tuning._verb_update",
    "ui.tabs.tuning._wire.<locals>.<lambda>",
    "ui.tabs.tuning.build.<locals>.<lambda>",
    "ui.takeaway.build.<locals>.<lambda>",
    "ui.trials.show",
    "ui.versions.build.<locals>.<lambda>",
    "ui.workbench.build.<locals>.<lambda>",
}


def enumerated(routes, prefix=""):
    """METHOD and path of every route, of routers included and apps mounted too."""
    for route in routes:
        if isinstance(route, Mount) and hasattr(route.app, "router"):
            yield from enumerated(route.app.routes, prefix + route.path)
        elif isinstance(route, Mount):
            yield f"GET {prefix}{route.path}/{{path:path}}"
        elif hasattr(route, "original_router"):
            yield from enumerated(route.original_router.routes, prefix)
        else:
            yield from (f"{method} {prefix}{route.path}" for method in route.methods - {"HEAD", "OPTIONS"})


def blocks(app):
    """Gradio's side of the app."""
    return next(
        route.app for route in app.routes if isinstance(route, Mount) and route.path == ""
    ).get_blocks()


@pytest.fixture
def cast(client, drafts):
    """A browser for each role, and campaigns: the annotator is invited to `mine`, another to `foreign`."""
    engine = client.studio.engine
    made = {
        name: create_campaign("sft-0001, pairs", drafts, engine=engine)
        for name in ("mine", "foreign", "open")
    }
    people = {
        role: accounts.create_account(role.title(), PASSWORD, role, engine=engine) for role in ROLES[1:]
    }
    other = accounts.create_account("Other", PASSWORD, "annotator", engine=engine)
    access.accept(access.invite(made["mine"], engine=engine).token, people["annotator"], engine=engine)
    access.accept(access.invite(made["foreign"], engine=engine).token, other, engine=engine)
    access.set_open(made["open"], True, by="Owner", engine=engine)
    browsers = {}
    for role in ROLES:
        browsers[role] = TestClient(client.app, base_url="http://localhost", follow_redirects=False)
        if role != "nobody":
            browsers[role].cookies.set(COOKIE, sessions.start(people[role], engine=engine))
    return SimpleNamespace(
        **browsers, browsers=browsers, campaigns=made | {"none": "campaign-0"}, engine=engine
    )


def test_every_route_has_a_row(app):
    assert set(enumerated(app.routes)) == set(PASSES)


@pytest.mark.parametrize("role", ROLES)
def test_the_gate_lets_pass_whom_the_row_names(cast, role):
    async def reached(scope, receive, send):
        await PlainTextResponse("reached")(scope, receive, send)

    studio = cast.owner.app.state.studio
    door = Guard(Gate(reached, studio, Ledger(studio), loopback=True), loopback=True)
    browser = TestClient(door, base_url="http://localhost", follow_redirects=False)
    browser.cookies.update(cast.browsers[role].cookies)
    for route, letters in PASSES.items():
        method, path = route.split(" ")
        path = path.replace(":path}", "}").replace("{", "").replace("}", "")
        answer = browser.request(method, path)
        if role[0] in letters:
            assert answer.text == "reached", (route, answer.status_code)
        else:
            assert answer.status_code == (401 if role == "nobody" else 403), route
            assert answer.headers["content-type"] == "application/problem+json"


@pytest.mark.parametrize(
    "path", ["/", "/api/../", "//", "/api//runs", "/API/runs", "/playground", "/new", "/api/runs/"]
)
def test_what_no_row_names_is_the_owners(cast, path):
    for role in ("nobody", "annotator"):
        assert cast.browsers[role].get(path).status_code in (401, 403), path


# Status by campaign: mine, foreign, open, none; for nobody, annotator, viewer, owner.
CAMPAIGNS = {
    "GET /annotate/{}": ((303, 303, 200, 303), (200, 403, 200, 403), (403,) * 4, (200, 200, 200, 404)),
    "POST /api/campaigns/{}/next": (
        (401, 401, 200, 401),
        (200, 403, 200, 403),
        (403,) * 4,
        (200, 200, 200, 404),
    ),
    "POST /api/campaigns/{}/undo": (
        (401, 401, 409, 401),
        (409, 403, 409, 403),
        (403,) * 4,
        (409, 409, 409, 404),
    ),
    "GET /api/campaigns/{}": ((401,) * 4, (403,) * 4, (200, 200, 200, 404), (200, 200, 200, 404)),
}


@pytest.mark.parametrize("route", CAMPAIGNS)
def test_own_and_foreign_campaigns(cast, route):
    method, template = route.split(" ")
    for role, expected in zip(ROLES, CAMPAIGNS[route], strict=True):
        for name, status in zip(("mine", "foreign", "open", "none"), expected, strict=True):
            headers = {"accept": "text/html"} if "annotate" in route else {}
            body = {"key": str(uuid.uuid4())} if "undo" in route else None
            path = template.format(cast.campaigns[name])
            answer = cast.browsers[role].request(method, path, headers=headers, json=body)
            assert answer.status_code == status, (role, name, answer.text)
            assert role not in ("nobody", "annotator") or "sft-0001" not in answer.text


def vote(browser, assignment, **more):
    return browser.post(
        "/api/votes", json={"assignment": assignment, "key": str(uuid.uuid4()), "choice": "tie"} | more
    )


# Whose assignment in which campaign, and what becomes of a vote on it.
ASSIGNMENTS = [
    ("annotator", "mine", {"nobody": 401, "annotator": 200, "viewer": 403, "owner": 403}),
    ("other", "foreign", {"nobody": 401, "annotator": 403, "viewer": 403, "owner": 403}),
    ("other", "open", {"nobody": 403, "annotator": 403, "viewer": 403, "owner": 403}),
    ("owner", "foreign", {"nobody": 401, "annotator": 403, "viewer": 403, "owner": 200}),
]


@pytest.mark.parametrize(("whose", "where", "expected"), ASSIGNMENTS, ids=lambda value: str(value)[:9])
def test_own_and_foreign_assignments(cast, whose, where, expected):
    lent = next_assignment(cast.campaigns[where], whose.title(), engine=cast.engine)
    for role, status in sorted(expected.items(), key=lambda one: one[1] == 200):
        assert vote(cast.browsers[role], lent.id).status_code == status, role
    for role in ROLES:
        assert vote(cast.browsers[role], "f" * 32).status_code == (403 if role == "viewer" else 404)
    stored = progress(cast.campaigns[where], engine=cast.engine).annotators
    assert stored == {whose.title(): 1} if 200 in expected.values() else stored == {}


def test_an_annotator_is_told_of_their_campaigns_and_no_name(cast):
    told = cast.annotator.get("/api/campaigns").json()["campaigns"]
    assert {one["id"] for one in told} == {cast.campaigns["mine"], cast.campaigns["open"]}
    page = cast.annotator.get("/campaigns").text
    assert "sft-0001" not in page + json.dumps(told) and cast.campaigns["foreign"] not in page
    assert len(cast.viewer.get("/api/campaigns").json()["campaigns"]) == 3


def test_whoever_is_dismissed_or_revoked_votes_no_more(cast):
    lent = [next_assignment(cast.campaigns["mine"], "Annotator", engine=cast.engine).id]
    access.dismiss(cast.campaigns["mine"], "Annotator", by="Owner", engine=cast.engine)
    assert vote(cast.annotator, lent[0]).status_code == 403
    accounts.revoke_account("Annotator", by="Owner", engine=cast.engine)
    assert vote(cast.annotator, lent[0]).status_code == 401
    assert cast.annotator.get("/campaigns", headers={"accept": "text/html"}).status_code == 303


def test_a_viewer_sees_runs_and_moves_none(cast, make_run):
    run = make_run("running", pid=1)
    for path in ("", "/metrics", "/samples"):
        assert cast.viewer.get(f"/api/runs/{run.id}{path}").status_code == 200
    for method, path in (("POST", "/stop"), ("POST", "/resume"), ("DELETE", "")):
        assert cast.viewer.request(method, f"/api/runs/{run.id}{path}").status_code == 403
    assert not (run.folder / "stop").exists()
    assert cast.owner.post(f"/api/runs/{run.id}/stop").status_code == 200


# Gradio's own events


def test_a_viewer_may_call_what_shows_and_nothing_that_does(app):
    events = [event for event in blocks(app).fns.values() if event.fn is not None]
    shown = {name_of(event.fn).removeprefix("playground.") for event in events if may_look(event)}
    assert shown == LOOKING


def test_every_other_event_refuses_whoever_is_no_owner(cast, app):
    for event in blocks(app).fns.values():
        if event.fn is None or may_look(event):
            continue
        for request in (None, *map(sent_by, ("Viewer", "Annotator"))):
            LocalContext.request.set(request)
            with pytest.raises(gr.Error, match="may look at everything here and start nothing"):
                list(event.fn(*[None] * len(event.inputs)) or [])
    LocalContext.request.set(None)
    refused = {one.subject for one in audit.entries(cast.engine) if one.actor == "Viewer"}
    assert "event playground.ui.byhand._note" in refused


def sent_by(name):
    """A request as Gradio hands it to a handler."""
    state = SimpleNamespace(person=Person(name.lower(), name))
    return SimpleNamespace(request=SimpleNamespace(state=state, scope={"client": (name, 1)}))


def index_of(app, name):
    events = blocks(app).fns.items()
    return next(key for key, event in events if event.fn and name_of(event.fn).endswith(name))


def test_an_event_called_by_its_number_refuses_a_viewer(cast, app, make_run):
    run = make_run()
    body = {"fn_index": index_of(app, "tabs.runs._delete"), "data": [run.id], "session_hash": "s"}
    for role, status in (("nobody", 401), ("annotator", 403), ("viewer", 500)):
        assert cast.browsers[role].post("/gradio_api/run/predict", json=body).status_code == status
        assert run.folder.is_dir()
    assert cast.owner.post("/gradio_api/run/predict", json=body).status_code == 200
    assert not run.folder.exists()


def streamed(client, cookies, index, data):
    """What a queued event answers, to its end. One client for all: Gradio's queue lives in its event loop."""
    client.cookies.clear()
    client.cookies.update(cookies)
    session = uuid.uuid4().hex
    body = {"fn_index": index, "data": data, "session_hash": session, "trigger_id": None, "event_data": None}
    joined = client.post("/gradio_api/queue/join", json=body)
    if joined.status_code != 200:
        return joined.status_code, ""
    return 200, client.get(f"/gradio_api/queue/data?session_hash={session}").text


def test_a_queued_event_refuses_a_viewer_and_serves_an_owner(cast, client, app):
    index = index_of(app, "preferences.build.<locals>.judge")
    data = [cast.campaigns["mine"], "courteous"]
    assert (
        streamed(client, cast.nobody.cookies, index, data)[0] == 401
        and streamed(client, cast.annotator.cookies, index, data)[0] == 403
    )
    status, told = streamed(client, cast.viewer.cookies, index, data)
    assert status == 200 and "role viewer may look" in told
    assert progress(cast.campaigns["mine"], engine=cast.engine).votes == 0
    assert "4 of 4" in streamed(client, cast.owner.cookies, index, data)[1]
    assert progress(cast.campaigns["mine"], engine=cast.engine).votes == 4


def test_an_owner_and_a_viewer_get_the_page(cast):
    for browser in (cast.owner, cast.viewer):
        page = browser.get("/", headers={"accept": "text/html"})
        assert page.status_code == 200 and "gradio" in page.text
        assert browser.get("/config").status_code == 200
    moved = cast.annotator.get("/", headers={"accept": "text/html"})
    assert (moved.status_code, moved.headers["location"]) == (303, "campaigns")
    moved = cast.nobody.get("/?a", headers={"accept": "text/html"})
    assert (moved.status_code, moved.headers["location"]) == (303, "sign-in?next=/")


# When sign-in is required at all


@pytest.mark.parametrize(("loopback", "host", "owner", "wanted", "status"), [
    (True, "localhost", False, "auto", 200),
    (True, "127.0.0.1:7860", False, "auto", 200),
    (True, "localhost", True, "auto", 401),
    (False, "localhost", False, "auto", 401),
    (True, "playground.example", False, "auto", 401),
    (True, "localhost", False, "on", 401),
    (False, "playground.example", True, "off", 200),
])  # fmt: skip
def test_sign_in_is_required_elsewhere_and_once_there_is_an_owner(
    client, monkeypatch, loopback, host, owner, wanted, status
):
    async def reached(scope, receive, send):
        await PlainTextResponse(scope["state"]["person"].role)(scope, receive, send)

    monkeypatch.setenv("PLAYGROUND_SIGN_IN", wanted)
    settings.get.cache_clear()
    if owner:
        accounts.create_account("Anna", PASSWORD, "owner", engine=client.studio.engine)
    gate = Gate(reached, client.studio, Ledger(client.studio), loopback)
    answer = TestClient(Guard(gate), base_url=f"http://{host}").get("/api/runs")
    assert answer.status_code == status and (status == 401 or answer.text == "owner")


def test_behind_a_proxy_on_this_machine_people_sign_in(client):
    """It calls us localhost, whoever asks it."""

    async def reached(scope, receive, send):
        await PlainTextResponse("in")(scope, receive, send)

    door = Guard(Gate(reached, client.studio, Ledger(client.studio), loopback=True))
    browser = TestClient(door, base_url="http://localhost")
    assert browser.get("/api/runs").status_code == 200
    assert browser.get("/api/runs", headers={"X-Forwarded-For": "203.0.113.7"}).status_code == 401


def test_a_socket_is_closed(client):
    with pytest.raises(WebSocketDisconnect):
        with client.websocket_connect("/gradio_api/queue/join"):
            pass
