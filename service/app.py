"""The HTTP face: routes around one room."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from ipaddress import ip_address
from typing import Annotated, Any, Final

from fastapi import APIRouter, Depends, FastAPI, HTTPException, Query, Request
from fastapi.routing import iter_route_contexts
from starlette.concurrency import run_in_threadpool
from starlette.routing import BaseRoute
from starlette.types import ASGIApp

from .. import __version__
from .access import enter, routes
from .access.matrix import row_of
from .description import describe
from .edge import Edge
from .evidence import case_routes, exhibit_routes
from .health import router as health
from .jobs import Jobs
from .limits import DEFAULT
from .models import router as models
from .operation.watch import Watch, watch_loop
from .problems import answer_in_problems, documented
from .room import Room
from .uploads import MAX_BODY_BYTES, received

__all__ = ["create_app", "endpoints"]

MAX_INCIDENTS = 1000
"""Most incidents that one request may ask for."""

LOCAL_NAMES = frozenset({"localhost", "127.0.0.1", "[::1]"})

EVERYWHERE: Final = documented(401, 403, 421, 422, 429)
"""Errors that every route behind the door may answer."""

TAGS: Final = [
    {"name": "evidence", "description": "Exhibits: sent in, looked up, read back, deleted."},
    {"name": "cases", "description": "What groups exhibits and bounds keys; the custody log; quotas."},
    {"name": "keys", "description": "Who may do what."},
    {"name": "artifacts", "description": "The models that answer, with their cards."},
    {"name": "health", "description": "Whether the service answers and can work."},
]


def create_app(room: Room) -> FastAPI:
    """Make the application around an open room.

    On a loopback address only requests that name this machine are answered, so that a web page cannot reach the
    service under a name of its own.
    """

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        watching = asyncio.create_task(watch_loop(room.metrics))
        with Jobs(device=room.settings.device) as jobs:
            app.state.jobs = jobs
            yield
        watching.cancel()

    guards = [Depends(_known_host)] if _is_loopback(room.settings.host) else []
    app = _Application(
        title="Assay",
        version=__version__,
        summary="Test whether evidence is what it claims to be.",
        lifespan=lifespan,
        # The framework's pages load scripts from elsewhere; this machine may have no network, and must not need one.
        docs_url=None,
        redoc_url=None,
        openapi_url=None,
        openapi_tags=TAGS,
        dependencies=[*guards, Depends(enter)],
        max_body_size=DEFAULT.json_bytes,
    )
    app.state.room = room
    answer_in_problems(app)
    describe(app)
    app.include_router(health)
    # Uploads have a bound of their own, which the operator chooses.
    app.include_router(
        exhibit_routes.router, responses=EVERYWHERE, max_body_size=room.settings.upload_bytes + 1
    )
    for router in (case_routes.router, routes.router, models):
        app.include_router(router, responses=EVERYWHERE)
    app.include_router(_former(), responses=EVERYWHERE, max_body_size=MAX_BODY_BYTES + 1)
    _all_have_rows(app.routes)
    return app


class _Application(FastAPI):
    """With the edge outside everything that the framework puts around the routes."""

    def build_middleware_stack(self) -> ASGIApp:
        room: Room = self.state.room
        return Watch(Edge(super().build_middleware_stack(), room.settings), room.metrics)


def _former() -> APIRouter:
    router = APIRouter()

    @router.post("/v1/detect", responses=documented(400, 413))
    async def detect(request: Request) -> dict[str, Any]:
        """Assay one picture: a form with one file, or its bytes as the body. The answer is a verdict."""
        jobs: Jobs = request.app.state.jobs
        async with received(request, MAX_BODY_BYTES) as (path, name):
            return await run_in_threadpool(jobs.detect, path, name)

    @router.post("/v1/triage", responses=documented(400, 413))
    async def triage(
        request: Request,
        form: Annotated[str, Query(alias="format", max_length=32)] = "auto",
        baseline: Annotated[str | None, Query(max_length=128)] = None,
        budget: Annotated[int, Query(ge=1, le=MAX_INCIDENTS)] = 20,
    ) -> dict[str, Any]:
        """Triage one log: a form with one file, or its lines as the body. The answer holds ranked incidents."""
        jobs: Jobs = request.app.state.jobs
        async with received(request, MAX_BODY_BYTES) as (path, name):
            return await run_in_threadpool(
                jobs.triage, path, name, form=form, baseline=baseline, budget=budget
            )

    return router


def endpoints(found: list[BaseRoute]) -> Iterator[tuple[str, str]]:
    """Every method of every route, with its path."""
    for context in iter_route_contexts(found):
        path = context.path
        assert path is not None
        for method in sorted(context.methods or ()):
            yield method, path


def _all_have_rows(found: list[BaseRoute]) -> None:
    """Refuse to make an application with a route that the authorisation matrix does not know."""
    for method, path in endpoints(found):
        if row_of(method, path) is None:
            raise RuntimeError(f"{method} {path} has no row in the authorisation matrix")


def _known_host(request: Request) -> None:
    host = request.headers.get("host", "").lower()
    name, _, port = host.rpartition(":")
    if (name if port.isdigit() else host) not in LOCAL_NAMES:
        raise HTTPException(
            421, "this service answers to localhost only: assay serve --host ADDRESS opens it up"
        )


def _is_loopback(host: str) -> bool:
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
