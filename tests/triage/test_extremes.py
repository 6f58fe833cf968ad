"""Input that is extreme in one way, from the file to the incidents."""

import json
from pathlib import Path

import pytest

from assay.triage.session import triage


@pytest.mark.parametrize("workers", [1, 2])
def test_a_line_of_ten_megabytes(tmp_path: Path, workers: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("assay.triage.readers.plan.WORTH", 0)
    lines = [f"Mar  1 10:{n % 60:02d}:00 h{n % 3} sshd[{n}]: Accepted password for u{n % 5}" for n in range(300)]
    lines[200] = "Mar  1 10:20:00 h1 sshd[1]: " + "x" * (10 << 20)
    path = tmp_path / "messages"
    path.write_text("\n".join(lines) + "\n")
    with triage([path], workers=workers) as answer:
        (source,) = answer.report.sources
        assert [(each.code, each.count) for each in source.rejected] == [("line-too-long", 1)]
        assert (source.lines, source.records) == (300, 299)
        assert answer.incidents
        assert [event["line"] for event in answer.events()] == [n for n in range(300) if n != 200]


def test_a_million_names_of_fields(tmp_path: Path) -> None:
    path = tmp_path / "a.json"
    with path.open("w") as file:
        for n in range(20_000):
            record = {"time": 1_700_000_000 + n, "host": f"h{n % 5}", "message": "it ran"}
            file.write(json.dumps(record | {f"k{n}_{i}": i for i in range(50)}) + "\n")
    with triage([path]) as answer:
        assert answer.report.records == 20_000
        assert answer.report.sources[0].failed is None
        assert 0 < len(answer.incidents) <= 20
