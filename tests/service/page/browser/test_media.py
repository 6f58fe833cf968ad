"""The whole way of a picture and of a video, by mouse and by keyboard alone, in both languages."""

import io
import json
import re
import zipfile
from pathlib import Path
from typing import Any

import pytest

from .conftest import PATIENCE, House, Open

pytestmark = pytest.mark.slow


def _press_until(page: Any, wanted: str, most: int = 80) -> None:
    """Press Tab until what has the focus matches a selector; it must be seen to have it."""
    for _ in range(most):
        page.keyboard.press("Tab")
        if page.evaluate("wanted => document.activeElement.matches(wanted)", wanted):
            ring = page.evaluate("getComputedStyle(document.activeElement).outlineStyle")
            assert ring != "none", f"{wanted} has the focus, and nobody can see it"
            return
    raise AssertionError(f"Tab never reaches {wanted}")


def _verdict(page: Any) -> None:
    page.wait_for_url(re.compile(r"/analyses/[0-9a-f]{32}$"))
    page.wait_for_selector(".answer", timeout=3 * PATIENCE)


def test_by_mouse(window: Open, picture: Path, film: Path) -> None:
    opened = window()
    page = opened.page
    # Two files at once, as they are dropped.
    page.set_input_files("#drop-file", [picture, film])
    page.wait_for_url(re.compile(r"/analyses/[0-9a-f]{32}$"))
    page.wait_for_selector(".tally", timeout=4 * PATIENCE)
    assert page.locator("tbody tr").count() == 2
    several = page.url
    # The picture, under its map.
    page.locator("tbody th a").first.click()
    page.wait_for_selector(".answer .big strong")
    assert page.locator(".scale svg circle").count() <= 1
    over = page.locator(".viewer .over")
    page.locator("#strength").fill("20")
    assert over.evaluate("image => image.style.opacity") == "0.2"
    assert over.evaluate("image => image.decode().then(() => image.naturalWidth > 0)")
    before = over.get_attribute("src")
    page.locator("#map").select_option(index=1)
    assert over.get_attribute("src") != before
    for name in ("findings", "stability", "rates", "file", "silence"):
        assert page.locator(f"section#{name}").count() == 1, name
    # Metadata are text, as is the name.
    assert "<img src=x onerror=alert(1)>.jpg" in page.locator("h1").inner_text()
    page.locator("details.finding summary").first.click()
    # Its report comes as a file.
    with page.expect_download() as download:
        page.locator(".answer a[download][href$='report.pdf']").click()
    assert Path(download.value.path()).read_bytes()[:5] == b"%PDF-"
    with page.expect_download() as download:
        page.locator(".answer a[href$='report.zip']").click()
    held = zipfile.ZipFile(io.BytesIO(Path(download.value.path()).read_bytes())).namelist()
    assert "report.json" in held and any("seal" in name for name in held)
    # The other one is a video: a click on its line seeks.
    page.goto(several)
    page.locator("tbody th a").nth(1).click()
    track = page.wait_for_selector(".timeline .track")
    player = page.locator("video")
    player.evaluate("video => video.readyState ? 0 : new Promise(done => video.onloadedmetadata = done)")
    assert player.evaluate("video => video.duration") > 1
    box = track.bounding_box()
    page.mouse.click(box["x"] + 0.75 * box["width"], box["y"] + 20)
    assert player.evaluate("video => video.currentTime") == pytest.approx(0.75 * 2.0, abs=0.4)
    page.locator("[data-seek]").first.click()
    page.wait_for_selector("[data-seek] canvas:not([hidden])")
    # Two side by side, and back with the button of the browser.
    page.goto(several)
    page.get_by_role("button", name="Compare").click()
    page.wait_for_url(re.compile("/compare"))
    assert page.locator("article.side h2").count() == 2
    page.go_back()
    page.wait_for_selector(".tally")
    page.reload()
    assert page.locator("tbody tr").count() == 2


