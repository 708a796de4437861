"""Screenshots of every tab at 1280 and 390 pixels, of an app on a home with runs in it.

python tests/ui/screenshots.py HOME [OUT]      (OUT: assets/screenshots)
"""

import shutil
import sys
from pathlib import Path

from PIL import Image

sys.path.insert(0, str(Path(__file__).parent))
from browser import ROOT, TABS, browsing, opened, serving, to, until

WIDTHS = (1280, 390)
LIMIT = 300_000


def main(home: Path, out: Path) -> None:
    out.mkdir(parents=True, exist_ok=True)
    chromium = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    with serving(home) as (url, _), browsing(chromium) as browser:
        for width in WIDTHS:
            page = opened(browser, url, width)
            until(lambda page=page: page.request.get(f"{url}/api/health").json()["chat"] == "ready", 240)
            for tab in TABS:
                to(page, tab)
                prepare(page, tab)
                shoot(page, out / f"{tab}-{width}.png")
            page.close()


def prepare(page, tab: str) -> None:
    """Bring the tab into the state worth showing."""
    if tab in ("tuning", "compare"):
        page.locator(f"#{tab}-ask").click()
        page.wait_for_selector(f"#{tab}-answers .answer")
        page.wait_for_timeout(6000)
    if tab == "tuning":
        page.wait_for_selector("#tuning-figures .hero", timeout=600_000)
    if tab == "compare":
        page.locator("#compare-measure").click()
        page.wait_for_selector("#compare-report table", timeout=600_000)
    if tab == "preferences":
        page.locator("#preferences-count input[type=number]").fill("40")
        page.keyboard.press("Tab")
        page.locator("#preferences-sample").click()
        page.wait_for_selector("vote-card .pair", timeout=120_000)
        for _ in range(3):
            page.keyboard.press("1")
            page.wait_for_timeout(1500)
    if tab == "race":
        page.wait_for_selector("race-board table")
    if tab == "datasets":
        page.locator("#datasets-look").click()
        page.wait_for_selector("#datasets-seen .tokens")
    page.wait_for_timeout(2000)


def shoot(page, path: Path) -> None:
    """The whole page as a PNG of at most 256 colours, below the limit."""
    page.screenshot(path=path, full_page=True)
    with Image.open(path) as image:
        image.convert("RGB").quantize(256, dither=Image.Dither.NONE).save(path, optimize=True)
    size = path.stat().st_size
    print(f"{path.name}: {size / 1000:.0f} kB")
    if size > LIMIT:
        raise SystemExit(f"{path.name} is larger than {LIMIT / 1000:.0f} kB")


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]) if len(sys.argv) > 2 else ROOT / "assets" / "screenshots")
