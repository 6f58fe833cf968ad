"""Archives of logs are read as folders are, and nothing in one leads out of it or grows without bound."""

import gc
import gzip
import io
import json
import os
import tarfile
import zipfile
from pathlib import Path

import pytest
import zstandard

from assay.triage import triage
from assay.triage.limits import LogLimits
from assay.triage.readers import crew, open_sources, plan


def rows(name, count=40):
    def row(n):
        return {"@timestamp": f"2026-03-02T10:{n:02d}:00Z", "host": {"name": name}, "message": f"{name} did {n % 3}"}

    return "".join(json.dumps(row(n)) + "\n" for n in range(count)).encode()


AUTH = b"Mar  2 10:00:00 h sshd[1]: hello\n" * 30
FILES = {"a/one.jsonl": rows("one"), "a/two.jsonl": rows("two"), "three.log": AUTH}


def tar(files, links=()):
    held = io.BytesIO()
    with tarfile.open(fileobj=held, mode="w") as archive:
        for name, content in files.items():
            entry = tarfile.TarInfo(name)
            entry.size, entry.mtime = len(content), 1_583_000_000
            archive.addfile(entry, io.BytesIO(content))
        for name, target in links:
            entry = tarfile.TarInfo(name)
            entry.type, entry.linkname = tarfile.SYMTYPE, target
            archive.addfile(entry)
    return held.getvalue()


def zipped(files):
    held = io.BytesIO()
    with zipfile.ZipFile(held, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return held.getvalue()


def packed(kind, files=FILES):
    plain = zipped(files) if kind == "zip" else tar(files)
    return {"zip": plain, "tar": plain, "gz": gzip.compress(plain), "zst": zstandard.compress(plain)}[kind]


def read(path, **limits):
    reading = open_sources([path], limits=LogLimits(**limits))
    records = sum(batch.frame.height for batch in reading.batches())
    return records, {report.source.name: report for report in reading.report}


@pytest.mark.parametrize("kind", ["zip", "tar", "gz", "zst"])
def test_the_files_of_an_archive_are_read_as_those_of_a_folder(tmp_path: Path, kind: str) -> None:
    path = tmp_path / "case.bin"
    path.write_bytes(packed(kind))
    before = path.read_bytes()
    records, reports = read(path)
    assert records == 110
    assert list(reports) == [f"{path}/{name}" for name in FILES]
    assert all(report.failed is None and report.source.path == path for report in reports.values())
    with triage([path], workers=1) as answer:
        shown = {record.source for incident in answer.incidents for record in incident.records}
    assert shown <= set(reports) and path.read_bytes() == before


def test_several_processes_read_an_archive_alike(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(plan, "WORTH", 0)
    monkeypatch.setattr(crew, "HELPS", False)
    path = tmp_path / "case.zip"
    path.write_bytes(packed("zip"))
    reading = open_sources([path], readers=2)
    assert sum(piece.height if not hasattr(piece, "frame") else piece.frame.height for piece in reading.pieces()) == 110
    assert [report.source.name for report in reading.report] == [f"{path}/{name}" for name in FILES]
    assert {report.source.path for report in reading.report} == {path}


def test_nothing_leads_out_of_an_archive(tmp_path: Path) -> None:
    secret = tmp_path / "secret.jsonl"
    secret.write_bytes(rows("secret"))
    evil = {"../escaped.jsonl": rows("up"), "/etc/absolute.jsonl": rows("root"), "fine.jsonl": rows("fine")}
    path = tmp_path / "evil.tar"
    path.write_bytes(tar(evil, [("link.jsonl", str(secret))]))
    records, reports = read(path)
    assert records == 120 and reports[f"{path}/link.jsonl"].failed == "not-a-file"
    assert sorted(each.name for each in tmp_path.iterdir()) == ["evil.tar", "secret.jsonl"]


def test_damage_costs_what_comes_after_it_only(tmp_path: Path) -> None:
    path = tmp_path / "cut.tar"
    whole = tar(FILES)
    path.write_bytes(whole[: whole.index(b"two did") + 100])
    records, reports = read(path)
    assert records == 40 and reports[str(path)].failed == "damaged-archive"
    path.write_bytes(packed("zip")[:-40])
    records, reports = read(path)
    assert records == 0 and reports[str(path)].failed == "damaged-archive"
    path.write_bytes(packed("gz")[:-400])
    assert read(path)[1][str(path)].failed == "damaged-archive"


def test_growth_and_number_are_bounded(tmp_path: Path) -> None:
    path = tmp_path / "bomb.zip"
    path.write_bytes(zipped({"one.jsonl": rows("one"), "zero.log": bytes(8 << 20)}))
    records, reports = read(path, ratio_from=1 << 20, ratio=20)
    assert records == 40 and reports[str(path)].failed == "decompression-limit"
    path.write_bytes(packed("zip"))
    records, reports = read(path, sources=2)
    assert records == 80 and reports[str(path)].failed == "too-many-sources"
    assert read(path, archive_bytes=5000)[1][str(path)].failed == "decompression-limit"


def test_archives_in_archives_and_locked_files_are_told(tmp_path: Path) -> None:
    path = tmp_path / "outer.zip"
    locked = bytearray(zipped({"inner.zip": packed("zip"), "deep.tar": tar(FILES), "one.jsonl": rows("one")}))
    path.write_bytes(locked)
    records, reports = read(path)
    assert records == 40
    assert reports[f"{path}/inner.zip"].failed == reports[f"{path}/deep.tar"].failed == "nested-archive"
    for mark, at in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):  # the flag of encryption, in both headers of a file
        place = locked.rindex(mark)
        locked[place + at] |= 1
    path.write_bytes(locked)
    assert read(path)[1][f"{path}/one.jsonl"].failed == "locked-archive"


def test_a_document_is_no_archive(tmp_path: Path) -> None:
    path = tmp_path / "report.docx"
    path.write_bytes(zipped({"[Content_Types].xml": b"<x/>", "word/document.xml": b"<x/>"}))
    assert list(read(path)[1]) == [str(path)]


def test_the_temporary_files_go(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TMPDIR", str(tmp_path / "tmp"))
    monkeypatch.setattr("tempfile.tempdir", None)
    (tmp_path / "tmp").mkdir()
    path = tmp_path / "case.zip"
    path.write_bytes(packed("zip"))
    with triage([path], workers=1) as answer:
        assert answer.incidents
    del answer
    gc.collect()
    assert os.listdir(tmp_path / "tmp") == []
