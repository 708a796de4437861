"""The owner's side of a campaign: its figures kept fresh, conflicts decided, votes withdrawn."""

import math
import threading
import time
from dataclasses import asdict, dataclass
from functools import partial

import gradio as gr
from fastapi import APIRouter, Request
from pydantic import BaseModel, Field

from playground.errors import NotFoundError
from playground.preference import settle, withdraw
from playground.preference.ceiling import NoiseCeiling, noise_ceiling
from playground.preference.judgements import campaign_judgements
from playground.preference.overview import overview, stamp
from playground.run import events, lineage
from playground.run.job import Run
from playground.store import audit
from playground.ui import markup, owner_parts
from playground.ui.jobs import Job
from playground.ui.room import QUIET
from playground.ui.studio import Studio, run_of
from playground.ui.whiskers import told

REST = 5.0
"""Seconds between two readings of a campaign that is being judged, at least; ten times what one takes."""
PATIENCE = 0.3


class Decision(BaseModel):
    """The owner's word on the item that a vote was cast on, in the places of its completions."""

    vote: str
    key: str = Field(min_length=8, max_length=64, description="A client-made UUID; repeating it is harmless")
    choice: str | None = None
    ranking: list[list[int]] | None = None


class Whose(BaseModel):
    annotator: str = Field(min_length=1, max_length=200)


@dataclass
class View:
    """A campaign's parts as they were read last."""

    stamp: str
    parts: list[dict]
    read: float
    took: float


class Views:
    """The newest reading of every campaign that somebody looks at."""

    def __init__(self, studio: Studio):
        self.studio = studio
        self._views: dict[str, View] = {}
        self._deeds: dict[str, float] = {}

    def after_deed(self, campaign: str) -> None:
        """Whoever has decided or withdrawn something sees what came of it, however lately all was read."""
        self._deeds[campaign] = time.monotonic()

    def get(self, campaign: str, have: str) -> dict:
        """{} where the page has the newest; else `stamp` and `parts`, and a `line` while they are read anew.

        Raises NotFoundError, and what reading raised.
        """
        now = stamp(campaign, self.studio.engine)
        view = self._views.get(campaign)
        line = None
        if view is None or (view.stamp != now and self._due(campaign, view)):
            job = self.studio.jobs.start(
                f"overview {campaign}", "Votes read", partial(self._read, campaign, now)
            )
            if job.finished.wait(PATIENCE):
                if job.error is not None:
                    raise job.error
                view = self._views.get(campaign)
            else:
                line = job.line
        fresh = {} if view is None or view.stamp == have else {"stamp": view.stamp, "parts": view.parts}
        return fresh | ({"line": line} if line else {})

    def _due(self, campaign: str, view: View) -> bool:
        return rested(view.read, view.took) or self._deeds.get(campaign, -math.inf) > view.read - view.took

    def _read(self, campaign: str, now: str, job: Job) -> None:
        began = time.monotonic()
        found = overview(campaign, engine=self.studio.engine, progress_to=job.step)
        ended = time.monotonic()
        self._views[campaign] = View(now, owner_parts.parts(found), ended, ended - began)


class Ceilings:
    """The noise ceilings of the campaigns that reward models learned from, read anew after a rest only."""

    def __init__(self, studio: Studio):
        self.studio = studio
        self._campaigns: dict[tuple[str, ...], str | None] = {}
        self._found: dict[str, tuple[str, float, float, NoiseCeiling | None]] = {}
        self._lock = threading.Lock()

    def get(self, run: Run) -> NoiseCeiling | None:
        """None where a run's votes are unknown, or nobody judged what another judged."""
        with self._lock:
            campaign = self._campaign(run)
            return self._ceiling(campaign) if campaign else None

    def _campaign(self, run: Run) -> str | None:
        """By what the rows are: they never change."""
        rows = tuple(part.sha256 for part in run.spec.data.values())
        if rows not in self._campaigns:
            keys = (row.get("vote") for part in ("validation", "train") for row in run.rows(part))
            self._campaigns[rows] = lineage.campaign_of(filter(None, keys), self.studio.engine)
        return self._campaigns[rows]

    def _ceiling(self, campaign: str) -> NoiseCeiling | None:
        now = stamp(campaign, self.studio.engine)
        before, read, took, found = self._found.get(campaign, ("", -math.inf, 0.0, None))
        if before != now and rested(read, took):
            began = time.monotonic()
            found = noise_ceiling(campaign_judgements(campaign, self.studio.engine))
            ended = time.monotonic()
            self._found[campaign] = now, ended, ended - began, found
        return found


