"""The REST API: health, runs, votes. Errors are RFC 9457 problem documents."""

from dataclasses import asdict
from http import HTTPStatus
from typing import Annotated

from fastapi import APIRouter, FastAPI, Query, Request, Response
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse, PlainTextResponse
from pydantic import BaseModel, Field, model_validator
from starlette.exceptions import HTTPException
from starlette.routing import Route

from playground import __version__, errors
from playground.preference import assign
from playground.preference.said import FIELDS
from playground.records import Choice
from playground.run import events, goodhart, reading, supervisor
from playground.run.job import Run
from playground.run.race import Race
from playground.ui import ballots, measure, memory
from playground.ui.admission import admit, admit_vote, visible
from playground.ui.ledger import Ledger
from playground.ui.problems import of_error, problem
from playground.ui.studio import Studio, has_result, run_of, summary

_METHODS = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"]


class Vote(BaseModel):
    """One judgement, by position only: the browser never knows whose answer it was.

    One of the first four, and what goes with it: see `preference.said.Said`.
    """

    assignment: str
    key: str = Field(min_length=8, max_length=64, description="A client-made UUID; repeating it is harmless")
    choice: Choice | None = None
    ranking: list[list[int]] | None = None
    scores: list[int] | None = None
    best_worst: list[int] | None = None
    strength: int | None = None
    reason: str | None = None
    note: str | None = None
    rewrite: str | None = None

    @model_validator(mode="after")
    def one_judgement(self):
        if sum(getattr(self, name) is not None for name in FIELDS[:4]) != 1:
            raise ValueError("give either choice or ranking, scores or best_worst")
        return self


class Undo(BaseModel):
    key: str = Field(min_length=8, max_length=64)


class Beside(BaseModel):
    """What people write beside a run."""

    note: str | None = None
    tags: list[str] | None = None


class Move(BaseModel):
    places: int = Field(ge=-1000, le=1000, description="Turns later, or earlier where negative")


class Holding(BaseModel):
    """Assignments the client has fetched ahead and not judged yet."""

    besides: list[str] = Field(default=[], max_length=8)


def router(studio: Studio, ledger: Ledger) -> APIRouter:
    routes = APIRouter(prefix="/api")
    _runs(routes, studio)
    _votes(routes, studio, ledger)

    @routes.get("/health")
    def health() -> dict:
        """Whether the web process answers, and whether the chat process is warm."""
        return {"status": "ok", "version": __version__, "chat": "ready" if studio.host_ready else "starting"}

    # Last, so that it takes what nothing else answers, before Gradio at the root does.
    @routes.api_route("/{path:path}", methods=_METHODS, include_in_schema=False)
    def otherwise(path: str, request: Request):
        return _no_route(request, f"/api/{path}", [*request.app.routes, *routes.routes[:-1]])

    return routes


def _runs(routes: APIRouter, studio: Studio) -> None:
    @routes.get("/runs")
    def runs() -> dict:
        """Every run, newest first, and the ids of those that wait for their turn, next first."""
        found = Run.all()
        queue = [run.id for run in supervisor.waiting(found)]
        return {"runs": [summary(run) for run in found], "queue": queue}

    @routes.get("/runs/{run_id}")
    def one_run(run_id: str) -> dict:
        """State, settings, lineage, progress, seconds left, notes; what it was expected to take, and took."""
        run = _run(run_id)
        beside = {"estimate": run.estimate, "measured": run.measured, "notes": run.notes}
        told = {name: None if one is None else asdict(one) for name, one in beside.items()}
        return summary(run) | told | {"lineage": run.lineage}

    @routes.get("/races/{race_id}")
    def race(race_id: str) -> dict:
        """How the contestants of a race stand."""
        found = Race.load(race_id)
        return asdict(found) | {"standings": [asdict(one) for one in found.standings], "ended": found.ended}

    @routes.get("/transfers/{transfer_id}/memorized")
    def memorized(transfer_id: str) -> dict:
        """Which examples were learned by heart: `figures` and a table; a `line` until that is known."""
        return memory.told(studio, transfer_id)

    @routes.post("/runs/{run_id}/notes")
    def annotate(run_id: str, body: Beside) -> dict:
        """Replace the note, the tags, or both."""
        return asdict(_run(run_id).annotate(body.note, body.tags))

    @routes.get("/runs/{run_id}/metrics")
    def metrics(run_id: str, since: Annotated[int, Query(ge=0)] = 0) -> dict:
        """Metrics from step `since` on (inclusive), aligned, thinned to 300 points; what all of them say."""
        run = _run(run_id)
        steps, values = events.columns(events.read_metrics(run.folder, since))
        told = [asdict(one) for one in reading.readings(run.folder)]
        best = goodhart.fallen(goodhart.points(run.folder))
        peak = {"step": best.step, "update": best.update} if best else None
        return {"state": run.state, "steps": steps, "values": values, "readings": told, "peak": peak}

    @routes.get("/runs/{run_id}/samples")
    def samples(run_id: str, since: Annotated[int, Query(ge=0)] = 0) -> dict:
        """What the model said while it learned."""
        return {"samples": events.read_samples(_run(run_id).folder, since)}

    @routes.get("/runs/{run_id}/held-out")
    def held_out(run_id: str) -> dict:
        """`figures` on the held-out suite, before and after; a `line` of progress while they are measured."""
        run = _run(run_id)
        if not has_result(run):
            raise errors.ConflictError(
                f"{run.id} is {run.state}", rule="Only a finished run with a model can be measured"
            )
        return measure.before_after(studio, run.spec.model, run.id)

    @routes.get("/runs/{run_id}/code", response_class=PlainTextResponse)
    def code(run_id: str, notebook: bool = False) -> str:
        """The run as a standalone script, or as a notebook cell, that needs only TRL and PEFT."""
        return _run(run_id).to_code(notebook)

    @routes.post("/runs/{run_id}/stop")
    def stop(run_id: str) -> dict:
        """Ask the run to stop; it keeps what it learned."""
        return summary(studio.stop(_run(run_id).id))

    @routes.post("/runs/{run_id}/resume")
    def resume(run_id: str) -> dict:
        """Go on from the newest checkpoint."""
        return summary(studio.resume(_run(run_id).id))

    @routes.post("/runs/{run_id}/move")
    def move(run_id: str, body: Move) -> dict:
        """Have a waiting run take its turn later or earlier; the queue as it is now, next first."""
        studio.supervisor.move(_run(run_id).folder, body.places)
        return {"queue": [run.id for run in supervisor.waiting(Run.all())]}

    @routes.delete("/runs/{run_id}")
    def delete(run_id: str) -> dict:
        """Remove a run that is not executed and that no other run came from; tells the bytes it took."""
        return {"id": run_id, "freed_bytes": _run(run_id).delete()}


