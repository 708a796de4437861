"""One walk through every tab in Chromium, on real processes with small settings."""

import importlib.util
import signal
import time
from pathlib import Path

import httpx
import pytest

from playground.dataset.table import Dataset

_spec = importlib.util.spec_from_file_location("ui_browser", Path(__file__).parent / "browser.py")
web = importlib.util.module_from_spec(_spec)
_spec.loader.exec_module(web)

pytestmark = [pytest.mark.browser, pytest.mark.slow]
PATIENCE = 150
SETTLING = 500  # milliseconds in which Gradio may still fill a field that has just been shown
GRACE = 20  # seconds in which a complaint of the step before may still stand there


@pytest.fixture(scope="module")
def home(tmp_path_factory):
    return tmp_path_factory.mktemp("walk")


@pytest.fixture(scope="module")
def app(home):
    with web.serving(home) as (url, process):
        yield url, process


@pytest.fixture(scope="module")
def browser(chromium):
    with web.browsing(chromium) as one:
        yield one


@pytest.fixture(scope="module")
def page(app, browser):
    one = web.opened(browser, app[0])
    yield one
    assert one.troubles == []


def runs(url):
    return {run["id"]: run for run in httpx.get(f"{url}/api/runs").json()["runs"]}


def completed(url, run):
    def check():
        found = runs(url)
        assert run in found, f"{run} was never begun; there are {sorted(found)}"
        assert found[run]["state"] not in ("failed", "interrupted"), found[run]["message"]
        return found[run]["state"] == "completed"

    return web.until(check, PATIENCE, 1)


def waits(page, what, check):
    """Wait for `check`, called `what`; gives up early on a complaint that stays in the open room."""
    since = {}

    def checked():
        if found := check():
            return found
        complaints = page.locator(".note.bad:visible, vote-card .bad:visible").all_inner_texts()
        for text in complaints:
            waited = time.monotonic() - since.setdefault(text, time.monotonic())
            assert waited < GRACE, f"instead of {what} the room says: {text}"
        return None

    try:
        return web.until(checked, PATIENCE)
    except TimeoutError:
        room = page.locator("[role=tabpanel]:visible").first.inner_text()
        pytest.fail(f"no {what} within {PATIENCE} s; the room says: {room}")


def fills(page, field, text):
    """Write into a field that has just been shown, and see that it stays."""
    box = page.locator(f"#{field} input").first
    for _ in range(10):
        page.wait_for_timeout(SETTLING)
        if box.input_value() == text:
            return
        box.fill(text)
    pytest.fail(f"{field} is {box.input_value()}, not {text}")


def says(page, where, *words):
    """The text at `where`, once all the words stand in it."""
    text = ""

    def check():
        nonlocal text
        text = page.locator(where).inner_text()
        return all(word in text for word in words) and text

    try:
        return waits(page, f"{words} in {where}", check)
    finally:
        print(where, "says:", text[:500])  # shown where the test fails


def chooses(page, field, text):
    """Type a choice into the dropdown with this id and take it."""
    web.fill(page, field, text)
    page.keyboard.press("Enter")


def chooses_also(page, field, text):
    """Add a choice to the dropdown of several; once more where a refresh of its choices came between."""

    def check():
        if text in page.locator(f"#{field} .token").all_inner_texts():
            return True
        web.fill(page, field, "")  # the same words again would offer nothing anew
        chooses(page, field, text)
        return page.wait_for_timeout(1000)

    waits(page, f"{text} in {field}", check)


def test_a_dataset_is_shown_as_the_model_sees_it(app, page):
    web.to(page, "datasets")
    says(page, "#datasets-about", f"{len(Dataset.load('larkspur').clean()):,} examples")
    web.until(lambda: httpx.get(f"{app[0]}/api/health").json()["chat"] == "ready", PATIENCE)
    page.locator("#datasets-look").click()
    says(page, "#datasets-seen", "tinted")
    assert (
        0 < page.locator("#datasets-seen .loss").count() < page.locator("#datasets-seen .tokens span").count()
    )


@pytest.mark.parametrize(("name", "content", "words"), [
    ("broken.jsonl", '{"prompt": "a", "completion": \n{"nothing": 1}\n', "broken.jsonl"),
    ("empty.jsonl", "", "empty"),
])  # fmt: skip
def test_an_upload_that_cannot_be_read_says_why(page, tmp_path, name, content, words):
    (tmp_path / name).write_text(content)
    web.to(page, "datasets")
    page.locator("#datasets-file input[type=file]").set_input_files(tmp_path / name)
    text = says(page, "#datasets-said .bad", words)
    assert "Traceback" not in text


