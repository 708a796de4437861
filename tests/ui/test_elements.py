"""The page's own elements in Chromium, in front of a canned REST API."""

import importlib.util
import json
from pathlib import Path

import pytest

_spec = importlib.util.spec_from_file_location("ui_browser", Path(__file__).parent / "browser.py")
web = importlib.util.module_from_spec(_spec)
_spec.loader.exec_module(web)

pytestmark = pytest.mark.browser
SITE = "http://playground.test"
STATIC = Path(web.ROOT) / "playground/ui/static"
PAGE = '<script type="module" src="/playground/elements.js"></script><body style="width:600px">'


@pytest.fixture(scope="module")
def browser(chromium):
    with web.browsing(chromium) as one:
        yield one


@pytest.fixture
def opened(browser):
    """Open a page with this body; `answer(path, body)` gives (status, JSON), None a lost connection."""
    pages = []

    def api(route, answer):
        body = json.loads(route.request.post_data or "{}")
        found = answer(route.request.url.removeprefix(f"{SITE}/api/").partition("?")[0], body)
        if found is None:
            return route.abort()
        return route.fulfill(status=found[0], json=found[1])

    def show(body, answer):
        page = browser.new_page()
        pages.append(page)
        page.set_default_timeout(20_000)
        page.route(f"{SITE}/", lambda route: route.fulfill(body=PAGE + body, content_type="text/html"))
        page.route(
            f"{SITE}/playground/*",
            lambda route: route.fulfill(path=STATIC / route.request.url.rpartition("/")[2]),
        )
        page.route(f"{SITE}/api/**", lambda route: api(route, answer))
        page.goto(f"{SITE}/")
        return page

    yield show
    for page in pages:
        page.close()


def test_undo_waits_for_votes_on_their_way_and_keeps_its_key(opened):
    sent, lost = [], {"votes", "campaigns/c/undo"}

    def answer(path, body):
        if path == "campaigns/c":
            return 200, {"votes": 0, "wanted": 9, "people": 0, "simulated": 0}
        if path == "campaigns/c/next":
            ahead = bool(body["besides"])
            return 200, {
                "assignment": "b" if ahead else "a",
                "annotator": "browser-1",
                "prompt": "Next?" if ahead else "First?",
                "completions": ["x", "y"],
                "remaining": 9,
                "done": 0,
            }
        sent.append((path, body["key"]))
        if path in lost:
            lost.discard(path)
            return None
        return 200, {"status": "stored", "receipt": "r" * 64}

    page = opened('<vote-card campaign="c"></vote-card>', answer)
    page.get_by_text("First?").wait_for()
    page.keyboard.press("1")
    page.get_by_text("trying again").wait_for()
    page.keyboard.press("u")
    page.get_by_text("The app does not answer").wait_for()
    page.keyboard.press("u")
    page.get_by_text("last vote taken back").wait_for()
    undone = [place for place, (path, _) in enumerate(sent) if path.endswith("undo")]
    assert len(undone) == 2 and sent[undone[0]] == sent[undone[1]]
    votes = {key for path, key in sent if path == "votes"}
    assert len(votes) == 1 and [path for path, _ in sent[: undone[0]]][:2] == ["votes", "votes"]
    kept = page.evaluate("Object.keys(localStorage)")
    assert not [name for name in kept if name.startswith("playground-vote-")]


RUN = {"step": 1, "total": 9, "note": "", "message": "", "seconds": 1, "seconds_left": None}


def test_why_an_action_was_refused_stays_until_the_state_changes(opened):
    run, polls = RUN | {"state": "running"}, []

    def answer(path, body):
        if path.endswith("/stop"):
            return 409, {"detail": "It cannot stop now."}
        if path.endswith("/metrics"):
            polls.append(path)
            return 200, {"state": run["state"], "steps": [1], "values": {"loss": [0.5]}}
        return (200, {"samples": []}) if path.endswith("/samples") else (200, run)

    page = opened('<live-run run="ppo-0001" panels="[]"></live-run>', answer)
    page.get_by_role("button", name="Stop").click()
    page.get_by_text("It cannot stop now.").wait_for()
    before = len(polls)
    # Playwright answers the page only while it is called.
    web.until(lambda: page.wait_for_timeout(100) or len(polls) > before + 1)
    assert page.get_by_text("It cannot stop now.").is_visible()
    run |= {"state": "stopped"}
    page.get_by_text("stopped").wait_for()
    assert page.get_by_text("It cannot stop now.").is_hidden()


