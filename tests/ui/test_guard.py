"""The door: foreign pages may not write, and every browser is somebody."""

import pytest
from starlette.datastructures import Headers
from starlette.responses import Response
from starlette.testclient import TestClient

from playground.ui.guard import COOKIE, Guard, annotator, cookie_of, is_forwarded
from playground.ui.server import BODY_LIMIT


@pytest.mark.parametrize(
    "headers",
    [
        {"origin": "https://evil.example"},
        {"origin": "null"},
        {"sec-fetch-site": "cross-site"},
        {"origin": "http://localhost:9999"},
    ],
)
@pytest.mark.parametrize("path", ["/api/votes", "/gradio_api/queue/join", "/gradio_api/component_server"])
def test_a_foreign_page_may_not_write(client, headers, path):
    response = client.post(path, headers=headers, json={})
    assert response.status_code == 403
    assert "another site" in response.json()["detail"]


@pytest.mark.parametrize("headers", [{"origin": "http://localhost"}, {}, {"sec-fetch-site": "same-origin"}])
def test_the_page_itself_and_scripts_may(client, headers):
    assert client.post("/api/votes", headers=headers, json={}).status_code == 422


def test_a_foreign_page_may_read_nothing_it_could_not_link_to(client):
    response = client.get("/api/runs", headers={"origin": "https://evil.example"})
    assert "access-control-allow-origin" not in response.headers


def test_headers_and_cookie(client):
    response = client.get("/api/health")
    assert response.headers["x-content-type-options"] == "nosniff"
    assert "frame-ancestors 'self'" in response.headers["content-security-policy"]
    cookie = response.headers["set-cookie"]
    assert cookie.startswith(f"{COOKIE}=") and "HttpOnly" in cookie and "SameSite=Lax" in cookie
    assert "set-cookie" not in client.get("/api/health").headers


def test_on_a_space_the_cookie_survives_the_frame(client, monkeypatch):
    assert "hf.space" not in client.get("/api/health").headers["content-security-policy"]
    monkeypatch.setenv("SPACE_ID", "owner/space")
    client.cookies.clear()
    headers = client.get("/api/health").headers
    assert "SameSite=None; Secure; Partitioned" in headers["set-cookie"]
    policy = headers["content-security-policy"]
    assert "https://huggingface.co https://*.hf.space; object-src 'none'" in policy


def test_the_name_of_an_annotator_does_not_reveal_the_cookie():
    assert annotator("secret" * 4) == annotator("secret" * 4) != annotator("other" * 4)
    assert "secret" not in annotator("secret" * 4)


@pytest.mark.parametrize(
    "host, status",
    [
        ("localhost:7860", 200),
        ("127.0.0.1:7861", 200),
        ("[::1]:7860", 200),
        ("evil.example:7860", 403),
        ("localhost.evil.example", 403),
    ],
)
def test_a_foreign_name_that_leads_to_loopback_may_not_write(host, status):
    async def fine(scope, receive, send):
        await Response()(scope, receive, send)

    browser = TestClient(Guard(fine, loopback=True))
    headers = {"host": host, "origin": f"http://{host}"}
    assert browser.post("/api/votes", headers=headers).status_code == status
    assert browser.get("/", headers=headers).status_code == 200
    assert TestClient(Guard(fine)).post("/api/votes", headers=headers).status_code == 200


def test_an_origin_that_is_no_address_is_foreign(client):
    response = client.post("/api/votes", headers={"origin": "http://[x"}, json={})
    assert response.status_code == 403 and "another site" in response.json()["detail"]
    assert client.get("/api/health", headers={"origin": "http://[x"}).status_code == 200


@pytest.mark.parametrize("path", ["/api/votes", "/api/campaigns/x/next", "/sign-in"])
def test_nobody_fills_the_memory(client, path):
    kind = "x-www-form-urlencoded" if path == "/sign-in" else "json"
    headers = {"content-type": f"application/{kind}"}
    for body in (b"1" * (BODY_LIMIT + 1), iter([b"1" * BODY_LIMIT, b"1"])):
        assert client.post(path, content=body, headers=headers).status_code == 413


@pytest.mark.parametrize("beside", ['prefs={"a":1}', "version=1", "flag", 'x="a b"', "=;;"])
def test_a_cookie_is_found_whatever_stands_before_it(beside):
    assert cookie_of(Headers({"cookie": f"{beside}; {COOKIE}={'t' * 20}"}), COOKIE) == "t" * 20


@pytest.mark.parametrize("name", ["x-forwarded-for", "X-Forwarded-Host", "Forwarded", "via"])
def test_what_a_proxy_passes_on_is_not_of_this_machine(name):
    assert is_forwarded(Headers({name: "203.0.113.7"})) and not is_forwarded(Headers({"host": "localhost"}))
