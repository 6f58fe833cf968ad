"""What goes over the wire about baselines."""

from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field, model_validator

from ..analyses.pages import State
from ..examples import CASE, JOB, KEY, SHA256, WHEN, example
from ..limits import DEFAULT
from ..work.baselines import Baseline
from ..work.job import Job

__all__ = ["BaselinePage", "BaselinePages", "BaselineUse", "FitPage", "NewBaseline"]

Name = Annotated[str, Field(max_length=60, pattern="^[a-z0-9]+(-[a-z0-9]+)*$")]
Reference = Annotated[
    str, Field(max_length=100, pattern=r"^[a-z0-9]+(-[a-z0-9]+)*(@[0-9]+\.[0-9]+\.[0-9]+)?$")
]

_BASELINE: dict[str, Any] = {
    "name": "office",
    "version": "1.0.0",
    "sha256": "f" * 64,
    "records": 120_000,
    "created": WHEN,
    "created_by": KEY,
    "fit": JOB,
}
_FIT: dict[str, Any] = {
    "id": JOB,
    "case": CASE,
    "name": "office",
    "state": "queued",
    "created": WHEN,
    "created_by": KEY,
    "ended": None,
    "stage": "queued",
    "done": 0,
    "code": None,
    "detail": None,
    "answer": None,
}


class NewBaseline(BaseModel):
    """A baseline to make: fitted on exhibits that are called normal, or the sum of two."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={
            "examples": [{"case": CASE, "name": "office", "evidence": [SHA256]}],
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

    model_config = example(_FIT)

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

    model_config = example(_BASELINE)

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

    model_config = example({"case": CASE, "used": "office@1.0.0", "baselines": [_BASELINE]})

    case: str
    used: str | None = Field(
        description="NAME@VERSION that batches are measured against; null: each is its own."
    )
    baselines: list[BaselinePage]


class BaselineUse(BaseModel):
    """The baseline that batches of a case are measured against."""

    model_config = ConfigDict(
        extra="forbid", json_schema_extra={"examples": [{"case": CASE, "baseline": "office@1.0.0"}]}
    )

    case: Annotated[str | None, Field(max_length=64, pattern=r"^[^\x00]+$")] = None
    baseline: Reference | None = Field(description="NAME or NAME@VERSION; null: each batch is its own.")
