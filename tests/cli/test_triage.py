"""``assay triage`` and ``assay baseline`` from files to lines."""

import hashlib
import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import jsonschema
import polars as pl
import pytest

from assay.cli.options import LOG_FORMATS
from assay.demo.hindsight import fates
from assay.demo.logs import LogSet
from assay.triage.readers import FORMATS


@pytest.fixture(scope="module")
def baseline(logs: LogSet, tmp_path_factory: pytest.TempPathFactory) -> Path:
    from assay.triage.baseline import fit

    return fit([logs.quiet], "cli-test", store=tmp_path_factory.mktemp("store")).folder


def test_incidents_and_events_keep_the_contract(
    assay: Callable[..., Any], logs: LogSet, baseline: Path, schemas: dict[str, Any], tmp_path: Path
) -> None:
    events = tmp_path / "events.jsonl"
    ran = assay("triage", logs.night, "--baseline", baseline, "--budget", 6, "--events", events, "--json")
    assert ran.code == 0
    assert [line["rank"] for line in ran.lines] == list(range(1, len(ran.lines) + 1)) and len(ran.lines) <= 6
    for line in ran.lines:
        jsonschema.validate(line, schemas["incident"])
        assert line["p"] is not None
    rows = [json.loads(line) for line in events.read_text().splitlines()]
    check = jsonschema.Draft202012Validator(schemas["event"])
    for row in rows:
        check.validate(row)
    counted = sum(len(path.read_text().splitlines()) for path in logs.night.iterdir()) - 1
    assert len(rows) == counted


def test_the_planted_intrusion_is_found(
    assay: Callable[..., Any], logs: LogSet, baseline: Path, tmp_path: Path
) -> None:
    events = tmp_path / "events.jsonl"
    assert assay("triage", logs.night, "--baseline", baseline, "--budget", 12, "--events", events).code == 0
    rows = [json.loads(line) for line in events.read_text().splitlines()]
    missed = [fate.step for fate in fates(logs.planted, rows) if not fate.ranks]
    assert len(missed) <= 2, missed


def test_events_as_parquet_are_the_same_rows(assay: Callable[..., Any], logs: LogSet, tmp_path: Path) -> None:
    source = logs.night / "auth.log"
    for name in ("events.jsonl", "events.parquet"):
        assert assay("triage", source, "--events", tmp_path / name).code == 0
    rows = [json.loads(line) for line in (tmp_path / "events.jsonl").read_text().splitlines()]
    table = pl.read_parquet(tmp_path / "events.parquet")
    for name in ("source", "line", "score", "p", "incident", "reasons"):
        assert table[name].to_list() == [row[name] for row in rows], name
    assert sorted(path.name for path in tmp_path.iterdir()) == ["events.jsonl", "events.parquet"]


def test_a_file_name_that_is_no_unicode_reaches_every_output(
    assay: Callable[..., Any], logs: LogSet, tmp_path: Path, schemas: dict[str, Any]
) -> None:
    folder = tmp_path / "logs"
    folder.mkdir()
    with open(os.fsencode(folder) + b"/inv\xff.log", "wb") as file:
        file.write((logs.night / "auth.log").read_bytes())
    ran = assay("triage", folder, "--json", "--events", tmp_path / "events.parquet")
    assert ran.code == 0
    assert ran.lines[0]["records"][0]["source"].endswith("/inv\\xff.log")
    (source,) = pl.read_parquet(tmp_path / "events.parquet")["source"].unique().to_list()
    assert source.endswith("/inv\\xff.log")


def test_the_record_names_the_baseline_that_scored(
    assay: Callable[..., Any], logs: LogSet, baseline: Path, tmp_path: Path
) -> None:
    page = tmp_path / "run.json"
    source = logs.night / "auth.log"
    assert assay("triage", source, "--baseline", baseline, "--record", page, "--json").code == 0
    record = json.loads(page.read_text())
    card = (baseline / "card.json").read_bytes()
    assert record["run"]["sha256"] == hashlib.sha256(card).hexdigest()
    assert (
        record["run"]["device"] == "cpu"
        and record["run"]["backend"] == "arrays"
        and record["run"]["libraries"]
    )
    assert record["options"]["baseline"] == baseline.name
    assert record["done"]["records"] == len(source.read_text().splitlines())


