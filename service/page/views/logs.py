"""Logs: batches in short, where one comes in, and the questions that are asked of them."""

from dataclasses import dataclass
from typing import Any

from ...evidence.cases import Case

__all__ = [
    "BatchRow",
    "BatchesView",
    "DetectorsView",
]


@dataclass(frozen=True, slots=True)
class BatchRow:
    """A batch in short.

    Attributes
    ----------
    id, case, state, stage, created, created_by : str
        Which, of which case, where it is, when and by whom it was asked for.
    done, total : int
        Records read; sources.
    budget : int
        Incidents that were asked for at most.
    code, detail : str | None
        Why it failed.
    report : bool
        Whether a sealed report was asked for.
    baseline : str | None
        What it was measured against; None: itself.
    records, incidents : int | None
        Of what was found; None before it is done.
    sources : tuple of dict
        What became of each source.
    troubles : tuple of str
        What could not be written of the report.
    """

    id: str
    case: str
    state: str
    stage: str
    created: str
    created_by: str
    done: int
    total: int
    budget: int
    code: str | None
    detail: str | None
    report: bool
    baseline: str | None
    records: int | None
    incidents: int | None
    sources: tuple[dict[str, Any], ...]
    troubles: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class BatchesView:
    """Batches, newest first, and where one comes in.

    Attributes
    ----------
    batches : tuple of BatchRow
        At most one page of them.
    cases : tuple of Case
        That may take one.
    names : dict
        Id of each case to its name.
    formats : tuple of str
        That can be asked for.
    upload_bytes, paste_bytes : int
        Longest file, longest text.
    next : str | None
        Where the following ones begin.
    """

    batches: tuple[BatchRow, ...]
    cases: tuple[Case, ...]
    names: dict[str, str]
    formats: tuple[str, ...]
    upload_bytes: int
    paste_bytes: int
    next: str | None


@dataclass(frozen=True, slots=True)
class DetectorsView:
    """Cards of all questions that triage asks."""

    cards: tuple[dict[str, Any], ...]
