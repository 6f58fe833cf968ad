"""Routes of incidents: those of a triage and of all, and their records."""

from typing import Annotated

from fastapi import APIRouter, Path, Query, Request

from ..analyses.routes import Who, bench_of
from ..evidence.exhibit_routes import CaseId
from ..limits import DEFAULT
from ..problems import documented
from ..room import Room
from ..work.cursors import AfterRisk, cut, incident_cursor, risk_place
from .pages import IncidentPage, IncidentPages, OneIncidentPage, RecordPages
from .routes import Id

__all__ = ["Rank", "router"]

router = APIRouter(tags=["triage"])

Rank = Annotated[int, Path(ge=1, le=DEFAULT.budget)]


@router.get("/v1/triage/{triage}/incidents", responses=documented(404))
def incidents(
    request: Request,
    caller: Who,
    triage: Id,
    after: Annotated[int, Query(ge=0, le=DEFAULT.budget)] = 0,
    rows: Annotated[int, Query(ge=1, le=DEFAULT.page_rows)] = 100,
) -> IncidentPages:
    """List the incidents of a triage by rank; there are none before it is done."""
    found = bench_of(request).incidents.of(triage, after=after, rows=rows + 1)
    follow = str(found[rows - 1].rank) if len(found) > rows else None
    return IncidentPages(incidents=[IncidentPage.of(each) for each in found[:rows]], next=follow)


@router.get("/v1/triage/{triage}/incidents/{rank}", responses=documented(404))
def one_incident(request: Request, caller: Who, triage: Id, rank: Rank) -> OneIncidentPage:
    """Show an incident in full: its records with their reasons, what lies around them, what was said of it."""
    bench = bench_of(request)
    listed = bench.incidents.one(triage, rank)
    said = bench.marks.page([listed.case], rows=DEFAULT.page_rows, incident=listed.id)
    return OneIncidentPage.full(listed, bench.incidents.full(listed)[0], [each for _, each in said])


@router.get("/v1/triage/{triage}/incidents/{rank}/records", responses=documented(404))
def records(
    request: Request,
    caller: Who,
    triage: Id,
    rank: Rank,
    after: Annotated[int, Query(ge=0, le=2**62)] = 0,
    rows: Annotated[int, Query(ge=1, le=DEFAULT.page_rows)] = 100,
) -> RecordPages:
    """List every record of an incident, with its fields and why it is unusual."""
    bench = bench_of(request)
    found, follow = bench.incidents.records(bench.incidents.one(triage, rank), after=after, rows=rows)
    return RecordPages(records=found, next=follow)


@router.get("/v1/incidents", responses=documented(404))
def all_incidents(
    request: Request,
    caller: Who,
    case: CaseId = None,
    value: Annotated[
        str | None,
        Query(
            max_length=500,
            pattern=r"^[^\x00]+$",
            description="Only those in which this host, user, address, program or ATT&CK technique is involved.",
        ),
    ] = None,
    id: Annotated[
        str | None,
        Query(max_length=64, pattern="^[0-9a-f]+$", description="Only this one, wherever it was found."),
    ] = None,
    after: AfterRisk = None,
    rows: Annotated[int, Query(ge=1, le=DEFAULT.page_rows)] = 100,
) -> IncidentPages:
    """List incidents of all triages that the key may see, most urgent first."""
    room: Room = request.app.state.room
    within = room.cases.within(caller, case)
    found = bench_of(request).incidents.page(
        within, before=risk_place(after), rows=rows + 1, value=value, id=id
    )
    shown, follow = cut(found, rows, incident_cursor)
    return IncidentPages(incidents=[IncidentPage.of(each) for each in shown], next=follow)
