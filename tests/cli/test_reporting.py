"""``--report`` of both commands: sealed, repeatable, never over something that is there."""

import json
import re
import shlex
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from assay.demo.logs import LogSet
from assay.demo.media import Made
from assay.evidence import verify


@pytest.fixture(autouse=True)
def own_key(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Keys of the tests are not the user's."""
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "data"))
    monkeypatch.delenv("ASSAY_KEY", raising=False)


def _same(folder: Path, place: Path, assay: Callable[..., Any]) -> None:
    """Run the printed command in the same place, and compare what it says must be equal."""
    command = json.loads((folder / "report.json").read_text())["command"]
    words = shlex.split(command["line"])
    assert words[0] == "assay"
    assay(*[str(place / "again") if word == "again" else word for word in words[1:]])
    answers = (place / "again" / command["answers"]).read_bytes()
    assert answers and answers == (folder / command["answers"]).read_bytes()
    assert f"cmp again/{command['answers']} " in command["compare"]


def test_detect_writes_a_sealed_report_that_can_be_repeated(
    assay: Callable[..., Any], pictures: dict[str, Made], tmp_path: Path
) -> None:
    paths = [made.path for made in list(pictures.values())[:2]]
    ran = assay("detect", *paths, "--profile", "fast", "--json", "--report", tmp_path / "r")
    assert ran.code == 0 and len(ran.lines) == 2
    assert verify(tmp_path / "r").faults == ()
    html = (tmp_path / "r" / "report.html").read_text()
    assert "assay detect" in html
    assert re.findall(r"""(?:src|href)\s*=\s*["'](?!data:|#)|url\(|@import|<script""", html) == []
    _same(tmp_path / "r", tmp_path, assay)


def test_triage_writes_a_sealed_report_that_can_be_repeated(
    assay: Callable[..., Any], logs: LogSet, tmp_path: Path
) -> None:
    assert assay("baseline", "fit", logs.quiet, "--name", "office-report").code == 0
    ran = assay(
        "triage",
        logs.night,
        "--baseline",
        "office-report",
        "--budget",
        "3",
        "--json",
        "--report",
        tmp_path / "r",
    )
    assert ran.code == 0
    assert verify(tmp_path / "r").faults == ()
    told = json.loads((tmp_path / "r" / "report.json").read_text())["logs"]
    assert told["total"] == len(told["incidents"]) == 3 and told["baseline"]["name"].startswith(
        "office-report@"
    )
    assert all(each["sha256"] for each in told["sources"])
    _same(tmp_path / "r", tmp_path, assay)


def test_a_report_never_takes_the_place_of_anything(
    assay: Callable[..., Any], pictures: dict[str, Made], tmp_path: Path
) -> None:
    taken = tmp_path / "taken"
    taken.mkdir()
    (taken / "mine.txt").write_text("mine")
    one = next(iter(pictures.values())).path
    for place in (taken, taken / "mine.txt"):
        ran = assay("detect", one, "--report", place)
        assert ran.code == 2 and "there already" in ran.err
    assert (taken / "mine.txt").read_text() == "mine"
    inside = assay("detect", one.parent, "--report", one.parent / "report")
    assert inside.code == 2 and "lies in" in inside.err


def test_redaction_needs_a_report(assay: Callable[..., Any], pictures: dict[str, Made]) -> None:
    ran = assay("detect", next(iter(pictures.values())).path, "--redact")
    assert ran.code == 2 and "--report" in ran.err


def test_nothing_of_it_is_loaded_without_a_report(pictures: dict[str, Made]) -> None:
    one = next(iter(pictures.values())).path
    code = (
        "import sys\nfrom assay.cli import main\n"
        f"try:\n    main(['detect', {str(one)!r}, '--profile', 'fast', '--json'])\n"
        "except SystemExit as left:\n    assert not left.code\n"
        "print([name for name in sys.modules if name.startswith(('assay.evidence', 'jinja2', 'typst'))])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.splitlines()[-1] == "[]"


def test_a_redacted_report_of_logs_names_nobody(
    assay: Callable[..., Any], logs: LogSet, tmp_path: Path
) -> None:
    key = tmp_path / "names.key"
    ran = assay(
        "triage", logs.night, "--budget", "3", "--json", "--report", tmp_path / "r", "--redact", "--key", key
    )
    assert ran.code == 0
    told = (tmp_path / "r" / "incidents.jsonl").read_text()
    names = {
        name
        for line in ran.lines
        for kind in ("host", "user", "source_ip")
        for name in line["entities"][kind]
    }
    assert any(name.startswith(("user-", "host-", "ip-")) for name in names) and "source-0001" in told
    files = [file for file in (tmp_path / "r").rglob("*") if file.is_file()]
    for secret in (
        b"chloe",
        b"SRV-FILE",
        b"203.0.113.77",
        b"windows.jsonl",
        b"auth.log",
        str(logs.night).encode(),
    ):
        assert [file.name for file in files if secret in file.read_bytes()] == [], secret
    assert verify(tmp_path / "r").faults == ()
    _same(tmp_path / "r", tmp_path, lambda *words: assay(*_given_back(words, logs.night, key)))


def _given_back(words: tuple[str, ...], night: Path, key: Path) -> list[str]:
    """The redacted command with what was taken out of it: the folder of logs and the key."""
    back = {"path-0001": str(night), "FILE": str(key)}
    return [back.get(word, word) for word in words]
