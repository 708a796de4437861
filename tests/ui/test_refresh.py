"""What is on the page follows what is on the disk, without a press: in Chromium, on stand-ins."""

import json
import os
import threading
import time

import psutil
import pytest
from playwright.sync_api import expect

from playground.dataset.table import Dataset
from playground.model.source import find
from playground.run import events
from playground.run.job import RESULT, Run
from playground.training.dpo import DPO
from playground.training.reward import RewardModeling
from playground.training.sft import SFT
from playground.ui import repairs, shelf


def show(settings, name):
    return f"{getattr(settings, name):g}"


pytestmark = pytest.mark.browser
PAIR = {"prompt": "What is a bond?", "chosen": "A loan. Thank you!", "rejected": "A loan."}


@pytest.fixture
def rooms(browser, site):
    """The app's page with this room open."""
    pages = []

    def show(tab):
        page = browser.new_page(viewport={"width": 1280, "height": 900})
        pages.append(page)
        page.set_default_timeout(20_000)
        page.goto(site.url)
        page.locator("#tuning-start").wait_for(state="attached")
        page.locator(f"#tab-{tab}-button").first.click()
        page.locator(f"#tab-{tab}").first.wait_for(state="visible")
        return page

    yield show
    for page in pages:
        page.close()


def test_the_panels_about_a_run_hear_of_its_end(rooms):
    data = {"train": [PAIR] * 4, "validation": [PAIR]}
    run = Run.create("reward", RewardModeling(), "pocket", data, names={"train": "a campaign"})
    me = {"pid": os.getpid(), "pid_started": psutil.Process().create_time()}
    events.write_status(run.folder, events.Status(state="running", step=1, total=4, **me))
    page = rooms("rlhf")
    verdict = page.locator("#rlhf-verdict")
    verdict.get_by_text("reward-0001 is running").wait_for()
    result = run.folder / RESULT
    result.mkdir()
    for path in find("pocket").folder.iterdir():
        (result / path.name).symlink_to(path)
    (result / "config.json").unlink()
    config = find("pocket").config | {"architectures": ["LlamaForSequenceClassification"]}
    (result / "config.json").write_text(json.dumps(config))
    events.write_status(run.folder, events.Status(state="completed", step=4, total=4))
    verdict.get_by_text("reward-0001 has not been questioned").wait_for()
    page.locator("#rlhf-question").wait_for()


def test_a_large_dataset_is_opened_when_it_is_chosen(rooms, monkeypatch):
    monkeypatch.setattr(shelf, "MANY", 5)
    rows = [{"prompt": f"What does fund {n} cost?", "completion": f"It costs {n} percent."} for n in range(9)]
    Dataset.load([*rows, rows[0]]).save("many")
    page = rooms("datasets")
    page.locator("#datasets-about").get_by_text("Content").wait_for()
    page.locator("#datasets-chosen input").fill("many")
    page.keyboard.press("Enter")
    page.locator("#datasets-about").get_by_text("9 examples").wait_for()
    page.locator("#datasets-table").get_by_text("What does fund 3 cost?").wait_for()


@pytest.mark.parametrize(
    ("tab", "group", "choice", "field", "filled"),
    [
        ("rlhf", "rlhf-method", "DPO", "dpo-epochs", show(DPO(), "epochs")),
        (
            "tuning",
            "tuning-preset",
            "Full, small steps",
            "sft-learning_rate",
            show(SFT.full(), "learning_rate"),
        ),
        ("tuning", "tuning-kind", "Prompt", "sft-learning_rate", show(SFT.tuned("prompt"), "learning_rate")),
    ],
)
def test_a_preset_waits_for_no_server_and_never_undoes_what_is_typed(
    rooms, tab, group, choice, field, filled
):
    page = rooms(tab)
    page.route("**/gradio_api/**", lambda route: None)
    page.locator(f"#{group} label", has_text=choice).first.click()
    box = page.locator(f"#{field} input").first
    expect(box).to_have_value(filled)
    page.wait_for_timeout(500)  # Gradio fills a field that has just been shown a moment later
    box.fill("0.2")
    page.wait_for_timeout(500)
    assert box.input_value() == "0.2"


def chosen(page, name):
    page.locator("#datasets-chosen input").fill(name)
    page.keyboard.press("Enter")
    page.locator("#datasets-about").get_by_text("3 examples").wait_for()


@pytest.fixture
def two():
    for name in ("one", "other"):
        rows = [{"prompt": f"What does the {name} {n} cost?", "completion": "A  lot."} for n in range(3)]
        Dataset.load(rows).save(name)


