"""Routes of baselines: what a site calls normal."""

from collections.abc import AsyncIterator
from typing import Annotated, Final

from fastapi import APIRouter, Depends, Path, Request, Response
from fastapi.sse import EventSourceResponse, ServerSentEvent

from ..again import Again, id_of
from ..analyses.routes import Who, bench_of, watching
from ..evidence.exhibit_routes import CaseId
from ..problems import documented
from ..room import Room
from ..work.baselines import Baseline
from ..work.bench import Bench
from ..work.watching import watched
from .baseline_pages import BaselinePage, BaselinePages, BaselineUse, FitPage, NewBaseline

__all__ = ["router"]

router = APIRouter(tags=["baselines"])

KIND: Final = "baseline"
Id = Annotated[str, Path(pattern="^[0-9a-f]{32}$", description="Of the job that makes a baseline.")]


@router.post(
    "/v1/baselines",
    status_code=202,
    responses={
        202: {"headers": {"Location": {"schema": {"type": "string"}}}},
        **documented(400, 404, 409, 413),
    },
)
def make(
    request: Request, response: Response, caller: Who, page: NewBaseline, again: Again = None
) -> FitPage:
    """Fit a baseline on logs that the site calls normal, or add two up. It is a job."""
    room: Room = request.app.state.room
    bench = bench_of(request)
    case = room.cases.meant(caller, page.case)
    for each in page.sum or ():
        bench.baselines.find(case, each)
    asked = page.model_dump(exclude={"case", "evidence"})
    evidence = [] if page.evidence is None else list(dict.fromkeys(page.evidence))
    name = id_of(caller, KIND, again)
    job = bench.jobs.add(case, KIND, asked, evidence, by=caller.who, name=name)
    response.headers["Location"] = f"/v1/baselines/fits/{job.id}"
    return FitPage.of(job)


@router.get("/v1/baselines", responses=documented(404, 409))
def baselines(request: Request, caller: Who, case: CaseId = None) -> BaselinePages:
    """List the baselines of a case."""
    room: Room = request.app.state.room
    bench = bench_of(request)
    return _pages(bench, room.cases.meant(caller, case))


@router.put("/v1/baselines/use", responses=documented(400, 404, 409, 413))
def use(request: Request, caller: Who, page: BaselineUse) -> BaselinePages:
    """Choose the baseline that batches of a case are measured against from now on."""
    room: Room = request.app.state.room
    bench = bench_of(request)
    case = room.cases.meant(caller, page.case)
    bench.baselines.use(case, page.baseline, by=caller.who)
    return _pages(bench, case)


@router.get("/v1/baselines/fits/{fit}", responses=documented(404))
def one_fit(request: Request, caller: Who, fit: Id) -> FitPage:
    """Show a job that makes a baseline."""
    return FitPage.of(bench_of(request).jobs.find(fit))


@router.delete("/v1/baselines/fits/{fit}", responses=documented(404, 409))
def cancel(request: Request, caller: Who, fit: Id) -> FitPage:
    """Cancel a job that makes a baseline and has not ended."""
    return FitPage.of(bench_of(request).jobs.called_off(fit, by=caller.who))


@router.get(
    "/v1/baselines/fits/{fit}/events",
    response_class=EventSourceResponse,
    responses=documented(404),
    dependencies=[Depends(watching)],
)
async def events(request: Request, caller: Who, fit: Id) -> AsyncIterator[ServerSentEvent]:
    """Follow a job that makes a baseline: `progress` with every change, `end` as the last event."""
    async for event in watched(request, bench_of(request).jobs, fit):
        yield event


def _pages(bench: Bench, case: str) -> BaselinePages:
    used: Baseline | None = bench.baselines.used(case)
    return BaselinePages(
        case=case,
        used=None if used is None else f"{used.name}@{used.version}",
        baselines=[BaselinePage.of(each) for each in bench.baselines.of(case)],
    )