def test_resume_is_offered_where_it_works(opened):
    runs = {
        "runs/sft-0001": {"resumable": True},
        "runs/sft-0002": {},
        "runs/ppo-0001": {"resumable": False},
    }

    def answer(path, body):
        if path in runs:
            return 200, RUN | {"state": "stopped"} | runs[path]
        return 200, {"samples": [], "steps": [], "values": {}}

    body = "".join(f'<live-run run="{path.partition("/")[2]}" panels="[]"></live-run>' for path in runs)
    page = opened(body, answer)
    web.until(lambda: page.get_by_text("stopped", exact=True).count() == 3)
    shown = page.locator("live-run:has(button:visible)").evaluate_all("all => all.map((one) => one.id_)")
    assert shown == ["sft-0001", "sft-0002"]


def test_notes_on_a_run_are_shown_and_absent_ones_take_no_room(opened):
    other = RUN | {"state": "stopped"}
    run = other | {"remarks": ["Checkpoint 40 is damaged; went on from 20."]}

    def answer(path, body):
        empty = {"samples": [], "steps": [], "values": {}}
        return 200, run if path == "runs/sft-0001" else other if path == "runs/sft-0002" else empty

    page = opened(
        '<live-run run="sft-0001" panels="[]"></live-run><live-run run="sft-0002" panels="[]"></live-run>',
        answer,
    )
    page.get_by_text("Checkpoint 40 is damaged; went on from 20.").wait_for()
    web.until(lambda: page.get_by_text("stopped", exact=True).count() == 2)
    assert page.locator("live-run .note:visible").count() == 1


def test_a_campaign_that_was_added_elsewhere_is_announced(opened):
    campaigns = []
    page = opened(
        '<run-line><nav class="lineage"></nav><div class="live"><span></span><span></span></div></run-line>',
        lambda path, body: (200, {"runs": [], "campaigns": campaigns}),
    )
    page.get_by_text("nothing running").wait_for()
    page.evaluate("document.addEventListener('playground:runs', () => { document.title = 'told'; })")
    campaigns.append({"id": "campaign-1"})
    page.wait_for_function("document.title === 'told'")


def test_a_single_point_has_whole_steps_and_no_dust(opened):
    page = opened("<svg style='width:600px'></svg>", lambda path, body: (404, {}))
    texts = page.evaluate(
        """async () => {
            const { draw } = await import("/playground/chart.js");
            const svg = document.querySelector("svg");
            const panel = { title: "KL", zero: true, series: [{ key: "kl", label: "KL", colour: "red" }] };
            draw(svg, panel, { steps: [1], values: { kl: [-7.2e-7] } }, 1);
            return [...svg.querySelectorAll("text")].map((text) => text.textContent);
        }"""
    )
    assert texts == ["0.0", "0.5", "1.0", "0", "1", "KL 0"]


def test_the_queue_is_moved_and_cancelled_from_the_page(opened):
    queue, sent = ["sft-0001", "dpo-0002", "ppo-0003"], []

    def answer(path, body):
        if path == "campaigns":
            return 200, {"campaigns": []}
        if path == "runs":
            return 200, {"runs": [], "queue": queue}
        sent.append((path, body))
        if path == "runs/ppo-0003/stop":
            return 409, {"detail": "Run ppo-0003 is already completed."}
        queue[:] = ["dpo-0002", "sft-0001", "ppo-0003"] if path.endswith("move") else queue[1:]
        return 200, {}

    line = (
        '<run-line><div class="lineage"></div><div class="live"><span></span><span></span></div></run-line>'
    )
    page = opened(f"<run-queue></run-queue>{line}", answer)
    names = page.locator("run-queue li b")
    page.get_by_text("Waiting for their turn").wait_for()
    assert names.all_inner_texts() == queue
    assert page.get_by_role("button", name="Earlier: sft-0001").is_disabled()
    page.get_by_role("button", name="Earlier: dpo-0002").click()
    page.wait_for_function("document.querySelector('run-queue li b').textContent === 'dpo-0002'")
    assert sent == [("runs/dpo-0002/move", {"places": -1})]
    page.get_by_role("button", name="Cancel: ppo-0003").click()
    page.get_by_text("is already completed").wait_for()
    queue.clear()
    page.wait_for_function("document.querySelector('run-queue').hidden", timeout=10_000)


