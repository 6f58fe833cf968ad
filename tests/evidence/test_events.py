"""The custody of both jobs, out of their answers, into a sealed folder."""

import hashlib
import json
from datetime import UTC, datetime
from pathlib import Path

from assay.detect.values import ArtifactRef, Outcome, Reason, Verdict
from assay.detect.values.finding import Proposition
from assay.detect.values.likelihood import LikelihoodRatio
from assay.detect.values.verdict import Answer
from assay.evidence import SigningKey, of_triage, of_verdicts, reported, seal, source_hashes, verify
from assay.evidence.custody import LOG, Entry
from assay.triage.session import triage

RECEIVED = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)


def _entries(folder: Path) -> list[Entry]:
    return [Entry.read(line) for line in (folder / "assay-seal" / LOG).read_bytes().splitlines()]


def test_what_happened_to_pictures(tmp_path: Path, signer: SigningKey) -> None:
    answered = Verdict(
        path="photo\udcff.jpg",
        sha256="ab" * 32,
        kind="image",
        outcome=Outcome.INCONSISTENT,
        reasons=(Reason("synthetic-supported", "said so"),),
        proposition=Proposition.SYNTHETIC,
        answers={Proposition.SYNTHETIC: Answer(LikelihoodRatio(1.23456, 0.5, 1.9), "moderate", True)},
        artifacts=(ArtifactRef("clip-probe", "1.0.0", "cd" * 32),),
    )
    failed = Verdict("gone.jpg", None, None, Outcome.FAILED, (Reason("not-found", "nothing is there"),))
    report = tmp_path / "report.json"
    report.write_text("{}")
    events = list(of_verdicts([answered, failed], received=RECEIVED))
    events.append(reported({"report.json": hashlib.sha256(b"{}").hexdigest()}, language="en"))
    seal(tmp_path, key=signer, who="expert", events=events)
    entries = _entries(tmp_path)
    whats = ["received", "hashed", "assayed", "received", "assayed", "reported", "sealed"]
    assert [entry.what for entry in entries] == whats
    assert entries[0].when == "2026-01-02T03:04:05.000000Z" and entries[0].details["name"] == "photo\\xff.jpg"
    assayed = entries[2]
    assert assayed.exhibit == "ab" * 32 and assayed.artifacts == (f"clip-probe@1.0.0 sha256:{'cd' * 32}",)
    assert assayed.details["outcome"] == "inconsistent" and assayed.details["reasons"] == [
        "synthetic-supported"
    ]
    assert assayed.details["log10_lr"] == "1.2346" and assayed.details["proposition"] == "synthetic"
    assert entries[4].exhibit is None and entries[4].details["reasons"] == ["not-found"]
    assert entries[5].details["files"] == {"report.json": hashlib.sha256(b"{}").hexdigest()}
    assert verify(tmp_path, trusted=[signer.public.fingerprint]).intact


def test_what_happened_to_logs(tmp_path: Path, signer: SigningKey) -> None:
    log = tmp_path / "events.jsonl"
    rows = [{"time": 1_700_000_000 + 60 * n, "host": "h", "message": f"it ran {n % 3}"} for n in range(50)]
    log.write_text("\n".join(json.dumps(row) for row in rows) + "\n")
    with triage([log]) as answer:
        hashes = source_hashes(answer.report)
        events = list(of_triage(answer.report, hashes, incidents=len(answer.incidents), received=RECEIVED))
        artifact = f"{answer.report.artifact} sha256:{answer.report.sha256}"
    seal(tmp_path, key=signer, events=events)
    received, hashed, assayed, _ = _entries(tmp_path)
    assert received.details["name"] == str(log)
    assert hashed.exhibit == hashlib.sha256(log.read_bytes()).hexdigest()
    assert assayed.artifacts == (artifact,) and assayed.details["records"] == 50
    assert verify(tmp_path).intact