def test_an_upload_becomes_a_dataset(page, tmp_path):
    rows = ['{"prompt": "Hello %d", "completion": "Good day %d."}' % (n, n) for n in range(20)]  # noqa: UP031
    (tmp_path / "greetings.jsonl").write_text(
        "\n".join([*rows, rows[0], '{"prompt": "", "completion": "x"}'])
    )
    page.locator("#datasets-file input[type=file]").set_input_files(tmp_path / "greetings.jsonl")
    says(page, "#datasets-said", "greetings.jsonl", "20 examples kept")
    assert "duplicate" in says(page, "#datasets-kind", "duplicate")


def test_columns_nobody_knows_are_mapped_and_lead_on_to_tuning(page, tmp_path):
    (tmp_path / "laden.csv").write_text("frage,antwort,thema\nWas kostet es?,Drei Taler.,Preis\n")
    page.locator("#datasets-file input[type=file]").set_input_files(tmp_path / "laden.csv")
    says(page, "#datasets-said", "'frage', 'antwort', 'thema'", "Say below")
    chooses(page, "datasets-map-prompt", "{thema}: {frage}")
    chooses(page, "datasets-map-answer", "antwort")
    says(page, "#datasets-preview", "Preis: Was kostet es?", "Drei Taler.")
    page.locator("#datasets-map").click()
    says(page, "#datasets-said", "1 examples kept as laden")
    waits(page, "dataset", lambda: page.locator("#datasets-chosen input").input_value() == "laden")
    page.locator("#datasets-onward").click()
    waits(page, "tuning on it", lambda: page.locator("#tuning-data input").input_value() == "laden")
    assert page.locator("#tab-tuning").first.is_visible()
    chooses(page, "tuning-data", "larkspur")


def test_a_row_changed_by_hand_makes_a_version_and_its_numbers_are_told(page):
    web.to(page, "datasets")
    chooses(page, "datasets-chosen", "greetings")
    says(page, "#datasets-about", "20 examples")
    page.locator("#datasets-tab-edit-button").first.click()
    page.locator("#datasets-edit-row input").fill("2")
    page.locator("#datasets-edit-fetch").click()
    answer = page.locator("#datasets-edit-answer textarea")
    waits(page, "the row's texts", lambda: answer.input_value() == "Good day 1.")
    answer.fill("Good day to you, too.")
    page.locator("#datasets-edit-note").click()
    says(page, "#datasets-edit-list", "Good day to you, too.")
    page.locator("#datasets-edit-keep").click()
    says(page, "#datasets-edit-said", "Kept as greetings-2: 20 examples")
    page.locator("#datasets-tab-versions-button").first.click()
    says(page, "#datasets-past", "completion changed by hand")
    page.locator("#datasets-tab-numbers-button").first.click()
    page.locator("#datasets-measure").click()
    says(page, "#datasets-measured", "tokens an epoch for pocket")
    page.locator("#datasets-lengths .js-plotly-plot").wait_for()


@pytest.mark.parametrize(("field", "text", "words"), [
    ("sft-learning_rate", "fast", "Learning rate"), ("sft-learning_rate", "nan", "must lie between"),
])  # fmt: skip
def test_a_setting_that_is_none_is_refused_in_place(app, page, field, text, words):
    web.to(page, "tuning")
    web.fill(page, field, text)
    page.locator("#tuning-start").click()
    says(page, "#tuning-said", words)
    assert runs(app[0]) == {}


def test_a_model_that_does_not_exist_is_told(app, page):
    web.fill(page, "sft-learning_rate", "0.003")
    chooses(page, "tuning-model", "no-such-model")
    page.locator("#tuning-start").click()
    says(page, "#tuning-said", "There is no model called 'no-such-model'")
    assert runs(app[0]) == {}
    chooses(page, "tuning-model", "pocket")


def test_tuning_live_in_two_browsers_and_after_a_reload(app, browser, page):
    web.fill(page, "sft-epochs", "0.2")
    page.locator("#tuning-start").click()
    says(page, "#tuning-view", "sft-0001")
    says(page, "#tuning-view", "training")
    other = web.opened(browser, app[0], 390)
    assert "sft-0001" in says(other, "#tuning-view", "sft-0001")
    other.close()
    page.bring_to_front()
    page.reload()
    says(page, "#tuning-view", "sft-0001")
    assert completed(app[0], "sft-0001")
    says(page, "#tuning-view", "completed")
    says(page, "#frame", "pocket", "sft-0001", "nothing running")


