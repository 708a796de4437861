"""Pages of their own, to be shared: light ones, without Gradio."""

from fastapi import APIRouter
from fastapi.responses import HTMLResponse

from playground.run.race import Race
from playground.ui import markup
from playground.ui.theme import stage_css

_PAGE = """<!doctype html>
<html lang="en"><head><meta charset="utf-8"><base href="../">
<meta name="viewport" content="width=device-width, initial-scale=1"><title>{title}</title>
<link rel="icon" href="playground/icon.png"><link rel="stylesheet" href="playground/look.css">
<style>{css}</style><script type="module" src="playground/elements.js"></script></head>
<body class="shared"><main><h1>{title}</h1>{body}
<p class="lede"><a href="./#{room}">Open the playground</a></p></main></body></html>"""


def router() -> APIRouter:
    routes = APIRouter()

    @routes.get("/race/{race_id}", response_class=HTMLResponse, include_in_schema=False)
    def race(race_id: str) -> str:
        """A race, alone."""
        found = Race.load(race_id)
        board = f'<race-board race="{markup.escape(found.id)}"></race-board>'
        return _PAGE.format(title=f"{found.id} in the playground", css=stage_css(), body=board, room="race")

    return routes
