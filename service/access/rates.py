"""How often somebody may ask: a bucket of requests that refills evenly."""

import threading
import time
from collections import OrderedDict
from typing import Final

from ..refusals import RateExceeded

__all__ = ["Rates"]

_MOST_KNOWN: Final = 100_000


class Rates:
    """Buckets by name, each process its own.

    Parameters
    ----------
    per_minute : int
        Requests that fit into a bucket, and that it regains in a minute.
    """

    def __init__(self, per_minute: int) -> None:
        self._most = float(per_minute)
        self._lock = threading.Lock()
        self._buckets: OrderedDict[str, tuple[float, float]] = OrderedDict()

    def take(self, name: str) -> None:
        """Take one request out of the bucket of `name`.

        Raises
        ------
        RateExceeded
            It is empty; says when to come again.
        """
        with self._lock:
            left = self._left(name)
            if left < 1:
                raise RateExceeded(
                    "too many requests: wait as long as Retry-After says", (1 - left) * 60 / self._most
                )
            self._put(name, left - 1)

    def must_have(self, name: str) -> None:
        """Raise `RateExceeded` when the bucket of `name` is empty; takes nothing."""
        with self._lock:
            if (left := self._left(name)) < 1:
                raise RateExceeded(
                    "too many requests: wait as long as Retry-After says", (1 - left) * 60 / self._most
                )

    def _left(self, name: str) -> float:
        left, then = self._buckets.get(name, (self._most, time.monotonic()))
        return min(self._most, left + (time.monotonic() - then) * self._most / 60)

    def _put(self, name: str, left: float) -> None:
        self._buckets[name] = (left, time.monotonic())
        self._buckets.move_to_end(name)
        if len(self._buckets) > _MOST_KNOWN:
            self._buckets.popitem(last=False)