def test_before_and_after_answer_side_by_side(page):
    page.locator("#tuning-ask").click()
    waits(page, "two answers", lambda: page.locator("#tuning-answers .answer").count() == 2)
    waits(page, "words in both", lambda: "…" not in page.locator("#tuning-answers").inner_text())
    says(page, "#tuning-figures", "→", "general knowledge kept")


def test_judging_by_key_and_click(app, page):
    web.to(page, "preferences")
    waits(page, "tuned model", lambda: page.locator("#preferences-model input").input_value() == "sft-0001")
    page.locator("#preferences-count input[type=number]").fill("60")
    page.keyboard.press("Tab")
    says(page, "#preferences-sample", "Sample 60 pairs")
    page.locator("#preferences-sample").click()
    waits(page, "pair to judge", lambda: page.locator("vote-card h3").count())
    for key in "12":
        before = page.locator("vote-card h3").inner_text()
        page.keyboard.press(key)
        waits(page, "next pair", lambda before=before: page.locator("vote-card h3").inner_text() != before)
    says(page, "vote-card", "stored", "receipt", "2 by people")
    page.keyboard.press("u")
    says(page, "vote-card", "1 by people")
    page.locator("vote-card .pair button").first.click()
    says(page, "vote-card", "2 by people")
    # The courteous one calls almost every pair of a tuned model a tie, which teaches nothing.
    chooses(page, "preferences-persona", "careless")
    page.locator("#preferences-simulate").click()
    waits(page, "judged rest", lambda: left(page) <= 3)
    assert "2 by people" in page.locator("vote-card .count").inner_text()


def left(page):
    """Pairs not judged yet; the two on our own desk may remain."""
    count = page.locator("vote-card .count").inner_text()
    judged, wanted = (int(word) for word in count.split(" judged")[0].split(" of "))
    return wanted - judged


def test_reward_model_then_policies(app, page):
    web.to(page, "rlhf")
    says(page, "#rlhf-reward-start", "comparisons")
    page.locator("#rlhf-reward-start").click()
    says(page, "#rlhf-reward-view", "reward-0001")
    assert completed(app[0], "reward-0001")
    web.fill(page, "ppo-updates", "1")
    page.locator("#rlhf-policy-start").click()
    says(page, "#rlhf-policy-view", "ppo-0001")
    assert completed(app[0], "ppo-0001")
    says(page, "#rlhf-policy-view", "Reward", "KL from the start", "Over-optimisation", "completed")
    page.locator("#rlhf-method label", has_text="DPO").first.click()
    waits(page, "form of DPO", lambda: page.locator("#dpo-epochs").is_visible())
    fills(page, "dpo-epochs", "0.2")
    page.locator("#rlhf-policy-start").click()
    says(page, "#rlhf-policy-view", "dpo-0001")
    assert completed(app[0], "dpo-0001")
    says(page, "#rlhf-steps", "reward-0001", "dpo-0001, completed")
    page.locator("#rlhf-method label", has_text="GRPO").first.click()
    says(page, "#rlhf-policy-prompts", "Answers the")
    fills(page, "grpo-updates", "1")
    page.locator("#rlhf-policy-start").click()
    says(page, "#rlhf-policy-view", "grpo-0001")
    assert completed(app[0], "grpo-0001")
    says(page, "#rlhf-policy-view", "Reward", "KL from the start", "Over-optimisation", "completed")


def test_compare_scores_every_model(app, page):
    assert {"sft-0001", "reward-0001", "ppo-0001", "dpo-0001"} <= set(runs(app[0]))
    web.to(page, "compare")
    says(page, "#compare-models", "pocket", "sft-0001", "dpo-0001", "ppo-0001")
    page.locator("#compare-ask").click()
    waits(page, "five scores", lambda: page.locator("#compare-answers .answer footer").count() == 5)
    says(
        page, "#compare-answers", "pocket", "sft-0001", "dpo-0001", "ppo-0001", "grpo-0001", "reward", "gold"
    )


def test_runs_and_the_lineage_that_leads_to_them(page):
    page.locator("#frame .lineage a", has_text="sft-0001").click()
    says(page, "#runs-view", "sft-0001", "completed")
    says(page, "#runs-table", "reward-0001", "ppo-0001", "dpo-0001")
    assert "not yet" not in says(page, "#runs-about", "learning rate", "peak memory")


def test_a_reload_leads_back_to_the_open_room(app, browser):
    page = web.opened(browser, app[0])
    for tab in ("compare", "datasets"):
        web.to(page, tab)
        waits(page, "address", lambda tab=tab: page.url.endswith(f"#{tab}"))
        page.reload()
        page.locator(f"#tab-{tab}").first.wait_for(state="visible")
        page.wait_for_timeout(1000)
        assert page.locator(f"#tab-{tab}").first.is_visible() and page.url.endswith(f"#{tab}")
    page.close()


