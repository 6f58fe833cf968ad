"""The custody log."""

from typing import Annotated, Final

from fastapi import Query
from fastapi.responses import Response

from ..asked import Ask
from ..frame import answer
from ..route import page_router
from ..views.entries import CustodyView, entries_of

__all__ = ["router"]

router = page_router()

_ROWS: Final = 50


@router.get("/custody")
def custody(
    asked: Ask,
    before: Annotated[int | None, Query(ge=0, le=2**62)] = None,
    exhibit: Annotated[str | None, Query(pattern="^([0-9a-f]{64})?$")] = None,
    case: Annotated[str | None, Query(max_length=64, pattern=r"^[^\x00]*$")] = None,
) -> Response:
    """Show what happened, newest first; a key that is bound to cases sees their entries only."""
    room = asked.room
    within = room.cases.within(asked.caller, case or None)
    with room.database.reading() as connection:
        found = list(
            room.ledger.latest(
                connection, exhibit=exhibit or None, cases=within, before=before, rows=_ROWS + 1
            )
        )
    follow = found[_ROWS - 1].number if len(found) > _ROWS else None
    return answer(
        asked, "custody", CustodyView(entries_of(found[:_ROWS]), follow, exhibit or None, case or None)
    )
