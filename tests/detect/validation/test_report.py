"""``assay validate`` from the command line, and the report that it writes."""

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from assay.cli import main
from assay.intake.manifest import Entry, write_manifest
from assay.models.artifact import Artifact


def _run(*words: object) -> int:
    with pytest.raises(SystemExit) as left:
        main([str(word) for word in words])
    return int(left.value.code or 0)


def test_a_report_is_written_and_says_what_was_measured(
    soft_detector: Artifact,
    made_set: Callable[..., list[Entry]],
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    entries = [
        replace(entry, groups={"half": "<b>first</b>" if at % 2 else "second"})
        for at, entry in enumerate(made_set(32))
    ]
    listed, place = tmp_path / "list.csv", tmp_path / "report"
    write_manifest(listed, entries)
    given = ("validate", soft_detector.folder, listed, "--cache", tmp_path / "cache", "--workers", "1")
    parts = ("--profile", "fast", "--only", "tables", "--only", "audit", "--only", "speed")
    assert _run(*given, *parts, "--against", soft_detector.folder, "--report", place, "--json") == 0
    told = json.loads(capsys.readouterr().out)
    assert told["format"] == 1 and told["artifact"]["name"] == "soft-detector"
    assert told == json.loads((place / "report.json").read_text())
    names = {path.relative_to(place).as_posix() for path in place.rglob("*") if path.is_file()}
    assert {"report.json", "report.html", "report.pdf", "card-metrics.json", "plots/det-web.svg"} <= names
    assert not [name for name in names if "UNFINISHED" in name]
    page = (place / "report.html").read_text()
    assert "no difference is shown" in page and "Subgroups" in page and "<b>first</b>" not in page
    assert (place / "report.pdf").read_bytes().startswith(b"%PDF")
    stated = json.loads((place / "card-metrics.json").read_text())
    auc = next(f for f in told["figures"] if (f["name"], f["condition"], f["by"]) == ("auc", "web", "all"))
    mine = next(m for m in stated if (m["name"], m["tier"], m["source"]) == ("auc", "web", None))
    assert mine["value"] == auc["value"]
    # A second report never takes the place of the first; the terminal shows the same figures.
    assert _run(*given, *parts, "--report", place) == 2
    capsys.readouterr()
    assert _run(*given, *parts) == 0
    assert "false-alarms" in capsys.readouterr().out


def test_the_files_can_be_checked_alone_and_a_leak_is_exit_code_1(
    soft_detector: Artifact,
    made_set: Callable[..., list[Entry]],
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    def save(picture, path, fake):
        picture.save(path, "PNG" if fake else "JPEG")

    write_manifest(tmp_path / "list.csv", made_set(20, save=save))
    given = ("validate", soft_detector.folder, tmp_path / "list.csv", "--workers", "1")
    assert _run(*given, "--check-only") == 1
    assert "[leak-format]" in capsys.readouterr().out
    assert _run(*given, "--profile", "fast") == 1
    assert "[data-faulty]" in capsys.readouterr().err
    accepted = ("--accept", "leak-format", "--accept", "leak-jpeg-history")
    assert _run(*given, "--check-only", *accepted) == 0
    assert _run(*given, "--only", "everything") == 2
