"""Cost of long reports: 10,000 exhibits, and 2,000 incidents of a log triage, each written in a process of its own.

    python benchmarks/reports/run.py [--exhibits N]... [--incidents N]... [--language en|zh-Hant] [--page FILE]

The answers are made up, of every outcome and as long as real ones; the report that is made of them is the product's, to
the seal. The first exhibits are a real picture, so that pictures are drawn up to the limit. Each number is measured
in a new process: processor time of it and its children, and the peak of its resident memory.
"""

import argparse
import json
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
WORDS = (
    "What the network sees is about 1.4 times as probable for a generated picture as for the other (tier clean). "
    * 3
)


def verdicts(count: int, picture: Path, sha256: str) -> Any:
    """Verdicts of every outcome in turn."""
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
    )  # fmt: skip

    outcomes = ("consistent", "inconclusive", "inconsistent", "consistent", "failed")
    detail = {
        "exif": {f"Field{number}": f"value {number}" for number in range(25)},
        "stability": [
            {"laundering": name, "tier": "web", "score": 0.5, "log10_lr": 0.1}
            for name in ("web", "resave-80")
        ],
        "crops": [{"x": 0, "y": 0, "side": 224, "score": 1.0}] * 4,
    }
    for number in range(count):
        outcome = Outcome(outcomes[number % 5])
        real = number < 300
        path = str(picture) if real else f"/evidence/batch-7/folder {number // 100}/IMG_{number:05d}.jpg"
        if outcome is Outcome.FAILED:
            reasons = (Reason("damaged", "the picture is damaged"),)
            yield Verdict(path, f"{number:064x}", None, outcome, reasons)
            continue
        log10 = {"consistent": -0.6, "inconclusive": 0.1, "inconsistent": 1.2}[
            outcome.value
        ] + number % 7 / 100
        ratio = LikelihoodRatio(log10, log10 - 0.1, log10 + 0.1)
        answers = {each: Answer(None, "not assessed", False) for each in list(Proposition)[:3]}
        answers[Proposition.SYNTHETIC] = Answer(ratio, support_words(Proposition.SYNTHETIC, ratio), True)
        findings = tuple(
            Finding(
                name, Proposition.SYNTHETIC if name == "synthetic" else Proposition.PROVENANCE, True, score=1.0,
                ratio=ratio if name == "synthetic" else None, words=WORDS,
                reasons=(Reason("no-camera-metadata", "names no camera, so it proves nothing"),), detail=detail,
            )
            for name in ("synthetic", "metadata", "jpeg", "jpeg-grid", "content-credentials")
        )  # fmt: skip
        yield Verdict(
            path, sha256 if real else f"{number:064x}", "image", outcome,
            (Reason("weak-evidence", "fits both sides"),) * 3,
            score=0.5, proposition=Proposition.SYNTHETIC, tier="clean", answers=answers, findings=findings,
            artifacts=(ArtifactRef("clip-probe", "0.3.0", "0" * 64),), seconds=0.5,
        )  # fmt: skip


def incidents(count: int) -> list[dict[str, Any]]:
    """Incidents as ``assay triage --json`` prints them."""
    made = []
    for rank in range(1, count + 1):
        text = f"powershell.exe -nop -w hidden -enc {'SQBFAFgA' * 12} {rank}"
        reasons = [
            {"field": field, "value": text, "context": f"host ws-{rank}", "seen": 0, "of": 24_898, "bits": 14.6 - place,
             "words": f"{field} {text}, never seen in 24,898 records (14.6 bits)", "detector": "site-value",
             "typical": [{"value": "explorer.exe", "seen": 900}] * 3}
            for place, field in enumerate(("command", "parent", "user", "hour"))
        ]  # fmt: skip
        time_ = f"2026-03-{1 + rank % 28:02d}T{rank % 24:02d}:{rank % 60:02d}:00Z"
        place = {"source": "logs/windows.jsonl", "line": rank, "time": time_, "type": "4688", "text": text}
        records = [place | {"score": 14.0, "reasons": reasons, "rules": []}] * 8
        made.append(
            {"rank": rank, "risk": 60 / rank, "p": 0.001, "percentile": 99.9,
             "entities": {"host": [f"ws-{rank}"], "user": ["chloe"], "source_ip": ["10.0.0.1"], "process": [text[:14]]},
             "first_seen": time_, "last_seen": time_, "count": 40, "records": records, "attack": ["T1059.001"],
             "summary": f"process {text}", "id": f"{rank:016x}", "feedback": [], "continues": None,
             "kind": {"host": f"ws-{rank}", "type": "4688", "field": "command", "value": text},
             "around": {"before": [place] * 3, "after": [place] * 3}, "tree": ["explorer.exe", "cmd.exe"]}
        )  # fmt: skip
    return made


