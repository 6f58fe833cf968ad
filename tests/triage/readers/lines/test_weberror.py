"""Error logs of Apache and nginx."""
# ruff: noqa: E501 -- log lines are as long as they are

from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from assay.triage.readers import open_sources

LINES: list[tuple[str, dict[str, Any]]] = [
    ("[Sun Dec 04 04:47:44 2005] [error] [client 10.1.2.3] File does not exist: /var/www/x.ida",
     {"source_ip": "10.1.2.3", "path": "/var/www/x.ida", "channel": "error-log error",
      "time": datetime(2005, 12, 4, 4, 47, 44, tzinfo=UTC), "template": "File does not exist: <*>"}),
    ("[Tue Sep 30 11:30:13.262255 2014] [core:error] [pid 2:tid 9] [client [2001:db8::1]:345] AH00037: No link: /a/b, "
     "referer: http://x/y",
     {"source_ip": "2001:db8::1", "source_port": "345", "provider": "core", "event_id": "AH00037", "path": "/a/b",
      "time": datetime(2014, 9, 30, 11, 30, 13, 262255, UTC),
      "extras": {"process_id": "2", "thread": "9", "referrer": "http://x/y"}}),
    ("[Tue Sep 30 11:30:13 2014] [notice] Apache configured", {"source_ip": None, "channel": "error-log notice"}),
    ('2024/02/09 11:40:00 [crit] 80#81: *5 open() "/srv/a.php" failed (2: No such file), client: 10.9.8.7, server: ex.org, '
     'request: "GET /a.php?x=1 HTTP/1.1", host: "ex.org", referrer: "http://z/"',
     {"source_ip": "10.9.8.7", "method": "GET", "url": "/a.php?x=1", "path": "/srv/a.php", "channel": "error-log crit",
      "message": 'open() "/srv/a.php" failed (2: No such file)', "raw_kind": "nginx-error",
      "extras": {"process_id": "80", "thread": "81", "server": "ex.org", "site": "ex.org", "referrer": "http://z/"}}),
    ("2024/02/09 11:40:00 [notice] 1#1: signal process started", {"source_ip": None, "message": "signal process started"}),
]  # fmt: skip


@pytest.mark.parametrize(("line", "expected"), LINES)
def test_layouts(read: Callable[..., Any], line: str, expected: dict[str, Any]) -> None:
    frame, report = read(line + "\n")
    assert report.source.format == "weberror"
    row = frame.row(0, named=True)
    every = zip(row["extra_names"], row["extra_values"], strict=True)
    row["extras"] = {name: value for name, value in every if not name.startswith("?")}
    assert {name: row[name] for name in expected} == expected


def test_both_in_one_file_and_lines_that_go_on(read: Callable[..., Any]) -> None:
    lines = [line for line, _ in LINES]
    frame, report = read("\n".join([*lines, "PHP stack trace:", *lines]) + "\n")
    assert frame["line"].to_list() == list(range(11))
    assert report.repairs["read-as-text"] == 1 and frame["raw_kind"][5] == "text"


def test_loghub(assay_data: Path) -> None:
    reading = open_sources([assay_data / "logs" / "loghub" / "Apache" / "Apache_2k.log.zst"])
    frame = pl.concat([batch.frame for batch in reading.batches()])
    assert reading.report[0].source.format == "weberror"
    assert frame.height == 2000 and frame["time"].null_count() == 0 and frame["template"].n_unique() < 40
