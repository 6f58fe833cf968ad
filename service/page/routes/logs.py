"""Logs: batches in, incidents out, and what an analyst says of them."""

import re
from collections.abc import Mapping
from datetime import UTC, date, datetime
from typing import Annotated, Any, Final, Literal

from fastapi import Form, Path, Query, Request
from fastapi.responses import Response

from ....triage.readers import FORMATS
from ...evidence.arriving import kept_name
from ...limits import DEFAULT
from ...refusals import Conflicting
from ...triaging.feedback_routes import DayOver
from ...triaging.routes import BatchMissing, ranked
from ...work.cursors import cut, job_cursor, job_place
from ..asked import Ask, Asked, bench_of
from ..frame import answer
from ..incidents import batch_of, batch_row, incident_of
from ..route import page_router, see
from ..views.logs import BatchesView
from .exhibits import named

__all__ = ["KIND", "PASTE_BYTES", "asked_for", "router", "triaged"]

router = page_router()

KIND: Final = "triage"
PASTE_BYTES: Final = DEFAULT.json_bytes // 2
"""Longest text that the form takes; lines of log may double in a form."""

_ROWS: Final = 50
_ODD: Final = r"^[^\x00]*$"

Id = Annotated[str, Path(pattern="^[0-9a-f]{32}$")]
Rank = Annotated[int, Path(ge=1, le=DEFAULT.budget)]
Case = Annotated[str, Form(max_length=64, pattern=_ODD)]
Format = Annotated[str, Form(max_length=32, pattern="^[a-z0-9-]+$")]
Baseline = Annotated[str, Form(max_length=100, pattern="^[a-z0-9@.-]*$")]
Budget = Annotated[int, Form(ge=1, le=DEFAULT.budget)]
Value = Annotated[str | None, Query(max_length=500, pattern=_ODD)]
Marked = Annotated[Literal["", "none", "true", "false", "benign"], Query()]


@router.get("/triage")
def batches(asked: Ask, after: Annotated[str | None, Query(max_length=200)] = None) -> Response:
    """List batches, newest first."""
    room = asked.room
    found = bench_of(asked).jobs.page(asked.caller.cases, [KIND], before=job_place(after), rows=_ROWS + 1)
    shown, follow = cut(found, _ROWS, job_cursor)
    view = BatchesView(
        tuple(batch_row(each) for each in shown),
        tuple(room.cases.all(asked.caller.cases)) if asked.may("triage") else (),
        named(asked),
        FORMATS,
        room.settings.upload_bytes,
        PASTE_BYTES,
        follow,
    )
    return answer(asked, "batches", view)


@router.post("/triage")
def triage(
    asked: Ask,
    request: Request,
    case: Case = "",
    lines: Annotated[str, Form(max_length=PASTE_BYTES)] = "",
    evidence: Annotated[list[Annotated[str, Form(pattern="^[0-9a-f]{64}$")]] | None, Form()] = None,
    format: Format = "auto",
    baseline: Baseline = "",
    budget: Budget = 20,
) -> Response:
    """Triage lines that were pasted, or exhibits of a case."""
    room = asked.room
    meant = room.cases.meant(asked.caller, case or None)
    sha256s = list(dict.fromkeys(evidence or ()))
    if not sha256s:
        if not lines.strip():
            raise BatchMissing("paste some lines, or choose a file")
        # A form sends ends of lines of its own, whatever was pasted.
        pasted = lines.replace("\r\n", "\n").encode("utf-8", "replace")
        name = kept_name(f"pasted-{datetime.now(UTC):%Y%m%d-%H%M%S}.log")
        with room.store.arrival() as arrival:
            arrival.write(pasted if pasted.endswith(b"\n") else pasted + b"\n")
            held, _ = room.exhibits.receive(arrival, case_id=meant, name=name, by=asked.caller.who)
        sha256s = [held.sha256]
    return see(triaged(asked, request, meant, sha256s, format=format, baseline=baseline, budget=budget))