def test_what_is_found_out_late_is_not_told_of_another_dataset(rooms, two, monkeypatch):
    held, begin = threading.Event(), repairs.begin

    def slow(studio, name):
        if name == "one":
            held.wait(20)
        return begin(studio, name)

    monkeypatch.setattr(repairs, "begin", slow)
    page = rooms("datasets")
    page.locator("#datasets-about").get_by_text("Content").wait_for()
    chosen(page, "one")
    page.locator("#datasets-tab-findings-button").click()
    page.locator("#datasets-check").click()
    page.wait_for_timeout(500)
    page.locator("#datasets-chosen input").fill("other")
    page.keyboard.press("Enter")
    page.locator("#datasets-table").get_by_text("the other 1").wait_for()
    page.locator("#datasets-check").click()
    expect(page.locator("#datasets-checked")).not_to_be_empty()
    held.set()
    page.wait_for_timeout(1500)
    assert "one" not in page.locator("#datasets-checked").inner_text()


def test_a_reader_stays_on_the_page_while_runs_change(rooms):
    page = rooms("datasets")
    page.locator("#datasets-table").get_by_text("1", exact=True).first.wait_for()
    page.get_by_role("button", name="Later rows").click()
    expect(page.locator("#datasets-table td").first).to_have_text("9")
    page.evaluate("document.dispatchEvent(new CustomEvent('playground:runs'))")
    page.wait_for_timeout(1500)
    assert page.locator("#datasets-table td").first.inner_text() == "9"


def test_a_number_being_typed_beside_a_slider_is_no_error(rooms):
    page = rooms("preferences")
    number = page.locator("#preferences-count input[type=number]")
    number.fill("")
    number.press_sequentially("50", delay=150)
    expect(page.locator("#preferences-sample")).to_have_text("Sample 50 pairs")
    assert page.locator(".toast-body").count() == 0


def test_the_next_message_may_be_typed_while_an_answer_is_written(rooms, monkeypatch, app):
    def stream(*_given, **_more):
        for piece in ("Slowly", " but", " surely"):
            yield piece
            time.sleep(0.7)

    monkeypatch.setattr(app.state.studio.host, "stream", stream)
    page = rooms("adapters")
    box = page.locator("#adapters-message textarea")
    page.locator("#adapters-send").click()
    page.locator("#adapters-talk").get_by_text("Slowly").wait_for()
    box.fill("And then?")
    page.locator("#adapters-talk").get_by_text("surely").wait_for()
    page.wait_for_timeout(1000)
    assert box.input_value() == "And then?"
    page.locator("#adapters-send").click()
    page.locator("#adapters-talk").get_by_text("And then?").wait_for()
    page.locator("#adapters-anew").click()
    page.locator("#adapters-talk").get_by_text("Nothing said yet").wait_for()
    page.wait_for_timeout(2500)
    assert "Nothing said yet" in page.locator("#adapters-talk").inner_text()
    page.locator("#adapters-message textarea").fill("Once more")
    page.locator("#adapters-send").click()
    page.locator("#adapters-talk").get_by_text("surely").wait_for()


def test_a_note_that_was_only_looked_at_is_not_written_over_another(rooms, make_run):
    run = make_run()
    page = rooms("runs")
    page.locator("#runs-lineage").get_by_text(run.id).wait_for()
    run.annotate("from elsewhere", ["kept"])
    page.locator("#runs-note textarea").click()
    page.keyboard.press("Tab")
    page.wait_for_timeout(1000)
    assert run.notes.note == "from elsewhere"
    page.locator("#runs-note textarea").fill("from here")
    page.keyboard.press("Tab")
    page.locator("#runs-noted").get_by_text("Kept.").wait_for()
    assert (run.notes.note, list(run.notes.tags)) == ("from here", ["kept"])


def test_of_two_quick_choices_the_second_is_shown(rooms):
    for epochs in (0.5, 4.0):
        SFT(epochs=epochs).prepare("pocket", [PAIR | {"completion": "A loan."}] * 4)
    page, slow = rooms("runs"), []
    page.locator("#runs-table").get_by_text("sft-0002").first.wait_for()

    def asked(route):
        if '"data":[["sft-0001"]]' in route.request.post_data:
            slow.append(route)
        else:
            route.continue_()

    page.route("**/gradio_api/run/**", asked)
    for run in ("sft-0001", "sft-0002"):
        page.locator("#runs-several input").first.fill(run)
        page.keyboard.press("Enter")
        page.locator("#runs-several .token", has_text=run).wait_for()
        page.wait_for_timeout(1000)
    slow.pop().continue_()
    page.locator("#runs-apart").get_by_text("epochs").wait_for()
    page.wait_for_timeout(500)
    assert "0.5" in page.locator("#runs-apart").inner_text()


def test_who_opens_another_room_while_the_page_wakes_up_is_not_led_back(browser, site):
    page = browser.new_page()
    page.goto(f"{site.url}/#runs", wait_until="commit")
    door = page.locator("#tab-datasets-button").first
    door.wait_for(state="visible")
    door.click()
    page.locator("#tab-datasets").first.wait_for(state="visible")
    page.wait_for_timeout(1500)
    assert page.locator("#tab-datasets").first.is_visible() and page.url.endswith("#datasets")
    page.close()
