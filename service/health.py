"""Whether the service answers, whether it can work, and what it offers."""

from typing import Any, Literal

from fastapi import APIRouter, Request
from fastapi.responses import JSONResponse, Response
from pydantic import BaseModel, ConfigDict
from starlette.concurrency import run_in_threadpool

from .database import DatabaseUnreachable
from .problems import documented, problem
from .room import Room

__all__ = ["router"]

router = APIRouter(tags=["health"])


class Health(BaseModel):
    """The service answers."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"status": "ok"}]})

    status: Literal["ok"] = "ok"


@router.get("/healthz", responses=documented(421))
async def healthz() -> Health:
    """Say that the service answers."""
    return Health()


@router.get("/readyz", response_model=Health, responses=documented(421, 503))
async def readyz(request: Request) -> Health | JSONResponse:
    """Say whether the database and the store can be reached."""
    room: Room = request.app.state.room
    try:
        await run_in_threadpool(room.check)
    except (DatabaseUnreachable, OSError):
        return problem(503, "not-ready", "the database or the store cannot be reached; the log says which")
    return Health()


@router.get(
    "/metrics",
    response_class=Response,
    responses={
        200: {"content": {"text/plain": {"schema": {"type": "string"}}}, "description": "Prometheus text."},
        **documented(401, 403, 421, 429, 503),
    },
)
def metrics(request: Request) -> Response:
    """Give the metrics of this process; Prometheus shows a key as its `authorization`."""
    room: Room = request.app.state.room
    return Response(room.measure(), media_type=room.metrics.media_type)


@router.get("/openapi.json", responses=documented(421))
async def openapi(request: Request) -> dict[str, Any]:
    """Describe the API (OpenAPI)."""
    page: dict[str, Any] = request.app.openapi()
    return page
