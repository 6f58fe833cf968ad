"""The report of ``assay triage``: incidents and what became of the logs in, a sealed folder out."""

import hashlib
import json
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from ...custody import Event
from ...events import of_triage
from ..blocks import logs as pages
from ..blocks.figures import Shelf
from ..gathering.incidents import incident, row
from ..gathering.sources import names, sources
from ..limits import DEFAULT
from ..model import Baseline, Document, Incident, Logs, Part, Picture, Redaction, Row, Run, Source
from ..pictures.times import activity, bins
from ..redaction import Redactor
from ..shown import sounded
from ..words import words_of
from .artifacts import kept
from .folder import Folder
from .given import Given, steps, tool
from .issue import Issue
from .spool import part_of

if TYPE_CHECKING:
    from ....triage.answer import Report
    from ....triage.values import SourceReport
    from ...sealing import Sealed

__all__ = ["ANSWERS", "LogReport"]

ANSWERS: Final = "incidents.jsonl"
"""The answers themselves: lines of ``assay triage --json``."""

_LIMITS = ("rare", "logged", "clock", "baseline", "budget", "context")


class LogReport:
    """A report in the making.

    Parameters
    ----------
    place
        Folder to make.
    given
        What was asked for.

    Raises
    ------
    ReportExists, ReportUnwritable
        Before any work is done.
    """

    def __init__(self, place: Path, given: Given) -> None:
        self._folder = Folder(place)
        self._given = given
        self._words = words_of(given.language)
        self._redactor = Redactor(given.redact)
        self._begun = datetime.now(UTC)
        self._issue: Issue | None = None

    @property
    def troubles(self) -> list[str]:
        """What could not be written, in words; the rest of the report is there."""
        return [] if self._issue is None else self._issue.troubles

    def finish(
        self,
        incidents: Sequence[Mapping[str, Any]],
        report: "Report",
        *,
        budget: str,
        pseudonyms: bool,
        held_out: int | None = None,
    ) -> "Sealed":
        """Write the pages and seal the folder.

        Parameters
        ----------
        incidents
            Lines of ``assay triage --json``, most urgent first.
        report
            What was done.
        budget
            As asked for.
        pseudonyms
            Whether identities have other names already.
        held_out
            Windows that the baseline kept out; None when there is no p.
        """
        called = names(report.sources, self._redactor)
        told = [sounded(self._renamed(line, called)) for line in incidents]
        digest = hashlib.sha256()
        with self._folder.open(ANSWERS) as stream:
            for line in told:
                data = json.dumps(line, allow_nan=False).encode("ascii") + b"\n"
                stream.write(data)
                digest.update(data)
        read = list(sources(report.sources, called, withheld=pseudonyms))
        split = len(told) > DEFAULT.whole
        rows = [row(incident(line), part_of(line["rank"], DEFAULT.part) if split else None) for line in told]
        document = self._document(told, rows, report, read, split, digest.hexdigest(), called)
        document = self._measured(document, budget, pseudonyms, held_out)
        issue = self._issue = Issue(self._folder, self._words)
        detail = [incident(line) for line in told[: DEFAULT.whole]] if split else []
        if split:
            self._parts(document, told, rows, issue)
        issue.report(document, pages.page(document, self._words, Shelf(), issue.listed, detail, issue.parts))
        events = self._events(
            report, called, {each.name: each.sha256 for each in read if each.sha256}, len(told)
        )
        return issue.sealed(events, document.command.line, self._given, self._redactor.applied)

    def _renamed(self, line: Mapping[str, Any], called: Mapping[str, str]) -> dict[str, Any]:
        """An incident whose sources have the names that the report gives them."""
        if not self._redactor.applied:
            return dict(line)

        def moved(records: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
            return [
                {**record, "source": called.get(record["source"], record["source"])} for record in records
            ]

        around = {where: moved(records) for where, records in line["around"].items()}
        return {**line, "records": moved(line["records"]), "around": around}

    def _document(
        self,
        told: list[dict[str, Any]],
        rows: list[Row],
        report: "Report",
        read: list[Source],
        split: bool,
        digest: str,
        called: Mapping[str, str],
    ) -> Document:
        run = report.run
        # Of an archive, whose files all have its path, no file's new name may stand for the whole.
        places = Counter(str(each.source.path) for each in report.sources)
        paths = {
            str(each.source.path): called[each.source.name]
            for each in report.sources
            if each.source.path and places[str(each.source.path)] == 1
        }
        replaced = paths | dict(called) if self._redactor.applied else {}
        needs = [f"{report.artifact} sha256:{report.sha256}"] if report.baseline else []
        parts = -(-len(told) // DEFAULT.part) if split else 0
        listed = sorted(read, key=lambda each: (each.failed is None, not each.rejected))[
            : DEFAULT.listed_sources
        ]
        return Document(
            kind="logs",
            language=self._given.language,
            created=datetime.now(UTC).isoformat(timespec="seconds").replace("+00:00", "Z"),
            tool=tool(),
            run=Run(
                backend=run.backend, device=str(run.device), precision=run.precision, threads=run.threads,
                deterministic=run.deterministic, cpu=run.cpu, libraries=dict(run.libraries),
                golden_within=None if run.golden is None else run.golden.within,
            ),
            command=self._given.command(ANSWERS, digest, needs, replaced, place=self._folder.place),
            redaction=Redaction(
                applied=self._redactor.applied,
                what=["names", "identities", "examples"] if self._redactor.applied else [],
                values=self._redactor.count,
            ),
            custody=steps(self._begun),
            artifacts=[],
            logs=Logs(
                total=len(told),
                records=report.records,
                lines=sum(each.lines for each in read),
                rejected=sum(group.count for each in read for group in each.rejected),
                windows=report.windows,
                budget="",
                baseline=Baseline(
                    name=report.baseline, artifact=report.artifact, sha256=report.sha256,
                    reference=None, smallest_p=None,
                ),
                spilled=report.spilled,
                nothing_new=report.nothing_new,
                suppressed=None if report.feedback is None else report.feedback.windows,
                rules=None if report.rules is None else report.rules.run,
                pseudonyms=False,
                sources=listed,
                sources_left_out=len(read) - len(listed),
                incidents=[] if split else [incident(line) for line in told],
                rows=rows[: DEFAULT.first],
                pictures=self._pictures(told),
            ),
            parts=[f"details/{place + 1:04d}.json" for place in range(parts)],
            limits=list(_LIMITS),
        )  # fmt: skip

    def _measured(self, document: Document, budget: str, pseudonyms: bool, held_out: int | None) -> Document:
        assert document.logs is not None
        # Conformal p is (k + 1) / (n + 1), so that it is never less than this.
        least = None if held_out is None else 1 / (held_out + 1)
        base = document.logs.baseline.model_copy(update={"reference": held_out, "smallest_p": least})
        logs = document.logs.model_copy(update={"budget": budget, "pseudonyms": pseudonyms, "baseline": base})
        return document.model_copy(update={"logs": logs})

    def _pictures(self, told: Sequence[Mapping[str, Any]]) -> list[Picture]:
        found = bins(incident(line) for line in told)
        if len([each for each in found if each.records]) < 2:
            return []
        return [kept(self._folder, "pictures/activity.svg", "activity", activity(found, self._words))]

    def _parts(self, document: Document, told: list[dict[str, Any]], rows: list[Row], issue: Issue) -> None:
        for number, begin in enumerate(range(0, len(told), DEFAULT.part), start=1):
            held: list[Incident] = [incident(line) for line in told[begin : begin + DEFAULT.part]]
            issue.part(
                Part(number=number, incidents=held), pages.part_page(document, number, held, self._words)
            )
        for number, begin in enumerate(range(0, len(rows), DEFAULT.index), start=1):
            some = rows[begin : begin + DEFAULT.index]
            issue.index(number, pages.index_page(document, some, self._words))
            issue.table(some)

    def _events(
        self, report: "Report", called: Mapping[str, str], hashes: Mapping[str, str], incidents: int
    ) -> Iterator[Event]:
        shown = replace(
            report, sources=tuple(_called(each, called[each.source.name]) for each in report.sources)
        )
        return of_triage(shown, hashes, incidents=incidents, received=self._begun)


def _called(each: "SourceReport", name: str) -> "SourceReport":
    return replace(each, source=replace(each.source, name=name))
