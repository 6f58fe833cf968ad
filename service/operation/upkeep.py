"""What a service does by itself from time to time: forget what is kept no longer, finish removals, sign the log."""

from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Final

from sqlalchemy import select

from ...evidence.custody.entry import utc
from ..database.tables import case, holding
from ..room import Room
from .rounds import Stop, go_round

__all__ = ["keep_up", "keep_up_forever", "retain"]

EVERY_SECONDS: Final = 3600.0
_WHO: Final = "service"
_BATCH: Final = 100


def keep_up(room: Room, stop: Stop = lambda: False) -> None:
    """Do all of it once, or as much as there is time for; several processes of a room may."""
    room.exhibits.tidy()
    retain(room, stop=stop)
    if not stop():
        room.sign()


def retain(room: Room, now: datetime | None = None, *, stop: Stop = lambda: False) -> int:
    """Delete the exhibits that their case keeps no longer; the custody log keeps that they were there.

    Parameters
    ----------
    room
        Open.
    now
        With a zone; by default the time of the machine.
    stop
        Asked before each exhibit: the next round goes on with those that are left.

    Returns
    -------
    int
        How many were deleted.
    """
    now = datetime.now(UTC) if now is None else now
    with room.database.reading() as connection:
        query = select(case.c.id, case.c.keep_days).where(case.c.keep_days.is_not(None))
        bounds = {row.id: row.keep_days for row in connection.execute(query)}
    deleted = 0
    for case_id, days in bounds.items():
        before = utc(now - timedelta(days=days))
        old = select(holding.c.sha256).where(holding.c.case_id == case_id, holding.c.received < before)
        while True:
            with room.database.reading() as connection:
                some = connection.execute(old.limit(_BATCH)).scalars().all()
            if not some:
                break
            for sha256 in some:
                if stop():
                    return deleted
                reason = f"the case keeps exhibits for {days} days"
                deleted += room.exhibits.release(sha256, [case_id], by=_WHO, reason=reason)
    return deleted


async def keep_up_forever(room: Room) -> None:
    """Keep up at once and then from time to time, until cancelled."""
    await go_round(partial(keep_up, room), every=EVERY_SECONDS, name="upkeep")
