"""Rounds: what a service does by itself again and again, and leaves in order when it ends."""

import asyncio
import threading
from collections.abc import Callable

from starlette.concurrency import run_in_threadpool

from .log import logger

__all__ = ["Stop", "go_round"]

Stop = Callable[[], bool]
"""Says whether to leave the rest for another time."""


async def go_round(work: Callable[[Stop], object], *, every: float, name: str) -> None:
    """Do a piece of work in a thread at once and then from time to time, until cancelled.

    What is being done when it is cancelled is told to stop and waited for: a thread cannot be cancelled, and one that
    went on alone would use the room after it was closed.

    Parameters
    ----------
    work
        Asks what it is given between one step and the next.
    every
        Seconds between the end of one round and the beginning of the next.
    name
        Of the work, for the log: a round that fails is logged, and the next one is gone.
    """
    ending = threading.Event()

    async def one() -> None:
        try:
            await run_in_threadpool(work, ending.is_set)
        except Exception as error:
            logger.error(f"{name} failed", exc_info=error)

    while True:
        underway = asyncio.ensure_future(one())
        try:
            await asyncio.shield(underway)
        except asyncio.CancelledError:
            ending.set()
            await asyncio.wait([underway])
            raise
        await asyncio.sleep(every)
