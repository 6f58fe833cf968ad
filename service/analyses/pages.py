"""What goes over the wire about analyses."""

from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from ..examples import CASE, JOB, KEY, SHA256, WHEN, example
from ..limits import DEFAULT
from ..work.job import Job, JobExhibit

__all__ = ["AnalysedPage", "AnalysisPage", "AnalysisPages", "NewAnalysis", "State", "VerdictPages"]

State = Literal["queued", "running", "done", "failed", "cancelled", "deleted"]

_EXHIBIT: dict[str, Any] = {
    "place": 1,
    "sha256": SHA256,
    "name": "photo.jpg",
    "kind": "image",
    "outcome": "consistent",
    "proposition": "synthetic",
    "score": 0.164822,
    "log10_lr": -0.704762,
    "support": "weak support for a camera recording",
    "reason": "recording-supported",
}
_ANALYSIS: dict[str, Any] = {
    "id": JOB,
    "case": CASE,
    "state": "done",
    "profile": "standard",
    "lang": "en",
    "pictures": True,
    "report": True,
    "redact": False,
    "created": WHEN,
    "created_by": KEY,
    "started": WHEN,
    "ended": WHEN,
    "stage": "done",
    "done": 1,
    "total": 1,
    "code": None,
    "detail": None,
    "outcomes": {"consistent": 1},
    "artifacts": ["clip-probe@0.3.0 sha256:" + "f" * 64],
    "troubles": [],
}


class NewAnalysis(BaseModel):
    """What is to be analysed, and how."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={
            "examples": [
                {"case": CASE, "evidence": [SHA256], "profile": "standard", "lang": "en", "report": True}
            ]
        },
    )

    case: Annotated[
        str | None,
        Field(
            max_length=64, pattern=r"^[^\x00]+$", description="May be left out where the key sees only one."
        ),
    ] = None
    evidence: Annotated[
        list[Annotated[str, Field(pattern="^[0-9a-f]{64}$")]] | None,
        Field(
            min_length=1,
            max_length=DEFAULT.job_exhibits,
            json_schema_extra={"uniqueItems": True},
            description="Exhibits by their SHA-256, in this order; null: all that the case holds.",
        ),
    ] = None
    profile: Literal["fast", "standard", "full"] = "standard"
    lang: Literal["en", "zh-Hant"] = Field(default="en", description="Of the report.")
    pictures: bool = Field(
        default=True, strict=True, description="Draw maps; costs more looks of the network."
    )
    report: bool = Field(default=True, strict=True, description="Make a sealed report (JSON, HTML, PDF).")
    redact: bool = Field(
        default=False, strict=True, description="Leave names, places and identities out of the report."
    )


class AnalysisPage(BaseModel):
    """An analysis."""

    model_config = example(_ANALYSIS)

    id: str
    case: str
    state: State
    profile: str
    lang: str
    pictures: bool
    report: bool
    redact: bool
    created: str
    created_by: str
    started: str | None
    ended: str | None
    stage: str
    done: int
    total: int
    code: str | None = Field(description="Why it failed.")
    detail: str | None = Field(description="The same in words.")
    outcomes: dict[str, int] | None = Field(description="How many exhibits have which outcome.")
    artifacts: list[str] | None
    troubles: list[str] | None = Field(description="What could not be written of the report.")

    @classmethod
    def of(cls, job: Job) -> "AnalysisPage":
        """Show it."""
        return cls(**_shown(job))


class AnalysedPage(BaseModel):
    """An exhibit of an analysis, and what came of it in short."""

    model_config = example(_EXHIBIT)

    place: int
    sha256: str
    name: str
    kind: str | None
    outcome: str | None
    proposition: str | None
    score: float | None
    log10_lr: float | None
    support: str | None
    reason: str | None

    @classmethod
    def of(cls, each: JobExhibit) -> "AnalysedPage":
        """Show it."""
        return cls(**{name: getattr(each, name) for name in cls.model_fields})


class OneAnalysisPage(AnalysisPage):
    """An analysis with some of its exhibits."""

    model_config = example({**_ANALYSIS, "exhibits": [_EXHIBIT], "next": None})

    exhibits: list[AnalysedPage]
    next: int | None = Field(description="Give it as `after` to see the ones that follow.")

    @classmethod
    def with_exhibits(cls, job: Job, exhibits: list[JobExhibit], follow: int | None) -> "OneAnalysisPage":
        """Show both."""
        return cls(**_shown(job), exhibits=[AnalysedPage.of(each) for each in exhibits], next=follow)


class AnalysisPages(BaseModel):
    """Some analyses, newest first."""

    model_config = example({"analyses": [_ANALYSIS], "next": None})

    analyses: list[AnalysisPage]
    next: str | None = Field(description="Give it as `after` to see the ones that follow.")


class VerdictPages(BaseModel):
    """Some verdicts in full, as `assay detect --json` has them (docs/schema/verdict.json)."""

    model_config = example({"verdicts": [{"sha256": SHA256, "outcome": "consistent"}], "next": None})

    verdicts: list[dict[str, Any]]
    next: int | None = Field(description="Give it as `after` to see the ones that follow.")


def _shown(job: Job) -> dict[str, Any]:
    answer = job.answer or {}
    return {
        **{name: job.request[name] for name in ("profile", "lang", "pictures", "report", "redact")},
        **{
            name: getattr(job, name)
            for name in (
                "id", "case", "state", "created", "created_by", "started", "ended", "stage", "done", "total", "code",
            )
        },
        "detail": job.words,
        "outcomes": answer.get("outcomes"),
        "artifacts": answer.get("artifacts"),
        "troubles": answer.get("troubles"),
    }  # fmt: skip
