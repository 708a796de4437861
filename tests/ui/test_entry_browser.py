"""Signing in, people and invitations in Chromium: by keyboard, on a phone, and fit for everybody to read."""

import importlib.util
import threading
from pathlib import Path
from types import SimpleNamespace

import pytest
import uvicorn

from playground.preference import access
from playground.preference.campaign import create_campaign, progress
from playground.store import accounts

pytestmark = [pytest.mark.browser, pytest.mark.usefixtures("quick_passwords")]
PASSWORD = "correct horse battery"
PHONE = {"viewport": {"width": 390, "height": 844}, "has_touch": True, "is_mobile": True}


def _sibling(name):
    spec = importlib.util.spec_from_file_location(f"ui_{name}_here", Path(__file__).parent / f"{name}.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


web = _sibling("browser")
AUDIT = _sibling("test_annotate").AUDIT


@pytest.fixture(scope="module")
def browser(chromium):
    with web.browsing(chromium) as one:
        yield one


@pytest.fixture
def site(app, home, drafts):
    """The app on a port of its own, owned by Anna, with one campaign."""
    app.state.limits.forget()
    port = web.free_port()
    server = uvicorn.Server(uvicorn.Config(app, port=port, log_level="error", timeout_graceful_shutdown=1))
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    web.until(lambda: server.started)
    engine = app.state.studio.engine
    accounts.create_account("Anna", PASSWORD, "owner", engine=engine)
    campaign = create_campaign("sft-0001, 4 pairs", drafts, engine=engine)
    yield SimpleNamespace(url=f"http://127.0.0.1:{port}", engine=engine, campaign=campaign)
    server.should_exit = True
    thread.join(20)


@pytest.fixture
def visit(browser, site):
    """A page in a browser of its own."""
    contexts = []

    def open_page(path, **options):
        contexts.append(browser.new_context(**({"viewport": {"width": 1280, "height": 900}} | options)))
        page = contexts[-1].new_page()
        page.set_default_timeout(20_000)
        page.goto(site.url + path)
        return page

    yield open_page
    for context in contexts:
        context.close()


def fit(page):
    """Nothing that WCAG 2.2 AA asks and a script can see is wrong, and nothing hangs over the edge."""
    wrong = [one for one in page.evaluate(AUDIT) if one != "no live region"]
    assert wrong == [] and web.overflow(page) <= 0


def test_by_keyboard_from_the_door_to_an_invitation_and_on_a_phone_to_the_last_vote(visit, site):
    page = visit("/people")
    assert page.url.endswith("/sign-in?next=/people")
    fit(page)
    page.keyboard.type("Anna")
    page.keyboard.press("Tab")
    page.keyboard.type("wrong wrong")
    page.keyboard.press("Enter")
    page.locator("[role=alert]", has_text="do not belong together").wait_for()
    fit(page)
    page.keyboard.press("Tab")
    page.keyboard.type(PASSWORD)
    page.keyboard.press("Enter")
    page.wait_for_url("**/people")
    fit(page)
    page.get_by_label("How many people").select_option("any")
    page.get_by_role("button", name="Make a link").focus()
    page.keyboard.press("Enter")
    link = page.get_by_label("Invitation link").input_value()
    assert link.startswith(f"{site.url}/join/")
    fit(page)

    phone = visit(link.removeprefix(site.url), **PHONE)
    fit(phone)
    phone.get_by_label("Name").fill("Otto")
    phone.get_by_label("Password").fill(PASSWORD)
    phone.get_by_role("button", name="Join").tap()
    phone.locator("vote-card h2").wait_for()
    for number in range(1, 5):
        phone.wait_for_timeout(600)  # else it is the second half of a double tap
        phone.locator("vote-card .pair button").first.tap()
        web.until(lambda number=number: progress(site.campaign, engine=site.engine).votes == number, 20)
    assert progress(site.campaign, engine=site.engine).annotators == {"Otto": 4}
    phone.goto(f"{site.url}/campaigns")
    phone.get_by_text("4 of 4 judged by you").wait_for()
    fit(phone)
    phone.goto(f"{site.url}/account")
    fit(phone)
    page.goto(f"{site.url}/people")
    page.get_by_role("button", name="Remove Otto from sft-0001, 4 pairs").wait_for()
    page.set_viewport_size({"width": 390, "height": 844})
    fit(page)
    phone.get_by_role("button", name="Sign out").tap()
    phone.wait_for_url("**/sign-in")


def test_a_vote_of_a_lost_session_waits_for_the_next(visit, site):
    token = access.invite(site.campaign, engine=site.engine).token
    otto = access.join(token, "Otto", PASSWORD, engine=site.engine)
    page = visit(f"/sign-in?next=/annotate/{site.campaign}")
    page.get_by_label("Name").fill("Otto")
    page.get_by_label("Password").fill(PASSWORD)
    page.keyboard.press("Enter")
    page.locator("vote-card h2").wait_for()
    web.until(lambda: progress(site.campaign, engine=site.engine).leased == 3, 20)
    accounts.change_password(otto.id, PASSWORD, PASSWORD, engine=site.engine)
    page.keyboard.press("1")
    page.get_by_text("Not saved yet: 1 vote kept in this browser. Your session has ended").wait_for()
    link = page.get_by_role("status").get_by_role("link", name="Sign in")
    link.focus()
    assert page.evaluate(AUDIT) == []
    page.wait_for_timeout(2000)
    assert page.evaluate("document.activeElement.textContent") == "Sign in", "it tries again around the focus"
    for _ in range(2):
        page.locator("vote-card h2").focus()
        page.keyboard.press("1")
    page.get_by_text("You are not signed in").first.wait_for()
    assert page.evaluate(AUDIT) == [] and web.overflow(page) <= 0
    assert progress(site.campaign, engine=site.engine).votes == 0
    page.locator(".empty").get_by_role("link", name="Sign in").click()
    page.get_by_label("Name").fill("Otto")
    page.get_by_label("Password").fill(PASSWORD)
    page.keyboard.press("Enter")
    web.until(lambda: progress(site.campaign, engine=site.engine).votes == 3, 20)


def test_a_vote_waits_for_whoever_gave_it_while_another_judges_in_the_same_browser(visit, site, drafts):
    site.campaign = create_campaign("twice", drafts, 2, engine=site.engine)
    access.set_open(site.campaign, True, by="Anna", engine=site.engine)
    for name in ("Otto", "Vera"):
        accounts.create_account(name, PASSWORD, "annotator", engine=site.engine)
    page = visit("/sign-in")

    def enter(name):
        page.goto(f"{site.url}/sign-in?next=/annotate/{site.campaign}")
        page.get_by_label("Name").fill(name)
        page.get_by_label("Password").fill(PASSWORD)
        page.keyboard.press("Enter")
        page.locator("vote-card h2").wait_for()

    def given():
        return progress(site.campaign, engine=site.engine).annotators

    enter("Otto")
    first = page.locator("vote-card h2").inner_text()
    page.route("**/api/votes", lambda route: route.abort())
    page.keyboard.press("1")
    page.get_by_text("Not saved yet").wait_for()
    page.unroute_all(behavior="wait")
    enter("Vera")
    page.get_by_text("Judgements that somebody else gave in this browser wait").wait_for()
    page.keyboard.press("1")
    page.locator(".status", has_text="stored").wait_for()
    assert given() == {"Vera": 1}
    enter("Otto")
    web.until(lambda: given() == {"Otto": 1, "Vera": 1}, 20)
    assert page.locator("vote-card h2").inner_text() != first


def test_a_viewer_looks_on(visit, site):
    accounts.create_account("Vera", PASSWORD, "viewer", engine=site.engine)
    page = visit("/sign-in")
    page.get_by_label("Name").fill("Vera")
    page.get_by_label("Password").fill(PASSWORD)
    page.keyboard.press("Enter")
    page.locator("account-line", has_text="viewer: looks on, starts nothing").wait_for()
    page.locator("#tuning-start").wait_for(state="attached")
    web.to(page, "datasets")
    web.to(page, "runs")
    web.to(page, "preferences")
    page.wait_for_timeout(500)
    assert page.locator(".toast-body").count() == 0
    assert web.overflow(page) <= 0
