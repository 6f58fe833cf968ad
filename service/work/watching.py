"""Watching jobs: a stream of events for whoever waits, until the job has ended."""

import asyncio
import time
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any, Final

from fastapi import Request
from fastapi.sse import ServerSentEvent
from starlette.concurrency import run_in_threadpool

from ..access import Caller
from ..limits import DEFAULT
from ..refusals import RateExceeded, Unidentified
from ..room import Room
from .job import Job
from .jobs import Jobs

__all__ = ["Watchers", "watched"]

_LOOK_SECONDS: Final = 0.4
_BUSY_SECONDS: Final = 5.0
_KEY_SECONDS: Final = 10.0
"""How soon one whose key has ended sees nothing more."""


class Watchers:
    """Counts who watches, since each holds a connection."""

    def __init__(self) -> None:
        self._now: Counter[str] = Counter()
        self.closing = False

    @asynccontextmanager
    async def one(self, key: str) -> AsyncIterator[None]:
        """A place for one of them, with that key.

        Raises
        ------
        RateExceeded
            All are taken, or all that one key may take.
        """
        if self._now.total() >= DEFAULT.watchers or self._now[key] >= DEFAULT.watchers_of_key:
            raise RateExceeded("too many watch already: ask for the job itself now and then", _BUSY_SECONDS)
        self._now[key] += 1
        try:
            yield
        finally:
            self._now[key] -= 1
            if not self._now[key]:
                del self._now[key]


def progress_json(job: Job) -> dict[str, Any]:
    """How far a job is."""
    return {
        "id": job.id,
        "state": job.state,
        "stage": job.stage,
        "done": job.done,
        "total": job.total,
        "code": job.code,
        "detail": job.words,
    }


async def watched(request: Request, jobs: Jobs, name: str) -> AsyncIterator[ServerSentEvent]:
    """Events of a job: ``progress`` with every change, and ``end`` as the last.

    A watcher that comes back with the id of the last event it saw hears of later ones only.
    """
    watchers: Watchers = request.app.state.watchers
    room: Room = request.app.state.room
    caller: Caller = request.state.caller
    last = request.headers.get("last-event-id", "")
    seen = int(last) if last.isdecimal() and len(last) < 10 else 0
    begun = looked = time.monotonic()
    while not watchers.closing and (now := time.monotonic()) < begun + DEFAULT.watch_seconds:
        job = await run_in_threadpool(jobs.find, name)
        if now > looked + _KEY_SECONDS:
            looked = now
            try:
                holder = await run_in_threadpool(room.keys.holder, caller.key)
            except Unidentified:
                return
            if not holder.sees(job.case):
                return
        if job.change > seen or job.over:
            seen = job.change
            word = "end" if job.over else "progress"
            yield ServerSentEvent(data=progress_json(job), event=word, id=str(job.change), retry=2000)
        if job.over:
            return
        await asyncio.sleep(_LOOK_SECONDS)
