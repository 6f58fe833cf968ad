"""What holds for every answer of the service that a browser may show: who may frame, script and read it; and that every
page is there as JSON under its address with ``.json``."""

from typing import Final

from starlette.datastructures import MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

__all__ = ["JSON_WANTED", "POLICY", "Surface"]

POLICY: Final = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data: blob:; media-src 'self' blob:; "
    "font-src 'self'; connect-src 'self'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'"
)
"""No script, style or request of anybody else, and none that stands in a page itself."""

_HEADERS: Final = {
    "Content-Security-Policy": POLICY,
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Cross-Origin-Embedder-Policy": "require-corp",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "Permissions-Policy": "camera=(), microphone=(), geolocation=(), payment=(), usb=()",
}

JSON_WANTED: Final = "assay.json"
"""Key of a scope whose address ended in ``.json``."""

_SUFFIX: Final = ".json"
_APART: Final = ("/v1/", "/static/", "/openapi.json")
"""Addresses that keep their ending."""


class Surface:
    """Middleware around the whole application.

    Parameters
    ----------
    app
        What is within.
    """

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass one request on."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        path: str = scope["path"]
        if path.endswith(_SUFFIX) and not path.startswith(_APART) and scope["method"] in ("GET", "HEAD"):
            bare = path.removesuffix(_SUFFIX)
            scope = {**scope, "path": "/" if bare == "/index" else bare, JSON_WANTED: True}

        async def covered(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                for name, value in _HEADERS.items():
                    headers.setdefault(name, value)
            await send(message)

        await self._app(scope, receive, covered)
