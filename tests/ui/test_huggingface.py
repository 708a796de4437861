"""Signing in with Hugging Face, against a small stand-in that checks what a provider checks."""

import base64
import hashlib
import socket
import threading
from types import SimpleNamespace
from urllib.parse import parse_qs, urlsplit

import pytest
import uvicorn
from fastapi import FastAPI, Form, Header, HTTPException
from fastapi.testclient import TestClient

from playground import settings
from playground.preference import access
from playground.preference.campaign import create_campaign
from playground.store import accounts, audit
from playground.ui import entry

CLIENT, SECRET = "client-of-the-space", "its-secret"
BACK = "http://localhost/login/callback"


def stand_in(people, endpoint):
    """The provider's routes; `people` are what it says of whoever comes with a code."""
    app, begun = FastAPI(), {}

    @app.get("/.well-known/openid-configuration")
    def configuration():
        names = {"authorization": "authorize", "token": "token", "userinfo": "userinfo"}
        return {f"{name}_endpoint": f"{endpoint()}/oauth/{path}" for name, path in names.items()}

    @app.post("/oauth/token")
    def token(
        grant_type: str = Form(),
        code: str = Form(),
        redirect_uri: str = Form(),
        code_verifier: str = Form(),
        authorization: str = Header(),
    ):
        basic = base64.b64encode(f"{CLIENT}:{SECRET}".encode()).decode()
        challenge = (
            base64.urlsafe_b64encode(hashlib.sha256(code_verifier.encode()).digest()).decode().rstrip("=")
        )
        asked = begun.pop(code, None)
        fits = asked == (redirect_uri, challenge) and authorization == f"Basic {basic}"
        if grant_type != "authorization_code" or not fits:
            raise HTTPException(400)
        return {"access_token": f"token-of-{code.split('.')[0]}", "token_type": "bearer"}

    @app.get("/oauth/userinfo")
    def userinfo(authorization: str = Header()):
        return people[authorization.removeprefix("Bearer token-of-")]

    app.state.begun = begun
    return app


@pytest.fixture(scope="module")
def provider():
    people = {
        "author": {"sub": "1", "preferred_username": "author"},
        "admin": {
            "sub": "2",
            "preferred_username": "admin",
            "orgs": [{"preferred_username": "lab", "roleInOrg": "admin"}],
        },
        "member": {
            "sub": "3",
            "preferred_username": "member",
            "orgs": [{"preferred_username": "lab", "roleInOrg": "write"}],
        },
        "guest": {"sub": "4", "preferred_username": "guest"},
        "ghost": {"sub": "", "preferred_username": "ghost"},
    }
    with socket.create_server(("127.0.0.1", 0)) as door:
        url = f"http://127.0.0.1:{door.getsockname()[1]}"
        app = stand_in(people, lambda: url)
        server = uvicorn.Server(uvicorn.Config(app, log_level="error"))
        thread = threading.Thread(target=server.run, kwargs={"sockets": [door]}, daemon=True)
        thread.start()
        yield SimpleNamespace(url=url, begun=app.state.begun)
        server.should_exit = True
        thread.join(10)


@pytest.fixture
def space(client, provider, monkeypatch):
    """The app as it runs on a Space of `author`."""
    for name, value in {
        "OPENID_PROVIDER_URL": provider.url,
        "OAUTH_CLIENT_ID": CLIENT,
        "OAUTH_CLIENT_SECRET": SECRET,
        "OAUTH_SCOPES": "openid profile",
        "SPACE_AUTHOR_NAME": "author",
        "PLAYGROUND_SIGN_IN": "on",
    }.items():
        monkeypatch.setenv(name, value)
    settings.get.cache_clear()
    return client


def browser(space):
    return TestClient(space.app, base_url="http://localhost", follow_redirects=False)


def begin(visitor, provider, who, wanted="/"):
    """To the provider, where `who` agrees: the path back."""
    away = visitor.get("/login/huggingface", params={"next": wanted})
    assert away.status_code == 303, away.text
    asked = {name: value for name, (value,) in parse_qs(urlsplit(away.headers["location"]).query).items()}
    assert asked["client_id"] == CLIENT and asked["code_challenge_method"] == "S256"
    assert asked["redirect_uri"] == BACK and asked["scope"] == "openid profile"
    code = f"{who}.{len(provider.begun)}"
    provider.begun[code] = (asked["redirect_uri"], asked["code_challenge"])
    return {"code": code, "state": asked["state"]}


