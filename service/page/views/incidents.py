"""Incidents: in a list, within their batch, one in full, and what was said of them."""

from dataclasses import dataclass
from typing import Any

from .logs import BatchRow

__all__ = [
    "BatchView",
    "Count",
    "FoundIncidentsView",
    "IncidentRow",
    "IncidentView",
    "MarkRow",
    "Span",
]


@dataclass(frozen=True, slots=True)
class MarkRow:
    """What was said of an incident: id of the mark, verdict, why, until when, by whom, when, what follows from it.

    `counts` is whether it was neither taken back nor has expired; `taken_back` is when it was.
    """

    id: str
    case: str
    incident: str
    verdict: str
    reason: str
    until: str | None
    by: str
    at: str
    summary: str
    rule: str
    counts: bool
    taken_back: str | None


@dataclass(frozen=True, slots=True)
class IncidentRow:
    """An incident as the list shows it.

    Attributes
    ----------
    batch, rank, id : str, int, str
        Where it is, and the same for the same incident in every batch.
    risk : float
        In bits.
    share : float
        Of the highest risk of the batch, 0 to 1.
    p, percentile : float | None, float
        Against the baseline; within the batch.
    first_seen, last_seen : str | None
        UTC.
    count : int
        Records.
    summary : str
        One sentence.
    who : tuple of (str, str)
        Kind and name of those involved, at most a few.
    attack : tuple of str
        Techniques.
    mark : MarkRow | None
        The last thing that was said of it and still counts.
    """

    batch: str
    rank: int
    id: str
    risk: float
    share: float
    p: float | None
    percentile: float
    first_seen: str | None
    last_seen: str | None
    count: int
    summary: str
    who: tuple[tuple[str, str], ...]
    attack: tuple[str, ...]
    mark: MarkRow | None


@dataclass(frozen=True, slots=True)
class Count:
    """A value, in how many incidents it is involved, and the highest risk among them."""

    value: str
    incidents: int
    risk: float


@dataclass(frozen=True, slots=True)
class Span:
    """An incident over the time of its batch; `begin` and `end` are shares of it, `height` of the highest risk."""

    rank: int
    begin: float
    end: float
    height: float
    first_seen: str
    last_seen: str


@dataclass(frozen=True, slots=True)
class IncidentView:
    """One incident in full.

    Attributes
    ----------
    batch : BatchRow
        Where it was found.
    case_name : str
        Of its case.
    row : IncidentRow
        In short.
    incident : dict
        As ``assay triage --json`` has it.
    reasons : tuple of dict
        The strongest, each once.
    records : tuple of dict
        Some of its records, in the order of their sources.
    records_count : int
        Of all.
    more : int | None
        Where the following records begin.
    marks : tuple of MarkRow
        All that was said of it, newest first.
    detectors : tuple of dict
        Cards of the questions that its reasons answer.
    previous, next : int | None
        Ranks beside it.
    """

    batch: BatchRow
    case_name: str
    row: IncidentRow
    incident: dict[str, Any]
    reasons: tuple[dict[str, Any], ...]
    records: tuple[dict[str, Any], ...]
    records_count: int
    more: int | None
    marks: tuple[MarkRow, ...]
    detectors: tuple[dict[str, Any], ...]
    previous: int | None
    next: int | None


@dataclass(frozen=True, slots=True)
class BatchView:
    """One batch with its incidents.

    Attributes
    ----------
    batch : BatchRow
        The batch.
    case_name : str
        Of its case.
    incidents : tuple of IncidentRow
        That fit the filters, at most one page of them, most urgent first.
    fitting, all : int
        How many fit; how many there are.
    risk_all : float
        Sum of the risk of all.
    budget : int
        How many would be read.
    read_share : float
        Of that sum, what they hold.
    cut : IncidentRow | None
        The first that would not be read.
    entities : dict
        Kind to its values, most often first.
    attack : tuple of Count
        Techniques, most often first.
    spans : tuple of Span
        Over time.
    first, last : str | None
        Times of the ends.
    chosen : IncidentView | None
        The incident that is shown beside the list.
    next : int | None
        Rank after which the following ones come.
    evidence : tuple of (str, str)
        SHA-256 and name of what it was made of.
    """

    batch: BatchRow
    case_name: str
    incidents: tuple[IncidentRow, ...]
    fitting: int
    all: int
    risk_all: float
    budget: int
    read_share: float
    cut: IncidentRow | None
    entities: dict[str, tuple[Count, ...]]
    attack: tuple[Count, ...]
    spans: tuple[Span, ...]
    first: str | None
    last: str | None
    chosen: IncidentView | None
    next: int | None
    evidence: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class FoundIncidentsView:
    """Incidents of all batches, most urgent first, perhaps only those with one `value`."""

    incidents: tuple[IncidentRow, ...]
    value: str | None
    next: str | None
