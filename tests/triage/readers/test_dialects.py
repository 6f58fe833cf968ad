"""JSON logs of programs that everybody has."""
# ruff: noqa: E501 -- log lines are as long as they are

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from assay.triage.readers import open_sources
from assay.triage.readers.dialects import of

EVE = {"timestamp": "2024-02-09T11:00:00.000001+0000", "flow_id": 1, "src_ip": "10.0.0.5", "src_port": 5151,
       "dest_ip": "192.0.2.1", "dest_port": 80, "proto": "TCP"}  # fmt: skip
CONN = {"ts": 1707478800.5, "uid": "C1", "id.orig_h": "10.0.0.5", "id.orig_p": 5151, "id.resp_h": "192.0.2.1",
        "id.resp_p": 443, "proto": "tcp"}  # fmt: skip
TRAIL = {"eventVersion": "1.08", "eventTime": "2024-02-09T11:00:00Z", "eventSource": "iam.amazonaws.com",
         "eventName": "CreateUser", "awsRegion": "eu-west-1", "sourceIPAddress": "198.51.100.7", "userAgent": "cli",
         "eventID": "e1"}  # fmt: skip
ECS = {"@timestamp": "2024-02-09T11:00:00Z", "event": {"action": "ssh_login", "outcome": "failure", "dataset": "system.auth"},
       "host": {"name": "web1"}, "user": {"name": "root"}, "source": {"ip": "10.0.0.5", "port": 99},
       "process": {"executable": "/usr/sbin/sshd", "parent": {"executable": "/sbin/init"}, "command_line": "sshd -D"},
       "message": "Failed password"}  # fmt: skip
DOTTED = {"@timestamp": "2024-02-09T11:00:00Z", "event.action": "ssh_login", "event.outcome": "failure", "host.name": "web1",
          "event.dataset": "system.auth", "user.name": "root", "source.ip": "10.0.0.5", "source.port": 99,
          "process.executable": "/usr/sbin/sshd", "process.parent.executable": "/sbin/init",
          "process.command_line": "sshd -D", "message": "Failed password"}  # fmt: skip
LOGIN = {"time": datetime(2024, 2, 9, 11, tzinfo=UTC), "host": "web1", "user": "root", "source_ip": "10.0.0.5",
         "source_port": "99", "process": "/usr/sbin/sshd", "parent": "/sbin/init", "command": "sshd -D",
         "type": "system.auth | ssh_login failure", "raw_kind": "ecs"}  # fmt: skip

RECORDS: list[tuple[dict[str, Any], dict[str, Any]]] = [
    (TRAIL | {"userIdentity": {"type": "IAMUser", "arn": "arn:aws:iam::1:user/bob", "userName": "bob"},
              "errorCode": "AccessDenied", "errorMessage": "no", "requestParameters": {"userName": "eve", "tags": {"a": 1}}},
     {"raw_kind": "cloudtrail", "user": "arn:aws:iam::1:user/bob", "target_user": "eve", "service": "iam.amazonaws.com",
      "action": "CreateUser", "outcome": "AccessDenied", "status": "no", "source_ip": "198.51.100.7", "user_agent": "cli",
      "event_id": None,
      "extras": {"eventVersion": "1.08", "userIdentity.type": "IAMUser", "userIdentity.userName": "bob", "eventID": "e1",
                 "awsRegion": "eu-west-1", "requestParameters.tags.a": "1"}}),
    (TRAIL | {"userIdentity": {"type": "AWSService", "invokedBy": "ec2.amazonaws.com"}},
     {"user": "ec2.amazonaws.com", "outcome": "success"}),
    (TRAIL | {"userIdentity": {"type": "Root"}}, {"user": "Root"}),
    (EVE | {"event_type": "alert", "alert": {"action": "blocked", "signature_id": 7, "signature": "SCAN", "category": "Probe"},
            "http": {"url": "/a", "http_method": "GET", "status": 404, "http_user_agent": "curl"}},
     {"raw_kind": "suricata", "type": "alert | 7", "action": "SCAN", "outcome": "blocked", "url": "/a", "method": "GET",
      "status": "404", "user_agent": "curl", "message": "Probe", "source_ip": "10.0.0.5", "destination_port": "80"}),
    (EVE | {"event_type": "dns", "dns": {"type": "answer", "rrname": "x.example", "rcode": "NXDOMAIN"}},
     {"type": "dns | answer NXDOMAIN", "url": "x.example"}),
    (EVE | {"event_type": "tls", "tls": {"sni": "x.example", "version": "TLS 1.2"}},
     {"type": "tls | TLS 1.2", "url": "x.example"}),
    (EVE | {"event_type": "http", "http": {"url": "/a", "http_method": "GET", "status": 404}}, {"type": "http | GET 404"}),
    (EVE | {"event_type": "flow", "flow": {"state": "closed", "reason": "timeout", "bytes_toserver": 5}},
     {"type": "flow | closed timeout", "bytes": "5", "method": "TCP"}),
    (CONN | {"_path": "conn", "conn_state": "SF", "service": "ssl", "orig_bytes": 12},
     {"raw_kind": "zeek", "channel": "conn", "outcome": "SF", "source_ip": "10.0.0.5", "destination_port": "443",
      "time": datetime(2024, 2, 9, 11, 40, 0, 500000, UTC)}),
    (CONN | {"query": "x.example", "qtype_name": "A", "rcode_name": "NXDOMAIN"}, {"type": "dns | A NXDOMAIN"}),
    (CONN | {"method": "GET", "host": "x.example", "uri": "/a", "status_code": 200},
     {"type": "http | GET 200", "method": "GET", "status": "200", "host": None, "url": "/a"}),
    (ECS, LOGIN),
    (DOTTED, LOGIN),
    (DOTTED | {"winlog.channel": "Security", "winlog.event_id": 4625, "winlog.event_data.TargetUserName": "eve"},
     {"channel": "Security", "event_id": "4625", "target_user": "eve"}),
]  # fmt: skip


@pytest.mark.parametrize(("record", "expected"), RECORDS)
def test_records(tmp_path: Path, record: dict[str, Any], expected: dict[str, Any]) -> None:
    (tmp_path / "log").write_text(json.dumps(record) + "\n")
    reading = open_sources([tmp_path / "log"])
    row = pl.concat([batch.frame for batch in reading.batches()]).row(0, named=True)
    row["extras"] = dict(zip(row["extra_names"], row["extra_values"], strict=True))
    assert {name: row[name] for name in expected} == expected


def test_a_record_of_nobody() -> None:
    assert of({"a": 1}).kind == of({"@timestamp": "x"}).kind == of({"event_type": "x"}).kind == "json"


def test_cloudtrail(assay_data: Path) -> None:
    reading = open_sources([assay_data / "logs" / "invictus_aws" / "CloudTrail"])
    frame = pl.concat([batch.frame for batch in reading.batches()])
    assert frame.height == 2900 and set(frame["raw_kind"]) == {"cloudtrail"}
    for name in ("time", "user", "service", "action", "outcome", "source_ip", "user_agent"):
        assert frame[name].null_count() == 0, name
    assert {report.source.format for report in reading.report} == {"jsonl"}
