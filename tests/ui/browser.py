"""A real app on a port of its own, and Chromium in front of it: for the walk and for screenshots."""

import contextlib
import os
import socket
import subprocess
import sys
import time
from pathlib import Path

import httpx
from playwright.sync_api import Page, sync_playwright

ROOT = Path(__file__).resolve().parents[2]
FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-backgrounding-occluded-windows",
    "--disable-renderer-backgrounding",
]
MODEL = "sft-0001"
PHONE = {"viewport": {"width": 390, "height": 844}, "has_touch": True, "is_mobile": True}
TABS = ("datasets", "tuning", "race", "preferences", "rlhf", "compare", "adapters", "runs")


@contextlib.contextmanager
def serving(home: Path, patience: float = 240, port: int | None = None):
    """`python -m playground app` on this port or a free one; yields its URL and its process."""
    port = port or free_port()
    environment = os.environ | {"PLAYGROUND_HOME": str(home), "HF_HUB_OFFLINE": "1"}
    command = [sys.executable, "-m", "playground", "app", "--port", str(port)]
    process = subprocess.Popen(command, cwd=ROOT, env=environment)
    url = f"http://127.0.0.1:{port}"
    try:
        until(lambda: _answers(url), patience)
        yield url, process
    finally:
        process.terminate()
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(15)
        process.kill()


def free_port() -> int:
    """A port that nobody listens on."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return free.getsockname()[1]


@contextlib.contextmanager
def browsing(chromium: str):
    """Chromium; yields the browser."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=FLAGS)
        yield browser
        browser.close()


def opened(browser, url: str, width: int = 1280, **options) -> Page:
    """A page on the app, its first room drawn. What goes wrong in it is kept in `page.troubles`."""
    page = browser.new_page(viewport={"width": width, "height": 900}, **options)
    page.troubles = []
    page.on("pageerror", lambda error: page.troubles.append(str(error)))
    page.set_default_timeout(60_000)
    page.goto(url)
    page.wait_for_selector("#frame h1")
    page.wait_for_selector("#tuning-start", state="attached")
    return page


def to(page: Page, tab: str) -> None:
    page.locator(f"#tab-{tab}-button").first.click()
    page.locator(f"#tab-{tab}").first.wait_for(state="visible")


def fill(page: Page, field: str, text: str) -> None:
    """Write into the text field with this id."""
    page.locator(f"#{field} input, #{field} textarea").first.fill(text)


def until(check, patience: float = 60, every: float = 0.3):
    """Wait for a truth; returns it. Raises TimeoutError."""
    end = time.monotonic() + patience
    while time.monotonic() < end:
        if found := check():
            return found
        time.sleep(every)
    raise TimeoutError(f"not true within {patience:g} s: {check}")


def at(page: Page, number: int, total: int) -> None:
    """Wait until an annotator's page shows this item."""
    page.locator(".count", has_text=f"{number} of {total}").wait_for()


def log(site, campaign: str) -> list[dict]:
    """All votes of a campaign of this site."""
    from playground.preference.campaign import vote_log

    return vote_log(campaign, site.engine)


def stored(site, campaign: str, number: int) -> list[dict]:
    """All votes, once there are so many."""
    until(lambda: len(log(site, campaign)) >= number, 20)
    return log(site, campaign)


def overflow(page: Page) -> int:
    """Pixels by which the page is wider than its window."""
    return page.evaluate("document.documentElement.scrollWidth - innerWidth")


def _answers(url: str) -> bool:
    with contextlib.suppress(httpx.HTTPError):
        return httpx.get(f"{url}/api/health").status_code == 200
    return False
