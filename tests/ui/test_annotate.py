"""The annotators' page in Chromium, in front of the real API: keys, touch, rankings, lost connections."""

import importlib.util
import itertools
from pathlib import Path

import pytest

from playground.preference.campaign import create_campaign
from playground.ui.tabs import preferences

_spec = importlib.util.spec_from_file_location("ui_browser", Path(__file__).parent / "browser.py")
web = importlib.util.module_from_spec(_spec)
_spec.loader.exec_module(web)

browsers = pytest.mark.browser
MODEL, PHONE = web.MODEL, web.PHONE

# What is wrong with the page by WCAG 2.2 AA, as far as a script can tell: text against its ground, names,
# sizes of targets, one heading of the first level and none left out.
AUDIT = """() => {
    const wrong = [];
    const parts = (colour) => {
        const [r, g, b, a = 1] = colour.match(/[\\d.]+/g).map(Number);
        return { rgb: [r, g, b], a };
    };
    const light = (rgb) => {
        const linear = (v) => (v <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4);
        const [r, g, b] = rgb.map((v) => linear(v / 255));
        return 0.2126 * r + 0.7152 * g + 0.0722 * b;
    };
    const ground = (node) => {
        for (let one = node; one; one = one.parentElement) {
            const { rgb, a } = parts(getComputedStyle(one).backgroundColor);
            if (a > 0.99) return rgb;
        }
        return [255, 255, 255];
    };
    const shown = (node) => node.getClientRects().length && !node.closest(".unseen");
    const walker = document.createTreeWalker(document.querySelector("main"), NodeFilter.SHOW_TEXT);
    while (walker.nextNode()) {
        const node = walker.currentNode.parentElement;
        if (!walker.currentNode.textContent.trim() || !shown(node)) continue;
        const style = getComputedStyle(node);
        const [one, other] = [light(parts(style.color).rgb), light(ground(node))].sort((a, b) => b - a);
        const large = parseFloat(style.fontSize) >= 24;
        const ratio = (one + 0.05) / (other + 0.05);
        if (ratio < (large ? 3 : 4.5)) wrong.push(`contrast ${ratio.toFixed(2)}: ${node.textContent}`);
    }
    for (const node of document.querySelectorAll("button, summary, input, a")) {
        if (!shown(node)) continue;
        const label = node.closest("label");
        const name = node.getAttribute("aria-label") || node.textContent || label?.textContent;
        if (!name?.trim()) wrong.push(`no name: ${node.outerHTML}`);
        const box = (label || node).getBoundingClientRect();
        if (Math.min(box.width, box.height) < 24) wrong.push(`small: ${name} ${box.width}x${box.height}`);
        if (node.tabIndex < 0) wrong.push(`out of reach: ${name}`);
    }
    const levels = [...document.querySelectorAll("h1, h2, h3")].map((node) => Number(node.tagName[1]));
    if (levels.some((level, i) => level > (levels[i - 1] ?? 0) + 1)) wrong.push(`headings ${levels}`);
    if (document.documentElement.lang !== "en" || !document.title) wrong.push("no language or title");
    if (!document.querySelector("[role=status]")) wrong.push("no live region");
    return wrong;
}"""


at, log, stored = web.at, web.log, web.stored


@browsers
def test_five_pairs_by_keyboard_alone(site, campaign, opened):
    name = campaign()
    page = opened(name)
    for number, key in enumerate("120bs", 1):
        at(page, number, 5)
        page.keyboard.press(key)
    page.keyboard.press("s")
    page.get_by_text("Every judgement you gave here is saved").first.wait_for()
    rows = log(site, name)
    meant = ["first", "second", "tie", "both_bad", "skip"]
    swapped = {"first": "second", "second": "first"}
    told = [
        swapped.get(row["choice"], row["choice"]) if row["display"] == [1, 0] else row["choice"]
        for row in rows
    ]
    assert told == meant
    page.keyboard.press("u")
    at(page, 5, 5)
    page.get_by_text("last vote taken back").wait_for()
    assert [row["choice"] for row in log(site, name)][5:] == ["undone"]
    # The focus goes from the guidelines' end down to the switch, in the order of reading.
    page.locator("vote-card h2").focus()
    names = []
    for _ in range(10):
        page.keyboard.press("Tab")
        names.append(page.evaluate("document.activeElement.textContent || document.activeElement.type"))
    assert [one.split(".")[-1].split(" ")[-1] for one in names] == [
        "1",
        "2",
        "equal",
        "bad",
        "Skip",
        "Undo",
        "Note",
        "one",
        "Pause",
        "checkbox",
    ]


