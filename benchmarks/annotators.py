"""Many annotators at once, as HTTP clients of a real server: `python -m benchmarks.annotators`.

Fifty of them ask for an item, think for two seconds and vote, until a campaign has all its votes. Told are
the times of `next` and `vote` at the server and at the client, votes that were acknowledged and are not
stored, votes stored twice, and items that got more or fewer votes than wanted.

`--database URL` does the same on another database. `--kills N` has the server killed N times (SIGKILL) under
load; clients repeat what was not acknowledged, under the same key. The server is the whole app without its
worker and chat processes. Times mean something on an otherwise idle machine only.
"""

import argparse
import asyncio
import contextlib
import os
import random
import signal
import socket
import statistics
import subprocess
import sys
import tempfile
import time
import uuid
from collections import Counter
from dataclasses import dataclass, field
from http import HTTPStatus

import httpx

TIMING = "server-timing"
PATIENCE = 60.0
"""Seconds that a client goes on asking a server that does not answer."""


@dataclass
class Tally:
    """What the clients saw."""

    server: dict[str, list[float]] = field(default_factory=lambda: {"next": [], "vote": []})
    client: dict[str, list[float]] = field(default_factory=lambda: {"next": [], "vote": []})
    acknowledged: dict[str, str] = field(default_factory=dict)
    """Receipt by key."""
    faults: list[str] = field(default_factory=list)
    refused: Counter = field(default_factory=Counter)
    retries: int = 0


class Timed:
    """ASGI: tells in a header how many milliseconds the app took to answer."""

    def __init__(self, app):
        self.app = app

    async def __call__(self, scope, receive, send):
        if scope["type"] != "http":
            return await self.app(scope, receive, send)
        began = time.perf_counter()

        async def timed(message):
            if message["type"] == "http.response.start":
                took = f"app;dur={1000 * (time.perf_counter() - began):.3f}"
                message["headers"] = [*message["headers"], (TIMING.encode(), took.encode())]
            await send(message)

        return await self.app(scope, receive, timed)


class Still:
    """In the place of the worker and chat processes, which voting does not need."""

    def open(self):
        return self

    def close(self):
        pass


def keep_serving(port: int) -> None:
    """Build the app once; serve it in a fork, and in a new one whenever that is killed."""
    import uvicorn

    from playground.ui.server import create_app, listen
    from playground.ui.studio import Studio

    app = Timed(create_app(Studio(Still(), Still), loopback=True))
    door = listen("127.0.0.1", port)
    while True:
        child = os.fork()
        if not child:
            signal.signal(signal.SIGTERM, signal.SIG_DFL)
            uvicorn.Server(uvicorn.Config(app, log_level="error")).run(sockets=[door])
            os._exit(0)

        def end(*_, child=child):
            os.kill(child, signal.SIGKILL)
            sys.exit()

        signal.signal(signal.SIGTERM, end)
        print(child, flush=True)
        os.waitpid(child, 0)


