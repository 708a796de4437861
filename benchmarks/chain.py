"""All of RLHF at one press, timed in Chromium: `python -m benchmarks.chain`.

Opens the app on an empty home, presses "Run all four steps" as a person on a stage does, and waits for the
policy: the base is tuned, answers, is judged by a simulated annotator, and is moved by PPO. What the room
says then is printed; `--pictures FOLDER` keeps what it looks like, on a screen and on a phone. Needs
Chromium and the test tools.
"""

import argparse
import os
import tempfile
import time
from pathlib import Path

from benchmarks.painting import chromium, serving

BOUND = 240
"""Seconds that the whole chain may take."""
WIDTHS = (1280, 390)


def pressed(page, url: str) -> tuple[float, str]:
    """Seconds from the press to the end, and the line in which the room tells of it."""
    page.goto(url)
    page.locator("#tab-rlhf-button").first.click()
    page.locator("#rlhf-chain").wait_for()
    page.wait_for_timeout(2000)
    began = time.monotonic()
    page.locator("#rlhf-chain").click()
    shown = ""
    while not shown.startswith("Done in"):
        if page.locator("#rlhf-chain-said .bad").count() or time.monotonic() - began > 4 * BOUND:
            raise SystemExit(f"it ended early: {page.locator('#rlhf-chain-said').inner_text()}")
        page.wait_for_timeout(200)
        line = page.locator("#rlhf-chain-said").inner_text().strip()
        if line.partition(":")[0] != shown.partition(":")[0]:
            print(f"{time.monotonic() - began:6.1f} s  {line}", flush=True)
        shown = line
    return time.monotonic() - began, shown


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=1)
    parser.add_argument("--pictures", type=Path, help="folder for a picture of the room at the end")
    chosen = parser.parse_args()
    program = chromium()
    from playwright.sync_api import sync_playwright

    worst = 0.0
    for number in range(chosen.rounds):
        with tempfile.TemporaryDirectory() as home, sync_playwright() as playwright:
            os.environ |= {"PLAYGROUND_HOME": home, "HF_HUB_OFFLINE": "1"}
            browser = playwright.chromium.launch(executable_path=program, args=["--no-sandbox"])
            with serving() as url:
                page = browser.new_page(viewport={"width": WIDTHS[0], "height": 900})
                seconds, _ = pressed(page, url)
                worst = max(worst, seconds)
                for width in WIDTHS if chosen.pictures else ():
                    page.set_viewport_size({"width": width, "height": 900})
                    page.wait_for_timeout(3000)
                    picture = chosen.pictures / f"chain-{number}-{width}.png"
                    page.screenshot(path=picture, full_page=True)
            browser.close()
    print(f"at most {worst:.0f} s, {'within' if worst <= BOUND else 'above'} {BOUND} s")


if __name__ == "__main__":
    main()
