"""The HTTP face: small on purpose, no state beyond the loaded models, no upload kept."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from ipaddress import ip_address
from typing import Annotated, Any, Literal

from fastapi import Depends, FastAPI, HTTPException, Query, Request
from starlette.concurrency import run_in_threadpool

from .. import __version__
from ..models.registry import Registry
from .jobs import Jobs
from .problems import answer_in_problems
from .uploads import MAX_BODY_BYTES, received

__all__ = ["create_app"]

MAX_INCIDENTS = 1000
"""Most incidents that one request may ask for."""

LOCAL_NAMES = frozenset({"localhost", "127.0.0.1", "[::1]"})


def create_app(*, host: str = "127.0.0.1", device: str = "auto", max_body: int = MAX_BODY_BYTES) -> FastAPI:
    """Make the application.

    Parameters
    ----------
    host : str
        The address it will listen on. On a loopback address only requests that name this machine are answered, so
        that a web page cannot reach the service under a name of its own.
    device : str
        ``auto``, ``cpu``, ``cuda`` or ``cuda:N``.
    max_body : int
        Longest request body in bytes.
    """

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        with Jobs(device=device) as jobs:
            app.state.jobs = jobs
            yield

    app = FastAPI(
        title="Assay",
        version=__version__,
        summary="Test whether evidence is what it claims to be.",
        lifespan=lifespan,
        # The framework's pages load scripts from elsewhere; this machine may have no network, and must not need one.
        docs_url=None,
        redoc_url=None,
        dependencies=[Depends(_known_host)] if _is_loopback(host) else [],
    )
    answer_in_problems(app)

    @app.get("/healthz")
    def healthz() -> dict[str, Literal["ok"]]:
        """Say that the service answers."""
        return {"status": "ok"}

    @app.get("/v1/artifacts")
    def artifacts() -> list[dict[str, Any]]:
        """List the installed artifacts."""
        names = (
            "name",
            "version",
            "task",
            "title",
            "use",
            "precision",
            "size",
            "sha256",
            "default",
            "problem",
        )
        return [{name: getattr(entry, name) for name in names} for entry in Registry().list()]

    @app.post("/v1/detect")
    async def detect(request: Request) -> dict[str, Any]:
        """Assay one picture: a form with one file, or its bytes as the body. The answer is a verdict."""
        jobs: Jobs = request.app.state.jobs
        async with received(request, max_body) as (path, name):
            return await run_in_threadpool(jobs.detect, path, name)

    @app.post("/v1/triage")
    async def triage(
        request: Request,
        form: Annotated[str, Query(alias="format", max_length=32)] = "auto",
        baseline: Annotated[str | None, Query(max_length=128)] = None,
        budget: Annotated[int, Query(ge=1, le=MAX_INCIDENTS)] = 20,
    ) -> dict[str, Any]:
        """Triage one log: a form with one file, or its lines as the body. The answer holds ranked incidents."""
        jobs: Jobs = request.app.state.jobs
        async with received(request, max_body) as (path, name):
            return await run_in_threadpool(
                jobs.triage, path, name, form=form, baseline=baseline, budget=budget
            )

    return app


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