@pytest.mark.parametrize("option", ["--events", "--record"])
def test_a_file_that_cannot_be_written_is_refused_before_the_work(
    assay: Callable[..., Any], logs: LogSet, tmp_path: Path, option: str
) -> None:
    ran = assay("triage", logs.night, option, tmp_path / "no" / "out.jsonl")
    assert ran.code == 2 and ran.out == "" and option in ran.err


def test_the_terminal_view_ranks_and_explains(
    assay: Callable[..., Any], logs: LogSet, baseline: Path
) -> None:
    ran = assay("triage", logs.night, "--baseline", baseline, "--budget", 3)
    assert ran.code == 0
    assert ran.out.index("#1 ") < ran.out.index("#2 ") < ran.out.index("#3 ")
    assert "bits" in ran.out and "auth.log" in ran.out and "syslog" in ran.out


def test_a_dry_run_only_reads(assay: Callable[..., Any], logs: LogSet) -> None:
    ran = assay("triage", logs.night, "--dry-run")
    assert ran.code == 0 and "#1" not in ran.out
    for name, form in (("auth.log", "syslog"), ("proxy.csv", "csv"), ("windows.jsonl", "jsonl")):
        assert any(name in line and form in line for line in ran.out.splitlines())


def test_a_source_that_fails_is_named_and_the_rest_is_done(
    assay: Callable[..., Any], logs: LogSet, tmp_path: Path
) -> None:
    ran = assay("triage", tmp_path / "gone.log", logs.night / "auth.log", "--json")
    assert ran.code == 1 and ran.lines
    assert "gone.log: failed:" in ran.err


def test_rejected_lines_are_counted_and_shown(
    assay: Callable[..., Any], logs: LogSet, tmp_path: Path
) -> None:
    mixed = tmp_path / "mixed.jsonl"
    good = (logs.night / "windows.jsonl").read_text().splitlines()[:200]
    mixed.write_text("\n".join([*good, '{"broken": \x1b[31m', *good]) + "\n")
    ran = assay("triage", mixed)
    assert ran.code == 0
    assert "1 rejected" in ran.out and "line 200" in ran.out and "\x1b" not in ran.out


def test_a_baseline_by_name(assay: Callable[..., Any], logs: LogSet) -> None:
    assert assay("baseline", "fit", logs.quiet / "auth.log", "--name", "one").code == 0
    assert assay("baseline", "fit", logs.quiet / "proxy.csv", "--name", "two").code == 0
    assert assay("baseline", "add", "one", "two", "--name", "both").code == 0
    listed = assay("baseline", "list", "--json").lines
    assert {"one", "two", "both"} <= {line["name"] for line in listed}
    ran = assay("triage", logs.night / "auth.log", "--baseline", "both", "--json")
    assert ran.code == 0 and all(line["p"] is not None for line in ran.lines)


def test_triage_loads_no_torch(logs: LogSet, tmp_path: Path) -> None:
    code = (
        "import sys\nfrom assay.cli import main\n"
        f"try:\n    main(['triage', {str(logs.night / 'auth.log')!r}, '--json'])\nexcept SystemExit as left:\n"
        "    assert not left.code\nassert not {'torch', 'cv2', 'sklearn'} & set(sys.modules)"
    )
    subprocess.run([sys.executable, "-c", code], capture_output=True, check=True)


