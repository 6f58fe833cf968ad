"""Verdicts and incidents of every kind, and reports made of them."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from assay.detect.values import (
    Answer,
    ArtifactRef,
    Finding,
    LikelihoodRatio,
    Outcome,
    Proposition,
    Reason,
    Verdict,
    support_words,
)
from assay.evidence import SigningKey
from assay.evidence.report import Given, MediaReport
from assay.models.engine.scores import RunRecord
from assay.models.registry import Registry

HOSTILE = [
    "<script>alert(1)</script>",
    '"><img src=x onerror=alert(1)>',
    "javascript:alert(1)",
    "{{ 7*7 }}{% raw %}",
    '#import "x": * $x^2$ #eval("1") @label *b* _i_ `code`',
    "=cmd|' /C calc'!A0",
    "+1+1",
    "@SUM(1)",
    "\x1b[2J\x1b]0;owned\x07",
    "\u202egpj.exe\u2066x\u2069",
    "two\nlines\r\nand\ttabs\x00nul",
    "zero\u200bwidth\ufeff",
    "한글 ไทย עברית 🙂 𠮷",
    "\udcff\udcfe",
    "</style><style>*{display:none}</style>",
    "a" * 5000,
]


@pytest.fixture(scope="session")
def artifact() -> Any:
    return Registry().default("synthetic-image")


@pytest.fixture(scope="session")
def record(artifact: Any) -> RunRecord:
    return RunRecord(
        artifact.card.name, artifact.card.version, artifact.sha256, "onnxruntime", "cpu", 2, 1, True, "int8",
        {"onnxruntime": "1.0", "numpy": "2.0"}, None, "a processor",
    )  # fmt: skip


@pytest.fixture(scope="session")
def key() -> SigningKey:
    return SigningKey.temporary()


def _verdict(
    path: str,
    outcome: str = "inconsistent",
    log10: float = 1.1,
    *,
    detail: dict[str, Any] | None = None,
    words: str = "",
) -> Verdict:
    """A verdict as `detect` gives it, of any outcome."""
    if outcome == "failed":
        return Verdict(
            path, None, None, Outcome.FAILED, (Reason("not-found", words or "nothing is at that path"),)
        )
    ratio = LikelihoodRatio(log10, log10 - 0.2, log10 + 0.3)
    answers = {name: Answer(None, "not assessed", False) for name in list(Proposition)[:3]}
    answers[Proposition.SYNTHETIC] = Answer(ratio, support_words(Proposition.SYNTHETIC, ratio), True)
    told = {
        "crops": [{"x": 0, "y": 0, "side": 224, "score": 1.0}],
        "stability": [{"laundering": "web", "tier": "web", "score": 0.5, "log10_lr": log10 - 0.1}],
    }
    findings = (
        Finding(
            "synthetic",
            Proposition.SYNTHETIC,
            True,
            score=1.5,
            ratio=ratio,
            words=words or "Seen.",
            detail=told,
        ),
        Finding("metadata", Proposition.PROVENANCE, True, words=words or "Held.", detail=detail or {}),
        Finding(
            "jpeg", Proposition.PROVENANCE, False, why_not=Reason("not-jpeg", words or "the file is PNG")
        ),
    )
    reason = Reason("synthetic-supported" if log10 > 0 else "recording-supported", words or "weak support")
    return Verdict(
        path, "ab" * 32, "image", Outcome(outcome), (reason,), score=0.7, proposition=Proposition.SYNTHETIC,
        tier="clean", answers=answers, findings=findings,
        artifacts=(ArtifactRef("clip-probe", "0.3.0", "cd" * 32),), seconds=0.5,
    )  # fmt: skip


def _incident(rank: int, text: str = "sshd accepted", *, host: str = "web-1") -> dict[str, Any]:
    """An incident as ``assay triage --json`` prints it."""
    reason = {
        "field": "command", "value": text, "context": f"host {host}", "seen": 0, "of": 120, "bits": 8.2,
        "words": f"command {text} on {host}, never seen in 120 records", "detector": "site-value",
        "typical": [{"value": "ls", "seen": 80}],
    }  # fmt: skip
    place = {
        "source": "auth.log",
        "line": rank,
        "time": f"2026-03-17T02:{rank % 60:02d}:00Z",
        "type": "sshd",
        "text": text,
    }
    return {
        "rank": rank, "risk": 60.0 / rank, "p": 0.004, "percentile": 99.5,
        "entities": {"host": [host], "user": ["bob"], "source_ip": [], "process": []},
        "first_seen": place["time"], "last_seen": place["time"], "count": 3,
        "records": [place | {"score": 8.2, "reasons": [reason], "rules": []}], "attack": ["T1110"],
        "summary": f"{text} on {host}", "id": f"{rank:016x}",
        "kind": {"host": host, "type": "sshd", "field": "command", "value": text}, "feedback": [], "continues": None,
        "around": {"before": [place], "after": []}, "tree": [],
    }  # fmt: skip


@pytest.fixture
def report_of(tmp_path: Path, artifact: Any, record: RunRecord, key: SigningKey) -> Callable[..., Path]:
    """Write a report of verdicts and give its folder."""

    def made(*verdicts: Verdict, language: str = "en", redact: bool = False, name: str = "report") -> Path:
        place = tmp_path / name
        given = Given(("assay", "detect"), tuple(each.path for each in verdicts), language, redact, key=key)
        with MediaReport(place, given, "standard") as report:
            for each in verdicts:
                report.add(each)
            report.finish(record, [artifact])
        return place

    return made


@pytest.fixture(scope="session")
def verdict() -> Callable[..., Verdict]:
    return _verdict


@pytest.fixture(scope="session")
def incident() -> Callable[..., dict[str, Any]]:
    return _incident


@pytest.fixture(scope="session")
def page() -> Callable[..., dict[str, Any]]:
    return _page


@pytest.fixture(scope="session")
def hostile() -> list[str]:
    return HOSTILE


def _page(folder: Path, name: str = "report.json") -> dict[str, Any]:
    """A JSON file of a report."""
    held: dict[str, Any] = json.loads((folder / name).read_text())
    return held
