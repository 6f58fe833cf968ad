"""Every page looked at by axe-core, light, dark and on a phone: no serious fault, nothing sideways, all small."""

import re
from pathlib import Path
from typing import Any

import pytest

from .conftest import PATIENCE, House, Open

pytestmark = pytest.mark.slow

RUN = """async () => {
  for (const each of document.querySelectorAll("details")) each.open = true;
  const found = await axe.run(document, { resultTypes: ["violations"] });
  return {
    told: found.violations.filter(each => ["serious", "critical"].includes(each.impact))
      .map(each => [each.id, each.nodes.length, each.nodes[0].html.slice(0, 200), each.nodes[0].failureSummary]),
    wide: document.documentElement.scrollWidth - document.documentElement.clientWidth,
  };
}"""

LARGEST = 150_000


@pytest.fixture(scope="module")
def places(house: House, chromium: Any, picture: Path, film: Path) -> list[str]:
    """Every page, with something on each."""
    context = chromium.new_context(base_url=house.address)
    page = context.new_page()
    page.set_default_timeout(PATIENCE)
    page.goto("/sign-in")
    page.fill("#key", house.key)
    page.press("#key", "Enter")
    page.wait_for_url(f"{house.address}/")
    page.select_option("#drop-then", "fast")
    page.set_input_files("#drop-file", [picture, film])
    page.wait_for_url(re.compile(r"/analyses/[0-9a-f]{32}$"))
    page.wait_for_selector(".tally", timeout=4 * PATIENCE)
    several = page.url.removeprefix(house.address)
    analysis = several.rpartition("/")[2]
    exhibit = page.locator("tbody a.code").first.get_attribute("href")
    context.close()
    return [
        "/", "/cases", f"/cases/{house.case}", "/evidence", exhibit, "/analyses", several, f"{several}?place=1",
        f"{several}?place=2", f"/compare?a={analysis}/1&b={analysis}/2", "/artifacts", "/artifacts/clip-probe",
        "/custody", "/keys", "/health", "/search?q=jpg", "/help", "/sign-in",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("dark", "width", "locale"), [(False, 1280, "en-GB"), (True, 1280, "zh-TW"), (False, 360, "en-GB")]
)
def test_no_serious_fault(
    dark: bool, width: int, locale: str, window: Open, places: list[str], axe: str
) -> None:
    opened = window(dark=dark, width=width, locale=locale)
    page = opened.page
    found = {}
    for place in places:
        page.goto(place)
        # By the driver, so that the policy of the page stays as it is.
        page.evaluate(axe)
        told = page.evaluate(RUN)
        if told["told"] or told["wide"] > 0:
            found[place] = told
    assert found == {}


def test_pages_are_small(window: Open, places: list[str]) -> None:
    opened = window()
    for place in places:
        context = opened.page.context.browser.new_context(
            base_url=opened.address, storage_state=opened.page.context.storage_state()
        )
        page = context.new_page()
        total = 0
        responses: list[Any] = []
        page.on("response", lambda response, into=responses: into.append(response))
        page.goto(place)
        page.wait_for_load_state("load")
        for response in responses:
            if not re.search(r"/pictures/|\.woff2$", response.url) and response.status == 200:
                total += len(response.body())
        context.close()
        assert total < LARGEST, (place, total)
