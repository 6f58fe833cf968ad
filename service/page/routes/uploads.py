"""Evidence in by a form, for browsers without scripts; with them it goes to the API, one file after the other."""

from fastapi import APIRouter, Request
from fastapi.responses import Response
from starlette.concurrency import run_in_threadpool

from ...access.origin import must_hold
from ...evidence.arriving import declared_length, kept_name, take_in
from ..asked import Ask, bench_of
from ..route import PageRoute, see
from .analyses import KIND, wanted_of
from .logs import asked_for, triaged

__all__ = ["router"]

router = APIRouter(route_class=PageRoute, include_in_schema=False)


@router.post("/upload")
async def upload(request: Request, asked: Ask) -> Response:
    """Take one file in; its fields hold the case, what is to be done, and the proof of the session."""
    room, caller = asked.room, asked.caller
    longest = room.settings.upload_bytes
    declared_length(request, longest)
    fields: dict[str, str] = {}
    arrival = await run_in_threadpool(room.store.arrival().__enter__)
    try:
        name = await take_in(request, arrival, longest, fields)
        if asked.session is not None:
            must_hold(fields.get("proof"), asked.session.proof)
        meant = await run_in_threadpool(room.cases.meant, caller, fields.get("case") or None)
        held, _ = await run_in_threadpool(
            room.exhibits.receive, arrival, case_id=meant, name=kept_name(name), by=caller.who
        )
    finally:
        await run_in_threadpool(arrival.__exit__, None, None, None)
    if fields.get("then") == "triage" and asked.may("triage"):
        return see(
            await run_in_threadpool(triaged, asked, request, meant, [held.sha256], **asked_for(fields))
        )
    profile = fields.get("then")
    if profile not in ("fast", "standard", "full") or not asked.may("analyse"):
        return see(f"/evidence/{held.sha256}")
    wanted = wanted_of(asked, profile)
    jobs = bench_of(asked).jobs
    job = await run_in_threadpool(jobs.add, meant, KIND, wanted, [held.sha256], by=caller.who)
    return see(f"/analyses/{job.id}")
