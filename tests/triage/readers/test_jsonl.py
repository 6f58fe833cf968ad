"""JSON events: Windows in every spelling, other known sources, anything else."""

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from assay.triage.limits import LogLimits
from assay.triage.readers import open_sources
from assay.triage.values import SourceReport


def read(path: Path, *lines: Any, **options: Any) -> tuple[pl.DataFrame, SourceReport]:
    path.write_text("\n".join(x if isinstance(x, str) else json.dumps(x) for x in lines) + "\n")
    reading = open_sources([path], **options)
    frames = [batch.frame for batch in reading.batches()]
    return (pl.concat(frames) if frames else pl.DataFrame()), reading.report[0]


DATA = {
    "SubjectUserName": "alice",
    "TargetUserName": "SYSTEM",
    "IpAddress": "10.0.0.5",
    "LogonType": "3",
    "Status": "0x0",
    "WorkstationName": "WS7",
}
SPELLINGS: dict[str, dict[str, Any]] = {
    "windows-flat": {
        "@timestamp": "2020-06-10T02:50:56.537Z",
        "EventID": 4624,
        "Channel": "Security",
        "Hostname": "DC1",
        "SourceName": "Microsoft-Windows-Security-Auditing",
        "Message": "An account was logged on.\r\n\r\nSubject:\r\n...",
        **DATA,
    },
    "windows-beats": {
        "@timestamp": "2020-06-10T02:50:56.537Z",
        "event_id": 4624,
        "log_name": "Security",
        "computer_name": "DC1",
        "source_name": "Microsoft-Windows-Security-Auditing",
        "message": "An account was logged on.\n\nSubject:\n...",
        "event_data": DATA,
    },
    "windows-ecs": {
        "@timestamp": "2020-06-10T02:50:56.537Z",
        "host": {"name": "DC1"},
        "event": {"code": "4624"},
        "winlog": {
            "event_id": "4624",
            "channel": "Security",
            "computer_name": "DC1",
            "provider_name": "Microsoft-Windows-Security-Auditing",
            "event_data": DATA,
        },
    },
    "windows-dump": {
        "Event": {
            "System": {
                "Provider": {"#attributes": {"Name": "Microsoft-Windows-Security-Auditing"}},
                "EventID": {"#attributes": {"Qualifiers": 0}, "#text": 4624},
                "TimeCreated": {"#attributes": {"SystemTime": "2020-06-10T02:50:56.537000Z"}},
                "Channel": "Security",
                "Computer": "DC1",
            },
            "EventData": DATA,
        }
    },
}


@pytest.mark.parametrize("kind", SPELLINGS)
def test_one_event_in_every_spelling_gives_one_record(tmp_path: Path, kind: str) -> None:
    frame, report = read(tmp_path / "log", SPELLINGS[kind])
    row = frame.row(0, named=True)
    assert report.source.format == "jsonl"
    assert row["raw_kind"] == kind
    assert row["time"] == datetime(2020, 6, 10, 2, 50, 56, 537000, UTC)
    expected = {
        "host": "DC1",
        "channel": "Security",
        "event_id": "4624",
        "provider": "Microsoft-Windows-Security-Auditing",
        "user": "alice",
        "target_user": "SYSTEM",
        "source_ip": "10.0.0.5",
        "logon_type": "3",
        "status": "0x0",
        "type": "Security | 4624",
    }
    assert {name: row[name] for name in expected} == expected
    assert dict(zip(row["extra_names"], row["extra_values"], strict=True))["WorkstationName"] == "WS7"


def test_spellings_may_be_mixed_and_lines_keep_their_numbers(tmp_path: Path) -> None:
    events = [*SPELLINGS.values(), "", {"a": {"b": 1}}, SPELLINGS["windows-flat"]]
    frame, report = read(tmp_path / "log", *events)
    assert frame["line"].to_list() == [0, 1, 2, 3, 5, 6]
    assert frame["row"].to_list() == [0, 1, 2, 3, 4, 5]
    assert frame["event_id"].to_list() == ["4624"] * 4 + [None, "4624"]
    assert report.lines == 7 and report.records == 6 and not report.rejected


def test_windows_messages_keep_their_first_line(tmp_path: Path) -> None:
    frame, _ = read(tmp_path / "log", SPELLINGS["windows-flat"], SPELLINGS["windows-beats"])
    assert frame["message"].to_list() == ["An account was logged on."] * 2


