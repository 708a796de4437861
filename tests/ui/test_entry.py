"""Signing in and out, invitations, the owner's page, as a browser does it; refusals are written down."""

import itertools
import re
import time

import pytest
from fastapi.testclient import TestClient

from playground import settings
from playground.errors import UnavailableError
from playground.preference import access
from playground.preference.campaign import create_campaign, progress
from playground.store import accounts, audit
from playground.ui import entry, server
from playground.ui.gate import COOKIE
from playground.ui.limits import Tries, network_of

pytestmark = pytest.mark.usefixtures("quick_passwords")
PASSWORD = "correct horse battery"
HTML = {"accept": "text/html"}


@pytest.fixture
def owner(client):
    """The client, signed in as the owner."""
    accounts.create_account("Anna", PASSWORD, "owner", engine=client.studio.engine)
    answer = sign_in(client, "Anna")
    assert answer.status_code == 303
    return client


@pytest.fixture
def stranger(client):
    """Another browser."""
    return TestClient(client.app, base_url="http://localhost", follow_redirects=False)


@pytest.fixture
def campaign(client, drafts):
    return create_campaign("sft-0001, four pairs", drafts, engine=client.studio.engine)


def sign_in(browser, name, password=PASSWORD, **more):
    form = {"name": name, "password": password}
    return browser.post("/sign-in", data=form | more, follow_redirects=False)


def refusals(client):
    return [one for one in audit.entries(client.studio.engine) if one.action == "refused"]


def link_on(page):
    return re.search(r'http://localhost(/join/[\w-]+)"', page.text).group(1)


def test_signing_in_and_out(owner, stranger):
    assert owner.get("/api/me").json() == {"name": "Anna", "role": "owner", "account": True}
    cookie = sign_in(stranger, "anna").headers["set-cookie"]
    assert cookie.startswith(f"{COOKIE}=") and "HttpOnly" in cookie and "SameSite=Lax" in cookie
    # Twice as long as the session, so that its end is told.
    assert "Max-Age=2419200" in cookie and "Secure" not in cookie
    kept = dict(stranger.cookies)
    assert stranger.post("/sign-out").headers["location"] == "sign-in"
    assert stranger.get("/api/runs").status_code == 401
    again = TestClient(owner.app, base_url="http://localhost", cookies=kept)
    assert again.get("/api/runs").status_code == 401
    assert owner.get("/api/runs").status_code == 200


def test_behind_tls_the_cookie_is_secure_and_on_a_space_it_survives_the_frame(owner, monkeypatch):
    tls = TestClient(owner.app, base_url="https://localhost")
    assert "SameSite=Lax; Secure" in sign_in(tls, "Anna").headers["set-cookie"]
    monkeypatch.setenv("SPACE_ID", "owner/space")
    assert "SameSite=None; Secure; Partitioned" in sign_in(tls, "Anna").headers["set-cookie"]


def test_a_wrong_password_and_a_wrong_name_are_one_answer(owner, stranger):
    answers = [sign_in(stranger, name, "wrong wrong") for name in ("Anna", "Nobody")]
    assert [one.status_code for one in answers] == [401, 401]
    assert answers[0].text.replace("Anna", "Nobody") == answers[1].text
    assert [one.detail for one in refusals(owner)] == [
        f"A password for '{name}' was wrong. From testclient." for name in ("Anna", "Nobody")
    ]


def test_guessing_is_held_up():
    tries = Tries()
    assert [tries.take("Anna", "1.2.3.4") for _ in range(10)] == [0] * 10
    assert tries.take("anna ", "1.2.3.4") > 59
    assert tries.take("Otto", "1.2.3.4") == 0
    assert tries.take("Anna", "5.6.7.8") == 0
    other = [tries.take(f"name{number}", "1.2.3.4") for number in range(40)]
    assert 0 in other and other[-1] > 25
    for number in range(200):
        last = tries.take("Rita", f"address{number}")
    assert 0 < last <= 10


