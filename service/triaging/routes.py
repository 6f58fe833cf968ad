"""Routes of triage: batches in, reports out."""

from collections.abc import AsyncIterator
from typing import Annotated, Any, Final, Literal

from fastapi import APIRouter, Depends, Path, Query, Request, Response
from fastapi.responses import JSONResponse
from fastapi.sse import EventSourceResponse, ServerSentEvent
from starlette.concurrency import run_in_threadpool

from ..access import Caller
from ..again import Again, id_of
from ..analyses.pages import State
from ..analyses.routes import FILES, REPORTS, FileName, Who, bench_of, watching
from ..digests import Seen
from ..evidence.arriving import declared_digest, declared_length, kept_name, must_match, take_in
from ..evidence.exhibit_routes import CaseId, Text
from ..evidence.form import ONE_FILE
from ..limits import DEFAULT
from ..problems import documented
from ..refusals import Refused
from ..room import Room
from ..work.bench import Bench
from ..work.cursors import After, cut, job_cursor, job_place
from ..work.delivering import Form, Part, delivered, packed_report
from ..work.job import Job
from ..work.logs import Triages
from ..work.refusals import WorkInterrupted, WorkTimeout
from ..work.watching import watched
from .pages import (
    TriagedPage,
    TriagePage,
    TriagePages,
)

__all__ = ["Id", "ranked", "router"]

router = APIRouter(tags=["triage"])

KIND: Final = "triage"
Id = Annotated[str, Path(pattern="^[0-9a-f]{32}$", description="Of the triage.")]
_BODY: Final = {
    "requestBody": {
        "required": False,
        "content": {
            "application/x-ndjson": {
                "schema": {"type": "string"},
                "example": '{"EventID": 4624, "Hostname": "ws1"}\n{"EventID": 7045, "Hostname": "ws1"}\n',
            },
            "application/octet-stream": {"schema": {"type": "string", "format": "binary"}},
            "multipart/form-data": {"schema": ONE_FILE},
        },
    }
}


class BatchMissing(Refused):
    """Neither a body nor evidence."""

    code = "batch-missing"


class BatchTwice(Refused):
    """Both a body and evidence."""

    code = "batch-twice"


@router.post(
    "/v1/triage",
    response_model=TriagedPage,
    responses={
        202: {
            "model": TriagePage,
            "description": "It is a job: Location says where to follow it.",
            "headers": {"Location": {"schema": {"type": "string"}}},
        },
        **documented(400, 404, 408, 409, 413, 503, 507),
    },
    openapi_extra=_BODY,
)
async def triage(
    request: Request,
    caller: Who,
    case: CaseId = None,
    name: Text = None,
    evidence: Annotated[
        list[Annotated[str, Query(pattern="^[0-9a-f]{64}$")]] | None,
        Query(max_length=100, description="Exhibits of the case instead of a body; may be repeated."),
    ] = None,
    format: Annotated[str, Query(max_length=32, pattern="^[a-z0-9-]+$")] = "auto",
    baseline: Annotated[
        str | None,
        Query(
            max_length=100,
            pattern=r"^([a-z0-9]+(-[a-z0-9]+)*(@[0-9]+\.[0-9]+\.[0-9]+)?)?$",
            description="NAME or NAME@VERSION of the case; empty: the batch is its own; left out: what the case uses.",
        ),
    ] = None,
    budget: Annotated[int, Query(ge=1, le=DEFAULT.budget)] = 20,
    report: Annotated[bool, Query(description="Make a sealed report; the batch is then a job.")] = False,
    lang: Literal["en", "zh-Hant"] = "en",
    redact: bool = False,
    later: Annotated[bool, Query(description="Make it a job, however small it is.")] = False,
    again: Again = None,
) -> Response:
    """Triage a batch of logs: lines or a file as the body, a form with one file, or evidence that is there already.

    What is sent becomes evidence of the case. A small batch is answered at once, a large one is a job.
    """
    room: Room = request.app.state.room
    meant = await run_in_threadpool(room.cases.meant, caller, case)
    asked = {
        "format": format,
        "baseline": baseline,
        "budget": budget,
        "report": report,
        "lang": lang,
        "redact": redact,
    }
    length = request.headers.get("content-length", "0")
    if evidence and (length != "0" or "transfer-encoding" in request.headers):
        raise BatchTwice("send a body or name exhibits, not both: one of them would be dropped")
    sha256s = list(dict.fromkeys(evidence or ())) or [await _taken_in(request, caller, meant, name)]
    named = id_of(caller, KIND, again)
    answer = await run_in_threadpool(ranked, request, caller, meant, sha256s, asked, later or report, named)
    if isinstance(answer, TriagedPage):
        return JSONResponse(answer.model_dump(mode="json"))
    page = answer.model_dump(mode="json")
    return JSONResponse(page, 202, {"Location": f"/v1/triage/{answer.id}"})


