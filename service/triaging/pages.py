"""What goes over the wire about triage."""

from datetime import date
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, model_validator

from ..limits import DEFAULT
from ..work.baselines import Baseline
from ..work.incidents import Listed
from ..work.job import Job
from ..work.marks import Said

__all__ = [
    "BaselinePage",
    "BaselinePages",
    "BaselineUse",
    "FitPage",
    "IncidentPage",
    "IncidentPages",
    "MarkPage",
    "MarkPages",
    "NewBaseline",
    "NewMark",
    "OneIncidentPage",
    "RecordPages",
    "TriagePage",
    "TriagePages",
    "TriagedPage",
]

State = Literal["queued", "running", "done", "failed", "cancelled", "deleted"]
Verdict = Literal["true", "false", "benign"]
Name = Annotated[str, Field(max_length=60, pattern="^[a-z0-9]+(-[a-z0-9]+)*$")]
Reference = Annotated[
    str, Field(max_length=100, pattern=r"^[a-z0-9]+(-[a-z0-9]+)*(@[0-9]+\.[0-9]+\.[0-9]+)?$")
]

_CASE = "0b0e7c1c-6a54-4d0e-8f5c-4f3f2a1d9c77"
_JOB = "6f1c9d0b8a9e4a7f9a54d3f4f0a51c22"
_SHA256 = "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08"
_WHEN = "2026-01-31T23:59:59.000000Z"
_INCIDENT: dict[str, Any] = {
    "triage": _JOB,
    "rank": 1,
    "case": _CASE,
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
    "id": _JOB,
    "case": _CASE,
    "state": "done",
    "format": "auto",
    "baseline": None,
    "budget": 20,
    "lang": "en",
    "report": False,
    "created": _WHEN,
    "created_by": "key 0123456789abcdef: desk",
    "started": _WHEN,
    "ended": _WHEN,
    "stage": "done",
    "done": 1000,
    "total": 1,
    "code": None,
    "detail": None,
    "answer": {"incidents": 1, "records": 1000, "windows": 212, "baseline": None, "sources": []},
}
_MARK: dict[str, Any] = {
    "id": _JOB,
    "case": _CASE,
    "incident": "3f2a9c1e77d04b52",
    "verdict": "benign",
    "reason": "the backup agent was installed that night",
    "until": "2026-12-31",
    "by": "key 0123456789abcdef: desk",
    "at": _WHEN,
    "summary": _INCIDENT["summary"],
    "rule": "this incident is not shown, and what on host SRV-FILE opens with System 7045 is not shown",
    "counts": True,
    "taken_back": None,
    "taken_back_by": None,
}

_BASELINE: dict[str, Any] = {
    "name": "office",
    "version": "1.0.0",
    "sha256": "f" * 64,
    "records": 120_000,
    "created": _WHEN,
    "created_by": "key 0123456789abcdef: desk",
    "fit": _JOB,
}
_FIT: dict[str, Any] = {
    "id": _JOB,
    "case": _CASE,
    "name": "office",
    "state": "queued",
    "created": _WHEN,
    "created_by": "key 0123456789abcdef: desk",
    "ended": None,
    "stage": "queued",
    "done": 0,
    "code": None,
    "detail": None,
    "answer": None,
}


def _example(page: dict[str, Any]) -> ConfigDict:
    return ConfigDict(json_schema_extra={"examples": [page]})


class TriagePage(BaseModel):
    """A triage."""

    model_config = _example(_TRIAGE)

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

    model_config = _example({"triages": [_TRIAGE], "next": None})

    triages: list[TriagePage]
    next: str | None = Field(description="Give it as `after` to see the ones that follow.")


class IncidentPage(BaseModel):
    """An incident in short."""

    model_config = _example(_INCIDENT)

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

    model_config = _example({"incidents": [_INCIDENT], "next": None})

    incidents: list[IncidentPage]
    next: str | None = Field(description="Give it as `after` to see the ones that follow.")


class TriagedPage(TriagePage):
    """A triage that was answered at once, with its incidents in full."""

    model_config = _example({**_TRIAGE, "incidents": [], "next": None})

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
    feedback: "list[MarkPage]" = Field(description="What was said of it in this case, newest first.")

    @classmethod
    def full(cls, listed: Listed, incident: dict[str, Any], said: list[Said]) -> "OneIncidentPage":
        """Show it."""
        return cls(**_incident(listed), incident=incident, feedback=[MarkPage.of(each) for each in said])


class RecordPages(BaseModel):
    """Some records of an incident, in the order of their sources."""

    model_config = _example(
        {"records": [{"source": "System.evtx", "line": 812, "time": _WHEN, "score": 14.1}], "next": None}
    )

    records: list[dict[str, Any]]
    next: int | None = Field(description="Give it as `after` to see the ones that follow.")


