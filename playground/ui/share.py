"""Pages of their own, to be shared: light ones, without Gradio."""

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse, Response
from starlette.exceptions import HTTPException

from playground.errors import ForbiddenError, NotFoundError
from playground.preference.campaign import Campaign, load_campaign
from playground.run.race import Race
from playground.ui import markup
from playground.ui.admission import admit
from playground.ui.gate import sign_in_first
from playground.ui.ledger import Ledger
from playground.ui.studio import Studio
from playground.ui.theme import stage_css

_PAGE = """<!doctype html>
<html lang="en"><head><meta charset="utf-8"><base href="{base}">
<meta name="viewport" content="width=device-width, initial-scale=1"><title>{title}</title>
<link rel="icon" href="playground/icon.png"><link rel="stylesheet" href="playground/look.css">
<style>{css}</style><script>
document.documentElement.classList.toggle("dark", matchMedia("(prefers-color-scheme: dark)").matches);
</script>{script}</head>
<body class="shared {kind}"><main><h1>{title}</h1>{body}</main></body></html>"""
_HOME = '<p class="lede"><a href="./#{room}">Open the playground</a></p>'
_NOT_YOURS = "It does not exist, or you are not invited to it. Ask whoever sent you the link."
_MISSING = "The link may be incomplete, or the campaign is no longer here. Ask whoever sent it to you."


def router(studio: Studio, ledger: Ledger) -> APIRouter:
    routes = APIRouter()

    @routes.get("/race/{race_id}", response_class=HTMLResponse, include_in_schema=False)
    def race(race_id: str) -> str:
        """A race, alone."""
        found = Race.load(race_id)
        board = f'<race-board race="{markup.escape(found.id)}"></race-board>'
        return page(f"{found.id} in the playground", board + _HOME.format(room="race"))

    @routes.get("/annotate/{campaign}", response_class=HTMLResponse, include_in_schema=False)
    def annotate(campaign: str, request: Request) -> Response:
        """What an annotator sees of a campaign."""
        try:
            with ledger.watching(request, f"campaign {campaign}"):
                admit(studio, request, campaign)
        except HTTPException:
            return sign_in_first(request.url.path)
        except ForbiddenError:
            told = markup.lede(_NOT_YOURS)
            return HTMLResponse(page("This campaign is not open to you", told, "annotate", "annotate"), 403)
        try:
            found = load_campaign(campaign, studio.engine)
        except NotFoundError:
            return HTMLResponse(
                page("There is no such campaign", markup.lede(_MISSING), "annotate", "annotate"), 404
            )
        question = markup.escape(found.design.asked[0].question(found.task))
        return HTMLResponse(page(question, _desk(found), "annotate", "annotate"))

    return routes


def page(title: str, body: str, script: str = "elements", kind: str = "", base: str = "../") -> str:
    """A page of its own, `base` away from the root. The title is HTML already."""
    module = f'<script type="module" src="playground/{script}.js"></script>' if script else ""
    return _PAGE.format(title=title, body=body, css=stage_css(), script=module, kind=kind, base=base)


def _desk(campaign: Campaign) -> str:
    """Guidelines and the card; not the campaign's name, which may be that of a model."""
    guidelines = campaign.guidelines.strip() and (
        f'<details class="guidelines" open><summary>Guidelines</summary>'
        f"<p>{markup.escape(campaign.guidelines.strip())}</p></details>"
    )
    card = f'<vote-card campaign="{markup.escape(campaign.id)}" alone></vote-card>'
    return f"{guidelines}<noscript>This page needs JavaScript.</noscript>{card}"
