"""What happened to exhibits, as the custody log tells it, out of the answers of both jobs.

One exhibit gives ``received`` (by which name), ``hashed``, ``assayed`` (by which artifacts, with which outcome) and,
once a report has been written, ``reported``. ``sealed`` is written by sealing itself.
"""

import hashlib
from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime
from typing import TYPE_CHECKING, Any

from .custody import Event

if TYPE_CHECKING:
    from ..detect.values import Verdict
    from ..triage.answer import Report

__all__ = ["of_triage", "of_verdict", "of_verdicts", "reported", "source_hashes"]


def of_verdict(
    verdict: "Verdict", *, received: datetime | None = None, name: str | None = None
) -> Iterator[Event]:
    """What happened to one exhibit of `assay detect`.

    Parameters
    ----------
    verdict
        Its answer.
    received
        When it was taken in; None: the time of writing.
    name
        What to call it, where its path is not to be told; None: its path.

    Yields
    ------
    Event
        ``received``, ``hashed`` where it could be read, ``assayed``.
    """
    called = verdict.path if name is None else name
    yield Event("received", details={"name": called}, when=received)
    if verdict.sha256 is not None:
        yield Event("hashed", exhibit=verdict.sha256, details={"name": called}, when=received)
    artifacts = tuple(f"{each.name}@{each.version} sha256:{each.sha256}" for each in verdict.artifacts)
    details: dict[str, Any] = {
        "name": called,
        "outcome": str(verdict.outcome),
        "reasons": [reason.code for reason in verdict.reasons],
    }
    if verdict.proposition is not None and verdict.ratio is not None:
        details |= {"log10_lr": f"{verdict.ratio.log10:.4f}", "proposition": str(verdict.proposition)}
    yield Event("assayed", exhibit=verdict.sha256, artifacts=artifacts, details=details)


def of_verdicts(verdicts: "Iterable[Verdict]", *, received: datetime | None = None) -> Iterator[Event]:
    """See `of_verdict`, for many: one after the other, in flat memory."""
    for verdict in verdicts:
        yield from of_verdict(verdict, received=received)


def of_triage(
    report: "Report", hashes: Mapping[str, str], *, incidents: int, received: datetime | None = None
) -> Iterator[Event]:
    """What happened to the sources of one `assay triage`.

    Parameters
    ----------
    report
        What was done.
    hashes
        SHA-256 of each source by its name; a source without one is told without.
    incidents
        How many were given.
    received
        When the sources were taken in; None: the time of writing.

    Yields
    ------
    Event
        ``received`` and ``hashed`` of each source, then one ``assayed`` of all.
    """
    for source in report.sources:
        name = source.source.name
        details: dict[str, Any] = {"name": name}
        yield Event("received", details=details, when=received)
        if (sha256 := hashes.get(name)) is not None:
            yield Event("hashed", exhibit=sha256, details=details, when=received)
    artifacts = [f"{report.artifact} sha256:{report.sha256}"]
    details = {
        "baseline": report.baseline,
        "incidents": incidents,
        "records": report.records,
        "sources": len(report.sources),
        "windows": report.windows,
    }
    yield Event("assayed", artifacts=tuple(artifacts), details=details)


def source_hashes(report: "Report") -> dict[str, str]:
    """SHA-256 of each source of a triage that is a file, as it is now, by its name.

    A log that grows while it is triaged is hashed longer than it was read: seal copies, or stop what writes there.
    """
    found = {}
    for source in report.sources:
        path = source.source.path
        if path is not None and path.is_file():
            with path.open("rb") as file:
                found[source.source.name] = hashlib.file_digest(file, "sha256").hexdigest()
    return found


def reported(files: Mapping[str, str], *, language: str | None = None, redacted: bool = False) -> Event:
    """That a report was written.

    Parameters
    ----------
    files
        SHA-256 of each file of the report by its name.
    language
        Of its text.
    redacted
        Whether names and places were left out.
    """
    return Event("reported", details={"files": dict(files), "language": language, "redacted": redacted})
