"""The web app with stand-ins for what needs torch: runs are folders written here, models are canned."""

import importlib.util
import threading
from pathlib import Path
from types import SimpleNamespace

import pytest
import uvicorn
from fastapi.testclient import TestClient

from playground.preference.campaign import create_campaign
from playground.records import Completion
from playground.run import events
from playground.run.job import RESULT, Run
from playground.training.sft import SFT

_spec = importlib.util.spec_from_file_location("ui_stand_ins", Path(__file__).parent / "stand_ins.py")
_module = importlib.util.module_from_spec(_spec)
_spec.loader.exec_module(_module)
_spec = importlib.util.spec_from_file_location("ui_browser", Path(__file__).parent / "browser.py")
web = importlib.util.module_from_spec(_spec)
_spec.loader.exec_module(web)


@pytest.fixture(scope="session")
def stand_ins():
    """The module of stand-ins."""
    return _module


@pytest.fixture(scope="session")
def app():
    """The app, built once; each client opens it on a home of its own."""
    from playground.ui.server import create_app
    from playground.ui.studio import Studio

    return create_app(Studio(_module.StillSupervisor(), _module.CannedHost), loopback=True)


@pytest.fixture
def client(app, home):
    """A browser at the app's door, with a studio of stand-ins behind it."""
    app.state.studio.supervisor.started.clear()
    app.state.limits.forget()
    with TestClient(app, base_url="http://localhost") as browser:
        browser.studio = app.state.studio
        yield browser


@pytest.fixture
def make_run(home):
    """Write a run folder in any state, as a worker would have left it."""

    def make(state="completed", settings=None, model="pocket", steps=20, rows=4, **status):
        data = {"train": [{"prompt": [{"role": "user", "content": "Hi"}], "completion": "Hello."}] * rows}
        run = Run.create("sft", settings or SFT(), model, data, names={"train": "larkspur"})
        log = events.EventLog(run.folder)
        for step in range(1, steps + 1):
            log.metrics(step, {"loss": 3 / step})
        log.metrics(steps, {"eval_loss": 0.5})
        log.sample(steps, "Hi", "Hello.")
        values = {"step": steps, "total": 40, "seconds": 10.0} | status
        events.write_status(run.folder, events.Status(state=state, **values))
        if state == "completed":
            (run.folder / RESULT).mkdir()
        return run

    return make


@pytest.fixture
def drafts():
    """Two different completions of each of four prompts."""
    return [
        Completion(f"Question {n}?", f"Answer {n}{letter}.", "sft-0001") for n in range(4) for letter in "ab"
    ]


@pytest.fixture(scope="module")
def browser(chromium):
    with web.browsing(chromium) as one:
        yield one


@pytest.fixture
def site(app, home):
    """The app with stand-ins on a port of its own."""
    port = web.free_port()
    server = uvicorn.Server(uvicorn.Config(app, port=port, log_level="error", timeout_graceful_shutdown=1))
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    web.until(lambda: server.started)
    yield SimpleNamespace(url=f"http://127.0.0.1:{port}", engine=app.state.studio.engine)
    server.should_exit = True
    thread.join(20)


@pytest.fixture
def campaign(site):
    """Make a campaign of so many prompts with so many answers each."""

    def make(prompts=5, answers=2, **settings):
        drafts = [
            Completion(f"Question {n}?", f"Answer {n}{letter}.", web.MODEL)
            for n in range(prompts)
            for letter in "abcdefg"[:answers]
        ]
        return create_campaign(f"{web.MODEL}, {prompts} items", drafts, engine=site.engine, **settings)

    return make


@pytest.fixture
def opened(browser, site):
    """Open a campaign's page, its first item drawn."""
    contexts = []

    def show(campaign, item=True, **options):
        context = browser.new_context(**({"viewport": {"width": 1280, "height": 800}} | options))
        contexts.append(context)
        page = context.new_page()
        page.set_default_timeout(20_000)
        page.troubles = []
        page.on("pageerror", lambda error: page.troubles.append(str(error)))
        page.goto(f"{site.url}/annotate/{campaign}")
        if item:
            page.locator("vote-card h2").wait_for()
        return page

    yield show
    for context in contexts:
        troubles = [one for page in context.pages for one in getattr(page, "troubles", [])]
        context.close()
        assert troubles == []
