"""What is named or found and cannot be read is said, and what can be read of it is kept."""

import gzip
import os
from pathlib import Path

import polars as pl

from assay.triage.readers import Reading, open_sources

LINES = b"".join(b'{"host": "web-%d", "action": "login", "n": %d}\n' % (n % 7, n) for n in range(20_000))


def _read(*paths: Path) -> tuple[pl.DataFrame, Reading]:
    reading = open_sources(paths)
    frames = [batch.frame for batch in reading.batches()]
    return (pl.concat(frames) if frames else pl.DataFrame()), reading


def test_nothing_in_a_folder_is_passed_over_in_silence(tmp_path: Path) -> None:
    (tmp_path / "good.jsonl").write_bytes(LINES)
    (tmp_path / "dangling").symlink_to(tmp_path / "nowhere")
    (tmp_path / "loop").symlink_to(tmp_path, target_is_directory=True)
    os.mkfifo(tmp_path / "pipe")
    frame, reading = _read(tmp_path)
    assert frame.height == 20_000
    failed = {Path(report.source.name).name: report.failed for report in reading.report}
    assert failed == {"good.jsonl": None, "dangling": "unreadable", "loop": "not-a-file", "pipe": "unreadable"}


def test_an_empty_folder_is_a_failure(tmp_path: Path) -> None:
    _, reading = _read(tmp_path)
    assert [report.failed for report in reading.report] == ["empty-folder"]


def test_lines_before_the_cut_of_a_gzip_file_are_kept(tmp_path: Path) -> None:
    packed = gzip.compress(LINES)
    (tmp_path / "cut.jsonl.gz").write_bytes(packed[: len(packed) // 2])
    (tmp_path / "whole.jsonl.gz").write_bytes(packed)
    frame, reading = _read(tmp_path / "cut.jsonl.gz", tmp_path / "whole.jsonl.gz")
    cut, whole = reading.report
    assert (cut.failed, whole.failed) == ("damaged-compression", None)
    assert whole.records == 20_000 and 5_000 < cut.records < 15_000
    assert frame.height == cut.records + whole.records


def test_documents_among_logs_are_named_and_not_read(tmp_path: Path) -> None:
    (tmp_path / "good.jsonl").write_bytes(LINES)
    readme = tmp_path / "README.md"
    readme.write_text("# Logs\n\nTaken from a machine.\n")
    (tmp_path / "license.log").write_text('{"host": "a", "action": "renewed"}\n' * 3)
    frame, reading = _read(tmp_path)
    assert frame.height == 20_003
    report = {Path(report.source.name).name: report for report in reading.report}["README.md"]
    assert report.failed is None and report.records == 0
    assert [(rejected.code, rejected.count) for rejected in report.rejected] == [("a-document", 1)]
    assert _read(readme)[0].height == 2