def test_the_chart_marks_where_a_loss_on_unseen_rows_turned(opened):
    page = opened('<svg style="width:600px"></svg>', lambda path, body: (200, {"runs": [], "campaigns": []}))
    script = """async (values) => {
        const { draw } = await import("/playground/chart.js");
        const series = [{ key: "eval_loss", label: "validation", colour: "red" }];
        const svg = document.querySelector("svg");
        const columns = { steps: [1, 2, 3, 4], values: { eval_loss: values } };
        draw(svg, { title: "Loss", series, turn: "eval_loss" }, columns, 4);
        return svg.getAttribute("aria-label") + svg.textContent;
    }"""
    turned = page.evaluate(script, [3, 1, 1.5, 2])
    assert "overfits from step 2" in turned and "overfits from here" in turned
    assert "overfits" not in page.evaluate(script, [3, 2, 1.5, 1])
    assert "overfits" not in page.evaluate(script, [3, 1, 1.005, 1.01])


def test_the_chart_marks_from_where_a_run_forgot(opened):
    page = opened('<svg style="width:600px"></svg>', lambda path, body: (200, {"runs": [], "campaigns": []}))
    script = """async (retention) => {
        const { draw } = await import("/playground/chart.js");
        const series = ["gain", "retention"].map((key) => ({ key, label: key, colour: "red" }));
        const svg = document.querySelector("svg");
        const columns = { steps: [0, 5, 10, 15], values: { gain: [0, 0.4, 0.4, 0.9], retention } };
        draw(svg, { title: "Kept", series, share: true, knee: true, zero: true }, columns, 15);
        return svg.getAttribute("aria-label") + svg.textContent;
    }"""
    forgot = page.evaluate(script, [1, 0.99, 0.98, 0.25])
    assert "forgets from step 10" in forgot and "forgets from here" in forgot and "retention 25 %" in forgot
    assert "forgets from step 0" in page.evaluate(script, [1, 0.5, 0.4, 0.25])
    assert "forgets" not in page.evaluate(script, [1, 0.5, 0.4, 0.98])


def test_held_out_figures_are_waited_for_and_a_refusal_ends_the_asking(opened):
    asked = []

    def answer(path, body):
        asked.append(path)
        if "sft-0002" in path:
            return 409, {"detail": "sft-0002 is failed."}
        if len(asked) < 4:
            return 200, {"line": "Held-out questions asked: 32 of 240"}
        return 200, {"figures": [{"number": "0 → 94 %", "label": "questions <i>right</i>", "fell": True}]}

    page = opened('<held-out run="sft-0001"></held-out><held-out run="sft-0002"></held-out>', answer)
    page.get_by_text("sft-0002 is failed.").wait_for()
    page.get_by_text("32 of 240").wait_for()
    page.get_by_text("0 → 94 %").wait_for()
    assert page.locator(".hero .fell span").inner_text() == "questions <i>right</i>"
    page.wait_for_timeout(1500)
    assert asked.count("runs/sft-0002/held-out") == 1 and page.locator(".note").count() == 1


def test_the_owners_view_keeps_the_focus_while_votes_come_in(opened):
    disputes, asked = ["vote-2", "vote-1"], []

    def answer(path, body):
        if path.endswith("/decisions"):
            asked.append(body["vote"])
            disputes.remove(body["vote"])
            return 200, {"receipt": "r", "status": "stored"}
        one = '<div data-vote="{0}"><button data-choice="first">First</button></div>'
        html = f"<p>{len(asks)} looks</p>" + "".join(map(one.format, disputes))
        asks.append(path)
        return 200, {"stamp": str(len(asks)), "parts": [{"id": "coverage", "title": "All", "html": html}]}

    asks = []
    page = opened('<owner-view campaign="campaign-1"></owner-view>', answer)
    held = "document.activeElement.closest('[data-vote]')?.dataset.vote"
    page.locator('[data-vote="vote-1"] button').focus()
    disputes.insert(0, "vote-3")
    page.locator('[data-vote="vote-3"]').wait_for()
    assert page.evaluate(held) == "vote-1"
    page.keyboard.press("Enter")
    page.get_by_text("Decided.").wait_for()
    page.locator('[data-vote="vote-1"]').wait_for(state="detached")
    assert asked == ["vote-1"] and page.evaluate("document.activeElement.className") == "part"
