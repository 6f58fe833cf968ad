"""The edge: what the wire may do to the application, before any route.

A client that stops sending is answered with 408. One that is refused before it has sent everything gets to hear why:
some of the rest is read and dropped, and the connection is closed after the answer.
"""

import asyncio
import json
import time
from typing import Any, Final

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from .limits import DEFAULT
from .problems import MEDIA_TYPE, page_of
from .refusals import Stalled
from .settings import Settings

__all__ = ["Edge"]

_GRACE_SECONDS: Final = 60.0
"""Time that a client has before its average counts."""


class Edge:
    """Middleware around the whole application.

    Parameters
    ----------
    app
        What is within.
    settings
        How slow a client may be.
    """

    def __init__(self, app: ASGIApp, settings: Settings) -> None:
        self._app = app
        self._settings = settings

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass one connection on."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        exchange = _Exchange(self._settings, scope, receive, send)
        await self._app(scope, exchange.receive, exchange.send)


class _Exchange:
    def __init__(self, settings: Settings, scope: Scope, receive: Receive, send: Send) -> None:
        self._settings = settings
        self._receive, self._send = receive, send
        names = dict(scope["headers"])
        # Without either header there is no body, and what is received is no news of the client.
        length = names.get(b"content-length", b"")
        self._whole = b"transfer-encoding" not in names and length in (b"", b"0")
        self._began = time.monotonic()
        self._waited, self._size = 0.0, 0
        self._stalled = False
        self._instead: bytes | None = None
        self._sent = False

    async def receive(self) -> Message:
        if self._whole:
            return await self._receive()
        asked = time.monotonic()
        try:
            async with asyncio.timeout(self._settings.stall_seconds):
                message = await self._receive()
        except TimeoutError:
            self._stalled = True
            raise Stalled from None
        self._waited += time.monotonic() - asked
        self._count(message)
        if self._whole or self._waited < _GRACE_SECONDS:
            return message
        if self._size < self._waited * self._settings.slowest_bytes:
            self._stalled = True
            raise Stalled
        return message

    def _count(self, message: Message) -> None:
        if message["type"] == "http.disconnect":
            self._whole = True
        else:
            self._size += len(message.get("body", b""))
            self._whole = not message.get("more_body", False)

    async def send(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            message = await self._started(message)
        elif self._instead is not None:
            if self._sent:
                return
            message, self._sent = {"type": "http.response.body", "body": self._instead}, True
        await self._send(message)

    async def _started(self, message: Message) -> Message:
        status, headers = message["status"], list(message["headers"])
        kind = dict(headers).get(b"content-type", b"")
        page: dict[str, Any] | None = None
        if self._stalled:
            status = 408
            page = page_of(408, "upload-stalled", "the body came too slowly, or not to its end")
        elif status == 413 and kind.startswith(b"text/plain"):
            page = page_of(413, "content-too-large", "the body is longer than this route takes")
        if page is not None:
            self._instead = json.dumps(page).encode()
            headers = [
                (b"content-type", MEDIA_TYPE.encode()),
                (b"content-length", str(len(self._instead)).encode()),
            ]
        if not self._whole:
            if not self._stalled:
                await self._linger()
            headers.append((b"connection", b"close"))
        return {**message, "status": status, "headers": headers}

    async def _linger(self) -> None:
        dropped = 0
        try:
            async with asyncio.timeout(DEFAULT.linger_seconds):
                while not self._whole and dropped < DEFAULT.linger_bytes:
                    message = await self._receive()
                    dropped += len(message.get("body", b""))
                    self._count(message)
        except TimeoutError:
            pass
