"""The page around the service: its routes, and what a browser gets for an address that leads nowhere."""

from typing import Final

from fastapi import FastAPI, Request
from fastapi.responses import Response
from starlette.exceptions import HTTPException

from ..problems import problem, problem_of
from .asked import wants_page
from .route import BROKEN, shown_trouble
from .routes import ROUTERS, uploads

__all__ = ["attach"]

_UNBOUNDED: Final = 2**62


def attach(app: FastAPI) -> None:
    """Let `app` show the page of its room."""
    for router in ROUTERS:
        app.include_router(router)
    # Bounded by its handler, so that what is too long is told on a page.
    app.include_router(uploads.router, max_body_size=_UNBOUNDED)

    @app.exception_handler(404)
    @app.exception_handler(405)
    def lost(request: Request, error: HTTPException) -> Response:
        if wants_page(request) and not request.url.path.startswith("/v1/"):
            return shown_trouble(request, error)
        return problem_of(request, error)

    @app.exception_handler(Exception)
    def broken(request: Request, error: Exception) -> Response:
        if wants_page(request) and not request.url.path.startswith("/v1/"):
            return shown_trouble(request, error)
        return problem(500, "internal-error", BROKEN)
