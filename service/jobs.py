"""The two jobs as the service runs them: one of each kind at a time, models loaded once."""

import threading
from collections.abc import Mapping
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from ..detect.contract import verdict_json
from ..detect.session import Detector
from ..triage.contract import incident_json
from ..triage.feedback import FeedbackStore, user_feedback
from ..triage.feedback.store import FILE
from ..triage.session import triage
from ..triage.values import SourceReport

__all__ = ["Jobs"]


class Jobs:
    """Runs uploads through the same code as the command line.

    Use it as a context manager. Callers from several threads wait for each other: one detection and one triage run
    at a time, so that memory stays bounded whatever arrives.
    """

    def __init__(self, *, device: str = "auto") -> None:
        self._device = device
        self._detector: Detector | None = None
        self._detecting, self._triaging = threading.Lock(), threading.Lock()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        with self._detecting:
            if self._detector is not None:
                self._detector.close()
                self._detector = None

    def detect(self, path: Path, name: str) -> dict[str, Any]:
        """Assay one upload; the verdict bears the sender's `name` for it."""
        with self._detecting:
            if self._detector is None:
                self._detector = Detector(device=self._device)
            (verdict,) = self._detector.run([path])
        return verdict_json(verdict) | {"path": name}

    def triage(
        self, path: Path, name: str, *, form: str, baseline: str | None, budget: int
    ) -> dict[str, Any]:
        """Triage one upload: its incidents, what became of its lines, and what the user's marks did."""
        marks = FeedbackStore(user_feedback() / FILE).read()
        with (
            self._triaging,
            triage(
                [path], format=form, baseline=baseline, budget=budget, device=self._device, feedback=marks
            ) as answer,
        ):
            incidents = [incident_json(incident) for incident in answer.incidents]
            report = answer.report
        names = {str(path): name}
        for incident in incidents:
            for record in incident["records"]:
                record["source"] = names.get(record["source"], record["source"])
        return {
            "incidents": incidents,
            "records": report.records,
            "baseline": report.baseline,
            "feedback": None if report.feedback is None else report.feedback.to_json(),
            "artifact": {"id": report.artifact, "sha256": report.sha256},
            "sources": [_source(source, names) for source in report.sources],
        }


def _source(report: SourceReport, names: Mapping[str, str]) -> dict[str, Any]:
    source = report.source
    return {
        "source": names.get(source.name, source.name),
        "format": source.format,
        "confidence": source.confidence,
        "lines": report.lines,
        "records": report.records,
        "rejected": {each.code: each.count for each in report.rejected},
        "untimed": report.untimed,
        "clock": report.clock.to_json(),
        "failed": report.failed,
    }
