"""Routes of analyses."""

from collections.abc import AsyncIterator
from typing import Annotated, Any, Final

from fastapi import APIRouter, Depends, Path, Query, Request, Response
from fastapi.sse import EventSourceResponse, ServerSentEvent

from ..access import Caller, enter
from ..again import Again, id_of
from ..digests import Seen
from ..evidence.exhibit_routes import CaseId
from ..limits import DEFAULT
from ..problems import documented
from ..refusals import Refused
from ..room import Room
from ..work.bench import Bench
from ..work.cursors import After, cut, job_cursor, job_place
from ..work.delivering import Form, Part, delivered, packed_report
from ..work.watching import Watchers, watched
from .pages import AnalysisPage, AnalysisPages, NewAnalysis, OneAnalysisPage, State, VerdictPages

__all__ = ["FILES", "REPORTS", "FileName", "Who", "bench_of", "router", "watching"]

router = APIRouter(tags=["analyses"])

KIND: Final = "analysis"
Who = Annotated[Caller, Depends(enter)]
Id = Annotated[str, Path(pattern="^[0-9a-f]{32}$", description="Of the analysis.")]
FileName = Annotated[str, Path(max_length=200, pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]*$")]
_BYTES: Final = {"schema": {"type": "string", "format": "binary"}}
_REST: Final[dict[int | str, dict[str, Any]]] = {
    304: {"description": "The client has it already."},
    **documented(404),
}
REPORTS: Final[dict[int | str, dict[str, Any]]] = {
    200: {
        "description": "The report.",
        "content": {
            "application/json": {"schema": {"type": "object"}},
            "text/html": {"schema": {"type": "string"}},
            "application/pdf": _BYTES,
            "application/zip": _BYTES,
        },
    },
    **_REST,
}
FILES: Final[dict[int | str, dict[str, Any]]] = {
    200: {
        "description": "The file.",
        "content": {
            "image/png": _BYTES,
            "text/html": {"schema": {"type": "string"}},
            "application/json": {"schema": {}},
            "application/octet-stream": _BYTES,
        },
    },
    **_REST,
}


class Repeated(Refused):
    """The same exhibit is named twice."""

    code = "exhibit-repeated"


async def watching(request: Request) -> AsyncIterator[None]:
    """A place for one who watches, as long as the stream lasts."""
    watchers: Watchers = request.app.state.watchers
    async with watchers.one(request.state.caller.key):
        yield


@router.post(
    "/v1/analyses",
    status_code=202,
    responses={
        202: {"headers": {"Location": {"schema": {"type": "string"}}}},
        **documented(400, 404, 409, 413),
    },
)
def analyse(
    request: Request, response: Response, caller: Who, page: NewAnalysis, again: Again = None
) -> AnalysisPage:
    """Have exhibits analysed. The answer says where to follow the work."""
    room, bench = _room(request), bench_of(request)
    case = room.cases.meant(caller, page.case)
    if page.evidence is not None and len(set(page.evidence)) < len(page.evidence):
        raise Repeated("evidence: name each exhibit once")
    asked = page.model_dump(exclude={"case", "evidence"})
    name = id_of(caller, KIND, again)
    job = bench.jobs.add(case, KIND, asked, page.evidence, by=caller.who, name=name)
    response.headers["Location"] = f"/v1/analyses/{job.id}"
    return AnalysisPage.of(job)


@router.get("/v1/analyses", responses=documented(404))
def analyses(
    request: Request,
    caller: Who,
    case: CaseId = None,
    state: State | None = None,
    sha256: Annotated[
        str | None, Query(pattern="^[0-9a-f]{64}$", description="Only those of this exhibit.")
    ] = None,
    after: After = None,
    rows: Annotated[int, Query(ge=1, le=DEFAULT.page_rows)] = 100,
) -> AnalysisPages:
    """List analyses that the key may see, newest first."""
    within = _room(request).cases.within(caller, case)
    found = bench_of(request).jobs.page(
        within, [KIND], before=job_place(after), rows=rows + 1, state=state, sha256=sha256
    )
    shown, follow = cut(found, rows, job_cursor)
    return AnalysisPages(analyses=[AnalysisPage.of(each) for each in shown], next=follow)


@router.get("/v1/analyses/{analysis}", responses=documented(404))
def one_analysis(
    request: Request,
    caller: Who,
    analysis: Id,
    after: Annotated[int, Query(ge=0, le=DEFAULT.job_exhibits)] = 0,
    rows: Annotated[int, Query(ge=1, le=DEFAULT.page_rows)] = 100,
) -> OneAnalysisPage:
    """Show an analysis and its exhibits."""
    jobs = bench_of(request).jobs
    found = jobs.exhibits(analysis, after=after, rows=rows + 1)
    follow = found[rows - 1].place if len(found) > rows else None
    return OneAnalysisPage.with_exhibits(jobs.find(analysis), found[:rows], follow)


@router.delete("/v1/analyses/{analysis}", responses=documented(404, 409))
def cancel(request: Request, caller: Who, analysis: Id) -> AnalysisPage:
    """Cancel an analysis that has not ended; nothing of it is kept."""
    return AnalysisPage.of(bench_of(request).jobs.called_off(analysis, by=caller.who))


@router.get(
    "/v1/analyses/{analysis}/events",
    response_class=EventSourceResponse,
    responses=documented(404),
    dependencies=[Depends(watching)],
)
async def events(request: Request, caller: Who, analysis: Id) -> AsyncIterator[ServerSentEvent]:
    """Follow an analysis: `progress` with every change, `end` as the last event."""
    async for event in watched(request, bench_of(request).jobs, analysis):
        yield event


@router.get("/v1/analyses/{analysis}/verdicts", responses=documented(404))
def verdicts(
    request: Request,
    caller: Who,
    analysis: Id,
    after: Annotated[int, Query(ge=0, le=DEFAULT.job_exhibits)] = 0,
    rows: Annotated[int, Query(ge=1, le=100)] = 20,
) -> VerdictPages:
    """Get verdicts in full, in the order of the exhibits; there are none before the analysis is done."""
    bench = bench_of(request)
    found = [
        each
        for each in bench.jobs.exhibits(analysis, after=after, rows=rows + 1)
        if each.begins is not None and each.length is not None
    ]
    pages = [
        bench.results.line(analysis, "verdicts.jsonl", each.begins or 0, each.length or 0)
        for each in found[:rows]
    ]
    return VerdictPages(verdicts=pages, next=found[rows - 1].place if len(found) > rows else None)


@router.get("/v1/analyses/{analysis}/report.{form}", response_class=Response, responses=REPORTS)
def report(request: Request, caller: Who, analysis: Id, form: Form, seen: Seen = None) -> Response:
    """Get the report; `zip` is the whole sealed folder."""
    bench = bench_of(request)
    if form == "zip":
        return packed_report(bench, analysis)
    return delivered(bench, analysis, f"report/report.{form}", seen=seen)


@router.get("/v1/analyses/{analysis}/{part}/{name}", response_class=Response, responses=FILES)
def part_of_report(
    request: Request, caller: Who, analysis: Id, part: Part, name: FileName, seen: Seen = None
) -> Response:
    """Get a picture, or a page of details or of the index, as the report names it."""
    return delivered(bench_of(request), analysis, f"report/{part}/{name}", seen=seen)


def _room(request: Request) -> Room:
    room: Room = request.app.state.room
    return room


def bench_of(request: Request) -> Bench:
    """The bench of the application that was asked."""
    bench: Bench = request.app.state.bench
    return bench
