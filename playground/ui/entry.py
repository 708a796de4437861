"""Signing in and out, accepting invitations, one's own account: light pages without Gradio or scripts."""

import base64
import math
from typing import Annotated
from urllib.parse import quote

from fastapi import APIRouter, Form, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response
from starlette.exceptions import HTTPException

from playground.errors import ForbiddenError, InputError, NotFoundError, PlaygroundError, UnavailableError
from playground.preference import access, campaign
from playground.store import accounts, database, sessions
from playground.store.accounts import Account
from playground.ui import huggingface, sheets
from playground.ui.admission import visible
from playground.ui.gate import (
    Person,
    must_sign_in,
    relative,
    session_cookie,
    session_of,
    too_often,
)
from playground.ui.guard import attributes, cookie_of
from playground.ui.ledger import Ledger, address_of
from playground.ui.limits import Tries
from playground.ui.studio import Studio

Text = Annotated[str, Form()]
_CHANGED = "Your password is changed; every other session has ended."
_LOST = "This sign-in was begun in another browser, or long ago"
_WRONG = "Name and password do not belong together."


def router(studio: Studio, ledger: Ledger) -> APIRouter:
    routes = APIRouter(include_in_schema=False)
    tries = ledger.limits.tries
    _signing(routes, studio, ledger, tries)
    _joining(routes, studio)
    _own(routes, studio, tries)
    _outside_routes(routes, studio, ledger)

    @routes.get("/api/me")
    def me(request: Request) -> dict:
        """Who this browser is here, and whether people sign in at all."""
        person: Person = request.state.person
        return {"name": person.name, "role": person.role, "account": person.account is not None}

    return routes


def _signing(routes: APIRouter, studio: Studio, ledger: Ledger, tries: Tries) -> None:
    @routes.get("/sign-in")
    def form(request: Request, next: str = "/") -> HTMLResponse:
        return HTMLResponse(sheets.sign_in(next, _outside(), ended=request.state.person.ended))

    @routes.post("/sign-in")
    def sign_in(request: Request, name: Text = "", password: Text = "", next: Text = "/") -> Response:
        address = address_of(request.scope)
        if wait := tries.take(name, address):
            said = f"Too many tries. Wait {math.ceil(wait)} seconds."
            answer = HTMLResponse(sheets.sign_in(next, _outside(), said, name), 429)
            answer.headers["retry-after"] = str(math.ceil(wait))
            return answer
        account = accounts.check_password(name, password, engine=studio.engine)
        if account is None:
            ledger.refused("nobody", address, "sign-in", f"A password for {name[:60]!r} was wrong.")
            return HTMLResponse(sheets.sign_in(next, _outside(), _WRONG, name), 401)
        tries.succeeded(name, address)
        return enter(request, studio, account, home(account.role, next))

    @routes.post("/sign-out")
    def sign_out(request: Request) -> Response:
        if token := session_of(request.headers):
            sessions.end(token, engine=studio.engine)
        answer = RedirectResponse(relative(request.url.path, "/sign-in"), 303)
        answer.headers.append("set-cookie", session_cookie("", request.url.scheme))
        return answer


def _joining(routes: APIRouter, studio: Studio) -> None:
    @routes.get("/join/{token}")
    def invited(token: str, request: Request) -> HTMLResponse:
        try:
            found = access.look_up(token, engine=studio.engine)
        except NotFoundError as error:
            return HTMLResponse(sheets.closed(str(error)), 404)
        return HTMLResponse(sheets.join(found, token, request.state.person, _outside()))

    @routes.post("/join/{token}")
    def join(token: str, request: Request, name: Text = "", password: Text = "") -> Response:
        person: Person = request.state.person
        try:
            found = access.look_up(token, engine=studio.engine)
        except NotFoundError as error:
            return HTMLResponse(sheets.closed(str(error)), 404)
        try:
            if person.account is not None:
                access.accept(token, person.account, engine=studio.engine)
                return RedirectResponse(relative(request.url.path, _to(found)), 303)
            account = access.join(token, name, password, engine=studio.engine)
        except NotFoundError as error:
            return HTMLResponse(sheets.closed(str(error)), 404)
        except PlaygroundError as error:
            status = 503 if isinstance(error, UnavailableError) else 422
            return HTMLResponse(sheets.join(found, token, person, _outside(), str(error), name), status)
        return enter(request, studio, account, _to(found), how="invitation")


def _own(routes: APIRouter, studio: Studio, tries: Tries) -> None:
    @routes.get("/account")
    def account(request: Request) -> HTMLResponse:
        said = _CHANGED if "changed" in request.query_params else ""
        return HTMLResponse(sheets.account(request.state.person, said))

    @routes.post("/account/password")
    def password(request: Request, old: Text = "", new: Text = "") -> Response:
        person: Person = request.state.person
        if person.account is None:
            raise HTTPException(409, "Nobody signs in here, so there is no password to change.")
        address = address_of(request.scope)
        if wait := tries.take(person.name, address):
            return too_often(wait)
        try:
            accounts.change_password(person.account.id, old, new, engine=studio.engine)
        except (ForbiddenError, InputError) as error:
            return HTMLResponse(sheets.account(person, str(error), bad=True, base="../"), 422)
        tries.succeeded(person.name, address)
        return enter(request, studio, person.account, "/account?changed", how="new password")

    @routes.get("/campaigns")
    def campaigns(request: Request) -> HTMLResponse:
        person: Person = request.state.person
        states = [(one, campaign.progress(one.id, engine=studio.engine)) for one in visible(studio, person)]
        found = [(one, state.items, state.annotators.get(person.name, 0)) for one, state in states]
        return HTMLResponse(sheets.own_campaigns(person, found))


