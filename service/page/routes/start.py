"""The room at a glance."""

from typing import Final

from fastapi.responses import Response

from ..asked import Ask, bench_of
from ..frame import answer
from ..route import page_router
from ..verdicts import rows_of
from ..views.evidence import StartView
from .analyses import KIND

__all__ = ["router"]

router = page_router()

_NEWEST: Final = 8


@router.get("/")
def start(asked: Ask) -> Response:
    """Show what is new, and where evidence comes in."""
    room, within = asked.room, asked.caller.cases
    seen = asked.may("analyse", "auditor")
    jobs = bench_of(asked).jobs.page(within, [KIND], rows=_NEWEST) if seen else []
    view = StartView(
        tuple(room.cases.all(within)),
        tuple(room.exhibits.page(within, rows=_NEWEST)),
        rows_of(bench_of(asked), jobs),
        room.settings.upload_bytes,
    )
    return answer(asked, "start", view)
