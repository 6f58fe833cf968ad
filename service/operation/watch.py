"""Around every request: counted, timed, logged; and how late the event loop wakes up."""

import asyncio
import time
import uuid
from typing import Any, Final

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from .log import logger, places
from .metrics import Metrics

__all__ = ["Watch", "watch_loop"]

_EVERY_SECONDS: Final = 0.02
_QUIET: Final = {"/healthz", "/readyz", "/metrics"}


class Watch:
    """Middleware around the whole application.

    Parameters
    ----------
    app
        What is within.
    metrics
        Counts.
    """

    def __init__(self, app: ASGIApp, metrics: Metrics) -> None:
        self._app = app
        self._metrics = metrics

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass one request on."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        began, name = time.monotonic(), uuid.uuid4().hex
        status, received = 0, 0

        async def counted() -> Message:
            nonlocal received
            message = await receive()
            received += len(message.get("body", b""))
            return message

        async def sent(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                message = {
                    **message,
                    "headers": [*message["headers"], (b"x-request-id", name.encode())],
                }
            await send(message)

        failure: Exception | None = None
        try:
            await self._app(scope, counted, sent)
        except Exception as error:
            failure = error
            if not status:
                raise
        finally:
            self._done(scope, name, status, received, time.monotonic() - began, failure)

    def _done(
        self, scope: Scope, name: str, status: int, received: int, seconds: float, failure: Exception | None
    ) -> None:
        route = getattr(scope.get("route"), "path", "")
        self._metrics.requests.labels(scope["method"] if route else "", route, str(status)).inc()
        self._metrics.seconds.labels(route).observe(seconds)
        self._metrics.received_bytes.inc(received)
        caller = scope.get("state", {}).get("caller")
        line: dict[str, Any] = {
            "request": name,
            "method": scope["method"],
            "route": route or "none",
            "status": status,
            "seconds": round(seconds, 4),
            "received": received,
            "key": getattr(caller, "key", "") or None,
            "client": (scope.get("client") or ("",))[0],
        }
        if route:
            line["ids"] = {key: str(value)[:64] for key, value in scope.get("path_params", {}).items()}
        if failure is not None:
            kind = type(failure)
            logger.error(
                "request failed",
                **line,
                error=f"{kind.__module__}.{kind.__qualname__}",
                places=places(failure),
            )
        elif route in _QUIET:
            logger.debug("request", **line)
        else:
            logger.info("request", **line)


async def watch_loop(metrics: Metrics) -> None:
    """Measure the lag of the event loop until cancelled."""
    while True:
        asked = time.monotonic()
        await asyncio.sleep(_EVERY_SECONDS)
        metrics.lag.observe(max(0.0, time.monotonic() - asked - _EVERY_SECONDS))