def _outside_routes(routes: APIRouter, studio: Studio, ledger: Ledger) -> None:
    @routes.get("/login/huggingface")
    def begin(request: Request, next: str = "/") -> Response:
        secret = huggingface.new_secret()
        try:
            to = _provider().begin(secret, huggingface.way_back(str(request.base_url)))
        except UnavailableError as error:
            return HTMLResponse(sheets.sign_in("/", True, str(error), base="../"), 503)
        answer = RedirectResponse(to, 303)
        kept = f"{secret}.{base64.urlsafe_b64encode(next[:500].encode()).decode()}"
        answer.headers.append("set-cookie", _handshake(kept, request.url.scheme))
        return answer

    @routes.get("/login/callback")
    def finish(request: Request, code: str = "", state: str = "") -> Response:
        kept = cookie_of(request.headers, huggingface.COOKIE) or "."
        secret, _, wanted = kept.partition(".")
        try:
            if not secret:
                raise ForbiddenError(_LOST, remedy="Begin again")
            back = huggingface.way_back(str(request.base_url))
            found = _provider().finish(secret, state, code, back)
            account, to = _known(studio, found, _kept(wanted))
        except PlaygroundError as error:
            ledger.refused("nobody", address_of(request.scope), "Hugging Face", error.value + ".")
            status = 503 if isinstance(error, UnavailableError) else 403
            answer = HTMLResponse(sheets.sign_in("/", True, str(error), base="../"), status)
        else:
            answer = enter(request, studio, account, to, how="Hugging Face")
        answer.headers.append("set-cookie", _handshake("", request.url.scheme))
        return answer


def _known(studio: Studio, found: dict, wanted: str) -> tuple[Account, str]:
    """The account of somebody Hugging Face vouches for, and where they go; made for the Space's author and by
    invitation. Raises ForbiddenError for everybody else.
    """
    engine, name = studio.engine, huggingface.account_name(found)
    if account := accounts.outside_account(found["sub"], engine=engine):
        if account.revoked is None:
            return account, home(account.role, wanted)
        raise ForbiddenError("You have no access to this playground", remedy="Ask its owner")
    if huggingface.is_author(found):
        return accounts.create_outside(name, found["sub"], "owner", by="Hugging Face", engine=engine), "/"
    if wanted.startswith("/join/"):
        token = wanted.removeprefix("/join/")
        account = access.join_outside(token, name, found["sub"], engine=engine)
        return account, home(account.role)
    raise ForbiddenError("You have no access to this playground", remedy="Ask its owner for an invitation")


def first_owner(loopback: bool) -> str | None:
    """The token of a fresh setup link where people must sign in and nobody owns the playground; None where
    somebody does, or where Hugging Face knows who made the Space.
    """
    engine = database.connect()
    if not must_sign_in(loopback, engine) or accounts.owner_exists(engine) or _outside():
        return None
    return access.setup_link(engine).token


def home(role: str, wanted: str = "/") -> str:
    """Where somebody goes after signing in: where they wanted to, within this app, or where they belong."""
    path = wanted.partition("?")[0].partition("#")[0]
    local = path.startswith("/") and not path.startswith(("//", "/\\")) and path.isprintable()
    if local and path not in ("/", "/sign-in"):
        return quote(path)
    return "/campaigns" if role == "annotator" else "/"


def enter(request: Request, studio: Studio, account: Account, to: str, how: str = "password") -> Response:
    """A new session at each entry, so that none that was planted in the browser goes on."""
    answer = RedirectResponse(relative(request.url.path, to), 303)
    token = sessions.start(account, how=how, engine=studio.engine)
    answer.headers.append("set-cookie", session_cookie(token, request.url.scheme))
    return answer


def _to(found: access.Invitation) -> str:
    return f"/annotate/{found.campaign}" if found.campaign else "/"


def _outside() -> bool:
    return huggingface.Provider.find() is not None


def _provider() -> huggingface.Provider:
    if provider := huggingface.Provider.find():
        return provider
    raise NotFoundError(
        "Nobody signs in with Hugging Face here", rule="That needs a Space with hf_oauth: true"
    )


def _kept(wanted: str) -> str:
    """Where somebody wanted to go, as their cookie has it."""
    try:
        return base64.urlsafe_b64decode(wanted).decode()
    except ValueError:
        return "/"


def _handshake(value: str, scheme: str) -> str:
    seconds = huggingface.SECONDS if value else 0
    return f"{huggingface.COOKIE}={value}; Path=/login; Max-Age={seconds}; HttpOnly; {attributes(scheme)}"
