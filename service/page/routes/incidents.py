"""Incidents of all batches."""

from collections.abc import Sequence
from typing import Annotated

from fastapi import Query
from fastapi.responses import Response

from ...work.cursors import cut, incident_cursor, risk_place
from ...work.incidents import Listed
from ..asked import Ask, Asked, bench_of
from ..frame import answer
from ..incidents import ROWS, mark_row, row_of
from ..route import page_router
from ..views.incidents import FoundIncidentsView, IncidentRow
from .exhibits import named

__all__ = ["router", "rows_of"]

router = page_router()


@router.get("/incidents")
def incidents(
    asked: Ask,
    value: Annotated[str, Query(max_length=500, pattern=r"^[^\x00]*$")] = "",
    after: Annotated[str | None, Query(max_length=200)] = None,
) -> Response:
    """List incidents of all batches that the reader may see, most urgent first."""
    found = bench_of(asked).incidents.page(
        list(named(asked)), before=risk_place(after), rows=ROWS + 1, value=value.strip() or None
    )
    shown, follow = cut(found, ROWS, incident_cursor)
    return answer(
        asked, "incidents", FoundIncidentsView(rows_of(asked, shown), value.strip() or None, follow)
    )


def rows_of(asked: Asked, listed: Sequence[Listed]) -> tuple[IncidentRow, ...]:
    """Incidents in short, each with the last that was said of it in its case; a whole bar is the highest risk."""
    said = bench_of(asked).marks.last((each.case, each.id) for each in listed)
    marks = {place: mark_row(each) for place, each in said.items()}
    highest = max((each.risk for each in listed), default=None)
    return tuple(
        row_of(each, {each.id: marks[each.case, each.id]} if (each.case, each.id) in marks else {}, highest)
        for each in listed
    )