async def _taken_in(request: Request, caller: Caller, case: str, name: str | None) -> str:
    """The body of a request as an exhibit of the case."""
    room: Room = request.app.state.room
    longest = room.settings.upload_bytes
    digest, length = declared_digest(request), declared_length(request, longest)
    await run_in_threadpool(room.exhibits.expect, case, length)
    arrival = await run_in_threadpool(room.store.arrival().__enter__)
    try:
        called = await take_in(request, arrival, longest)
        if not arrival.size:
            raise BatchMissing("send lines or a file as the body, or name exhibits: ?evidence=SHA256")
        must_match(digest, arrival.sha256)
        held, _ = await run_in_threadpool(
            room.exhibits.receive,
            arrival,
            case_id=case,
            name=kept_name((called if name is None else name) or "batch.jsonl"),
            by=caller.who,
        )
    finally:
        await run_in_threadpool(arrival.__exit__, None, None, None)
    return held.sha256


def ranked(
    request: Request,
    caller: Caller,
    case: str,
    sha256s: list[str],
    asked: dict[str, Any],
    later: bool,
    name: str | None,
) -> TriagedPage | TriagePage:
    """Triage exhibits of a case: at once where they are small and nobody waits, as a job otherwise."""
    room: Room = request.app.state.room
    bench = bench_of(request)
    # Asked for what is not there, it fails now and not in a while.
    if asked["baseline"]:
        bench.baselines.find(case, asked["baseline"])
    triages: Triages | None = request.app.state.at_once
    size = sum(room.store.size(each) or 0 for each in sha256s)
    small = size <= DEFAULT.small_batch_bytes and not later
    if small and triages is not None and triages.lane.waiting < DEFAULT.small_batches:
        try:
            job = triages.at_once(case, sha256s, asked, by=caller.who, name=name)
            # Under the same name it may have become a job before.
            return _answered(bench, job) if job.state == "done" else TriagePage.of(job)
        except (WorkInterrupted, WorkTimeout):
            # Whatever came between, a worker does it again, and may take longer.
            pass
    return TriagePage.of(bench.jobs.add(case, KIND, asked, sha256s, by=caller.who, name=name))


def _answered(bench: Bench, job: Job) -> TriagedPage:
    listed = bench.incidents.of(job.id, rows=DEFAULT.page_rows)
    shown: list[dict[str, Any]] = []
    size = 0
    for each in listed:
        size += each.length
        if size > DEFAULT.record_bytes:
            break
        shown.append(bench.incidents.full(each)[0])
    follow = str(listed[len(shown) - 1].rank) if shown and len(shown) < len(listed) else None
    return TriagedPage.with_incidents(job, shown, follow)


@router.get("/v1/triage", responses=documented(404))
def triages(
    request: Request,
    caller: Who,
    case: CaseId = None,
    state: State | None = None,
    sha256: Annotated[
        str | None, Query(pattern="^[0-9a-f]{64}$", description="Only those of this exhibit.")
    ] = None,
    after: After = None,
    rows: Annotated[int, Query(ge=1, le=DEFAULT.page_rows)] = 100,
) -> TriagePages:
    """List triages that the key may see, newest first."""
    room: Room = request.app.state.room
    within = room.cases.within(caller, case)
    found = bench_of(request).jobs.page(
        within, [KIND], before=job_place(after), rows=rows + 1, state=state, sha256=sha256
    )
    shown, follow = cut(found, rows, job_cursor)
    return TriagePages(triages=[TriagePage.of(each) for each in shown], next=follow)


@router.get("/v1/triage/{triage}", responses=documented(404))
def one_triage(request: Request, caller: Who, triage: Id) -> TriagePage:
    """Show a triage: how far it is, or what became of its sources."""
    return TriagePage.of(bench_of(request).jobs.find(triage))


@router.delete("/v1/triage/{triage}", responses=documented(404, 409))
def cancel(request: Request, caller: Who, triage: Id) -> TriagePage:
    """Cancel a triage that has not ended; nothing of it is kept."""
    return TriagePage.of(bench_of(request).jobs.called_off(triage, by=caller.who))


@router.get(
    "/v1/triage/{triage}/events",
    response_class=EventSourceResponse,
    responses=documented(404),
    dependencies=[Depends(watching)],
)
async def events(request: Request, caller: Who, triage: Id) -> AsyncIterator[ServerSentEvent]:
    """Follow a triage: `progress` with every change, `end` as the last event."""
    async for event in watched(request, bench_of(request).jobs, triage):
        yield event


@router.get("/v1/triage/{triage}/report.{form}", response_class=Response, responses=REPORTS)
def report(request: Request, caller: Who, triage: Id, form: Form, seen: Seen = None) -> Response:
    """Get the report; `zip` is the whole sealed folder."""
    bench = bench_of(request)
    if form == "zip":
        return packed_report(bench, triage)
    return delivered(bench, triage, f"report/report.{form}", seen=seen)


@router.get("/v1/triage/{triage}/{part}/{name}", response_class=Response, responses=FILES)
def part_of_report(
    request: Request, caller: Who, triage: Id, part: Part, name: FileName, seen: Seen = None
) -> Response:
    """Get a picture, or a page of details or of the index, as the report names it."""
    return delivered(bench_of(request), triage, f"report/{part}/{name}", seen=seen)
