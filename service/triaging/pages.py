"""What goes over the wire about triage."""

from typing import Any

from pydantic import BaseModel, Field

from ..analyses.pages import State
from ..examples import CASE, JOB, KEY, WHEN, example
from ..work.incidents import Listed
from ..work.job import Job
from ..work.marks import Said
from .feedback_pages import MarkPage

__all__ = [
    "IncidentPage",
    "IncidentPages",
    "OneIncidentPage",
    "RecordPages",
    "TriagePage",
    "TriagePages",
    "TriagedPage",
]

_INCIDENT: dict[str, Any] = {
    "triage": JOB,
    "rank": 1,
    "case": CASE,
    "id": "3f2a9c1e77d04b52",
    "risk": 41.2,
    "p": None,
    "percentile": 99.9,
    "first_seen": "2026-01-31T23:10:00Z",
    "last_seen": "2026-01-31T23:12:00Z",
    "count": 14,
    "summary": "System 7045 by LocalSystem on SRV-FILE, never seen before",
    "entities": {"host": ["SRV-FILE"], "user": ["LocalSystem"], "source_ip": [], "process": []},
    "attack": ["T1543.003"],
    "records": 14,
}
_TRIAGE: dict[str, Any] = {
    "id": JOB,
    "case": CASE,
    "state": "done",
    "format": "auto",
    "baseline": None,
    "budget": 20,
    "lang": "en",
    "report": False,
    "created": WHEN,
    "created_by": KEY,
    "started": WHEN,
    "ended": WHEN,
    "stage": "done",
    "done": 1000,
    "total": 1,
    "code": None,
    "detail": None,
    "answer": {"incidents": 1, "records": 1000, "windows": 212, "baseline": None, "sources": []},
}


class TriagePage(BaseModel):
    """A triage."""

    model_config = example(_TRIAGE)

    id: str
    case: str
    state: State
    format: str
    baseline: str | None = Field(description="As asked for; null: what the case uses.")
    budget: int
    lang: str
    report: bool
    created: str
    created_by: str
    started: str | None
    ended: str | None
    stage: str
    done: int
    total: int
    code: str | None = Field(description="Why it failed.")
    detail: str | None = Field(description="The same in words.")
    answer: dict[str, Any] | None = Field(
        description="What became of the batch: records, sources with rejected lines by reason, baseline, feedback."
    )

    @classmethod
    def of(cls, job: Job) -> "TriagePage":
        """Show it."""
        return cls(**_shown(job))


class TriagePages(BaseModel):
    """Some triages, newest first."""

    model_config = example({"triages": [_TRIAGE], "next": None})

    triages: list[TriagePage]
    next: str | None = Field(description="Give it as `after` to see the ones that follow.")


class IncidentPage(BaseModel):
    """An incident in short."""

    model_config = example(_INCIDENT)

    triage: str
    rank: int
    case: str
    id: str = Field(description="The same for the same incident in every triage.")
    risk: float
    p: float | None
    percentile: float
    first_seen: str | None
    last_seen: str | None
    count: int
    summary: str
    entities: dict[str, list[str]]
    attack: list[str]
    records: int = Field(description="How many `/records` gives.")

    @classmethod
    def of(cls, listed: Listed) -> "IncidentPage":
        """Show it."""
        return cls(**_incident(listed))


class IncidentPages(BaseModel):
    """Some incidents, most urgent first."""

    model_config = example({"incidents": [_INCIDENT], "next": None})

    incidents: list[IncidentPage]
    next: str | None = Field(description="Give it as `after` to see the ones that follow.")


class TriagedPage(TriagePage):
    """A triage that was answered at once, with its incidents in full."""

    model_config = example({**_TRIAGE, "incidents": [], "next": None})

    incidents: list[dict[str, Any]] = Field(description="As `assay triage --json` has them.")
    next: str | None = Field(description="When there are more: `after` for `/v1/triage/{triage}/incidents`.")

    @classmethod
    def with_incidents(cls, job: Job, incidents: list[dict[str, Any]], follow: str | None) -> "TriagedPage":
        """Show both."""
        return cls(**_shown(job), incidents=incidents, next=follow)


class OneIncidentPage(IncidentPage):
    """An incident in full."""

    incident: dict[str, Any] = Field(
        description="As `assay triage --json` has it (docs/schema/incident.json)."
    )
    feedback: list[MarkPage] = Field(description="What was said of it in this case, newest first.")

    @classmethod
    def full(cls, listed: Listed, incident: dict[str, Any], said: list[Said]) -> "OneIncidentPage":
        """Show it."""
        return cls(**_incident(listed), incident=incident, feedback=[MarkPage.of(each) for each in said])


class RecordPages(BaseModel):
    """Some records of an incident, in the order of their sources."""

    model_config = example(
        {"records": [{"source": "System.evtx", "line": 812, "time": WHEN, "score": 14.1}], "next": None}
    )

    records: list[dict[str, Any]]
    next: int | None = Field(description="Give it as `after` to see the ones that follow.")


def _shown(job: Job) -> dict[str, Any]:
    return {
        **{name: job.request[name] for name in ("format", "baseline", "budget", "lang", "report")},
        **{
            name: getattr(job, name)
            for name in (
                "id", "case", "state", "created", "created_by", "started", "ended", "stage", "done", "total", "code",
                "answer",
            )
        },
        "detail": job.words,
    }  # fmt: skip


def _incident(listed: Listed) -> dict[str, Any]:
    names = (
        "rank", "case", "id", "risk", "p", "percentile", "first_seen", "last_seen", "count", "summary", "entities",
        "attack",
    )  # fmt: skip
    return {
        **{name: getattr(listed, name) for name in names},
        "triage": listed.job,
        "records": listed.records_count,
    }
