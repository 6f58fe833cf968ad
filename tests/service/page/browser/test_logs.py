"""The whole way of a batch of logs, by mouse and by keyboard alone, in both languages; every page of logs by axe."""

import json
import re
from typing import Any

import pytest

from .conftest import PATIENCE, House, Open
from .test_looks import RUN

pytestmark = pytest.mark.slow

INCIDENTS = 20


def _night(number: int = 0) -> str:
    """A night of logs with twenty things in it, one of them with code in its name."""
    rows: list[dict[str, Any]] = []
    for hour in range(24):
        for host in range(3):
            for user in range(5):
                usual = {"EventID": 4624, "Channel": "Security", "Hostname": f"ws{host}"}
                time = f"2026-01-31T{hour:02d}:{10 * user:02d}:00Z"
                rows.append(usual | {"TargetUserName": f"u{user}", "@timestamp": time})
    for rare in range(INCIDENTS + 4):
        row = {"EventID": 7100 + 31 * number + rare, "Channel": "System", "Hostname": f"ws{rare % 3}"}
        rows.append(
            row
            | {"@timestamp": f"2026-01-31T{rare % 24:02d}:33:00Z", "Image": "<img src=x onerror=alert(1)>"}
        )
    return "".join(json.dumps(row) + "\n" for row in rows)


def _press_until(page: Any, wanted: str, most: int = 120) -> None:
    for _ in range(most):
        page.keyboard.press("Tab")
        if page.evaluate("wanted => document.activeElement.matches(wanted)", wanted):
            assert page.evaluate("getComputedStyle(document.activeElement).outlineStyle") != "none", wanted
            return
    raise AssertionError(f"Tab never reaches {wanted}")


def _rank(page: Any) -> str:
    rank: str = page.locator("#incident").get_attribute("data-rank")
    return rank


def _shows(page: Any, rank: int | str, verdict: str | None = None) -> None:
    """Wait until the desk shows that incident, and what was said of it."""
    said = "" if verdict is None else f'[data-verdict="{verdict}"]'
    page.wait_for_selector(f'#incident[data-rank="{rank}"]{said}')


def _pasted(page: Any, text: str) -> None:
    """Triage by paste, with the mouse; ends at the desk of the batch."""
    page.goto("/triage")
    page.fill("#lines", text)
    page.click("form.paste button.first")
    page.wait_for_url(re.compile(r"/triage/[0-9a-f]{32}$"))
    page.wait_for_selector("#incident", timeout=2 * PATIENCE)


@pytest.mark.parametrize("locale", ["en-GB", "zh-TW"])
def test_twenty_incidents_by_keyboard_alone(locale: str, window: Open) -> None:
    opened = window(locale=locale)
    page = opened.page
    page.goto("/triage")
    _press_until(page, "#lines")
    # As a paste does it.
    page.keyboard.insert_text(_night(1 if locale == "en-GB" else 2))
    _press_until(page, "form.paste button.first")
    page.keyboard.press("Enter")
    page.wait_for_url(re.compile(r"/triage/[0-9a-f]{32}$"))
    _shows(page, 1)
    strokes = 0

    def press(key: str) -> None:
        nonlocal strokes
        strokes += 1
        page.keyboard.press(key)

    for rank in range(1, INCIDENTS + 1):
        _shows(page, rank)
        verdict = ("true", "false", "benign")[rank % 3]
        press(verdict[0])
        _shows(page, rank, verdict)
        if rank < INCIDENTS:
            press("j")
    assert strokes == 2 * INCIDENTS - 1
    assert page.locator("#queue li .said").count() == INCIDENTS
    # The last word is taken back, said again, and what is above is reached again.
    press("u")
    page.wait_for_selector(f'#incident[data-rank="{INCIDENTS}"][data-mark=""]')
    press("k")
    _shows(page, INCIDENTS - 1, ("true", "false", "benign")[(INCIDENTS - 1) % 3])
    page.reload()
    assert page.locator("#queue li .said").count() == INCIDENTS - 1
    # By keyboard to what is kept from the analyst now.
    _press_until(page, "nav.logs a[href='/suppressions']")
    page.keyboard.press("Enter")
    page.wait_for_url(re.compile("/suppressions$"))
    before = page.locator("tbody tr").count()
    assert before >= 13
    _press_until(page, "tbody form button")
    page.keyboard.press("Enter")
    page.wait_for_function("n => document.querySelectorAll('tbody tr').length === n", arg=before - 1)