@browsers
def test_a_phone_judges_by_touch_and_a_double_tap_counts_once(site, campaign, opened):
    name = campaign(3)
    page = opened(name, **PHONE)
    for number in (1, 2):
        at(page, number, 3)
        page.locator(".pair button").nth(number - 1).tap()
    at(page, 3, 3)
    assert web.overflow(page) == 0
    page.get_by_role("button", name="Undo").tap()
    at(page, 2, 3)
    page.locator(".pair button").first.dblclick()
    at(page, 3, 3)
    page.wait_for_timeout(300)
    at(page, 3, 3)
    assert [row["choice"] for row in stored(site, name, 4)].count("undone") == 1
    assert len(log(site, name)) == 4


@browsers
def test_a_ranking_by_digits_with_a_tie(site, campaign, opened):
    name = campaign(2, 4, task="ranking")
    page = opened(name)
    texts = page.locator(".board .put .text").all_inner_texts()
    for key in ("3", "1", "0", "4"):
        page.keyboard.press(key)
    page.keyboard.press("Enter")
    page.locator("p.unseen", has_text="Place all 4 answers").wait_for()
    assert log(site, name) == []
    page.keyboard.press("2")
    page.locator("p.unseen", has_text="Answer 2: 4th. All placed.").wait_for()
    assert page.locator(".board ol b").all_inner_texts() == ["tied 1st", "tied 1st", "3rd", "4th"]
    page.reload()
    at(page, 1, 2)
    assert page.locator(".board .put .text").all_inner_texts() == [texts[i] for i in (2, 0, 3, 1)]
    page.keyboard.press("Enter")
    at(page, 2, 2)
    (row,) = stored(site, name, 1)
    shown = row["display"]
    assert row["ranking"] == [sorted([shown[2], shown[0]]), [shown[3]], [shown[1]]]


@browsers
def test_a_ranking_by_drag_arrows_and_taps(site, campaign, opened):
    name = campaign(2, 3, task="ranking")
    page = opened(name)
    for key in "123":
        page.keyboard.press(key)
    order = page.locator(".board ol .put kbd")
    grip, top = page.locator(".board ol .grip").nth(2), page.locator(".board ol li").first
    grip.hover()
    page.mouse.down()
    box = top.bounding_box()
    page.mouse.move(box["x"] + box["width"] - 20, box["y"] + 5, steps=8)
    page.mouse.up()
    assert order.all_inner_texts() == ["3", "1", "2"]
    page.locator(".board .put").nth(2).focus()
    page.keyboard.press("ArrowUp")
    assert order.all_inner_texts() == ["3", "2", "1"]
    assert page.evaluate("document.activeElement.querySelector('kbd').textContent") == "2"
    page.get_by_role("button", name="Answer 2 ties with the answer above").click()
    assert page.locator(".board ol b").all_inner_texts() == ["tied 1st", "tied 1st", "3rd"]
    page.keyboard.press("Backspace")
    assert order.all_inner_texts() == ["3", "1"]
    page.get_by_role("button", name="Answer 2, not placed").click()
    page.get_by_role("button", name="Save this ranking").click()
    at(page, 2, 2)
    (row,) = stored(site, name, 1)
    assert row["ranking"] == [[row["display"][place]] for place in (2, 0, 1)]


@browsers
def test_votes_given_offline_are_saved_once_the_line_is_back(site, campaign, opened):
    name = campaign()
    page = opened(name)
    page.wait_for_timeout(500)
    page.context.set_offline(True)
    for key in "121":
        page.keyboard.press(key)
    page.get_by_text("Not saved yet: 3 votes kept in this browser").wait_for()
    page.get_by_text("The next answers cannot be fetched").first.wait_for()
    assert page.get_by_text("stored").count() == 0 and log(site, name) == []
    assert page.locator("progress").get_attribute("value") == "0"
    page.context.set_offline(False)
    at(page, 4, 5)
    page.locator(".status", has_text="stored · receipt").wait_for()
    assert len(log(site, name)) == 3