def write(kind: str, count: int, language: str, place: Path) -> None:
    """Write one report; runs in a process of its own."""
    from assay.evidence import SigningKey
    from assay.evidence.report import Given, LogReport, MediaReport
    from assay.models.engine.scores import RunRecord
    from assay.models.registry import Registry

    key = SigningKey.temporary()
    record = RunRecord(
        "x", "1.0.0", "0" * 64, "onnxruntime", "cpu", 2, 1, True, "int8", {}, None, "a processor"
    )
    given = Given(("assay", "detect"), ("evidence",), language, key=key)
    if kind == "exhibits":
        import hashlib

        from assay.demo.media import write_media

        with tempfile.TemporaryDirectory() as folder:
            picture = write_media(Path(folder))[0].path
            sha256 = hashlib.sha256(picture.read_bytes()).hexdigest()
            with MediaReport(place, given, "standard") as report:
                for verdict in verdicts(count, picture, sha256):
                    report.add(verdict)
                report.finish(record, [Registry().default("synthetic-image")])
        return
    from assay.triage.answer import Report

    done = Report((), 1_000_000, 5_000, None, "batch@1.0.0", "0" * 64, 0, record, 1.0)
    LogReport(place, given).finish(incidents(count), done, budget=str(count), pseudonyms=False)


def measured(kind: str, count: int, language: str) -> dict[str, Any]:
    """Cost of one report."""
    with tempfile.TemporaryDirectory() as folder:
        place = Path(folder) / "report"
        begun = time.perf_counter()
        before = resource.getrusage(resource.RUSAGE_CHILDREN)
        command = [sys.executable, __file__, "--child", kind, str(count), language, str(place)]
        peak = int(subprocess.run(command, check=True, capture_output=True, text=True).stdout)
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
        files = [path for path in place.rglob("*") if path.is_file()]
        return {
            "kind": kind,
            "count": count,
            "language": language,
            "cpu_seconds": round(after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime, 1),
            "wall_seconds": round(time.perf_counter() - begun, 1),
            "peak_mib": round(peak / 1024),
            "files": len(files),
            "mib": round(sum(path.stat().st_size for path in files) / (1 << 20), 1),
            "html_mib": round((place / "report.html").stat().st_size / (1 << 20), 2),
            "pdf_pages": sum(pages(path) for path in place.rglob("*.pdf")),
        }


def pages(path: Path) -> int:
    """Pages of a PDF by the count that its page tree states."""
    import re

    counts = [int(each) for each in re.findall(rb"/Count (\d+)", path.read_bytes())]
    return max(counts, default=0)


PAGE = """# Long reports

Made by `python benchmarks/reports/run.py --page docs/validation/reports.md`; not edited by hand. Processor time of the
process and its children, and the peak of resident memory: that of the process that writes and that of its largest
child added up. The answers are made up, as long
as real ones; the report is the product's, with pictures of up to 200 exhibits, PDF and seal.

| what | language | CPU s | peak MiB | files | MiB in all | report.html MiB | PDF pages |
|---|---|---|---|---|---|---|---|
"""


def main() -> None:
    """Measure and print."""
    if sys.argv[1:2] == ["--child"]:
        kind, count, language, place = sys.argv[2:]
        write(kind, int(count), language, Path(place))
        kinds = (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)
        print(sum(resource.getrusage(each).ru_maxrss for each in kinds))
        return
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--exhibits", type=int, action="append")
    parser.add_argument("--incidents", type=int, action="append")
    parser.add_argument("--language", action="append")
    parser.add_argument("--page", type=Path)
    asked = parser.parse_args()
    if asked.exhibits is None and asked.incidents is None:
        asked.exhibits, asked.incidents = [1, 1000, 10_000], [20, 200, 2000]
    rows = []
    for language in asked.language or ["en"]:
        for kind, counts in (("exhibits", asked.exhibits or []), ("incidents", asked.incidents or [])):
            for count in counts:
                rows.append(measured(kind, count, language))
                print(json.dumps(rows[-1]), flush=True)
    if asked.page:
        lines = [
            f"| {row['count']:,} {row['kind']} | {row['language']} | {row['cpu_seconds']} | {row['peak_mib']} | "
            f"{row['files']:,} | {row['mib']:,} | {row['html_mib']} | {row['pdf_pages']} |"
            for row in rows
        ]
        asked.page.write_text(PAGE + "\n".join(lines) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
