"""Stamps without a zone are taken as UTC, and it is said how many."""

from pathlib import Path

import pytest

from assay.triage.readers import open_sources

WINDOWS = '{{"EventID": 1, "Channel": "Security", "Hostname": "h", "EventTime": "{stamp}"}}'


@pytest.mark.parametrize(
    ("form", "lines"),
    [
        ("jsonl", [WINDOWS.format(stamp=s) for s in ("2024-05-01 10:00:00", "2024-05-01T10:00:00Z")]),
        (
            "jsonl",
            ['{"time": "2024-05-01 10:00:00", "a": "b"}', '{"time": "2024-05-01T10:00:00Z", "a": "b"}'],
        ),
        ("csv", ["time,host", "2024-05-01 10:00:00,a", "2024-05-01T10:00:00Z,b"]),
        ("syslog", ["May  1 10:00:00 h sshd[1]: a", "<1>1 2024-05-01T10:00:00Z h sshd 1 - - b"]),
        ("text", ["2024-05-01 10:00:00 a", "2024-05-01T10:00:00Z b"]),
    ],
)
def test_counted_for(tmp_path: Path, form: str, lines: list[str]) -> None:
    path = tmp_path / "a"
    path.write_text("\n".join(lines) + "\n")
    reading = open_sources([path], format=form)
    assert sum(len(batch) for batch in reading.batches()) == 2
    assert reading.report[0].untimed == 0
    assert reading.report[0].repairs["zone-assumed"] == 1
