"""What is on the page follows what is on the disk, without a press: in Chromium, on stand-ins."""

import json
import os

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
from playground.ui import shelf


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