def test_known_sources_find_their_columns(tmp_path: Path) -> None:
    frame, _ = read(
        tmp_path / "log",
        {
            "eventTime": "2023-07-10T11:45:00Z",
            "eventSource": "iam.amazonaws.com",
            "eventName": "CreateUser",
            "eventID": "0aa1",
            "sourceIPAddress": "203.0.113.7",
            "userIdentity": {"arn": "arn:aws:iam::1:user/eve", "type": "IAMUser"},
            "errorCode": "AccessDenied",
        },
        {
            "timestamp": "2023-07-10T11:45:01.5+0200",
            "event_type": "alert",
            "src_ip": "10.1.1.1",
            "dest_ip": "10.2.2.2",
            "dest_port": 443,
            "flow_id": 7,
            "alert": {"signature": "ET SCAN", "signature_id": 2001219},
        },
        {
            "@timestamp": "2023-07-10T11:45:02Z",
            "event": {"action": "exec", "outcome": "success"},
            "host": {"name": "web1"},
            "user": {"name": "root"},
            "process": {"executable": "/bin/sh", "parent": {"executable": "/usr/sbin/nginx"}},
            "source": {"ip": "10.9.9.9"},
        },
        {"time": 1688989503, "級別": "警告", "message": "使用者 17 登入失敗"},
    )
    assert frame["raw_kind"].to_list() == ["cloudtrail", "suricata", "ecs", "json"]
    aws, ids, ecs, other = frame.rows(named=True)
    assert aws["type"] == "iam.amazonaws.com | CreateUser AccessDenied"
    assert aws["user"] == "arn:aws:iam::1:user/eve" and aws["source_ip"] == "203.0.113.7"
    assert aws["event_id"] is None and "eventID" in aws["extra_names"]
    assert (ids["source_ip"], ids["destination_ip"], ids["destination_port"]) == (
        "10.1.1.1",
        "10.2.2.2",
        "443",
    )
    assert ids["type"] == "alert | 2001219" and ids["time"] == datetime(2023, 7, 10, 9, 45, 1, 500000, UTC)
    assert (ecs["host"], ecs["user"], ecs["process"], ecs["parent"]) == (
        "web1",
        "root",
        "/bin/sh",
        "/usr/sbin/nginx",
    )
    assert other["template"] == "使用者 <*> 登入失敗" and other["extra_names"] == ["級別"]
    assert other["time"] == datetime(2023, 7, 10, 11, 45, 3, tzinfo=UTC)


@pytest.mark.parametrize("shape", ["array", "records", "pretty"])
def test_whole_documents(tmp_path: Path, shape: str) -> None:
    events = [{"eventTime": "2023-07-10T11:45:00Z", "n": n, "eventName": "Get"} for n in range(3)]
    whole: Any = {"Records": events} if shape == "records" else events
    frame, report = read(tmp_path / "log", json.dumps(whole, indent=2 if shape == "pretty" else None))
    assert frame["line"].to_list() == [0, 1, 2]
    assert frame["action"].to_list() == ["Get"] * 3
    assert report.lines == report.records == 3


def test_bad_lines_are_counted_with_reason_and_example(tmp_path: Path) -> None:
    good = {"message": "fine"}
    deep = '{"a":' * 1000 + "1" + "}" * 1000
    deeper = '{"a":' * 100_000 + "1" + "}" * 100_000
    folded = '{"a":' + "[" * 100 + "1" + "]" * 100 + "}"
    frame, report = read(
        tmp_path / "log", good, "not json", deep, "[1,2]", good, deeper, folded, '{"cut": "of'
    )
    assert frame["line"].to_list() == [0, 4]
    rejected = {r.code: (r.count, [line for line, _ in r.examples]) for r in report.rejected}
    assert rejected == {
        "not-json": (2, [1, 7]),
        "nested-too-deep": (3, [2, 5, 6]),
        "not-an-object": (1, [3]),
    }
    assert report.lines == 8


def test_deep_windows_events_do_not_break_the_fast_way(tmp_path: Path) -> None:
    flat = SPELLINGS["windows-flat"]
    deep = json.dumps(flat)[:-1] + ',"junk":' + "[" * 5000 + "]" * 5000 + "}"
    frame, report = read(tmp_path / "log", *[flat] * 5, deep, flat)
    assert frame["line"].to_list() == [0, 1, 2, 3, 4, 6]
    assert [(r.code, r.count) for r in report.rejected] == [("nested-too-deep", 1)]


def test_fields_and_values_are_bounded(tmp_path: Path) -> None:
    limits = LogLimits(fields=50, extras=5, value_chars=20)
    many = {f"key{n}": n for n in range(1000)}
    frame, report = read(tmp_path / "log", many, {"message": "x" * 100}, limits=limits)
    assert frame["extra_names"].list.len().to_list() == [5, 0]
    assert frame["message"][1] == "x" * 19 + "…"
    assert report.repairs["value-cut"] == 1


def test_a_ten_megabyte_line_is_rejected_and_the_rest_is_read(tmp_path: Path) -> None:
    long = json.dumps({"message": "x" * 10_000_000})
    frame, report = read(tmp_path / "log", {"message": "a"}, long, {"message": "b"})
    assert frame["line"].to_list() == [0, 2]
    assert [(r.code, r.count) for r in report.rejected] == [("line-too-long", 1)]


def test_a_million_distinct_keys(tmp_path: Path) -> None:
    path = tmp_path / "log"
    lines = [json.dumps({f"k{n}_{m}": n for m in range(10)}) for n in range(2000)]
    frame, report = read(path, *lines)
    assert report.records == 2000
    assert frame["extra_names"].list.len().sum() == 20_000


def test_otrf_captures(assay_data: Path) -> None:
    paths = sorted((assay_data / "logs" / "otrf_windows").glob("*.json.zst"), key=lambda p: p.stat().st_size)[
        :25
    ]
    reading = open_sources(paths)
    frames = [batch.frame for batch in reading.batches()]
    frame = pl.concat(frames)
    assert all(report.failed is None and not report.rejected for report in reading.report)
    assert frame["row"].to_list() == list(range(frame.height))
    assert frame["time"].null_count() == 0 and frame["host"].null_count() == 0
    assert frame["event_id"].null_count() == 0 and frame["channel"].null_count() == 0
    assert set(frame["raw_kind"].unique()) <= {"windows-flat", "windows-beats", "windows-ecs"}
    created = frame.filter((pl.col("event_id") == "1") & pl.col("channel").str.contains("Sysmon"))
    assert created.height and created["command"].null_count() == created["parent"].null_count() == 0
