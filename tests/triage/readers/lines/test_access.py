"""Access logs: common, combined, with a site before and times behind."""
# ruff: noqa: E501 -- log lines are as long as they are

from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from assay.triage.readers import open_sources

COMMON = '10.1.2.3 - - [09/Feb/2024:11:40:00 +0100] "GET /a/17?b=c HTTP/1.1" 200 5'
LINES: list[tuple[str, dict[str, Any]]] = [
    (COMMON, {"source_ip": "10.1.2.3", "url": "/a/17?b=c", "path": "/a/17", "status": "200", "bytes": "5", "host": None,
              "template": "GET /a/<*>", "time": datetime(2024, 2, 9, 10, 40, tzinfo=UTC)}),
    (COMMON.replace("- -", "- frank"), {"user": "frank"}),
    (COMMON.replace("- -", "- John Smith"), {"user": "John Smith", "source_ip": "10.1.2.3", "host": None}),
    (COMMON + ' "http://r/" "curl/8 \\"x\\""', {"user_agent": 'curl/8 \\"x\\"', "extras": {"referrer": "http://r/"}}),
    ("www.example.com:443 " + COMMON + ' "-" "curl"', {"host": "www.example.com", "source_ip": "10.1.2.3", "extras": {}}),
    (COMMON + ' "-" "curl" 0.123', {"extras": {"response_time": "0.123", "tail": "0.123"}}),
    (COMMON + ' "-" "curl" "203.0.113.4" rt=0.5',
     {"extras": {"response_time": "0.5", "forwarded_for": "203.0.113.4", "tail": '203.0.113.4" rt=0.5'}}),
    ('2001:db8::7 - - [09/Feb/2024:11:40:00 +0000] "\\x16\\x03" 400 226 "-" "-"',
     {"source_ip": "2001:db8::7", "method": None, "status": "400", "user_agent": None}),
]  # fmt: skip


@pytest.mark.parametrize(("line", "expected"), LINES)
def test_layouts(read: Callable[..., Any], line: str, expected: dict[str, Any]) -> None:
    frame, report = read(line + "\n")
    assert report.source.format == "access" and not report.repairs.get("read-as-text")
    row = frame.row(0, named=True)
    every = zip(row["extra_names"], row["extra_values"], strict=True)
    row["extras"] = {name: value for name, value in every if not name.startswith("?")}
    assert {name: row[name] for name in expected} == expected


def test_real_ones(assay_data: Path) -> None:
    reading = open_sources([assay_data / "logs" / "web"])
    rows = sum(len(batch) for batch in reading.batches())
    logs = [report for report in reading.report if report.source.format == "access"]
    assert len(logs) == 2 and sum(report.records for report in logs) <= rows
    assert all(report.repairs.get("read-as-text", 0) * 100 < report.records for report in logs)