class NewMark(BaseModel):
    """What is said of an incident."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={
            "examples": [{"verdict": "benign", "reason": _MARK["reason"], "until": "2026-12-31"}]
        },
    )

    verdict: Verdict = Field(description="true: it was one; false: a false alarm; benign: known and wanted.")
    reason: Annotated[str, Field(max_length=DEFAULT.reason_chars, pattern=r"^[^\x00]*$")] = ""
    until: date | None = Field(default=None, description="Last day, UTC, on which it counts; null: for ever.")


class MarkPage(BaseModel):
    """What was said of an incident, and what follows from it."""

    model_config = _example(_MARK)

    id: str
    case: str
    incident: str
    verdict: Verdict
    reason: str
    until: date | None
    by: str
    at: str
    summary: str
    rule: str = Field(description="What follows for later batches, in words.")
    counts: bool = Field(description="Neither taken back nor expired.")
    taken_back: str | None
    taken_back_by: str | None

    @classmethod
    def of(cls, said: Said) -> "MarkPage":
        """Show it."""
        mark = said.mark
        return cls(
            id=said.id,
            case=said.case,
            incident=mark.incident,
            verdict=mark.verdict,
            reason=mark.reason,
            until=mark.until,
            by=mark.by,
            at=mark.at.isoformat(timespec="seconds").replace("+00:00", "Z"),
            summary=mark.summary,
            rule=mark.rule(),
            counts=said.active,
            taken_back=said.taken_back,
            taken_back_by=said.taken_back_by,
        )


class MarkPages(BaseModel):
    """Some marks, newest first."""

    model_config = _example({"feedback": [_MARK], "next": None})

    feedback: list[MarkPage]
    next: str | None = Field(description="Give it as `after` to see the ones that follow.")


class NewBaseline(BaseModel):
    """A baseline to make: fitted on exhibits that are called normal, or the sum of two."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={
            "examples": [{"case": _CASE, "name": "office", "evidence": [_SHA256]}],
            "oneOf": [
                {"required": [one], "properties": {one: {"type": "array"}, other: {"type": "null"}}}
                for one, other in (("evidence", "sum"), ("sum", "evidence"))
            ],
        },
    )

    case: Annotated[str | None, Field(max_length=64, pattern=r"^[^\x00]+$")] = None
    name: Name
    evidence: Annotated[
        list[Annotated[str, Field(pattern="^[0-9a-f]{64}$")]] | None,
        Field(min_length=1, max_length=DEFAULT.job_exhibits),
    ] = None
    sum: Annotated[list[Reference], Field(min_length=2, max_length=2)] | None = Field(
        default=None, description="Two baselines of the case, NAME or NAME@VERSION, instead of evidence."
    )
    format: Annotated[str, Field(max_length=32, pattern="^[a-z0-9-]+$")] = "auto"
    held_out: Annotated[float, Field(ge=0, le=0.5, strict=True)] = 0.2

    @model_validator(mode="after")
    def _one_of(self) -> "NewBaseline":
        if (self.evidence is None) == (self.sum is None):
            raise ValueError("give either evidence or sum")
        return self


class FitPage(BaseModel):
    """A job that makes a baseline."""

    model_config = _example(_FIT)

    id: str
    case: str
    name: str
    state: State
    created: str
    created_by: str
    ended: str | None
    stage: str
    done: int
    code: str | None
    detail: str | None
    answer: dict[str, Any] | None = Field(description="Name, version, hash and records of the baseline.")

    @classmethod
    def of(cls, job: Job) -> "FitPage":
        """Show it."""
        names = ("id", "case", "state", "created", "created_by", "ended", "stage", "done", "code", "answer")
        return cls(**{name: getattr(job, name) for name in names}, name=job.request["name"], detail=job.words)


class BaselinePage(BaseModel):
    """A baseline."""

    model_config = _example(_BASELINE)

    name: str
    version: str
    sha256: str = Field(description="Of its card.")
    records: int
    created: str
    created_by: str
    fit: str = Field(description="Id of the job that made it.")

    @classmethod
    def of(cls, each: Baseline) -> "BaselinePage":
        """Show it."""
        names = ("name", "version", "sha256", "records", "created", "created_by")
        return cls(**{name: getattr(each, name) for name in names}, fit=each.job)


class BaselinePages(BaseModel):
    """Baselines of a case, newest first."""

    model_config = _example({"case": _CASE, "used": "office@1.0.0", "baselines": [_BASELINE]})

    case: str
    used: str | None = Field(
        description="NAME@VERSION that batches are measured against; null: each is its own."
    )
    baselines: list[BaselinePage]


class BaselineUse(BaseModel):
    """The baseline that batches of a case are measured against."""

    model_config = ConfigDict(
        extra="forbid", json_schema_extra={"examples": [{"case": _CASE, "baseline": "office@1.0.0"}]}
    )

    case: Annotated[str | None, Field(max_length=64, pattern=r"^[^\x00]+$")] = None
    baseline: Reference | None = Field(description="NAME or NAME@VERSION; null: each batch is its own.")


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