def test_batches_of_a_site_go_on(
    assay: Callable[..., Any], logs: LogSet, baseline: Path, schemas: dict[str, Any], tmp_path: Path
) -> None:
    lines = (logs.night / "windows.jsonl").read_text().splitlines(keepends=True)
    answers = []
    # The intruder installs a service and a task at lines 829 and 831, and clears the log at 856.
    for place, part in enumerate((lines[:840], lines[840:], lines[840:])):
        path = tmp_path / f"{place}.jsonl"
        path.write_text("".join(part))
        ran = assay("triage", path, "--baseline", baseline, "--continue", "office", "--json", "--budget", 100)
        assert ran.code == 0
        for line in ran.lines:
            jsonschema.validate(line, schemas["incident"])
        answers.append(ran)
    installed = next(line for line in answers[0].lines if "7045" in line["kind"]["type"])
    cleared = next(line for line in answers[1].lines if "1102" in line["kind"]["type"])
    assert (
        cleared["continues"]["id"] == installed["id"]
        and cleared["continues"]["since"] == installed["first_seen"]
    )
    assert any("1102" in name for name in cleared["continues"]["new"]["type"])
    assert "batch 2: " in answers[1].err and answers[2].lines == [] and "held nothing new" in answers[2].err
    shown = assay("triage", tmp_path / "1.jsonl", "--baseline", baseline, "--continue", "third")
    assert "continues" not in shown.out.replace("continue earlier ones", "")


def test_one_run_exports_to_several_files(assay: Callable[..., Any], logs: LogSet, tmp_path: Path) -> None:
    targets = [f"cef:{tmp_path / 'a.cef'}", f"events.parquet:{tmp_path / 'a.parquet'}"]
    ran = assay("triage", logs.night / "auth.log", "--json", "--export", targets[0], "--export", targets[1])
    assert ran.code == 0
    lines = (tmp_path / "a.cef").read_text().splitlines()
    assert lines and all(f"externalId={each['id']}" in cef for each, cef in zip(ran.lines, lines, strict=True))
    table = pl.read_parquet(tmp_path / "a.parquet")
    assert table.height == len((logs.night / "auth.log").read_text().splitlines())
    assert set(table["incident_id"].drop_nulls()) == {line["id"] for line in ran.lines}


def test_a_dry_run_says_what_is_in_each_source(
    assay: Callable[..., Any], logs: LogSet, tmp_path: Path, schemas: dict[str, Any]
) -> None:
    folder = tmp_path / "logs"
    folder.mkdir()
    rows = "2024-02-09 11:00:00,张伟,10.0.0.1,1\n" * 9
    (folder / "a.csv").write_bytes(f"时间,用户,源地址,x\n{rows}1,2\n".encode("gb18030"))
    (folder / "b.log").write_bytes((logs.night / "auth.log").read_bytes())
    (folder / "c.bin").write_bytes(bytes(5000))
    ran = assay("triage", folder, "--dry-run", "--json")
    assert ran.code == 1 and len(ran.lines) == 3
    for line in ran.lines:
        jsonschema.validate(line, schemas["source"])
    table, auth, binary = ran.lines
    assert table["format"] == "csv" and table["encoding"] == "utf-8 + gb18030"
    assert table["columns"] == {"时间": "time", "用户": "user", "源地址": "source_ip", "x": "extra"}
    assert (
        table["fields"]["user"] == {"filled": 1.0, "example": "张伟"}
        or table["fields"]["user"]["filled"] > 0.5
    )
    assert (
        table["rejected"][0]["code"] == "wrong-column-count"
        and table["rejected"][0]["examples"][0]["text"] == "1,2"
    )
    assert auth["format"] == "syslog" and 0 < auth["fields"]["source_ip"]["filled"] < 1
    assert auth["clock"]["first"] < auth["clock"]["last"] and auth["kinds"] == {"syslog": auth["records"]}
    assert {repair["code"] for repair in auth["repairs"]} == {"year-assumed", "zone-assumed"}
    assert binary["failed"] == "unknown-format" and binary["records"] == 0
    shown = assay("triage", folder, "--dry-run").out
    assert "10 lines are not UTF-8 and were read as gb18030" in shown
    for part in ("gb18030", "用户 → user", "100.0 %", "wrong-column-count", "year-assumed"):
        assert part in shown


def test_every_format_can_be_named_and_is_listed(repository: Path) -> None:
    assert ", ".join(FORMATS) == LOG_FORMATS
    page = (repository / "docs" / "commands.md").read_text()
    assert "Names: `" + "`, `".join(FORMATS) + "`" in " ".join(page.split())
