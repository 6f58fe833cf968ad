"""Analyses: asked for, followed, read."""

import mimetypes
from collections.abc import Iterator
from typing import Annotated, Any, Final, Literal

from fastapi import Form, Path, Query, Request
from fastapi.responses import Response, StreamingResponse

from ....evidence.custody import Event
from ...evidence.exhibit_routes import range_of
from ...refusals import NotHere
from ...work.cursors import cut, job_cursor, job_place
from ...work.job import Job
from ..asked import Ask, Asked, bench_of
from ..frame import answer
from ..route import page_router, see
from ..verdicts import row_of, rows_of, side_by_side, verdict_of
from ..views.analyses import AnalysesView, AnalysisView, CompareView, VerdictView
from .exhibits import named

__all__ = ["KIND", "router", "wanted_of"]

router = page_router()

KIND: Final = "analysis"
_ROWS: Final = 50
_SIDE: Final = r"^[0-9a-f]{32}/[1-9][0-9]{0,4}$"

Id = Annotated[str, Path(pattern="^[0-9a-f]{32}$")]
Place = Annotated[int, Query(ge=1, le=100_000)]


@router.get("/analyses")
def analyses(asked: Ask, after: Annotated[str | None, Query(max_length=200)] = None) -> Response:
    """List analyses, newest first."""
    found = bench_of(asked).jobs.page(asked.caller.cases, [KIND], before=job_place(after), rows=_ROWS + 1)
    shown, follow = cut(found, _ROWS, job_cursor)
    return answer(asked, "analyses", AnalysesView(rows_of(bench_of(asked), shown), named(asked), follow))


@router.post("/analyses")
def analyse(
    asked: Ask,
    case: Annotated[str, Form(max_length=64, pattern=r"^[^\x00]+$")],
    evidence: Annotated[list[Annotated[str, Form(pattern="^[0-9a-f]{64}$")]] | None, Form()] = None,
    profile: Annotated[Literal["fast", "standard", "full"], Form()] = "standard",
) -> Response:
    """Have exhibits of a case analysed, all unless some are named, with a report in the language of the reader."""
    meant = asked.room.cases.meant(asked.caller, case)
    wanted = wanted_of(asked, profile)
    named_ones = list(dict.fromkeys(evidence)) if evidence else None
    job = bench_of(asked).jobs.add(meant, KIND, wanted, named_ones, by=asked.caller.who)
    return see(f"/analyses/{job.id}")


def wanted_of(asked: Asked, profile: str) -> dict[str, Any]:
    """What a page asks of an analysis."""
    return {
        "profile": profile,
        "lang": asked.words.language,
        "pictures": True,
        "report": True,
        "redact": False,
    }


@router.get("/analyses/{analysis}")
def one_analysis(
    asked: Ask, analysis: Id, place: Place | None = None, after: Annotated[int, Query(ge=0, le=100_000)] = 0
) -> Response:
    """Show a verdict; of several exhibits the list, and one of them by its place."""
    jobs = bench_of(asked).jobs
    job = jobs.find(analysis)
    case_name = named(asked).get(job.case, job.case)
    if place is not None and job.state == "done":
        return answer(asked, "verdict", _verdict(asked, job, case_name, place))
    found = jobs.exhibits(analysis, after=after, rows=_ROWS + 1)
    if job.state == "done" and job.total == 1 and found and found[0].begins is not None:
        return answer(asked, "verdict", _verdict(asked, job, case_name, found[0].place))
    follow = found[_ROWS - 1].place if len(found) > _ROWS else None
    view = AnalysisView(row_of(job), case_name, tuple(found[:_ROWS]), follow)
    return answer(asked, "analysis", view)


@router.post("/analyses/{analysis}/cancel")
def cancel(asked: Ask, analysis: Id) -> Response:
    """Cancel an analysis that has not ended."""
    bench_of(asked).jobs.called_off(analysis, by=asked.caller.who)
    return see(f"/analyses/{analysis}")


@router.get("/analyses/{analysis}/pictures/{name}")
def picture(
    asked: Ask,
    request: Request,
    analysis: Id,
    name: Annotated[str, Path(max_length=200, pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]*$")],
) -> Response:
    """A picture or a film of a report: drawn by us, so it may be shown; a film in the ranges that a player wants."""
    bench = bench_of(asked)
    blob = bench.results.find(analysis, f"report/pictures/{name}")
    start, end, status = range_of(request.headers.get("range"), blob.size)
    headers = {
        "Accept-Ranges": "bytes",
        "Cache-Control": "private, max-age=3600",
        "Content-Length": str(end - start),
        "ETag": f'"{blob.sha256}"',
    }
    if status == 206:
        headers["Content-Range"] = f"bytes {start}-{end - 1}/{blob.size}"
    kind = mimetypes.guess_type(name)[0] or "application/octet-stream"
    return StreamingResponse(
        bench.results.store.chunks(blob.sha256, start, end), status, headers, media_type=kind
    )


@router.get("/compare")
def compare(
    asked: Ask,
    a: Annotated[str | None, Query(pattern=_SIDE)] = None,
    b: Annotated[str | None, Query(pattern=_SIDE)] = None,
) -> Response:
    """Show two verdicts side by side; each is named as ANALYSIS/PLACE."""
    first, second = _side(asked, a), _side(asked, b)
    view = CompareView(first, second, tuple(_choices(asked)), tuple(side_by_side(first, second)))
    return answer(asked, "compare", view)


def _choices(asked: Asked) -> Iterator[tuple[str, str]]:
    """The latest exhibits with a verdict."""
    jobs, left = bench_of(asked).jobs, _ROWS
    for job in jobs.page(asked.caller.cases, [KIND], rows=_ROWS, state="done"):
        for each in jobs.exhibits(job.id, rows=left):
            yield f"{job.id}/{each.place}", each.name
            left -= 1
        if left <= 0:
            return


def _side(asked: Asked, named_as: str | None) -> VerdictView | None:
    if named_as is None:
        return None
    analysis, _, place = named_as.partition("/")
    job = bench_of(asked).jobs.find(analysis)
    if job.kind != KIND or not asked.caller.sees(job.case):
        raise NotHere("there is no such job, or this key may not see it")
    details = {"case": job.case, "analysis": job.id, "route": "GET /compare"}
    asked.room.ledger.record(Event("read", details=details, who=asked.caller.who))
    return _verdict(asked, job, named(asked).get(job.case, job.case), int(place))


def _verdict(asked: Asked, job: Job, case_name: str, place: int) -> VerdictView:
    bench = bench_of(asked)
    held = bench.jobs.exhibits(job.id, after=place - 1, rows=1)
    if not held or held[0].place != place:
        raise NotHere("the analysis has no exhibit at this place")
    return verdict_of(bench, job, case_name, held[0], asked.words)
