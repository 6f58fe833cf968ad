"""Search by hash, file name, name of a case, or what an incident involves."""

import re
from typing import Annotated, Final

from fastapi import Query
from fastapi.responses import Response

from ...evidence.exhibit_routes import place_of
from ...limits import DEFAULT
from ..asked import Ask, bench_of
from ..frame import answer
from ..route import page_router
from ..views.room import FoundView
from .cases import ROWS
from .exhibits import named
from .incidents import rows_of

__all__ = ["router"]

router = page_router()

_INCIDENTS: Final = 10


@router.get("/search")
def search(
    asked: Ask,
    q: Annotated[str, Query(max_length=DEFAULT.title_chars, pattern=r"^[^\x00]*$")] = "",
    after: Annotated[str | None, Query(max_length=200)] = None,
) -> Response:
    """Find exhibits, cases and incidents."""
    room, within, text = asked.room, asked.caller.cases, q.strip()
    names = named(asked)
    if not text:
        return answer(asked, "search", FoundView("", (), names, (), (), None))
    before = None if after is None else place_of(after)
    is_hash = re.fullmatch("[0-9a-fA-F]{6,64}", text) is not None
    found = room.exhibits.page(within, before=before, rows=ROWS + 1, sha256=text.lower()) if is_hash else []
    if not found:
        found = room.exhibits.page(within, before=before, rows=ROWS + 1, name=text)
    follow = "~".join(found[ROWS - 1].place) if len(found) > ROWS else None
    like = {key for key, name in names.items() if text.lower() in name.lower() or key == text}
    cases = tuple(room.cases.all(sorted(like)[:ROWS])) if like and after is None else ()
    seen = asked.may("triage", "auditor") and after is None
    incidents = (
        rows_of(asked, bench_of(asked).incidents.page(list(names), rows=_INCIDENTS, value=text))
        if seen
        else ()
    )
    return answer(asked, "search", FoundView(text, tuple(found[:ROWS]), names, cases, incidents, follow))
