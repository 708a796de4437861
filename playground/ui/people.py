"""The owner's page of people: invite them, see who came, change roles, let nobody in any more."""

from typing import Annotated

from fastapi import APIRouter, Form, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response

from playground.errors import ConflictError, PlaygroundError
from playground.preference import access, campaign
from playground.store import accounts, audit
from playground.ui import huggingface, markup, roster, sheets
from playground.ui.entry import enter
from playground.ui.gate import Person, relative
from playground.ui.studio import Studio

Text = Annotated[str, Form()]
SHOWN = 20
"""Entries of the audit trail on the page; the command line prints all."""


def router(studio: Studio) -> APIRouter:
    routes = APIRouter(prefix="/people", include_in_schema=False)

    @routes.get("")
    def people(request: Request) -> HTMLResponse:
        return HTMLResponse(_page(studio, request))

    @routes.post("/invite")
    def invite(
        request: Request, whom: Text = "", most: Text = "1", days: Annotated[float, Form()] = 7
    ) -> Response:
        """`whom` is viewer, owner, or the campaign an annotator is invited to."""
        plain = whom in ("viewer", "owner")
        role, which = (whom, None) if plain else ("annotator", whom or None)
        number = None if most == "any" else 1
        made = access.invite(which, role, most=number, days=days, by=_by(request), engine=studio.engine)
        base = huggingface.way_back(str(request.base_url)).removesuffix("/login/callback")
        return HTMLResponse(_page(studio, request, link=f"{base}/join/{made.token}", base="../"))

    def act(path: str, deed) -> None:
        """A route that does one thing and shows the page again, with what stood in the way."""

        @routes.post(path)
        def done(request: Request, which: Text, value: Text = "") -> Response:
            try:
                deed(which, value, _by(request))
            except PlaygroundError as error:
                return HTMLResponse(_page(studio, request, said=str(error), base="../"), 422)
            return RedirectResponse(relative(request.url.path, "/people"), 303)

    def role(name: str, value: str, by: str) -> None:
        if value == "revoked":
            accounts.revoke_account(name, by=by, engine=studio.engine)
        else:
            accounts.set_role(name, value, by=by, engine=studio.engine)

    def door(which: str, value: str, by: str) -> None:
        access.set_open(which, value == "open", by=by, engine=studio.engine)

    act("/role", role)
    act("/door", door)
    act("/dismiss", lambda which, name, by: access.dismiss(which, name, by=by, engine=studio.engine))
    act("/withdraw", lambda which, _, by: access.revoke_invitation(which, by=by, engine=studio.engine))

    @routes.post("/owner")
    def first_owner(request: Request, name: Text = "", password: Text = "") -> Response:
        """The first owner's account, made by whoever sits at the machine."""
        try:
            if accounts.owner_exists(studio.engine):
                raise ConflictError("Somebody owns this playground already", remedy="Invite another owner")
            made = accounts.create_account(name, password, "owner", by=_by(request), engine=studio.engine)
        except PlaygroundError as error:
            return HTMLResponse(_page(studio, request, said=str(error), base="../"), 422)
        return enter(request, studio, made, "/people")

    return routes


def _by(request: Request) -> str:
    person: Person = request.state.person
    return person.name


def _page(studio: Studio, request: Request, said: str = "", link: str = "", base: str = "./") -> str:
    engine, trouble = studio.engine, markup.note(said, bad=True)
    if not accounts.owner_exists(engine):
        return sheets.sheet("People", trouble + roster.unowned(), base, kind="people")
    campaigns = campaign.list_campaigns(engine)
    names = {one.id: one.name for one in campaigns}
    parts = (
        roster.invite(names, link),
        roster.people(accounts.list_accounts(engine), _by(request)),
        roster.invitations(access.list_invitations(engine), names),
        roster.campaigns(names, access.opened(engine), access.members_of(engine)),
        roster.trail(audit.verify(engine=engine), audit.entries(engine)[-SHOWN:]),
    )
    return sheets.sheet("People", roster.WAYS + trouble + "".join(parts), base, kind="people")
