"""Cases."""

from typing import Annotated, Final

from fastapi import Form, Path, Query
from fastapi.responses import Response

from ...evidence.exhibit_routes import place_of
from ...limits import DEFAULT
from ..asked import Ask
from ..frame import answer
from ..route import page_router, see
from ..views.evidence import CasesView, CaseView

__all__ = ["ROWS", "CaseName", "Reason", "router"]

router = page_router()

ROWS: Final = 50
"""Rows of one page."""

Id = Annotated[str, Path(max_length=64, pattern=r"^[^\x00]+$")]
CaseName = Annotated[str, Form(min_length=1, max_length=DEFAULT.title_chars, pattern=r"^[^\x00-\x1f\x7f]+$")]
Note = Annotated[str, Form(max_length=DEFAULT.note_chars, pattern=r"^[^\x00]*$")]
Reason = Annotated[str, Form(min_length=1, max_length=DEFAULT.note_chars, pattern=r"^[^\x00]*$")]
Megabytes = Annotated[str, Form(max_length=12, pattern=r"^[0-9]*$")]
Days = Annotated[str, Form(max_length=6, pattern=r"^[0-9]*$")]


@router.get("/cases")
def cases(asked: Ask) -> Response:
    """List the cases that the reader may see."""
    return answer(asked, "cases", CasesView(tuple(asked.room.cases.all(asked.caller.cases))))


@router.post("/cases")
def open_case(
    asked: Ask, name: CaseName, note: Note = "", quota: Megabytes = "", keep: Days = ""
) -> Response:
    """Open a case."""
    made = asked.room.cases.make(
        name, note=note, quota_bytes=_bytes(quota), keep_days=_days(keep), by=asked.caller.who
    )
    return see(f"/cases/{made.id}")


@router.get("/cases/{case}")
def one_case(asked: Ask, case: Id, after: Annotated[str | None, Query(max_length=200)] = None) -> Response:
    """Show a case and its exhibits."""
    room = asked.room
    found = room.cases.one(asked.caller.must_see(case))
    exhibits = room.exhibits.page([case], before=None if after is None else place_of(after), rows=ROWS + 1)
    follow = "~".join(exhibits[ROWS - 1].place) if len(exhibits) > ROWS else None
    view = CaseView(found, tuple(exhibits[:ROWS]), follow, room.settings.upload_bytes)
    return answer(asked, "case", view)


@router.post("/cases/{case}")
def change_case(
    asked: Ask, case: Id, name: CaseName, note: Note = "", quota: Megabytes = "", keep: Days = ""
) -> Response:
    """Change a case."""
    values = {"name": name, "note": note, "quota_bytes": _bytes(quota), "keep_days": _days(keep)}
    asked.room.cases.change(case, values, by=asked.caller.who)
    return see(f"/cases/{case}")


@router.post("/cases/{case}/delete")
def delete_case(asked: Ask, case: Id, reason: Reason) -> Response:
    """Delete a case with every exhibit in it."""
    room = asked.room
    room.exhibits.release_case(case, by=asked.caller.who, reason=reason)
    room.cases.close(case, by=asked.caller.who)
    return see("/cases")


def _bytes(megabytes: str) -> int | None:
    return int(megabytes) * 1_000_000 if megabytes else None


def _days(days: str) -> int | None:
    return int(days) if days else None