@pytest.mark.parametrize(
    "typed",
    [
        ("anna", "anna\0", "anna\0\0", " anna"),
        ("anna", "\uff41nna", "an\uff4ea", "ANNA", "\uff21\uff2e\uff2e\uff21"),
    ],
    ids=["NUL", "width"],
)
def test_another_way_of_typing_a_name_gives_no_more_tries(owner, typed):
    for name in typed:
        assert accounts.check_password(name, PASSWORD, engine=owner.studio.engine).name == "Anna"
    tries, ways = Tries(), itertools.cycle(typed)
    assert [tries.take(next(ways), "1.2.3.4") for _ in range(10)] == [0] * 10
    assert tries.take(next(ways), "1.2.3.4") > 59


def test_whoever_has_a_network_of_addresses_has_the_tries_of_one():
    tries = Tries()
    given = [tries.take("Anna", f"2001:db8:1:2::{number:x}") for number in range(11)]
    assert given[:10] == [0] * 10 and given[10] > 59
    assert tries.take("Anna", "2001:db8:1:3::1") == 0
    assert tries.take("Anna", "::ffff:1.2.3.4") == tries.take("Anna", "::ffff:1.2.3.5") == 0
    assert [network_of(one) for one in ("::ffff:1.2.3.4", "1.2.3.4", "fe80::1%eth0", "testclient")] == [
        "1.2.3.4", "1.2.3.4", "fe80::/64", "testclient",
    ]  # fmt: skip


def test_who_is_held_up_is_told_for_how_long(owner, stranger):
    for _ in range(12):
        answer = sign_in(stranger, "Held", "wrong wrong")
    assert answer.status_code == 429 and 50 < int(answer.headers["retry-after"]) <= 60
    assert "Too many tries" in answer.text


def test_writes_are_held_to_a_rate(owner, campaign):
    statuses = [owner.post(f"/api/campaigns/{campaign}/next").status_code for _ in range(140)]
    assert statuses[:100] == [200] * 100 and statuses[-1] == 429
    answer = owner.post(f"/api/campaigns/{campaign}/next")
    assert answer.json()["title"] == "Too Many Requests" and answer.headers["retry-after"] == "1"
    assert owner.get("/api/runs").status_code == 200


@pytest.mark.parametrize(("wanted", "to"), [
    ("/annotate/c", "annotate/c"),
    ("/", "./"),
    ("https://evil.example/", "./"),
    ("//evil.example", "./"),
    ("/\\evil.example", "./"),
    ("javascript:alert(1)", "./"),
    ("http://[", "./"),
    ("/a\nb", "./"),
])  # fmt: skip
def test_one_goes_on_to_where_one_wanted_within_the_app(owner, wanted, to):
    assert sign_in(owner, "Anna", next=wanted).headers["location"] == to


def test_a_form_from_elsewhere_is_refused_and_written_down(owner, campaign):
    for path in ("/sign-in", "/people/role", "/api/votes", "/gradio_api/queue/join"):
        answer = owner.post(path, data={}, headers={"origin": "https://evil.example"})
        assert answer.status_code == 403
    assert [one.subject for one in refusals(owner)][-1] == "POST /gradio_api/queue/join"
    assert "https://evil.example" in refusals(owner)[-1].detail


def test_no_foreign_page_is_allowed_to_read_or_to_ask_whether_it_may_write(client):
    headers = {"origin": "https://evil.example", "host": "playground.example"}
    for path in ("/config", "/gradio_api/info"):
        answer = client.get(path, headers=headers)
        assert not [name for name in answer.headers if name.startswith("access-control")]
    headers |= {"access-control-request-method": "POST", "access-control-request-headers": "x-forwarded-host"}
    assert client.options("/gradio_api/queue/join", headers=headers).status_code == 403


def test_another_password(owner, stranger):
    sign_in(stranger, "Anna")
    wrong = owner.post("/account/password", data={"old": "wrong wrong", "new": "another password"})
    assert wrong.status_code == 422 and "not your present password" in wrong.text
    short = owner.post("/account/password", data={"old": PASSWORD, "new": "short"})
    assert "The password has 5 characters" in short.text
    done = owner.post("/account/password", data={"old": PASSWORD, "new": "another password"})
    assert "every other session has ended" in done.text
    assert stranger.get("/account").status_code == 401
    assert sign_in(stranger, "Anna").status_code == 401
    assert sign_in(stranger, "Anna", "another password").status_code == 303