def come(visitor, provider, who, wanted="/"):
    return visitor.get("/login/callback", params=begin(visitor, provider, who, wanted))


def test_the_author_of_the_space_owns_it(space, provider):
    visitor = browser(space)
    assert "Sign in with Hugging Face" in visitor.get("/sign-in").text
    assert entry.first_owner(loopback=False) is None
    answer = come(visitor, provider, "author")
    assert (answer.status_code, answer.headers["location"]) == (303, "../")
    assert visitor.get("/api/me").json() == {"name": "author@huggingface", "role": "owner", "account": True}
    again = browser(space)
    assert come(again, provider, "author", "/people").headers["location"] == "../people"
    assert len(accounts.list_accounts(space.studio.engine)) == 1
    assert "Present password" not in again.get("/account").text


def test_of_an_organisation_its_administrators_own_it(space, provider, monkeypatch):
    monkeypatch.setenv("SPACE_AUTHOR_NAME", "lab")
    admin, member = browser(space), browser(space)
    assert come(admin, provider, "admin").status_code == 303
    assert admin.get("/api/me").json()["role"] == "owner"
    assert come(member, provider, "member").status_code == 403
    assert member.get("/api/me").json()["role"] == "nobody"


def test_others_come_by_invitation(space, provider, drafts):
    engine = space.studio.engine
    guest = browser(space)
    answer = come(guest, provider, "guest")
    assert answer.status_code == 403 and "no access to this playground" in answer.text
    campaign = create_campaign("c", drafts, engine=engine)
    token = access.invite(campaign, engine=engine).token
    assert "Join with Hugging Face" in guest.get(f"/join/{token}").text
    assert come(guest, provider, "guest", f"/join/{token}").headers["location"] == "../campaigns"
    assert guest.get("/api/me").json() == {"name": "guest@huggingface", "role": "annotator", "account": True}
    assert guest.post(f"/api/campaigns/{campaign}/next").status_code == 200
    accounts.create_account("Anna", "correct horse battery", "owner", engine=engine)
    accounts.revoke_account("guest@huggingface", by="Anna", engine=engine)
    assert come(browser(space), provider, "guest").status_code == 403
    refused = [one.detail for one in audit.entries(engine) if one.action == "refused"]
    assert refused == ["You have no access to this playground. From testclient."] * 2


def test_what_was_begun_elsewhere_is_not_finished_here(space, provider):
    visitor, victim = browser(space), browser(space)
    back = begin(visitor, provider, "author")
    assert victim.get("/login/callback", params=back).status_code == 403
    begin(victim, provider, "guest")
    assert victim.get("/login/callback", params=back).status_code == 403
    assert victim.get("/api/me").json()["role"] == "nobody"
    forged = visitor.get("/login/callback", params=back | {"state": "é" * 43})
    assert forged.status_code == 403 and "Max-Age=0" in forged.headers["set-cookie"]
    assert accounts.list_accounts(space.studio.engine) == []


@pytest.mark.parametrize("who", ["ghost", "unknown"])
def test_a_provider_that_does_not_say_who_it_is(space, provider, who):
    answer = come(browser(space), provider, who)
    assert answer.status_code == 503 and "Hugging Face" in answer.text


def test_a_code_is_worth_one_entry(space, provider):
    visitor = browser(space)
    back = begin(visitor, provider, "author")
    kept = dict(visitor.cookies)
    assert visitor.get("/login/callback", params=back).status_code == 303
    again = TestClient(space.app, base_url="http://localhost", cookies=kept)
    assert again.get("/login/callback", params=back).status_code == 503


def test_elsewhere_nobody_is_offered_it(client):
    assert "Hugging Face" not in client.get("/sign-in").text
    assert client.get("/login/huggingface").status_code == 404


def test_a_provider_that_is_away_is_told(space, monkeypatch):
    monkeypatch.setenv("OPENID_PROVIDER_URL", "http://127.0.0.1:9")
    answer = browser(space).get("/login/huggingface")
    assert answer.status_code == 503 and "could not be asked" in answer.text
