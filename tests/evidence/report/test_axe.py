"""Pages of reports in a browser, looked at by axe-core: no serious fault, in light, dark, wide and narrow.

Needs Chromium and axe-core, which is not committed: ``npm install axe-core`` in the checkout, or ASSAY_AXE with the
path of ``axe.min.js``. Without them the tests are skipped.
"""

import json
import os
import re
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from assay.evidence.report import Given, LogReport
from assay.triage.answer import Report

RUN = """
<script>{axe}</script>
<script>
axe.run(document, {{ resultTypes: ["violations"] }}).then(found => {{
  const told = found.violations.map(each => [each.impact, each.id, each.nodes[0].html.slice(0, 300)]);
  const wide = document.documentElement.scrollWidth > document.documentElement.clientWidth;
  const out = document.createElement("pre");
  out.id = "axe-told";
  out.textContent = JSON.stringify({{ told, wide }});
  document.body.append(out);
}});
</script>
"""


@pytest.fixture(scope="module")
def axe(repository: Path) -> str:
    place = Path(os.environ.get("ASSAY_AXE") or repository / "node_modules" / "axe-core" / "axe.min.js")
    if not place.is_file():
        pytest.skip("no axe-core: npm install axe-core, or ASSAY_AXE=.../axe.min.js")
    return place.read_text(encoding="utf-8")


@pytest.fixture(scope="module")
def browser() -> str:
    found = next(
        (path for name in ("chromium", "chromium-browser", "google-chrome") if (path := shutil.which(name))),
        None,
    )
    if found is None:
        pytest.skip("no Chromium")
    return found


def _look(page: Path, axe: str, browser: str, tmp_path: Path, *, width: int, dark: bool) -> dict[str, Any]:
    """What axe finds on a page; its policy against scripts is taken out for that."""
    text = re.sub(r"<meta http-equiv[^>]*>", "", page.read_text(encoding="utf-8"))
    # Closed parts are not looked at.
    text = text.replace("<details>", "<details open>").replace("</body>", RUN.format(axe=axe) + "</body>")
    copy = tmp_path / "looked-at.html"
    copy.write_text(text, encoding="utf-8")
    command = [
        browser, "--headless", "--no-sandbox", "--disable-gpu", f"--user-data-dir={tmp_path / 'browser'}",
        f"--window-size={width},1000", "--virtual-time-budget=60000", "--dump-dom", copy.as_uri(),
    ]  # fmt: skip
    if dark:
        command.insert(1, "--blink-settings=preferredColorScheme=0")
    done = subprocess.run(command, capture_output=True, text=True, timeout=240)
    told = re.search(r'<pre id="axe-told">(.*?)</pre>', done.stdout, re.DOTALL)
    assert told, done.stderr[-2000:]
    import html

    found: dict[str, Any] = json.loads(html.unescape(told[1]))
    return found


@pytest.mark.parametrize(("width", "dark"), [(1280, False), (1280, True), (500, False)])
@pytest.mark.parametrize("kind", ["media", "logs"])
def test_no_serious_fault(
    kind: str,
    width: int,
    dark: bool,
    axe: str,
    browser: str,
    tmp_path: Path,
    report_of: Callable[..., Path],
    verdict: Callable[..., Any],
    incident: Callable[..., Any],
    record: Any,
    key: Any,
) -> None:
    if kind == "media":
        outcomes = ("consistent", "inconsistent", "inconclusive", "failed")
        verdicts = [
            verdict(f"/nowhere/{'long-name-' * 9}{name}.jpg", name, 1.0, detail={"a": "b"})
            for name in outcomes
        ]
        folder = report_of(*verdicts, language="zh-Hant" if dark else "en")
    else:
        folder = tmp_path / "logs"
        done = Report((), 1000, 50, None, "batch@1.0.0", "0" * 64, 0, record, 1.0)
        given = Given(("assay", "triage"), ("logs",), "zh-Hant" if dark else "en", key=key)
        lines = [incident(rank, "x" * 500) for rank in range(1, 4)]
        LogReport(folder, given).finish(lines, done, budget="3", pseudonyms=False)
    found = _look(folder / "report.html", axe, browser, tmp_path, width=width, dark=dark)
    assert [each for each in found["told"] if each[0] in ("serious", "critical")] == []
    assert not found["wide"], "the page scrolls sideways"


def test_a_fault_is_noticed(axe: str, browser: str, tmp_path: Path) -> None:
    page = tmp_path / "bad.html"
    body = '<img src="data:,"><p style="color:#ccc">pale</p>'
    page.write_text(f"<!doctype html><html><title>x</title><body>{body}</body></html>")
    found = _look(page, axe, browser, tmp_path, width=1280, dark=False)
    assert {"image-alt", "html-has-lang", "color-contrast"} <= {each[1] for each in found["told"]}