@browsers
def test_queued_votes_survive_a_reload_and_a_lost_answer_is_no_second_vote(site, campaign, opened):
    name = campaign()
    page = opened(name)

    def lose(route):
        route.fetch()
        route.abort()

    page.route("**/api/votes", lose)
    page.keyboard.press("1")
    at(page, 2, 5)
    page.keyboard.press("2")
    page.get_by_text("Not saved yet").wait_for()
    page.unroute_all(behavior="wait")
    page.reload()
    at(page, 3, 5)
    rows = stored(site, name, 2)
    assert len(rows) == 2 and len({row["assignment"] for row in rows}) == 2
    assert (
        page.evaluate("Object.keys(localStorage).filter((one) => one.startsWith('playground-vote-'))") == []
    )


@browsers
def test_a_refused_vote_is_told_and_not_sent_again(site, campaign, opened):
    page = opened(campaign())
    refusal = {"status": 409, "json": {"detail": "This item went to somebody else."}}
    sent = []

    def refuse(route):
        sent.append(route.request.post_data)
        route.fulfill(**refusal)

    page.route("**/api/votes", refuse)
    page.keyboard.press("1")
    page.get_by_text("Not saved: This item went to somebody else.").wait_for()
    page.wait_for_timeout(2000)
    assert len(sent) == 1 and page.locator("progress").get_attribute("value") == "0"


@browsers
def test_shortcuts_can_be_switched_off_and_stay_off(site, campaign, opened):
    name = campaign()
    page = opened(name)
    page.get_by_label("Judge with the keys").uncheck()
    page.keyboard.press("1")
    page.reload()
    at(page, 1, 5)
    page.keyboard.press("2")
    page.wait_for_timeout(500)
    assert log(site, name) == [] and not page.get_by_label("Judge with the keys").is_checked()
    page.locator(".pair button").first.focus()
    page.keyboard.press("Enter")
    at(page, 2, 5)
    assert page.evaluate("document.activeElement.tagName") == "H2"


@browsers
def test_guidelines_are_text_and_stay_folded(campaign, opened):
    page = opened(campaign(guidelines="Prefer what is <b>right</b>."))
    told = page.get_by_text("Prefer what is <b>right</b>.")
    assert told.is_visible()
    page.get_by_text("Guidelines").click()
    page.reload()
    page.locator("vote-card h2").wait_for()
    assert told.is_hidden()
    assert opened(campaign()).get_by_text("Guidelines").count() == 0


@browsers
def test_a_server_that_does_not_answer_is_told_and_tried_again(site, campaign, opened):
    page = opened(campaign())
    page.route("**/api/campaigns/**", lambda route: route.abort())
    page.reload()
    page.get_by_text("The next answers cannot be fetched").first.wait_for()
    page.unroute_all(behavior="wait")
    page.get_by_role("button", name="Try now").click()
    at(page, 1, 5)


@browsers
def test_a_phone_and_a_keyboard_share_twenty_pairs(site, campaign, opened):
    name = campaign(20)
    laptop, phone = opened(name), opened(name, **PHONE)
    # Taps as quick as ours on one spot would be double taps.
    sides = itertools.cycle((0, 1))
    busy = {
        laptop: lambda: laptop.keyboard.press("1"),
        phone: lambda: phone.locator(".pair button").nth(next(sides)).tap(),
    }
    while busy:
        for page, judge in list(busy.items()):
            if page.get_by_text("Nothing is left for you to judge").count():
                del busy[page]
                continue
            before = page.locator(".count").inner_text()
            judge()
            page.wait_for_function(
                "(told) => document.querySelector('.count').innerText !== told", arg=before
            )
    rows = log(site, name)
    assert len(rows) == len({row["position"] for row in rows}) == 20
    assert len({row["annotator"] for row in rows}) == 2


@browsers
@pytest.mark.parametrize("task", ["pairwise", "ranking"])
def test_the_page_keeps_what_wcag_asks(campaign, opened, task):
    name = campaign(2, 3, task=task, guidelines="Be fair.", votes_per_item=2)
    for options in ({"color_scheme": "light"}, {"color_scheme": "dark"} | PHONE):
        page = opened(name, **options)
        assert page.evaluate(AUDIT) == []
        if task == "ranking":
            for key in ("2", "1", "0"):
                page.keyboard.press(key)
            assert page.evaluate(AUDIT) == []
        page.route("**/api/**", lambda route: route.abort())
        page.wait_for_timeout(300)
        page.keyboard.press("s")
        assert page.evaluate(AUDIT) == []
        page.keyboard.press("s")
        page.get_by_text("Not saved yet").wait_for()
        assert page.evaluate(AUDIT) == [] and web.overflow(page) == 0
    assert opened("nowhere", item=False).evaluate(AUDIT) == ["no live region"]


