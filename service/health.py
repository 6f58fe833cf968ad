"""Whether the service answers, whether it can work, and what it offers."""

from typing import Any, Literal

from fastapi import APIRouter, Request
from fastapi.responses import JSONResponse
from pydantic import BaseModel
from starlette.concurrency import run_in_threadpool

from .database import DatabaseUnreachable
from .problems import documented, problem
from .room import Room

__all__ = ["router"]

router = APIRouter(tags=["health"])


class Health(BaseModel):
    """The service answers."""

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


@router.get("/openapi.json", responses=documented(421))
async def openapi(request: Request) -> dict[str, Any]:
    """Describe the API (OpenAPI)."""
    page: dict[str, Any] = request.app.openapi()
    return page