def triaged(
    asked: Asked,
    request: Request,
    case: str,
    sha256s: list[str],
    *,
    format: str = "auto",
    baseline: str = "",
    budget: int = 20,
) -> str:
    """Have exhibits of a case triaged, and give the address of the page that shows it."""
    wanted: dict[str, Any] = {
        "format": format,
        "baseline": baseline or None,
        "budget": budget,
        "report": False,
        "lang": asked.words.language,
        "redact": False,
    }
    return f"/triage/{ranked(request, asked.caller, case, sha256s, wanted, False, None).id}"


def asked_for(fields: Mapping[str, str]) -> dict[str, Any]:
    """What a form with a file asks of triage; what makes no sense counts as left out."""
    format, baseline, budget = (fields.get(name, "") for name in ("format", "baseline", "budget"))
    return {
        "format": format if re.fullmatch("[a-z0-9-]{1,32}", format) else "auto",
        "baseline": baseline if re.fullmatch("[a-z0-9@.-]{1,100}", baseline) else "",
        "budget": int(budget) if re.fullmatch("[1-9][0-9]{0,2}|1000", budget) else 20,
    }


@router.get("/triage/{triage}")
def one_batch(
    asked: Ask,
    triage: Id,
    value: Value = None,
    marked: Marked = "",
    budget: Annotated[str, Query(max_length=4, pattern="^[0-9]*$")] = "",
    after: Annotated[int, Query(ge=0, le=DEFAULT.budget)] = 0,
    rank: Annotated[int | None, Query(ge=1, le=DEFAULT.budget)] = None,
) -> Response:
    """Show a batch: its incidents beside the one that is read."""
    bench = bench_of(asked)
    job = bench.jobs.find(triage)
    view = batch_of(
        bench,
        job,
        named(asked).get(job.case, job.case),
        value=value or None,
        marked=marked or None,
        budget=int(budget) if budget else None,
        after=after,
        rank=rank,
    )
    return answer(asked, "batch", view)


@router.post("/triage/{triage}/cancel")
def cancel(asked: Ask, triage: Id) -> Response:
    """Cancel a batch that has not ended."""
    bench_of(asked).jobs.called_off(triage, by=asked.caller.who)
    return see(f"/triage/{triage}")


@router.get("/triage/{triage}/incidents/{rank}")
def one_incident(
    asked: Ask, triage: Id, rank: Rank, after: Annotated[int, Query(ge=0, le=2**62)] = 0
) -> Response:
    """Show an incident in full."""
    bench = bench_of(asked)
    job = bench.jobs.find(triage)
    listed = bench.incidents.one(triage, rank)
    ranks = range(1, int((job.answer or {}).get("incidents", rank)) + 1)
    name = named(asked).get(job.case, job.case)
    return answer(asked, "incident", incident_of(bench, job, name, listed, beside=ranks, after=after))


@router.post("/triage/{triage}/incidents/{rank}/mark")
def mark(
    asked: Ask,
    triage: Id,
    rank: Rank,
    verdict: Annotated[Literal["true", "false", "benign"], Form()],
    reason: Annotated[str, Form(max_length=DEFAULT.reason_chars, pattern=_ODD)] = "",
    until: Annotated[str, Form(pattern=r"^(\d{4}-\d\d-\d\d)?$")] = "",
) -> Response:
    """Say what an incident was."""
    day = date.fromisoformat(until) if until else None
    if day is not None and day < datetime.now(UTC).date():
        raise DayOver("until: this day is over")
    bench = bench_of(asked)
    listed = bench.incidents.one(triage, rank)
    _, shown = bench.incidents.full(listed)
    bench.marks.add(listed.case, shown, verdict, reason=reason, until=day, by=asked.caller.who)
    return see(f"/triage/{triage}/incidents/{rank}")


@router.post("/triage/{triage}/incidents/{rank}/unmark")
def unmark(
    asked: Ask, triage: Id, rank: Rank, mark: Annotated[str, Form(pattern="^[0-9a-f]{32}$")]
) -> Response:
    """Take back what was said of an incident."""
    bench = bench_of(asked)
    listed = bench.incidents.one(triage, rank)
    said = [each for _, each in bench.marks.page([listed.case], rows=_ROWS, incident=listed.id)]
    if not any(each.id == mark for each in said):
        raise Conflicting("this was not said of this incident")
    bench.marks.take_back(mark, by=asked.caller.who)
    return see(f"/triage/{triage}/incidents/{rank}")
