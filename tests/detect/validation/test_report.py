"""``assay validate`` from the command line, and the report that it writes."""

import json
import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from assay.cli import main
from assay.cli.validate import _show as show
from assay.detect.validation.result import CardLine, Subject, Validation
from assay.evidence import verify
from assay.evidence.report.validation import write_validation
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
    # It is sealed, with what happened to the list of files, and says how it is made again.
    seen = verify(place)
    assert seen.intact and seen.entries == 5  # received, hashed, assayed, reported, sealed
    assert seen.reproduce is not None and seen.reproduce.startswith("assay validate --against")
    assert "--only tables --only audit --only speed --report again" in seen.reproduce
    assert seen.reproduce.endswith(f"{soft_detector.folder} {listed}")
    # A second report never takes the place of the first; the terminal shows the same figures.
    assert _run(*given, *parts, "--report", place) == 2
    assert _run("validate", "none", listed, "--report", tmp_path / "logs") == 2
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


def test_the_card_stands_beside_what_was_measured(
    repository: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    lines = (
        CardLine("auc", "clean", "", 0.8125, 0.8125, 1200, 1200, True),
        CardLine("tpr", "clean", "self", 0.5, 0.5034, 300, 300, True),
        CardLine("cllr", "web", "", 0.7, 0.7, 1200, 1199, False),
    )
    made = Validation(
        artifact=Subject("some", "1.0.0", "0" * 64, "face-swap", "Some", "one thing", "another"),
        against=None,
        data={"manifest": "held.csv", "sha256": "0" * 64, "files": 5, "accepted": [], "control": [], "faults": []},
        title="held people", created="2026-01-01T00:00:00Z", profile="standard", parts=("card",), seconds=1.0,
        files={"native": {"asked": 5, "scored": 5, "not_applicable": 0, "refused": 0}}, card=lines,
        card_left={"one <probe> per fold": 3},
        run={"backend": "onnx", "device": "cpu", "cpu": "any", "libraries": {}},
    )  # fmt: skip
    write_validation(made, tmp_path / "some")
    text = (tmp_path / "some" / "report.html").read_text()
    assert "2 of 3 figures that the card states" in text and "1 of them to the last digit" in text
    assert "1,200 / 1,199" in text and "differs" in text and "<probe>" not in text
    assert text.index("1,200 / 1,199") < text.index("0.8125")  # those that differ first
    show(made)
    shown = capsys.readouterr().out
    assert "2 of 3" in shown and "cllr web: card 0.7000 of 1,200, here 0.7000 of 1,199" in shown
    assert "3 figures of the card were not measured here" in shown
    script = repository / "benchmarks" / "validation" / "page.py"
    ran = subprocess.run([sys.executable, script, tmp_path], capture_output=True, text=True, check=True)
    assert "| some@1.0.0 | held people | 5 | – | – | – | – | 3 | 2 | 1 |" in ran.stdout
    assert "| cllr | web |  | 1,200 | 1,199 | 0.7000 | 0.7000 |" in ran.stdout