def _votes(routes: APIRouter, studio: Studio, ledger: Ledger) -> None:
    @routes.post("/campaigns/{campaign}/next", response_model=None)
    def next_pair(campaign: str, request: Request, holding: Holding | None = None) -> dict | Response:
        """The pair this annotator judges next; 204 when nothing is left."""
        with ledger.watching(request, f"campaign {campaign}"):
            admit(studio, request, campaign)
        besides = holding.besides if holding else []
        found = ballots.next_pair(studio.engine, campaign, request.state.annotator, besides)
        return Response(status_code=204) if found is None else found

    @routes.get("/campaigns")
    def campaigns(request: Request) -> dict:
        """The campaigns one may know of, newest first. Not by name: it may tell whose answers are judged."""
        found = visible(studio, request.state.person)
        return {"campaigns": [{"id": one.id, "task": one.task, "created": one.created} for one in found]}

    @routes.get("/campaigns/{campaign}")
    def progress(campaign: str) -> dict:
        """How far a campaign has come, people and simulated annotators told apart."""
        return ballots.progress(studio.engine, campaign)

    @routes.post("/votes")
    def vote(body: Vote, request: Request) -> dict:
        """Store one judgement. The answer is a receipt: it comes after the commit."""
        with ledger.watching(request, f"assignment {body.assignment}"):
            admit_vote(studio, request, body.assignment)
            receipt = assign.record_vote(
                body.assignment,
                body.key,
                annotator=request.state.annotator,
                engine=studio.engine,
                **{name: getattr(body, name) for name in FIELDS},
            )
        return asdict(receipt)

    @routes.post("/campaigns/{campaign}/undo")
    def undo(campaign: str, body: Undo, request: Request) -> dict:
        """Take back this annotator's last judgement of the campaign."""
        with ledger.watching(request, f"campaign {campaign}"):
            admit(studio, request, campaign)
        receipt = assign.undo_vote(
            campaign, body.key, annotator=request.state.annotator, engine=studio.engine
        )
        return asdict(receipt)


def _run(run_id: str) -> Run:
    run = run_of(run_id) if run_id.replace("-", "").isalnum() else None
    if run is None:
        raise errors.NotFoundError(f"There is no run called {run_id!r}", remedy="GET /api/runs lists them")
    return run


def _no_route(request: Request, path: str, routes: list) -> JSONResponse:
    """405 where the path answers other methods, else 404."""
    fits = [one for one in routes if isinstance(one, Route) and one.path_regex.match(path)]
    allowed = ", ".join(sorted({method for one in fits for method in one.methods}))
    if not allowed:
        asked = request.scope.get("raw_path", b"").decode("latin-1") or path
        raise errors.NotFoundError(
            f"The API has no path {asked}", remedy="GET /api/openapi.json describes those it has"
        )
    value, rule = f"The method is {request.method}", f"This path answers {allowed}"
    answer = problem(405, "Method Not Allowed", f"{value}. {rule}.", value=value, rule=rule)
    answer.headers["allow"] = allowed
    return answer


def install_problems(app: FastAPI) -> None:
    """Turn every error of the REST API into a problem document."""

    @app.exception_handler(errors.PlaygroundError)
    async def ours(_request: Request, error: errors.PlaygroundError):
        return of_error(error)

    @app.exception_handler(RequestValidationError)
    async def invalid(_request: Request, error: RequestValidationError):
        first = error.errors()[0]
        where = ".".join(str(part) for part in first["loc"][1:])
        return problem(422, "Invalid input", f"{where}: {first['msg']}" if where else first["msg"])

    @app.exception_handler(HTTPException)
    async def http(_request: Request, error: HTTPException):
        return problem(error.status_code, HTTPStatus(error.status_code).phrase, str(error.detail))

    @app.exception_handler(Exception)
    async def unforeseen(_request: Request, error: Exception):
        return problem(500, "Error", f"The playground did not foresee this ({type(error).__name__}).")
