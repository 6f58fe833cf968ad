"""Pictures of the page for the documentation, out of what the demo makes.

    make shots        (or: python benchmarks/page/shots.py docs/page)

Serves a room of its own in a temporary folder, sends what `assay demo` makes in by the page itself, and photographs
what a person sees. Needs playwright and Chromium (the extra dev; Debian: apt-get install chromium).
"""

import argparse
import io
import re
import shutil
import tempfile
from pathlib import Path
from typing import Any

from PIL import Image
from playwright.sync_api import sync_playwright

from assay.demo.media import write_media
from assay.service.room import Room
from assay.service.settings import Settings
from assay.tests.service.serving import served

FILES = ("temple.jpg", "landscape-marked.png")
PATIENCE = 300_000
WIDE, PHONE = {"width": 1280, "height": 860}, {"width": 390, "height": 844}


def main() -> None:
    """Make them."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0] if __doc__ else None)
    parser.add_argument("folder", type=Path, help="where they go")
    folder: Path = parser.parse_args().folder
    folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as scratch:
        home, media = Path(scratch) / "home", Path(scratch) / "media"
        media.mkdir()
        write_media(media)
        with Room.open(Settings(home=home)) as room:
            case = room.cases.all()[0].id
            room.cases.change(case, {"name": "2026-0147 harbour", "note": "Pictures sent in by readers."})
            room.cases.make("2026-0151 invoices")
        with served(home, called="picture desk") as serving:
            _shots(serving.address, serving.token, [media / name for name in FILES], folder)
    for file in sorted(folder.glob("*.webp")):
        print(f"{file}: {file.stat().st_size:,} bytes")


def _shots(address: str, key: str, files: list[Path], folder: Path) -> None:
    path = next(
        found for name in ("chromium", "chromium-browser", "google-chrome") if (found := shutil.which(name))
    )
    with sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=path, args=["--no-sandbox", "--disable-gpu"])
        page = _window(browser, address, key, WIDE, dark=False)
        page.set_input_files("#drop-file", files)
        page.wait_for_url(re.compile("/analyses/[0-9a-f]{32}$"))
        page.wait_for_selector(".tally")
        several = page.url
        page.goto("/")
        _shot(page, folder / "room.webp")
        page.goto(f"{several}?place=1")
        page.wait_for_load_state("networkidle")
        _shot(page, folder / "verdict.webp")
        dark = _window(browser, address, key, WIDE, dark=True)
        analysis = several.rpartition("/")[2]
        dark.goto(f"/compare?a={analysis}/1&b={analysis}/2")
        dark.wait_for_load_state("networkidle")
        _shot(dark, folder / "compare-dark.webp")
        phone = _window(browser, address, key, PHONE, dark=False, locale="zh-TW")
        phone.goto(f"{several}?place=1")
        phone.wait_for_load_state("networkidle")
        _shot(phone, folder / "verdict-phone.webp")
        browser.close()


def _window(browser: Any, address: str, key: str, size: Any, *, dark: bool, locale: str = "en-GB") -> Any:
    context = browser.new_context(
        base_url=address, viewport=size, color_scheme="dark" if dark else "light", locale=locale
    )
    page = context.new_page()
    page.set_default_timeout(PATIENCE)
    page.goto("/sign-in")
    page.fill("#key", key)
    page.press("#key", "Enter")
    page.wait_for_url(f"{address}/")
    return page


def _shot(page: Any, target: Path) -> None:
    page.evaluate("document.fonts.ready")
    Image.open(io.BytesIO(page.screenshot())).save(target, quality=72, method=6)


if __name__ == "__main__":
    main()
