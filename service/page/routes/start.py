"""The room at a glance."""

from typing import Final

from fastapi.responses import Response

from ..asked import Ask
from ..frame import answer
from ..route import page_router
from ..views.evidence import StartView

__all__ = ["router"]

router = page_router()

_NEWEST: Final = 8


@router.get("/")
def start(asked: Ask) -> Response:
    """Show what is new, and where evidence comes in."""
    room, within = asked.room, asked.caller.cases
    view = StartView(
        tuple(room.cases.all(within)),
        tuple(room.exhibits.page(within, rows=_NEWEST)),
        room.settings.upload_bytes,
    )
    return answer(asked, "start", view)