@pytest.mark.parametrize("width", [1280, 390])
def test_no_tab_is_wider_than_its_window(app, browser, width):
    page = web.opened(browser, app[0], width)
    for tab in web.TABS:
        web.to(page, tab)
        page.wait_for_timeout(500)
        assert web.overflow(page) <= 0, tab
    assert page.troubles == []
    page.close()


def starts_dpo(page):
    web.to(page, "rlhf")
    page.locator("#rlhf-method label", has_text="DPO").first.click()
    waits(page, "form of DPO", lambda: page.locator("#dpo-epochs").is_visible())
    fills(page, "dpo-epochs", "8")
    page.locator("#rlhf-policy-start").click()


def drawn(page):
    """Every line of the run's charts, as it is drawn."""
    return page.locator("#rlhf-policy-view live-run svg path").evaluate_all(
        "all => all.map(one => one.getAttribute('d'))"
    )


def test_two_browsers_a_reload_and_a_restart_show_one_curve_to_the_end(home, browser, page):
    port = web.free_port()
    with web.serving(home, port=port) as (url, process):
        first = web.opened(browser, url)
        starts_dpo(first)
        says(first, "#rlhf-policy-view", "dpo-0002")
        second = web.opened(browser, f"{url}/#rlhf")
        says(second, "#rlhf-policy-view", "dpo-0002")
        second.reload()
        says(second, "#rlhf-policy-view", "dpo-0002")
        waits(second, "second step", lambda: runs(url).get("dpo-0002", {}).get("step", 0) > 1)
        process.send_signal(signal.SIGKILL)
        first.bring_to_front()
        says(first, "#rlhf-policy-view", "The app does not answer")
    with web.serving(home, port=port) as (url, _):
        assert runs(url)["dpo-0002"]["state"] in ("running", "completed")
        assert completed(url, "dpo-0002")
        third = web.opened(browser, f"{url}/#rlhf")
        pages = (first, second, third)
        for one in pages:
            one.bring_to_front()
            says(one, "#rlhf-policy-view", "dpo-0002", "completed")
        waits(third, "one curve", lambda: drawn(first) == drawn(second) == drawn(third) != [])
        for one in pages:
            one.close()


def test_runs_are_set_side_by_side_and_deleted(app, page):
    page.bring_to_front()
    web.to(page, "runs")
    says(page, "#runs-table", "dpo-0002")
    for run in ("dpo-0001", "dpo-0002"):
        chooses_also(page, "runs-several", run)
    text = says(page, "#runs-apart", "epochs", "0.2", "8")
    assert "batch size" not in text
    assert page.locator("#runs-apart .answer").count() >= 2
    chooses(page, "runs-chosen", "reward-0001")
    says(page, "#runs-view", "reward-0001")
    page.locator("#runs-doomed button").first.click()
    says(page, "#runs-taken", "reward-0001 takes")
    page.locator("#runs-delete").click()
    says(page, "#runs-taken .bad", "ppo-0001 came from reward-0001")
    chooses(page, "runs-chosen", "dpo-0001")
    says(page, "#runs-taken", "dpo-0001 takes")
    page.locator("#runs-delete").click()
    waits(page, "deletion", lambda: "dpo-0001" not in runs(app[0]))
    waits(page, "another run", lambda: "dpo-0001" not in page.locator("#runs-table").inner_text())


def test_a_race_is_run_and_has_a_page_of_its_own(app, browser, page):
    web.to(page, "race")
    web.fill(page, "race-epochs", "0.25")
    for label in page.locator("#race-runners label").all()[2:]:
        label.click()
    says(page, "#race-start", "Race 2 tunings")
    page.locator("#race-start").click()
    states = "[...document.querySelectorAll('race-board td:nth-child(2)')].map((one) => one.innerText)"
    done = f"{states}.length === 2 && {states}.every((state) => state === 'done')"
    page.wait_for_function(done, timeout=240_000)
    page.get_by_role("button", name="numbers that learn").click()
    shares = page.locator("race-board td:nth-child(7)").all_inner_texts()
    assert shares == sorted(shares, key=lambda text: float(text.split()[0]))
    alone = browser.new_page()
    alone.goto(f"{app[0]}/race/race-0001")
    alone.wait_for_selector("race-board table")
    assert alone.locator("race-board tbody tr").count() == 2
    alone.close()