@contextlib.contextmanager
def serving(environment: dict[str, str]):
    """A server process; yields its URL and a list whose last entry is the process that serves now."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    command = [sys.executable, "-m", "benchmarks.annotators", "--serve", str(port)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=os.environ | environment) as keeper:
        serves = [int(keeper.stdout.readline())]
        try:
            yield f"http://127.0.0.1:{port}", serves, keeper
        finally:
            keeper.terminate()


async def annotate(url: str, campaign: str, tally: Tally, think: float, chance: random.Random, stop) -> None:
    """One annotator: next item, think, vote, until nothing is left for them."""
    async with httpx.AsyncClient(base_url=url, timeout=10) as client:
        await ask(client, tally, None, "GET", "/api/health")
        await asyncio.sleep(chance.uniform(0, think))
        while not stop.is_set():
            path = f"/api/campaigns/{campaign}/next"
            lent = await ask(client, tally, "next", "POST", path, {"besides": []})
            if lent.status_code == HTTPStatus.NO_CONTENT:
                return
            await asyncio.sleep(think * chance.uniform(0.5, 1.5))
            key = str(uuid.uuid4())
            body = {
                "assignment": lent.json()["assignment"], "key": key,
                "choice": chance.choice(("first", "second", "tie")),
            }  # fmt: skip
            answer = await ask(client, tally, "vote", "POST", "/api/votes", body)
            if answer.status_code != HTTPStatus.OK:
                tally.refused[answer.status_code] += 1
            elif tally.acknowledged.setdefault(key, answer.json()["receipt"]) != answer.json()["receipt"]:
                tally.faults.append(f"vote {key} got two receipts")


async def ask(client, tally: Tally, what: str | None, method: str, path: str, body=None) -> httpx.Response:
    """Ask until the server answers; the same request again is the same vote."""
    until = time.monotonic() + PATIENCE
    while True:
        began = time.perf_counter()
        try:
            answer = await client.request(method, path, json=body)
            if answer.status_code < HTTPStatus.INTERNAL_SERVER_ERROR:
                break
        except httpx.TransportError:
            pass
        if time.monotonic() > until:
            raise SystemExit("The server does not answer any more")
        tally.retries += 1
        await asyncio.sleep(0.05)
    if what:
        tally.client[what].append(1000 * (time.perf_counter() - began))
        tally.server[what].append(float(answer.headers[TIMING].partition("dur=")[2]))
    return answer


async def kill(serves: list[int], keeper, times: int, chance: random.Random, stop) -> None:
    """Kill whoever serves, `times` over, at random moments."""
    for _ in range(times):
        await asyncio.sleep(chance.uniform(0.1, 0.6))
        os.kill(serves[-1], signal.SIGKILL)
        serves.append(int(await asyncio.to_thread(keeper.stdout.readline)))
    stop.set()


async def crowd(url, serves, keeper, campaign, chosen, tally) -> bool:
    """All annotators on one campaign; whether it was left before it was complete."""
    stop, chance = asyncio.Event(), random.Random(chosen.seed + len(serves))
    people = [
        annotate(url, campaign, tally, chosen.think, random.Random(chance.random()), stop)
        for _ in range(chosen.annotators)
    ]
    left = chosen.kills - (len(serves) - 1)
    killer = asyncio.create_task(kill(serves, keeper, left, chance, stop)) if left > 0 else None
    await asyncio.gather(*people)
    if killer:
        killer.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await killer
    return stop.is_set()


def make_campaign(items: int, wanted: int) -> str:
    from playground.preference.campaign import create_campaign
    from playground.records import Completion

    drafts = (
        Completion(f"Question {number}?", f"Answer {letter} to question {number}.", f"model-{letter}")
        for number in range(items)
        for letter in "ab"
    )
    return create_campaign("Many annotators", drafts, wanted)


def faults(campaign: str, tally: Tally, wanted: int, complete: bool) -> list[str]:
    """The keys that are stored; what is wrong with them goes into the tally."""
    import sqlalchemy as sa

    from playground.preference.campaign import vote_log
    from playground.preference.overview import votes_by_item
    from playground.store.database import connect

    log = vote_log(campaign)
    stored = [row["key"] for row in log]
    given = votes_by_item(campaign)
    off = sum(one != wanted for one in given) if complete else sum(one > wanted for one in given)
    by_person = Counter((row["position"], row["annotator"]) for row in log)
    told = {
        "stored twice": len(stored) - len(set(stored)) + sum(n > 1 for n in by_person.values()),
        f"items without exactly {wanted} votes" if complete else f"items with more than {wanted} votes": off,
    }
    found = [f"{number} {what}" for what, number in told.items() if number]
    engine = connect()
    if engine.dialect.name == "sqlite":
        with engine.connect() as connection:
            if connection.execute(sa.text("PRAGMA integrity_check")).scalar() != "ok":
                found.append("the database is damaged")
    tally.faults += found
    return stored


def tell(name: str, values: list[float]) -> str:
    if len(values) < 2:
        return f"{name}: {len(values)} requests"
    cuts = statistics.quantiles(values, n=100, method="inclusive")
    middle, high, most = cuts[49], cuts[94], max(values)
    return f"{name:14} p50 {middle:6.1f} ms  p95 {high:6.1f} ms  most {most:6.1f} ms  n {len(values)}"


def measure(chosen) -> Tally:
    """Run it all in a home of its own; prints what was found."""
    environment = {"PLAYGROUND_HOME": tempfile.mkdtemp(prefix="annotators-")}
    if chosen.database:
        environment["PLAYGROUND_DATABASE_URL"] = chosen.database
    os.environ |= environment
    from playground.store.database import connect

    tally, stored, began = Tally(), set(), time.monotonic()
    with serving(environment) as (url, serves, keeper):
        while True:
            campaign = make_campaign(chosen.items, chosen.votes)
            left = asyncio.run(crowd(url, serves, keeper, campaign, chosen, tally))
            stored |= set(faults(campaign, tally, chosen.votes, complete=not left and not tally.refused))
            if len(serves) > chosen.kills:
                break
    lost = set(tally.acknowledged) - stored
    tally.faults += [f"{len(lost)} acknowledged votes are lost"] if lost else []
    print(
        f"{chosen.annotators} annotators, think time {chosen.think:g} s, on {connect().dialect.name}: "
        f"{len(tally.acknowledged)} votes acknowledged, {len(stored)} stored, {len(lost)} lost, "
        f"{time.monotonic() - began:.0f} s"
    )
    if chosen.kills:
        print(f"{len(serves) - 1} kills, {tally.retries} requests repeated")
    else:
        for side, times in (("server", tally.server), ("client", tally.client)):
            for what, values in times.items():
                print(tell(f"{what}, {side}", values))
    if tally.refused:
        print("refused:", ", ".join(f"{number} with {status}" for status, number in tally.refused.items()))
    print("faults:", "; ".join(tally.faults) or "none")
    return tally


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--annotators", type=int, default=50)
    parser.add_argument("--items", type=int, default=400)
    parser.add_argument("--votes", type=int, default=3, help="wanted for each item")
    parser.add_argument("--think", type=float, help="seconds on average; 2, or 0.2 with kills")
    parser.add_argument("--database", help="SQLAlchemy URL, such as postgresql+psycopg://user@host/name")
    parser.add_argument("--kills", type=int, default=0)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--serve", type=int, help=argparse.SUPPRESS)
    chosen = parser.parse_args()
    if chosen.serve:
        return keep_serving(chosen.serve)
    chosen.think = (0.2 if chosen.kills else 2.0) if chosen.think is None else chosen.think
    if measure(chosen).faults:
        raise SystemExit(1)


if __name__ == "__main__":
    main()