@pytest.mark.parametrize("locale", ["en-GB", "zh-TW"])
def test_by_keyboard_alone(locale: str, window: Open, picture: Path, house: House) -> None:
    opened = window(key=house.bound, locale=locale)
    page = opened.page
    # Listened for from now on: a listener that comes with the key may come after it, and then no chooser is told of.
    page.on("filechooser", lambda chooser: None)
    assert page.locator("html").get_attribute("lang") == ("zh-Hant" if locale == "zh-TW" else "en")
    _press_until(page, ".skip")
    page.keyboard.press("Enter")
    _press_until(page, "#drop-then")
    page.keyboard.press("ArrowDown")
    assert page.locator("#drop-then").input_value() == "fast"
    _press_until(page, "#drop-file")
    with page.expect_file_chooser() as chooser:
        page.keyboard.press("Enter")
    chooser.value.set_files(picture)
    _verdict(page)
    page.keyboard.press("/")
    assert page.evaluate("document.activeElement.id") == "find"
    _press_until(page, "#map")
    _press_until(page, "#strength")
    page.keyboard.press("Home")
    assert page.locator(".over").evaluate("image => image.style.opacity") == "0"
    page.locator("h1").click()
    _press_until(page, "a[href$='report.pdf']")
    with page.expect_download() as download:
        page.keyboard.press("Enter")
    assert Path(download.value.path()).stat().st_size > 10_000
    page.goto("/")
    _press_until(page, "form.who button")
    page.keyboard.press("Enter")
    page.wait_for_url(f"{opened.address}/sign-in")


def test_a_form_without_scripts(chromium: Any, house: House, picture: Path) -> None:
    context = chromium.new_context(base_url=house.address, java_script_enabled=False)
    page = context.new_page()
    page.set_default_timeout(PATIENCE)
    page.goto("/sign-in")
    page.fill("#key", house.key)
    page.click("form button")
    page.set_input_files("#drop-file", picture)
    page.select_option("#drop-then", "keep")
    page.click(".drop button")
    page.wait_for_url(re.compile("/evidence/[0-9a-f]{64}"))
    assert "onerror=alert(1)>.jpg" in page.locator("h1").inner_text()
    page.click("text=Assay this exhibit")
    page.wait_for_url(re.compile("/analyses/[0-9a-f]{32}"))
    context.close()


def test_two_windows_and_a_session_that_ends(window: Open, house: House) -> None:
    opened = window()
    page = opened.page
    other = page.context.new_page()
    opened.follow(other)
    page.goto("/cases")
    other.goto("/cases")
    for number, one in enumerate((page, other)):
        one.fill("#name", f"case of window {number}")
        one.click("form[action='/cases'] button")
        one.wait_for_url(re.compile("/cases/[0-9a-f-]{36}"))
    # Loading a page again that a form led to sends nothing again.
    page.reload()
    names = [
        each["name"]
        for each in json.loads(other.evaluate("fetch('/cases.json').then(r => r.text())"))["cases"]
    ]
    assert names.count("case of window 0") == 1
    # Signed out in one window, the other is sent to the door, and after it to where it was.
    page.click("form.who button")
    page.wait_for_url(f"{opened.address}/sign-in")
    other.goto("/custody")
    assert other.url.endswith("/sign-in?next=%2Fcustody")
    other.fill("#key", house.key)
    other.press("#key", "Enter")
    other.wait_for_url(f"{opened.address}/custody")
    page.go_back()
    page.wait_for_load_state()
    assert page.locator("form.who").count() == 1


def test_what_cannot_be_kept_is_said(window: Open, tmp_path: Path, house: House) -> None:
    opened = window(key=house.bound)
    page = opened.page
    good, bad = tmp_path / "good.txt", tmp_path / "bad.txt"
    good.write_text("a note")
    bad.write_text("another note")
    page.select_option("#drop-then", "keep")
    page.evaluate("document.querySelector('[data-drop]').dataset.longest = '8'")
    page.set_input_files("#drop-file", [bad, good])
    page.wait_for_selector(".arrivals .name a")
    said = page.locator(".arrivals li").all_inner_texts()
    assert "refused" in said[0] and "kept" in said[1]
    page.locator("#told", has_text="1 of 2").wait_for(state="attached")
