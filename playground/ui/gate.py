"""The gate behind the door: who comes, and whether their role may do this.

On a machine of one's own nobody signs in: whoever is there owns the playground. Once somebody has an
owner's account, or where others can reach the app, sign-in is required; see `settings.sign_in`.
"""

import math
from dataclasses import dataclass
from urllib.parse import quote

from starlette.concurrency import run_in_threadpool
from starlette.datastructures import Headers
from starlette.responses import RedirectResponse, Response
from starlette.types import ASGIApp, Receive, Scope, Send

from playground import settings
from playground.errors import PlaygroundError
from playground.store import accounts, sessions
from playground.store.accounts import Account
from playground.ui import roles
from playground.ui.guard import attributes, cookie_of, is_forwarded, is_local
from playground.ui.ledger import Ledger, address_of
from playground.ui.limits import network_of
from playground.ui.problems import of_error, problem
from playground.ui.studio import Studio

COOKIE = "playground_session"
_READS = {"GET", "HEAD", "OPTIONS"}


@dataclass(frozen=True, slots=True)
class Person:
    """Whoever sent a request."""

    role: str
    """owner, viewer, annotator, or nobody."""
    name: str
    """As it stands on votes and in the audit trail."""
    account: Account | None = None
    ended: bool = False
    """Nobody any more: their browser brings a session that is over."""


class Gate:
    """ASGI middleware between the guard and everything else, Gradio included.

    Puts the person into the request's state, refuses what their role may not do and says so in the
    audit trail, and holds writes to a rate where people sign in.
    """

    def __init__(self, app: ASGIApp, studio: Studio, ledger: Ledger, loopback: bool = False):
        self.app, self.studio, self.ledger, self.loopback = app, studio, ledger, loopback

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "websocket":
            return await send({"type": "websocket.close", "code": 1008})
        if scope["type"] != "http":
            return await self.app(scope, receive, send)
        try:
            answer = await run_in_threadpool(self._answer, scope)
        except PlaygroundError as error:  # no handler of the app stands before it
            answer = of_error(error)
        await (answer or self.app)(scope, receive, send)

    def _answer(self, scope: Scope) -> Response | None:
        """What the gate itself answers; None for whoever may pass."""
        headers = Headers(scope=scope)
        person = self._who(scope, headers)
        scope["state"]["person"] = person
        scope["state"]["annotator"] = person.name
        allowed = roles.allowed(scope["method"], scope["path"])
        # Whoever had a name must not go on judging under another one without a word: they sign in, or out.
        leaves = person.ended and (scope["method"], scope["path"]) == ("POST", "/sign-out")
        if not leaves and (person.role not in allowed or (person.ended and allowed == roles.JUDGE)):
            return self._refuse(scope, headers, person)
        wait = 0.0 if scope["method"] in _READS else self._wait(scope, person)
        return too_often(wait) if wait else None

    def _who(self, scope: Scope, headers: Headers) -> Person:
        browser = scope["state"]["annotator"]
        local = self.loopback and is_local(headers.get("host", "")) and not is_forwarded(headers)
        if not must_sign_in(local, self.studio.engine):
            return Person("owner", browser)
        token = session_of(headers)
        account = sessions.whose(token, engine=self.studio.engine) if token else None
        if account is None:
            return Person("nobody", browser, ended=token is not None)
        return Person(account.role, account.name, account)

    def _refuse(self, scope: Scope, headers: Headers, person: Person) -> Response:
        path = scope["path"]
        is_page = scope["method"] in _READS and "text/html" in headers.get("accept", "")
        if person.role == "nobody":
            return sign_in_first(path) if is_page else unknown(person.ended)
        if person.role == "annotator" and path == "/" and is_page:
            return RedirectResponse(relative(path, "/campaigns"), 303)
        rule = f"The role {person.role} may not do this."
        self.ledger.refused(person.name, address_of(scope), f"{scope['method']} {path}", rule)
        return problem(403, "Forbidden", f"{rule} Ask an owner of this playground.")

    def _wait(self, scope: Scope, person: Person) -> float:
        """Seconds until this person may write again; 0 for now."""
        limits = self.ledger.limits
        if person.account is not None:
            return limits.writes.take(person.name)
        if person.role == "owner":
            return 0.0
        return limits.writes.take(person.name) or limits.crowd.take(network_of(address_of(scope)))


def must_sign_in(local: bool, engine) -> bool:
    """Whether people have to say who they are; `local`: whoever asks sits at this machine."""
    wanted = settings.get().sign_in
    if wanted != "auto":
        return wanted == "on"
    return not local or accounts.owner_exists(engine)


def session_of(headers: Headers) -> str | None:
    """The session token a browser brings."""
    return cookie_of(headers, COOKIE)


def session_cookie(token: str, scheme: str) -> str:
    """The header that has a browser keep its session; an empty token has it forget.

    The cookie outlives the session: whoever comes back is asked to sign in again, not taken for a stranger.
    """
    seconds = 2 * sessions.SECONDS if token else 0
    return f"{COOKIE}={token}; Path=/; Max-Age={seconds}; HttpOnly; {attributes(scheme)}"


def relative(path: str, target: str) -> str:
    """`target` as seen from the page at `path`: a prefix that a proxy puts before both does no harm."""
    return "../" * (path.count("/") - 1) + target.lstrip("/") or "./"


def sign_in_first(path: str) -> Response:
    """To the page where one signs in, and from there to where one wanted to go."""
    return RedirectResponse(relative(path, f"/sign-in?next={quote(path)}"), 303)


def unknown(ended: bool = False) -> Response:
    """To a script, or a page that lost its session."""
    told = "Your session has ended. Sign in again to go on."
    answer = problem(
        401, "Unauthorized", told if ended else "Sign in first, or ask an owner for an invitation."
    )
    answer.headers["www-authenticate"] = 'Session realm="playground"'
    return answer


def too_often(seconds: float) -> Response:
    answer = problem(429, "Too Many Requests", f"This comes too often. Try again in {math.ceil(seconds)} s.")
    answer.headers["retry-after"] = str(math.ceil(seconds))
    return answer
