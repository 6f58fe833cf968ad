"""How the room is, and how full."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Final

from fastapi.responses import Response

from .... import __version__
from ...database import DatabaseUnreachable
from ..asked import Ask, Asked, bench_of
from ..frame import answer
from ..route import page_router
from ..views.room import HealthView

__all__ = ["router"]

router = page_router()

_LATE_SECONDS: Final = 60


@router.get("/health")
def health(asked: Ask) -> Response:
    """Show whether everything can be reached, and what is used of what may be."""
    room, trouble = asked.room, None
    try:
        room.check()
    except DatabaseUnreachable:
        trouble = "database"
    except OSError:
        trouble = "store"
    admin = asked.may("admin")
    exhibits, used = room.exhibits.used() if admin else (None, None)
    view = HealthView(
        trouble is None,
        trouble,
        __version__,
        room.database.kind,
        room.settings.upload_bytes,
        room.settings.rate_per_minute,
        exhibits,
        used,
        (room.settings.store_bytes or None) if admin else None,
        room.store.free() if admin else None,
        tuple(room.cases.all(asked.caller.cases)),
        bench_of(asked).jobs.waiting() if admin else None,
        tuple(_workers(asked)) if admin else None,
    )
    return answer(asked, "health", view)


def _workers(asked: Asked) -> Iterator[tuple[str, str, bool]]:
    late = (datetime.now(UTC) - timedelta(seconds=_LATE_SECONDS)).strftime("%Y-%m-%dT%H:%M:%S")
    for host, seen in bench_of(asked).jobs.workers():
        yield host, seen, seen > late
