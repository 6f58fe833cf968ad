"""Routes of feedback: what analysts say of incidents, and what is suppressed because of it."""

from datetime import UTC, datetime
from typing import Annotated, Final

from fastapi import APIRouter, Path, Query, Request

from ..again import Again, id_of
from ..analyses.routes import Who, bench_of
from ..evidence.exhibit_routes import CaseId
from ..limits import DEFAULT
from ..problems import documented
from ..refusals import Refused
from ..room import Room
from ..work.cursors import After, cut, job_place, mark_cursor
from .feedback_pages import MarkPage, MarkPages, NewMark, Verdict
from .incident_routes import Rank
from .routes import Id

__all__ = ["router"]

router = APIRouter(tags=["triage"])

_SUPPRESSING: Final = ("benign", "false")


class DayOver(Refused):
    """A mark could never count."""

    code = "day-over"


@router.post(
    "/v1/triage/{triage}/incidents/{rank}/feedback", status_code=201, responses=documented(400, 404, 409, 413)
)
def say(
    request: Request, caller: Who, triage: Id, rank: Rank, page: NewMark, again: Again = None
) -> MarkPage:
    """Say what an incident was. Later batches of the case raise, lower or suppress what is like it."""
    if page.until is not None and page.until < datetime.now(UTC).date():
        raise DayOver("until: this day is over")
    bench = bench_of(request)
    listed = bench.incidents.one(triage, rank)
    _, shown = bench.incidents.full(listed)
    return MarkPage.of(
        bench.marks.add(
            listed.case,
            shown,
            page.verdict,
            reason=page.reason,
            until=page.until,
            by=caller.who,
            name=id_of(caller, f"feedback {triage} {rank}", again),
        )
    )


@router.delete("/v1/feedback/{mark}", responses=documented(404, 409))
def take_back(
    request: Request,
    caller: Who,
    mark: Annotated[str, Path(pattern="^[0-9a-f]{32}$", description="Of the mark.")],
) -> MarkPage:
    """Take back what was said; that it was said stays."""
    return MarkPage.of(bench_of(request).marks.take_back(mark, by=caller.who))


@router.get("/v1/feedback", responses=documented(404))
def feedback(
    request: Request,
    caller: Who,
    case: CaseId = None,
    incident: Annotated[str | None, Query(max_length=64, pattern="^[0-9a-f]+$")] = None,
    verdict: Verdict | None = None,
    counting: Annotated[bool, Query(description="Leave out what was taken back or has expired.")] = False,
    after: After = None,
    rows: Annotated[int, Query(ge=1, le=DEFAULT.page_rows)] = 100,
) -> MarkPages:
    """List what was said of incidents, newest first."""
    within = _within(request, caller, case)
    found = bench_of(request).marks.page(
        within,
        before=job_place(after),
        rows=rows + 1,
        incident=incident,
        verdicts=None if verdict is None else [verdict],
        counting=counting,
    )
    shown, follow = cut(found, rows, mark_cursor)
    return MarkPages(feedback=[MarkPage.of(each) for _, each in shown], next=follow)


@router.get("/v1/suppressions", responses=documented(404))
def suppressions(
    request: Request,
    caller: Who,
    case: CaseId = None,
    after: After = None,
    rows: Annotated[int, Query(ge=1, le=DEFAULT.page_rows)] = 100,
) -> MarkPages:
    """List what is suppressed or lowered now, and until when; `DELETE /v1/feedback/ID` ends one."""
    found = bench_of(request).marks.page(
        _within(request, caller, case),
        before=job_place(after),
        rows=rows + 1,
        verdicts=_SUPPRESSING,
        counting=True,
    )
    shown, follow = cut(found, rows, mark_cursor)
    return MarkPages(feedback=[MarkPage.of(each) for _, each in shown], next=follow)


def _within(request: Request, caller: Who, case: str | None) -> frozenset[str] | None:
    room: Room = request.app.state.room
    return room.cases.within(caller, case)
