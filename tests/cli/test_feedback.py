"""``assay triage feedback`` from a shown incident to a later run."""

import json
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from assay.demo.logs import LogSet


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    place = tmp_path / "feedback"
    monkeypatch.setenv("ASSAY_FEEDBACK", str(place))
    return place


def test_mark_list_and_take_back(assay: Callable[..., Any], logs: LogSet, tmp_path: Path) -> None:
    night = logs.night / "auth.log"
    first = assay("triage", night, "--json").lines[0]
    ran = assay("triage", "feedback", first["id"][:8], "benign", "--reason", "drill \x1b[2J", "--until", "2999-12-31")
    assert ran.code == 0 and "is not shown" in ran.out and first["kind"]["host"] in ran.out and "\x1b" not in ran.out
    (mark,) = assay("triage", "feedback", "list", "--json").lines
    assert (mark["incident"], mark["verdict"], mark["until"]) == (first["id"], "benign", "2999-12-31")
    assert mark["by"] and mark["at"] and "sha256:" in mark["artifact"] and mark["active"]
    listed = assay("triage", "feedback", "list").out
    assert first["id"] in listed and "drill" in listed and "\x1b" not in listed and "2999-12-31" in listed

    page = tmp_path / "run.json"
    again = assay("triage", night, "--json", "--record", page)
    assert first["id"] not in {line["id"] for line in again.lines}
    assert "feedback: " in again.err and f"{first['id']} benign (drill" in again.err
    done = json.loads(page.read_text())["done"]["feedback"]
    assert done["suppressed"]["windows"] > 0 and done["marks"][0]["incident"] == first["id"]
    assert "windows suppressed" in assay("triage", night).out

    assert assay("triage", "feedback", "remove", first["id"]).code == 0
    assert assay("triage", "feedback", "list", "--json").lines == []
    assert assay("triage", night, "--json").lines[0]["id"] == first["id"]


def test_a_file_of_marks_that_is_named_is_used_and_no_other(
    assay: Callable[..., Any], logs: LogSet, tmp_path: Path, folder: Path
) -> None:
    night, marks = logs.night / "auth.log", tmp_path / "team.jsonl"
    first = assay("triage", night, "--json").lines[0]["id"]
    assert assay("triage", "feedback", first, "false", "--by", "ana", "--feedback", marks).code == 0
    assert json.loads(marks.read_text())["by"] == "ana" and not (folder / "feedback.jsonl").exists()
    assert assay("triage", night, "--json").lines[0]["id"] == first
    assert assay("triage", night, "--json", "--feedback", marks).lines[0]["id"] != first


def test_a_file_that_is_called_like_a_command_can_be_triaged(
    assay: Callable[..., Any], logs: LogSet, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("feedback").write_bytes((logs.night / "auth.log").read_bytes())
    for arguments in (["./feedback"], ["--dry-run", "feedback"], ["--", "feedback"]):
        ran = assay("triage", *arguments)
        assert ran.code == 0 and "feedback" in ran.out and "syslog" in ran.out, arguments


@pytest.mark.parametrize(
    "arguments",
    [
        ["0123456789abcdef", "benign"],
        ["0123456789abcdef", "maybe"],
        ["0123456789abcdef"],
        ["remove", "0123456789abcdef"],
        ["0123456789abcdef", "benign", "--until", "soon"],
        ["0123456789abcdef", "benign", "--until", "2020-01-01"],
    ],
)
def test_wrong_use_is_code_2_and_says_why(assay: Callable[..., Any], arguments: list[str]) -> None:
    ran = assay("triage", "feedback", *arguments)
    assert ran.code == 2 and ran.out == "" and ran.err and "Traceback" not in ran.err


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write anywhere")
def test_a_memory_that_cannot_be_written_costs_no_answer(
    assay: Callable[..., Any], logs: LogSet, folder: Path
) -> None:
    folder.mkdir(mode=0o500)
    ran = assay("triage", logs.night / "auth.log", "--json")
    assert ran.code == 0 and ran.lines and "cannot be marked later" in ran.err


def test_a_memory_in_the_way_costs_no_answer(assay: Callable[..., Any], logs: LogSet, folder: Path) -> None:
    folder.write_text("a file where the folder should be")
    ran = assay("triage", logs.night / "auth.log", "--json", "--feedback", folder.with_name("none.jsonl"))
    assert ran.code == 0 and ran.lines and "cannot be marked later" in ran.err
