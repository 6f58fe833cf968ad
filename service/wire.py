"""The HTTP protocol of the server, with a bound on how long the head of a request may take."""

import asyncio
from typing import Any

from uvicorn.protocols.http.h11_impl import H11Protocol

__all__ = ["Wire"]


class Wire(H11Protocol):
    """As the server has it; a connection on which the head of a request does not end in time is closed.

    Attributes
    ----------
    head_seconds : float
        That time.
    """

    head_seconds = 30.0
    _clock: asyncio.TimerHandle | None = None

    @classmethod
    def waiting(cls, seconds: float) -> "type[Wire]":
        """The protocol with another time."""
        return type(cls.__name__, (cls,), {"head_seconds": seconds})

    def connection_made(self, transport: Any) -> None:
        """Begin to wait for a head."""
        super().connection_made(transport)
        self._wait()

    def data_received(self, data: bytes) -> None:
        """Go on; the wait ends when a head is whole, and begins anew with the first bytes of the next one."""
        before = self.cycle
        super().data_received(data)
        if self.cycle is not None and (self.cycle is not before or not self.cycle.response_complete):
            self._stop()
        elif self._clock is None:
            self._wait()

    def connection_lost(self, exc: Exception | None) -> None:
        """Nothing is waited for any more."""
        self._stop()
        super().connection_lost(exc)

    def _wait(self) -> None:
        self._clock = self.loop.call_later(self.head_seconds, self._give_up)

    def _stop(self) -> None:
        if self._clock is not None:
            self._clock.cancel()
            self._clock = None

    def _give_up(self) -> None:
        self._clock = None
        if not self.transport.is_closing():
            self.transport.close()