@pytest.mark.parametrize("locale", ["en-GB", "zh-TW"])
def test_by_mouse(locale: str, window: Open) -> None:
    opened = window(locale=locale)
    page = opened.page
    _pasted(page, _night(3 if locale == "en-GB" else 4))
    page.locator("#queue a[data-rank]").nth(2).click()
    _shows(page, 3)
    page.locator("form.mark button[value=benign]").click()
    _shows(page, 3, "benign")
    page.locator("form.unmark button").first.click()
    page.wait_for_selector('#incident[data-rank="3"][data-mark=""]')
    # Refresh and back: the address holds what is shown.
    page.reload()
    _shows(page, 3)
    page.goto("/incidents?value=ws1")
    assert page.locator("tbody tr").count() >= 5
    assert "<img src=x onerror=alert(1)>" in page.locator("tbody").inner_text()
    page.go_back()
    _shows(page, 3)
    # From an incident to the card of its question.
    page.locator("#incident a[href^='/detectors#']").first.click()
    page.wait_for_url(re.compile("/detectors#"))
    assert page.evaluate("document.querySelector(':target') !== null")


def test_two_tabs(window: Open) -> None:
    opened = window()
    page = opened.page
    _pasted(page, _night(5))
    other = page.context.new_page()
    opened.follow(other)
    other.goto(page.url)
    _shows(other, 1)
    page.keyboard.press("b")
    _shows(page, 1, "benign")
    # The other one says something else, without having seen it: the later word stands.
    other.keyboard.press("t")
    _shows(other, 1, "true")
    other.keyboard.press("u")
    _shows(other, 1, "benign")
    page.reload()
    _shows(page, 1, "benign")
    page.keyboard.press("u")
    page.wait_for_selector('#incident[data-rank="1"][data-mark=""]')


def test_a_baseline_by_mouse(window: Open, house: House) -> None:
    opened = window()
    page = opened.page
    _pasted(page, _night(6))
    page.goto(f"/baselines?case={house.case}")
    page.locator("input[name=evidence]").first.check()
    page.fill("#fit-name", "office")
    page.click("form[action='/baselines'] button.first")
    # It goes on by itself until the baseline is there.
    page.wait_for_selector("#use option[value='office@1.0.0']", state="attached", timeout=3 * PATIENCE)
    page.select_option("#use", "office@1.0.0")
    page.click("form[action='/baselines/use'] button")
    page.wait_for_selector("tbody .state.ok")
    page.select_option("#use", "")
    page.click("form[action='/baselines/use'] button")
    page.wait_for_function("!document.querySelector('tbody .state.ok')")


@pytest.mark.parametrize(
    ("dark", "width", "locale"),
    [(False, 1280, "en-GB"), (True, 1280, "zh-TW"), (False, 360, "en-GB"), (True, 360, "zh-TW")],
)
def test_no_serious_fault(dark: bool, width: int, locale: str, window: Open, house: House, axe: str) -> None:
    opened = window(dark=dark, width=width, locale=locale)
    page = opened.page
    page.goto("/triage")
    page.fill("#lines", _night(7))
    page.click("form.paste button.first")
    page.wait_for_url(re.compile(r"/triage/[0-9a-f]{32}$"))
    page.wait_for_selector("#queue a[data-rank]", timeout=2 * PATIENCE)
    batch = page.url.removeprefix(opened.address)
    page.goto(f"{batch}/incidents/1")
    page.keyboard.press("b")
    _shows(page, 1, "benign")
    found = {}
    for place in (
        "/triage", batch, f"{batch}?value=ws1&marked=none", f"{batch}?value=nothing", f"{batch}/incidents/1",
        f"{batch}/incidents/2", "/incidents", "/incidents?value=nothing", "/suppressions", "/suppressions?every=1",
        f"/baselines?case={house.case}", "/detectors", "/search?q=ws1",
    ):  # fmt: skip
        page.goto(place)
        page.evaluate(axe)
        told = page.evaluate(RUN)
        if told["told"] or told["wide"] > 0:
            found[place] = told
    assert found == {}
