"""From a key press to the next item painted, in Chromium: `python -m benchmarks.painting`.

The app serves a campaign on this machine; its annotators' page is opened and judged by keys, for each kind of
task. A press is timed from the moment the browser made the event to the end of the frame that first
shows the next item. `--voters 50` lets so many others judge at the same time over HTTP, two seconds apart.
Needs Chromium and the test tools.
"""

import argparse
import contextlib
import os
import shutil
import socket
import statistics
import subprocess
import sys
import tempfile
import threading
import time
import uuid
from random import Random

import httpx

BOUND = 100
"""Milliseconds that 95 of 100 presses may take."""
KINDS = {"pairwise": "1", "ranking": "312\n", "rating": "513\n", "best_worst": "31\n"}
# A task posted from within a frame's callback runs after that frame is painted.
PROBE = """() => {
  window.painted = [];
  const shown = () => document.querySelector("vote-card h2")?.textContent;
  addEventListener("keydown", (event) => {
    const before = shown();
    const look = () => requestAnimationFrame(() => {
      if (shown() === before) return performance.now() - event.timeStamp < 5000 && look();
      const channel = new MessageChannel();
      channel.port1.onmessage = () => window.painted.push(performance.now() - event.timeStamp);
      channel.port2.postMessage(0);
    });
    look();
  }, true);
}"""


@contextlib.contextmanager
def serving():
    """The app's address."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    process = subprocess.Popen([sys.executable, "-m", "playground", "app", "--port", str(port)])
    url = f"http://127.0.0.1:{port}"
    try:
        while True:
            with contextlib.suppress(httpx.HTTPError):
                if httpx.get(f"{url}/api/health").status_code == 200:
                    break
            time.sleep(0.3)
        yield url
    finally:
        process.terminate()
        process.wait(20)


def chromium() -> str:
    """The browser's program."""
    names = ("chromium", "chromium-browser", "google-chrome")
    found = next(filter(None, map(shutil.which, names)), None)
    if found is None:
        raise SystemExit("Chromium is not installed (Debian: apt-get install chromium)")
    return found


def voter(url: str, campaign: str, done: threading.Event, chance: Random) -> None:
    """Judge like a person with a browser of their own, until told to stop."""
    with httpx.Client(base_url=url) as client:
        while not done.wait(2 * chance.random()):
            answer = client.post(f"/api/campaigns/{campaign}/next")
            if answer.status_code != 200:
                return
            vote = {"assignment": answer.json()["assignment"], "key": str(uuid.uuid4()), "choice": "first"}
            client.post("/api/votes", json=vote)
            done.wait(1)


def judged(page, url: str, campaign: str, keys: str, items: int) -> list[float]:
    """Milliseconds of every press that brought the next item; the first few are left out."""
    page.goto(f"{url}/annotate/{campaign}")
    page.locator("vote-card h2").wait_for()
    page.evaluate(PROBE)
    for number in range(items - 1):
        for key in keys:
            page.keyboard.press("Enter" if key == "\n" else key)
        page.wait_for_function("(number) => window.painted.length > number", arg=number)
        page.wait_for_timeout(150)
    return page.evaluate("window.painted")[3:]


def campaign_of(kind: str, items: int) -> str:
    from playground.preference.campaign import create_campaign
    from playground.records import Completion

    answers = "ab" if kind == "pairwise" else "abc"
    text = "It is 0.1 percent a year, and every investment carries some risk. "
    drafts = [
        Completion(f"Question {n}: what does it cost?", f"{text * 3}({letter})", "model")
        for n in range(items)
        for letter in answers
    ]
    return create_campaign(kind, drafts, 1000, task=kind)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--items", type=int, default=100, help="items judged of each kind")
    parser.add_argument("--voters", type=int, default=0, help="others who judge at the same time")
    parser.add_argument("--kinds", nargs="+", choices=KINDS, default=list(KINDS))
    chosen = parser.parse_args()
    program = chromium()
    from playwright.sync_api import sync_playwright

    with tempfile.TemporaryDirectory() as home:
        os.environ |= {"PLAYGROUND_HOME": home, "HF_HUB_OFFLINE": "1"}
        campaigns = {kind: campaign_of(kind, chosen.items) for kind in chosen.kinds}
        crowd, done = campaign_of("pairwise", 2000), threading.Event()
        with serving() as url, sync_playwright() as playwright:
            threads = [
                threading.Thread(target=voter, args=(url, crowd, done, Random(number)))
                for number in range(chosen.voters)
            ]
            for thread in threads:
                thread.start()
            browser = playwright.chromium.launch(executable_path=program, args=["--no-sandbox"])
            page = browser.new_page(viewport={"width": 1280, "height": 800})
            worst = 0.0
            for kind, campaign in campaigns.items():
                found = judged(page, url, campaign, KINDS[kind], chosen.items)
                late = statistics.quantiles(found, n=20)[-1]
                worst = max(worst, late)
                middle, most = statistics.median(found), max(found)
                print(f"{kind:10} {len(found)} presses: median {middle:.0f} ms, p95 {late:.0f} ms, "
                      f"at most {most:.0f} ms", flush=True)  # fmt: skip
            done.set()
            for thread in threads:
                thread.join()
            browser.close()
    print(f"p95 within {BOUND} ms" if worst <= BOUND else f"p95 above {BOUND} ms: {worst:.0f}")


if __name__ == "__main__":
    main()
