"""The web process: FastAPI with the REST API, and Gradio mounted at the root."""

import contextlib
import errno
import os
import socket
import sys

os.environ.setdefault("GRADIO_ANALYTICS_ENABLED", "False")

import gradio as gr
import uvicorn
from fastapi import FastAPI
from fastapi.staticfiles import StaticFiles

from playground import __version__
from playground.errors import ConflictError, InputError
from playground.ui import api, entry, owner, page, people, share
from playground.ui.gate import Gate
from playground.ui.guard import Guard
from playground.ui.ledger import Ledger
from playground.ui.studio import Studio
from playground.ui.theme import HEAD, STATIC, stage_css, theme
from playground.ui.watch import guard_events

TITLE = "Fine-Tuning Playground"
UPLOAD_LIMIT = "50mb"
BODY_LIMIT = 2**18
"""Bytes of any other request: a vote with the longest rewrite takes a third of it."""
LOOPBACK = ("127.0.0.1", "::1")
SPACE_PROXIES = "127.0.0.1,10.0.0.0/8,172.16.0.0/12,192.168.0.0/16"


def create_app(studio: Studio | None = None, loopback: bool = False) -> FastAPI:
    """The whole app. `studio` is opened when the server starts and closed when it ends.

    `loopback` tells that only this machine can reach the server; elsewhere people sign in.
    """
    studio = studio or Studio()
    ledger = Ledger(studio)

    @contextlib.asynccontextmanager
    async def lifespan(_app):
        studio.open()
        yield
        studio.close()

    app = FastAPI(
        title=TITLE,
        version=__version__,
        lifespan=lifespan,
        docs_url=None,
        redoc_url=None,
        openapi_url="/api/openapi.json",
    )
    app.state.studio, app.state.limits = studio, ledger.limits
    for router in (
        owner.router(studio),
        entry.router(studio, ledger),
        people.router(studio),
        api.router(studio, ledger),
        share.router(studio, ledger),
    ):
        app.include_router(router, max_body_size=BODY_LIMIT)
    api.install_problems(app)
    app.mount("/playground", StaticFiles(directory=STATIC))
    app.add_middleware(Gate, studio=studio, ledger=ledger, loopback=loopback)
    app.add_middleware(Guard, loopback=loopback, refused=ledger.refused)
    demo = page.build(studio)
    guard_events(demo, ledger)
    css = stage_css() + "".join((STATIC / name).read_text() for name in ("look.css", "owner.css"))
    return gr.mount_gradio_app(
        app,
        demo,
        path="/",
        theme=theme(),
        css=css,
        head=HEAD,
        footer_links=[],
        show_error=False,
        run_history=False,
        ssr_mode=False,
        max_file_size=UPLOAD_LIMIT,
        favicon_path=str(STATIC / "icon.png"),
    )


def serve(host: str = "127.0.0.1", port: int = 7860) -> None:
    """Serve the app until it is interrupted.

    Raises ConflictError where the port is taken, InputError where one cannot listen there.
    """
    with listen(host, port) as door:
        address, port = door.getsockname()[:2]
        app = create_app(loopback=address in LOOPBACK)
        shown = "localhost" if address in (*LOOPBACK, "0.0.0.0", "::") else host
        url = f"http://{shown}:{port}"
        print(f"{TITLE} on {url}", flush=True)
        if token := entry.first_owner(loopback=address in LOOPBACK):
            print(
                f"Nobody owns it yet. Make the owner's account, once, within a day: {url}/join/{token}",
                flush=True,
            )
        server = uvicorn.Server(
            uvicorn.Config(
                app, log_level="warning", timeout_graceful_shutdown=2, forwarded_allow_ips=trusted_proxies()
            )
        )
        with contextlib.suppress(KeyboardInterrupt):
            server.run(sockets=[door])
    if not server.started:
        sys.exit(1)


def trusted_proxies() -> str | None:
    """Whose word on the client's address is taken: a Space's own proxies; elsewhere FORWARDED_ALLOW_IPS."""
    return SPACE_PROXIES if os.environ.get("SPACE_ID") else None


def listen(host: str, port: int) -> socket.socket:
    """A socket that listens at this address, before anything else is started."""
    door = socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET)
    door.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        door.bind((host, port))
        door.listen(2048)
    except OSError as error:
        door.close()
        if error.errno == errno.EADDRINUSE:
            remedy = f"Stop the other program, or start with make app PORT={port + 1}"
            raise ConflictError(f"Port {port} is taken", remedy=remedy) from error
        raise InputError(
            f"The playground cannot listen on {host}, port {port}: {error.strerror}",
            remedy="Choose another host or port",
        ) from error
    return door
