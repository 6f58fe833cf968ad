"""The HTTP face: routes around one room."""

import asyncio
import threading
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from ipaddress import ip_address
from typing import Final

from fastapi import Depends, FastAPI, HTTPException, Request
from fastapi.routing import iter_route_contexts
from starlette.concurrency import run_in_threadpool
from starlette.routing import BaseRoute
from starlette.types import ASGIApp

from .. import __version__
from .access import enter
from .access import routes as key_routes
from .access.matrix import row_of
from .analyses import routes as analysis_routes
from .description import describe
from .edge import Edge
from .evidence import case_routes, exhibit_routes
from .health import router as health
from .limits import DEFAULT
from .models import router as models
from .operation.outputs import send_forever
from .operation.upkeep import keep_up_forever
from .operation.watch import Watch, watch_loop
from .page import attach
from .page.surface import Surface
from .problems import answer_in_problems, documented
from .room import Room
from .triaging import baseline_routes, feedback_routes, incident_routes
from .triaging import routes as triage_routes
from .work.bench import Bench
from .work.watching import Watchers

__all__ = ["create_app", "endpoints"]

LOCAL_NAMES = frozenset({"localhost", "127.0.0.1", "[::1]"})

EVERYWHERE: Final = documented(401, 403, 421, 422, 429, 503)
"""Errors that every route behind the door may answer."""

TAGS: Final = [
    {"name": "evidence", "description": "Exhibits: sent in, looked up, read back, deleted."},
    {"name": "cases", "description": "What groups exhibits and bounds keys; the custody log; quotas."},
    {"name": "keys", "description": "Who may do what."},
    {
        "name": "analyses",
        "description": "Media in, verdicts and reports out: jobs that can be followed and cancelled.",
    },
    {
        "name": "triage",
        "description": "Logs in, incidents out, at once or as jobs; what analysts say of them.",
    },
    {"name": "baselines", "description": "What a site calls normal."},
    {"name": "artifacts", "description": "The models that answer, with their cards."},
    {"name": "health", "description": "Whether the service answers and can work."},
]


def create_app(room: Room, *, warm: bool = False) -> FastAPI:
    """Make the application around an open room.

    On a loopback address only requests that name this machine are answered, so that a web page cannot reach the
    service under a name of its own.

    Parameters
    ----------
    room
        Stays open as long as the application runs.
    warm
        Start the process that answers small batches of logs at once, rather than when the first one comes.
    """
    bench = Bench(room)

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        running = (watch_loop(room.metrics), keep_up_forever(room), send_forever(room.outputs))
        tasks = [asyncio.create_task(each) for each in running]
        lane = bench.lane(nice=0)
        app.state.at_once = bench.triages(lane)
        if warm:
            threading.Thread(target=lane.warm, args=("logs",), name="warm", daemon=True).start()
        try:
            yield
        finally:
            app.state.watchers.closing = True
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
            await run_in_threadpool(lane.close)
            await run_in_threadpool(bench.close)
            await run_in_threadpool(room.sign)

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
    app.state.bench = bench
    app.state.watchers = Watchers()
    answer_in_problems(app)
    describe(app)
    app.include_router(health)
    # Before those of triage, which know other things by two names after the id as well.
    app.include_router(incident_routes.router, responses=EVERYWHERE)
    # Uploads have a bound of their own, which the operator chooses.
    for router in (exhibit_routes.router, triage_routes.router):
        app.include_router(router, responses=EVERYWHERE, max_body_size=room.settings.upload_bytes + 1)
    for router in (
        case_routes.router,
        key_routes.router,
        analysis_routes.router,
        feedback_routes.router,
        baseline_routes.router,
        models,
    ):
        app.include_router(router, responses=EVERYWHERE)
    attach(app)
    _all_have_rows(app.routes)
    return app


class _Application(FastAPI):
    """With the edge outside everything that the framework puts around the routes."""

    def build_middleware_stack(self) -> ASGIApp:
        room: Room = self.state.room
        return Watch(Edge(Surface(super().build_middleware_stack()), room.settings), room.metrics)


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
