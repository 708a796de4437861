"""axe-core on the annotators' page: no violation of WCAG 2.2 AA in any task, light or width."""

import importlib.util
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe

_spec = importlib.util.spec_from_file_location("ui_browser", Path(__file__).parent / "browser.py")
web = importlib.util.module_from_spec(_spec)
_spec.loader.exec_module(web)

pytestmark = pytest.mark.browser
RULES = {
    "resultTypes": ["violations"],
    "runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"],
}
KINDS = {
    "pairwise": ({}, "n"),
    "strength": ({"strength": True}, "e1"),
    "ranking": ({"task": "ranking"}, "210"),
    "rating": ({"task": "rating", "scale": 7}, "14"),
    "best_worst": ({"task": "best_worst"}, "12"),
}


def violations(page):
    found = Axe().run(page, options=RULES).response["violations"]
    return [(one["id"], [node["html"][:200] for node in one["nodes"]]) for one in found]


def in_both_lights(page, state):
    """What is wrong with the page, in light and in dark."""
    found = []
    for dark in (False, True):
        page.evaluate("(dark) => document.documentElement.classList.toggle('dark', dark)", dark)
        found += [(state, dark, *one) for one in violations(page)]
    return found


@pytest.mark.parametrize("wide", [True, False], ids=["1280", "390"])
@pytest.mark.parametrize("kind", KINDS)
def test_axe_finds_nothing(campaign, opened, kind, wide):
    settings, keys = KINDS[kind]
    name = campaign(2, 3 if "task" in settings else 2, guidelines="Be fair.", criteria=["humor"], **settings)
    page = opened(name, **({"viewport": {"width": 1280, "height": 800}} if wide else web.PHONE))
    assert in_both_lights(page, "as it comes") == []
    for key in keys:
        page.keyboard.press(key)
    assert in_both_lights(page, "begun") == []


@pytest.mark.parametrize("wide", [True, False], ids=["1280", "390"])
def test_axe_finds_nothing_in_what_stands_beside(campaign, opened, wide):
    page = opened(campaign(2), **({"viewport": {"width": 1280, "height": 800}} if wide else web.PHONE))
    page.keyboard.press("s")
    page.locator(".aside").wait_for()
    assert in_both_lights(page, "why skip") == []
    page.keyboard.press("Escape")
    page.keyboard.press("p")
    page.get_by_role("button", name="Go on").wait_for()
    assert in_both_lights(page, "paused") == [] and web.overflow(page) == 0


def test_axe_finds_nothing_at_the_end_or_offline(site, campaign, opened):
    page = opened(campaign(1))
    page.route("**/api/votes", lambda route: route.abort())
    page.keyboard.press("1")
    page.get_by_text("Not saved yet").wait_for()
    assert violations(page) == []
    page.unroute_all(behavior="wait")
    page.get_by_text("Nothing is left").first.wait_for()
    assert violations(page) == []
    page.goto(f"{site.url}/annotate/nowhere")
    assert violations(page) == []


def test_axe_would_find_something(campaign, opened):
    page = opened(campaign(1))
    page.evaluate("document.querySelector('.count').style.color = '#aaa'")
    assert "color-contrast" in dict(violations(page))