def test_from_an_invitation_to_a_vote(owner, stranger, campaign):
    page = owner.post("/people/invite", data={"whom": campaign, "most": "1", "days": "7"})
    link = link_on(page)
    form = stranger.get(link)
    assert "You are invited to judge answers" in form.text and "sft-0001" not in form.text
    bad = stranger.post(link, data={"name": "Otto", "password": "short"})
    assert bad.status_code == 422 and 'value="Otto"' in bad.text
    joined = stranger.post(link, data={"name": "Otto", "password": PASSWORD})
    assert joined.headers["location"] == f"../annotate/{campaign}"
    assert stranger.get(f"/annotate/{campaign}").status_code == 200
    pair = stranger.post(f"/api/campaigns/{campaign}/next").json()
    vote = {"assignment": pair["assignment"], "key": "k" * 16, "choice": "first"}
    assert stranger.post("/api/votes", json=vote).json()["status"] == "stored"
    third = TestClient(owner.app, base_url="http://localhost")
    assert third.get(link).status_code == 404
    assert "1 of 4 judged by you" in stranger.get("/campaigns").text
    assert "Remove Otto from sft-0001" in owner.get("/people").text


def test_the_owner_changes_roles_and_lets_nobody_in(owner, stranger, campaign):
    engine = owner.studio.engine
    made = access.invite(role="viewer", by="Anna", engine=engine)
    stranger.post(f"/join/{made.token}", data={"name": "Vera", "password": PASSWORD})
    assert stranger.get("/api/runs").status_code == 200
    owner.post("/people/role", data={"which": "Vera", "value": "annotator"})
    assert stranger.get("/api/runs").status_code == 403
    owner.post("/people/door", data={"which": campaign, "value": "open"})
    assert stranger.get(f"/annotate/{campaign}").status_code == 200
    owner.post("/people/role", data={"which": "Vera", "value": "revoked"})
    assert stranger.get("/api/me").json()["role"] == "nobody"
    again = owner.post("/people/role", data={"which": "Anna", "value": "viewer"})
    assert again.status_code == 422 and "only owner" in again.text
    made = access.invite(campaign, by="Anna", engine=engine)
    owner.post("/people/withdraw", data={"which": made.id})
    assert stranger.get(f"/join/{made.token}").status_code == 404
    assert audit.verify(engine=engine).faults == ()


def test_on_a_machine_of_ones_own_nobody_signs_in_until_there_is_an_owner(client, stranger):
    assert client.get("/api/me").json()["role"] == "owner"
    assert "nobody signs in" in client.get("/people").text
    made = client.post("/people/owner", data={"name": "Anna", "password": PASSWORD}, follow_redirects=False)
    assert made.headers["location"] == "../people"
    assert client.get("/api/me").json()["name"] == "Anna"
    assert stranger.get("/api/runs").status_code == 401
    assert stranger.post("/people/owner", data={"name": "Otto", "password": PASSWORD}).status_code == 401
    assert client.post("/people/owner", data={"name": "Otto", "password": PASSWORD}).status_code == 422


def test_the_setup_link_makes_one_owner(home, client, stranger, monkeypatch):
    assert entry.first_owner(loopback=True) is None
    earlier, token = (entry.first_owner(loopback=False) for _ in range(2))
    assert stranger.get(f"/join/{earlier}").status_code == 404
    assert "Make the owner" in stranger.get(f"/join/{token}").text
    answer = stranger.post(f"/join/{token}", data={"name": "Anna", "password": PASSWORD})
    assert (answer.status_code, answer.headers["location"]) == (303, "../")
    assert stranger.get("/api/me").json() == {"name": "Anna", "role": "owner", "account": True}
    assert entry.first_owner(loopback=False) is None
    monkeypatch.setenv("PLAYGROUND_SIGN_IN", "off")
    settings.get.cache_clear()
    assert client.get("/api/me").json()["role"] == "owner"


@pytest.mark.parametrize(("space", "trusted"), [("", None), ("owner/space", server.SPACE_PROXIES)])
def test_only_a_spaces_own_proxies_are_believed(monkeypatch, space, trusted):
    monkeypatch.setenv("SPACE_ID", space)
    assert server.trusted_proxies() == trusted


