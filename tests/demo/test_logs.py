"""The demo's logs hold a routine, an intrusion, and the truth about both."""

import csv
import json
from pathlib import Path

import pytest

from assay.demo.intrusion import STEPS
from assay.demo.logs import LogSet, write_logs


@pytest.fixture(scope="module")
def logs(tmp_path_factory: pytest.TempPathFactory) -> LogSet:
    return write_logs(tmp_path_factory.mktemp("logs"))


def test_every_step_is_planted_once_and_found_at_its_line(logs: LogSet) -> None:
    assert sorted(planted.step for planted in logs.planted) == sorted(step.name for step in STEPS)
    lines = {path: path.read_text().splitlines() for path in logs.night.iterdir()}
    marks = {
        "passwords guessed from outside": "203.0.113.77",
        "a guess succeeds": "Accepted password for backup",
        "root by sudo": "COMMAND=/bin/bash",
        "a second root account": "svc-upd",
        "a document starts a hidden shell": "-w hidden -enc",
        "memory of the logon process dumped": "MiniDump",
        "the dump sent out": "198.51.100.23",
        "administrator from a desk": "administrator",
        "a remote service installed": "PSEXESVC",
        "a scheduled task made": "Updates",
        "the audit log cleared": "1102",
    }
    for planted in logs.planted:
        assert marks[planted.step] in lines[planted.path][planted.line]


def test_nothing_is_planted_in_the_quiet_days(logs: LogSet) -> None:
    quiet = "".join(path.read_text() for path in logs.quiet.iterdir())
    for mark in ("203.0.113.77", "198.51.100.23", "MiniDump", "PSEXESVC", "svc-upd", '"EventID": 1102'):
        assert mark not in quiet


def test_records_are_counted_and_in_order(logs: LogSet) -> None:
    total = 0
    for folder in (logs.quiet, logs.night):
        events = [json.loads(line) for line in (folder / "windows.jsonl").read_text().splitlines()]
        stamps = [event["@timestamp"] for event in events]
        assert stamps == sorted(stamps)
        with (folder / "proxy.csv").open(newline="") as file:
            rows = list(csv.DictReader(file))
        total += len(events) + len(rows) + len((folder / "auth.log").read_text().splitlines())
    assert total == logs.records


def test_the_same_bytes_every_time(logs: LogSet, tmp_path: Path) -> None:
    write_logs(tmp_path)
    for path in (*logs.quiet.iterdir(), *logs.night.iterdir()):
        again = tmp_path / path.parent.name / path.name
        assert again.read_bytes() == path.read_bytes()
        assert again.stat().st_mtime == path.stat().st_mtime
