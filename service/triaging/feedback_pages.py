"""What goes over the wire about feedback."""

from datetime import date
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from ..examples import CASE, JOB, KEY, WHEN, example
from ..limits import DEFAULT
from ..work.marks import Said

__all__ = ["MarkPage", "MarkPages", "NewMark", "Verdict"]

Verdict = Literal["true", "false", "benign"]

_MARK: dict[str, Any] = {
    "id": JOB,
    "case": CASE,
    "incident": "3f2a9c1e77d04b52",
    "verdict": "benign",
    "reason": "the backup agent was installed that night",
    "until": "2026-12-31",
    "by": KEY,
    "at": WHEN,
    "summary": "System 7045 by LocalSystem on SRV-FILE, never seen before",
    "rule": "this incident is not shown, and what on host SRV-FILE opens with System 7045 is not shown",
    "counts": True,
    "taken_back": None,
    "taken_back_by": None,
}


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

    model_config = example(_MARK)

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

    model_config = example({"feedback": [_MARK], "next": None})

    feedback: list[MarkPage]
    next: str | None = Field(description="Give it as `after` to see the ones that follow.")
