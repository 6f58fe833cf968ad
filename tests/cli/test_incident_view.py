"""An incident as an analyst reads it."""

import io
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

from rich.console import Console

from assay.cli.incident_view import show_incident
from assay.cli.source_view import show_sources
from assay.triage.answer import Incident, Reason, Record
from assay.triage.contract import incident_json
from assay.triage.ranking.identity import Kind
from assay.triage.records.clocks import Jump, SourceClock
from assay.triage.values import Rejected, SourceFile, SourceReport

START = datetime(2026, 3, 17, 2, 10, 1, tzinfo=UTC)
REASON = Reason(
    "process", "evil.exe", "host WS-01", 0, 4000, 12.0, "process evil.exe, never seen in 4,000 (12.0 bits)"
)
RECORD = Record(
    "logs/a.jsonl", 41, START, 14.5, "Security | 4688", "evil.exe \x1b[2J started", (REASON,), ("A rule",)
)
INCIDENT = Incident(
    rank=1,
    risk=21.73,
    p=0.0003,
    percentile=99.9,
    entities={
        "host": ("WS-01",),
        "user": ("a", "b", "c", "d", "e"),
        "source_ip": (),
        "process": (r"C:\x\evil.exe",),
    },
    first_seen=START,
    last_seen=START.replace(hour=23),
    count=7,
    records=(RECORD, replace(RECORD, line=42)),
    attack=("T1543.003",),
    summary="On WS-01: something new.",
    id="0123456789abcdef",
    kind=Kind("WS-01", "Security | 4688", "process", "evil.exe"),
)


def _console() -> tuple[Console, io.StringIO]:
    file = io.StringIO()
    return Console(file=file, width=160, markup=False, emoji=False, highlight=False), file


def _shown(incident: Incident) -> str:
    screen, file = _console()
    show_incident(screen, incident_json(incident))
    return file.getvalue()


def test_who_when_why_and_where() -> None:
    shown = _shown(INCIDENT)
    assert "#1  risk 21.7  p 0.0003  host WS-01  user a, b, c +2  process evil.exe" in shown
    assert "2026-03-17 02:10:01" in shown and "23:10:01 UTC" in shown and "7 records" in shown
    assert "T1543.003" in shown and "On WS-01: something new." in shown
    assert shown.count("process evil.exe, never seen in 4,000 (12.0 bits)") == 1
    assert "7 records · T1543.003 · id 0123456789abcdef" in shown
    assert "logs/a.jsonl line 41 [A rule]" in shown and "and 5 more records" in shown


def test_log_fields_cannot_steer_the_terminal() -> None:
    assert "\x1b" not in _shown(INCIDENT) and "evil.exe \\x1b[2J started" in _shown(INCIDENT)


def test_without_baseline_or_time() -> None:
    shown = _shown(replace(INCIDENT, p=None, first_seen=None, last_seen=None, entities={}))
    assert "#1  risk 21.7  no entity named" in shown and "no time" in shown


def test_sources_that_fail_come_first_and_rejects_are_shown() -> None:
    def source(index: int, name: str) -> SourceFile:
        return SourceFile(index, name, Path(name), "jsonl", 0.99)

    rejected = (Rejected("bad-json", 3, ((17, "{\x1b"), (19, "x"), (23, "y"))),)
    good = SourceReport(source(0, "good.jsonl"), 100, 97, rejected, 5)
    bad = SourceReport(source(1, "bad.gz"), 0, 0, (), 0, failed="truncated", failure="the file ends early")
    screen, file = _console()
    show_sources(screen, (good, bad))
    shown = file.getvalue()
    assert shown.index("bad.gz") < shown.index("good.jsonl")
    assert "bad.gz: failed: the file ends early [truncated]" in shown
    assert "good.jsonl: 3 rejected [bad-json]" in shown
    assert "line 17: {\\x1b" in shown and "line 19" in shown and "line 23" not in shown


def test_what_is_odd_about_a_clock_is_said_with_its_line() -> None:
    jump = Jump(41, START, START.replace(hour=1))
    clock = SourceClock(START, START, 1, 2, (jump,), (jump,), False, 3, {"none": 5, "+02:00\x1b": 7})
    screen, file = _console()
    good = SourceReport(SourceFile(0, "a.log", Path("a.log"), "syslog", 0.99), 12, 12, (), 0, clock=clock)
    show_sources(screen, (good, SourceReport(SourceFile(1, "b", Path("b"), "syslog", 0.99), 1, 1, (), 0)))
    shown = file.getvalue()
    assert "a.log: 5 times name no zone and are taken as UTC, +02:00\\x1b 7" in shown
    assert "goes back once: line 41 from 2026-03-17 02:10:01 to 2026-03-17 01:10:01 UTC" in shown
    assert "for over a day 2 times" in shown and "3 records are of a time yet to come" in shown
    assert "b:" not in shown