def rested(read: float, took: float) -> bool:
    """Whether what was read then and took so many seconds may be read anew."""
    return time.monotonic() - read > max(REST, 10 * took)


def build(campaign: gr.Dropdown) -> None:
    """The owner's view of what `campaign` holds, which keeps itself up to date."""
    view = gr.HTML(elem_id="preferences-owner")
    campaign.change(_element, campaign, view, **QUIET)


def _element(campaign: str | None) -> str:
    return f'<owner-view campaign="{markup.escape(campaign)}"></owner-view>' if campaign else ""


def router(studio: Studio) -> APIRouter:
    """What only an owner may ask for and do."""
    routes, views, ceilings = APIRouter(prefix="/api"), Views(studio), Ceilings(studio)

    @routes.get("/campaigns/{campaign}/overview")
    def parts(campaign: str, have: str = "") -> dict:
        """Coverage, agreement, annotators, conflicts, models as HTML; none where `have` is the newest."""
        return views.get(campaign, have)

    @routes.post("/campaigns/{campaign}/decisions")
    def decide(campaign: str, body: Decision, request: Request) -> dict:
        """Settle a conflict, or take the decision back (`undone`)."""
        receipt = settle.settle(
            body.vote, choice=body.choice, ranking=body.ranking, key=body.key, campaign=campaign,
            owner=_name(request), engine=studio.engine,
        )  # fmt: skip
        views.after_deed(campaign)
        audit.note(_name(request), "decided", campaign, body.vote, engine=studio.engine)
        return asdict(receipt)

    @routes.get("/campaigns/{campaign}/withdrawal")
    def affected(campaign: str, annotator: str) -> dict:
        """How many votes an annotator's withdrawal would take back, and which models learned from them."""
        standing = [
            one.vote for one in campaign_judgements(campaign, studio.engine) if one.annotator == annotator
        ]
        trained = lineage.learned_from(annotator, campaign, engine=studio.engine)
        return {"votes": len(standing), "models": [asdict(one) for one in trained]}

    @routes.post("/campaigns/{campaign}/withdrawal")
    def take_back(campaign: str, body: Whose, request: Request) -> dict:
        """Take back all that an annotator said in this campaign."""
        taken = withdraw.withdraw_votes(body.annotator, campaign, engine=studio.engine)
        views.after_deed(campaign)
        told = f"{len(taken.votes)} votes of {taken.annotator}"
        audit.note(_name(request), "withdrawn", campaign, told, engine=studio.engine)
        return {"annotator": taken.annotator, "votes": len(taken.votes)}

    @routes.get("/runs/{run_id}/ceiling")
    def ceiling(run_id: str) -> dict:
        """A reward model's held-out accuracy beside the noise ceiling of the votes it learned from."""
        run = run_of(run_id)
        if run is None:
            raise NotFoundError(f"There is no run called {run_id!r}", remedy="GET /api/runs lists them")
        return reached(run, ceilings.get(run))

    return routes


def _name(request: Request) -> str:
    """Who decides: by name where people sign in."""
    account = request.state.person.account
    return account.name if account else "owner"


def reached(run: Run, found: NoiseCeiling | None) -> dict:
    """`line`: what a reward model has reached of what people's agreement allows; "" where that is unknown.
    `ended` where it reaches no more.
    """
    if found is None:
        return {"line": ""}
    line = (
        f"Noise ceiling {told(found.value)}: people agree only so far, and no model is right more often "
        "on a single vote."
    )
    accuracy = [
        row["values"]["eval_accuracy"]
        for row in events.read_metrics(run.folder)
        if row["values"].get("eval_accuracy") is not None
    ]
    if accuracy and math.isfinite(accuracy[-1]):
        line = f"Held-out accuracy {markup.share(accuracy[-1])}. {line}"
    ended = run.state == "completed"
    return {"line": line, "ceiling": found.value._asdict(), "pairs": found.pairs, "ended": ended}
