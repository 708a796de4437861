"""The web process: FastAPI with the REST API, and Gradio mounted at the root."""

import contextlib
import os

os.environ.setdefault("GRADIO_ANALYTICS_ENABLED", "False")

import gradio as gr
import uvicorn
from fastapi import FastAPI
from fastapi.staticfiles import StaticFiles

from playground import __version__
from playground.ui import api, page
from playground.ui.guard import Guard
from playground.ui.studio import Studio
from playground.ui.theme import HEAD, STATIC, stage_css, theme

TITLE = "Fine-Tuning Playground"
UPLOAD_LIMIT = "50mb"


def create_app(studio: Studio | None = None) -> FastAPI:
    """The whole app. `studio` is opened when the server starts and closed when it ends."""
    studio = studio or Studio()

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
    app.state.studio = studio
    app.include_router(api.router(studio))
    api.install_problems(app)
    app.mount("/playground", StaticFiles(directory=STATIC))
    app.add_middleware(Guard)
    css = stage_css() + (STATIC / "look.css").read_text()
    return gr.mount_gradio_app(
        app,
        page.build(studio),
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
    """Serve the app until it is interrupted."""
    shown = "localhost" if host in ("127.0.0.1", "0.0.0.0", "::") else host
    print(f"{TITLE} on http://{shown}:{port}", flush=True)
    uvicorn.run(create_app(), host=host, port=port, log_level="warning", timeout_graceful_shutdown=2)