@browsers
def test_no_model_reaches_the_browser(site, campaign, browser):
    name = campaign(2)
    context = browser.new_context()
    page = context.new_page()
    answers = []
    page.on("response", lambda answer: answers.append(answer))
    page.goto(f"{site.url}/annotate/{name}")
    at(page, 1, 2)
    page.keyboard.press("1")
    at(page, 2, 2)
    page.keyboard.press("2")
    page.get_by_text("Nothing is left").first.wait_for()
    bodies = [answer.text() for answer in answers if answer.status == 200 and "icon" not in answer.url]
    assert len([answer for answer in answers if "/api/" in answer.url]) >= 4
    assert any("Question" in body for body in bodies)
    assert not [body for body in bodies if MODEL in body]
    context.close()


def test_an_unknown_campaign_is_told_in_words(client):
    answer = client.get("/annotate/campaign-<i>")
    assert answer.status_code == 404 and answer.headers["content-type"].startswith("text/html")
    assert "There is no such campaign" in answer.text and "<vote-card" not in answer.text


def test_a_criterion_of_ones_own_is_text(client, drafts):
    made = create_campaign("c", drafts, criteria=["<img onerror=x>"], engine=client.studio.engine)
    page = client.get(f"/annotate/{made}").text
    assert "better in &lt;img onerror=x&gt;?" in page and "<img" not in page


def test_the_room_links_to_the_page(client, drafts):
    name = create_campaign("Four questions", drafts, engine=client.studio.engine)
    _, card = preferences._show(client.studio, name)
    assert f'href="annotate/{name}"' in card and "to share" in card
    page = client.get(f"/annotate/{name}")
    assert page.status_code == 200 and "gradio" not in page.text and "Four questions" not in page.text


@browsers
@pytest.mark.parametrize("answer", [
    {"status": 404, "body": "404 page not found"}, {"status": 200, "body": "<html>Please sign in</html>"},
])  # fmt: skip
def test_what_answers_in_place_of_the_app_loses_no_vote(site, campaign, opened, answer):
    name = campaign()
    page = opened(name)
    page.route("**/api/**", lambda route: route.fulfill(**answer))
    panel = page.get_by_text("The next answers cannot be fetched").first
    for _ in range(5):  # as many as were fetched ahead
        page.keyboard.press("1")
        page.wait_for_timeout(300)
    panel.wait_for()
    assert "cannot be fetched" in page.locator("vote-card p.unseen[role=status]").inner_text()
    page.get_by_text("kept in this browser").first.wait_for()
    votes = "Object.keys(localStorage).filter((one) => one.startsWith('playground-vote-')).length"
    given = page.evaluate(votes)
    assert given
    page.unroute("**/api/**")
    page.get_by_role("button", name="Try now").click()
    at(page, given + 1, 5)
    stored(site, name, given)
    assert page.evaluate(votes) == 0


@browsers
def test_a_refusal_is_not_forgotten_when_the_next_vote_is_stored(site, campaign, opened):
    page = opened(campaign(2))
    refusal = {"status": 409, "json": {"detail": "This item went to somebody else."}}
    page.route("**/api/votes", lambda route: route.fulfill(**refusal), times=1)
    page.keyboard.press("1")
    page.get_by_text("Not saved: This item went to somebody else.").wait_for()
    page.keyboard.press("1")
    page.get_by_text("not saved: 1 before").wait_for()
    page.wait_for_timeout(1000)
    page.locator("vote-card h2").wait_for()
    page.keyboard.press("1")
    page.get_by_text("Nothing is left for you to judge").first.wait_for()
    assert page.get_by_text("Every judgement you gave here is saved").count() == 0


@browsers
def test_an_undo_without_an_answer_is_not_told_as_none(campaign, opened):
    page = opened(campaign())
    page.keyboard.press("1")
    page.get_by_text("stored").wait_for()
    page.route("**/undo", lambda route: (route.fetch(), route.abort()))
    page.keyboard.press("u")
    page.get_by_text("is not known: the app does not answer").wait_for()
    page.unroute("**/undo")
    page.keyboard.press("u")
    page.get_by_text("last vote taken back").wait_for()
    at(page, 1, 5)
