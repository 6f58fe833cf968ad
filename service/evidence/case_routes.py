"""Routes of cases, the custody log and quotas."""

from typing import Annotated

from fastapi import APIRouter, Depends, Path, Query, Request

from ..access import Caller, Role, enter
from ..limits import DEFAULT
from ..problems import documented
from ..room import Room
from .exhibit_routes import CaseId
from .pages import CaseChange, CasePage, CasePages, CustodyPage, EntryPage, NewCase, QuotaPage

__all__ = ["router"]

router = APIRouter(tags=["cases"])

Who = Annotated[Caller, Depends(enter)]
Id = Annotated[str, Path(max_length=64, pattern=r"^[^\x00]+$", description="Of the case.")]


@router.post("/v1/cases", status_code=201, responses=documented(400, 413))
def open_case(request: Request, caller: Who, page: NewCase) -> CasePage:
    """Open a case."""
    room: Room = request.app.state.room
    made = room.cases.make(
        page.name, note=page.note, quota_bytes=page.quota_bytes, keep_days=page.keep_days, by=caller.who
    )
    return CasePage.of(made)


@router.get("/v1/cases", responses=documented())
def cases(request: Request, caller: Who) -> CasePages:
    """List the cases that the key may see."""
    room: Room = request.app.state.room
    return CasePages(cases=[CasePage.of(each) for each in room.cases.all(caller.cases)])


@router.get("/v1/cases/{case}", responses=documented(404))
def one_case(request: Request, caller: Who, case: Id) -> CasePage:
    """Show a case."""
    room: Room = request.app.state.room
    return CasePage.of(room.cases.one(caller.must_see(case)))


@router.patch("/v1/cases/{case}", responses=documented(400, 404, 413))
def change_case(request: Request, caller: Who, case: Id, page: CaseChange) -> CasePage:
    """Change a case; null takes a bound away."""
    room: Room = request.app.state.room
    return CasePage.of(room.cases.change(case, page.model_dump(exclude_unset=True), by=caller.who))


@router.delete("/v1/cases/{case}", status_code=204, responses=documented(404, 409, 503))
def delete_case(
    request: Request,
    caller: Who,
    case: Id,
    reason: Annotated[str, Query(max_length=DEFAULT.note_chars, pattern=r"^[^\x00]*$")] = "",
) -> None:
    """Delete a case with every exhibit in it; the custody log keeps that they were there."""
    room: Room = request.app.state.room
    room.exhibits.release_case(case, by=caller.who, reason=reason)
    room.cases.close(case, by=caller.who)


@router.get("/v1/custody", responses=documented(404))
def custody(
    request: Request,
    caller: Who,
    case: CaseId = None,
    exhibit: Annotated[str | None, Query(pattern="^[0-9a-f]{64}$")] = None,
    after: Annotated[int, Query(ge=-1, le=2**62)] = -1,
    rows: Annotated[int, Query(ge=1, le=DEFAULT.page_rows)] = 100,
) -> CustodyPage:
    """List the custody log in its order; a key that is bound to cases sees their entries only."""
    room: Room = request.app.state.room
    within = room.cases.within(caller, case)
    with room.database.reading() as connection:
        found = list(
            room.ledger.entries(connection, exhibit=exhibit, cases=within, after=after, rows=rows + 1)
        )
    shown = found[:rows]
    return CustodyPage(
        entries=[EntryPage.of(each) for each in shown],
        next=shown[-1].number if len(found) > rows else None,
    )


@router.get("/v1/quotas", responses=documented())
def quotas(request: Request, caller: Who) -> QuotaPage:
    """Say what may be used, and what is."""
    room: Room = request.app.state.room
    settings = room.settings
    admin = Role.ADMIN in caller.roles
    return QuotaPage(
        upload_bytes=settings.upload_bytes,
        store_bytes=(settings.store_bytes or None) if admin else None,
        store_used_bytes=room.exhibits.used()[1] if admin else None,
        free_bytes=room.store.free() if admin else None,
        requests_per_minute=settings.rate_per_minute,
        cases=[CasePage.of(each) for each in room.cases.all(caller.cases)],
    )
