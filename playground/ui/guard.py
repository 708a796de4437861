"""The door of the web process: foreign origins, response headers, and who the annotator is."""

import hashlib
import os
import re
import secrets
from collections.abc import Callable
from urllib.parse import urlsplit

from starlette.concurrency import run_in_threadpool
from starlette.datastructures import Headers, MutableHeaders
from starlette.requests import cookie_parser
from starlette.responses import JSONResponse
from starlette.types import ASGIApp, Receive, Scope, Send

COOKIE = "playground_annotator"
_SAFE = {"GET", "HEAD"}
_HERE = re.compile(r"(localhost|127\.0\.0\.1|\[::1\])(:\d+)?", re.IGNORECASE)
_FRAMES = ("'self'", "http://localhost:*", "http://127.0.0.1:*")
_SPACES = ("https://huggingface.co", "https://*.hf.space")
_FORWARDED = ("forwarded", "via", "x-forwarded-for", "x-forwarded-host", "x-forwarded-proto", "x-real-ip")
_ELSEWHERE = "This request comes from another site. Open the playground itself."
_RENAMED = (
    "The playground listens to this machine alone and was called by another name. Open it as localhost, "
    "or, behind a proxy, start it with --host and an address that the proxy reaches."
)
_HEADERS = {
    "x-content-type-options": "nosniff",
    "referrer-policy": "same-origin",
    "permissions-policy": "camera=(), microphone=(), geolocation=()",
}


class Guard:
    """ASGI middleware around the whole app, Gradio included.

    Anything but a read that a foreign page sends is refused: Gradio alone answers such requests.
    Every browser gets a random identity in an HttpOnly cookie; the annotator's name is derived
    from it on the server, so that a vote cannot claim to be someone else's.

    With `loopback` only this machine can reach us, and a write must call us by its name: a foreign
    page whose own name was made to lead here sends an origin that agrees with its host.

    `refused(actor, address, subject, detail)` is told of every refusal.
    """

    def __init__(self, app: ASGIApp, loopback: bool = False, refused: Callable | None = None):
        self.app, self.loopback, self.refused = app, loopback, refused

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            return await self.app(scope, receive, send)
        headers = Headers(scope=scope)
        token = _token(headers)
        renamed, foreign = self.loopback and not is_local(headers.get("host", "")), _foreign(headers)
        if scope["method"] not in _SAFE and (renamed or foreign):
            await self._tell(scope, headers, token)
            body = {
                "type": "about:blank",
                "title": "Forbidden",
                "status": 403,
                "detail": _RENAMED if renamed else _ELSEWHERE,
            }
            refusal = JSONResponse(body, 403, media_type="application/problem+json")
            return await refusal(scope, receive, send)
        fresh = None if token else secrets.token_urlsafe(24)
        scope.setdefault("state", {})["annotator"] = annotator(token or fresh)

        async def reply(message):
            if message["type"] == "http.response.start":
                answer = MutableHeaders(scope=message)
                for name, value in (_HEADERS | {"content-security-policy": _policy()}).items():
                    answer.setdefault(name, value)
                if foreign:
                    _let_nobody_read(answer)
                if fresh:
                    answer.append("set-cookie", _cookie(fresh, scope["scheme"]))
            await send(message)

        return await self.app(scope, receive, reply)

    async def _tell(self, scope: Scope, headers: Headers, token: str | None) -> None:
        if self.refused:
            address = scope["client"][0] if scope.get("client") else "unknown"
            subject, who = f"{scope['method']} {scope['path']}", annotator(token) if token else "nobody"
            detail = f"The origin is {headers.get('origin', 'another site')}, we are {headers.get('host')}."
            await run_in_threadpool(self.refused, who, address, subject, detail)


def annotator(token: str) -> str:
    """The name under which votes are stored: a digest, so that the database reveals no cookie."""
    return f"browser-{hashlib.sha256(token.encode()).hexdigest()[:12]}"


def _foreign(headers: Headers) -> bool:
    origin = headers.get("origin")
    if origin is None:
        return headers.get("sec-fetch-site", "same-origin") == "cross-site"
    hosts = {headers.get("host"), headers.get("x-forwarded-host")} - {None}
    try:
        return urlsplit(origin).netloc not in hosts
    except ValueError:
        return True


def is_forwarded(headers: Headers) -> bool:
    """Whether a proxy says that it passes on what somebody else asks."""
    return any(name in headers for name in _FORWARDED)


def cookie_of(headers: Headers, name: str) -> str | None:
    """A cookie that a browser brings, whatever others beside it look like."""
    return cookie_parser(headers.get("cookie", "")).get(name) or None


def _token(headers: Headers) -> str | None:
    found = cookie_of(headers, COOKIE)
    return found if found and 16 <= len(found) <= 64 else None


def _policy() -> str:
    """Who may show us in a frame: this machine's pages, and on a Space those of Hugging Face."""
    frames = (*_FRAMES, *(_SPACES if os.environ.get("SPACE_ID") else ()))
    return f"frame-ancestors {' '.join(frames)}; object-src 'none'; base-uri 'self'"


def _let_nobody_read(answer: MutableHeaders) -> None:
    # Gradio allows any page to read what it answers, with the cookies of whoever looks at that page.
    for name in [one for one in answer if one.startswith("access-control-")]:
        del answer[name]


def _cookie(token: str, scheme: str) -> str:
    return f"{COOKIE}={token}; Path=/; Max-Age=31536000; HttpOnly; {attributes(scheme)}"


def attributes(scheme: str) -> str:
    """What every cookie of ours says of when it is sent, on a connection by `http` or `https`."""
    if os.environ.get("SPACE_ID"):
        # A Space is shown inside a frame of another site, where browsers drop Lax cookies.
        return "SameSite=None; Secure; Partitioned"
    return "SameSite=Lax; Secure" if scheme == "https" else "SameSite=Lax"


def is_local(host: str) -> bool:
    """Whether a Host header calls this machine by its own name."""
    return bool(_HERE.fullmatch(host))