def test_whoever_lost_their_session_does_not_go_on_as_somebody_else(owner, stranger, campaign):
    """An open campaign takes votes of anybody; of somebody whose session is over it takes none."""
    engine = owner.studio.engine
    access.set_open(campaign, True, by="Anna", engine=engine)
    otto = accounts.create_account("Otto", PASSWORD, "annotator", engine=engine)
    sign_in(stranger, "Otto")
    pair = stranger.post(f"/api/campaigns/{campaign}/next").json()
    assert pair["annotator"] == "Otto"
    accounts.change_password(otto.id, PASSWORD, PASSWORD, engine=engine)
    vote = {"assignment": pair["assignment"], "key": "k" * 16, "choice": "first"}
    for path, body in (
        ("votes", vote),
        (f"campaigns/{campaign}/next", {}),
        (f"campaigns/{campaign}/undo", vote),
    ):
        answer = stranger.post(f"/api/{path}", json=body)
        assert answer.status_code == 401 and "Your session has ended" in answer.json()["detail"], path
    page = stranger.get(f"/annotate/{campaign}", headers=HTML)
    assert page.headers["location"] == f"../sign-in?next=/annotate/{campaign}"
    assert stranger.get("/api/me").json()["role"] == "nobody"
    kept = dict(stranger.cookies)
    sign_in(stranger, "Otto")
    assert stranger.post("/api/votes", json=vote).json()["status"] == "stored"
    assert progress(campaign, engine=engine).annotators == {"Otto": 1}
    third = TestClient(owner.app, base_url="http://localhost", follow_redirects=False, cookies=kept)
    assert "Begin as somebody else" in third.get("/sign-in").text
    assert "Begin as somebody else" not in owner.get("/sign-in").text
    third.cookies.clear()
    out = third.post("/sign-out", headers={"cookie": f"{COOKIE}={kept[COOKIE]}"})
    assert out.status_code == 303 and out.headers["set-cookie"].startswith(f"{COOKIE}=; Path=/; Max-Age=0")
    assert third.post(f"/api/campaigns/{campaign}/next").json()["annotator"].startswith("browser-")


def test_a_lost_session_keeps_the_vote():
    text = (server.STATIC / "rest.js").read_text()
    assert re.search(r"PASSING = new Set\(\[401, ", text)


def test_a_database_that_does_not_answer_is_unavailable_at_the_gate_too(client, stranger, monkeypatch):
    def down(*_, **__):
        raise UnavailableError("The database did not answer", remedy="Start the database")

    with monkeypatch.context() as patched:
        patched.setattr(access, "look_up", down)
        for answer in (stranger.get("/join/token"), stranger.post("/join/token", data={"name": "Otto"})):
            assert (answer.status_code, answer.json()["title"]) == (503, "Unavailable")
        patched.setattr(accounts, "owner_exists", down)
        for method, path in (("GET", "/api/health"), ("POST", "/api/votes"), ("GET", "/playground/look.css")):
            answer = stranger.request(method, path)
            assert answer.status_code == 503 and answer.json()["remedy"] == "Start the database", path
            assert answer.headers["content-type"] == "application/problem+json"
    assert stranger.get("/api/health").status_code == 200


# What is refused of votes


def test_a_forged_a_foreign_and_a_late_vote_are_refused_and_written_down(client, drafts):
    engine = client.studio.engine
    late = create_campaign("late", drafts[:2], lease_seconds=0.05, engine=engine)
    pair = client.post(f"/api/campaigns/{late}/next").json()
    other = TestClient(client.app, base_url="http://localhost")
    foreign = {"assignment": pair["assignment"], "key": "a" * 16, "choice": "tie"}
    assert other.post("/api/votes", json=foreign).status_code == 403
    assert other.post("/api/votes", json=foreign | {"assignment": "f" * 32}).status_code == 404
    time.sleep(0.1)
    taken = other.post(f"/api/campaigns/{late}/next").json()
    vote = {"assignment": taken["assignment"], "key": "b" * 16, "choice": "tie"}
    assert other.post("/api/votes", json=vote).status_code == 200
    assert client.post("/api/votes", json=foreign | {"key": "c" * 16}).status_code == 409
    told = [(one.subject.split()[0], one.detail.split(".")[0]) for one in refusals(client)]
    assert told == [
        ("assignment", "This item was lent to somebody else"),
        ("assignment", "There is no such assignment"),
        ("assignment", "This item went to somebody else after its time ran out"),
    ]
    assert all("browser-" in one.actor for one in refusals(client))
    assert audit.verify(engine=engine).faults == ()
