"""Errors as RFC 9457 problem documents: the same code and words that the command line gives."""

from typing import Any

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse, Response
from fastapi.routing import iter_route_contexts
from sqlalchemy.exc import InterfaceError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect
from starlette.routing import compile_path

from ..errors import AssayError
from .database import DatabaseUnreachable
from .operation.log import logger
from .refusals import Refused, Stalled
from .store import BlobDamaged, BlobMissing

__all__ = ["MEDIA_TYPE", "answer_in_problems", "documented", "page_of", "problem", "problem_of"]

MEDIA_TYPE = "application/problem+json"

# Python's own phrases for these have changed between releases; a code must not.
CODES = {
    400: "bad-request",
    404: "not-found",
    405: "method-not-allowed",
    413: "content-too-large",
    421: "misdirected-request",
}


MEANINGS = {
    400: "The request is not what its headers say.",
    401: "No key, or none that is valid.",
    403: "The key has no role that may do this.",
    404: "There is none, or none that this key may see.",
    405: "The route does not have this method.",
    408: "The client sends too slowly.",
    409: "The state does not allow it.",
    413: "The body is longer than the route takes.",
    416: "There are no such bytes.",
    421: "The request names a host that this service is not.",
    422: "A value is none that it can have.",
    429: "Too many requests; Retry-After says when to come again.",
    503: "The service cannot do it now.",
    507: "A quota or the disk does not allow it.",
}


def documented(*statuses: int) -> dict[int | str, dict[str, Any]]:
    """Errors of a route for its description, which names their kinds; those of every route come on their own."""
    return {status: {"description": MEANINGS[status]} for status in sorted(statuses)}


SCHEMA: dict[str, Any] = {
    "title": "Problem",
    "description": "An error (RFC 9457).",
    "type": "object",
    "required": ["type", "title", "status", "code", "detail"],
    "properties": {
        "type": {"type": "string", "description": "`urn:assay:error:CODE`"},
        "title": {"type": "string"},
        "status": {"type": "integer", "minimum": 400, "maximum": 599},
        "code": {"type": "string", "description": "Stable; other programs may rely on it."},
        "detail": {"type": "string", "description": "What happened, and what to do."},
    },
}


def page_of(status: int, code: str, detail: str) -> dict[str, Any]:
    """The document of one refusal."""
    return {
        "type": f"urn:assay:error:{code}",
        "title": code.replace("-", " ").capitalize(),
        "status": status,
        "code": code,
        "detail": detail,
    }


def problem(status: int, code: str, detail: str) -> JSONResponse:
    """Make the answer for one refusal.

    Parameters
    ----------
    status : int
        HTTP status, 400..599.
    code : str
        Stable kebab-case reason.
    detail : str
        What happened and what to do.
    """
    return JSONResponse(page_of(status, code, detail), status, media_type=MEDIA_TYPE)


def problem_of(request: Request, error: HTTPException) -> JSONResponse:
    """Make the answer for what the framework refuses."""
    answer = problem(error.status_code, CODES.get(error.status_code, "http-error"), str(error.detail))
    answer.headers.update(error.headers or {})
    if error.status_code == 405:
        # The framework names the methods of the first of several routes on the same path.
        answer.headers["Allow"] = ", ".join(_methods(request.app, request.scope["path"]))
    return answer


def _methods(app: FastAPI, path: str) -> list[str]:
    """Every method of a path."""
    found: dict[str, set[str]] = {}
    for context in iter_route_contexts(app.routes):
        if context.path is not None and compile_path(context.path)[0].fullmatch(path):
            found.setdefault(context.path, set()).update(context.methods or ())
    # What has a route of its own is not meant where a parameter stands.
    return sorted(found.get(path, set().union(*found.values())))


def answer_in_problems(app: FastAPI) -> None:
    """Let `app` answer every error as a problem document."""

    @app.exception_handler(AssayError)
    async def refused(_: Request, error: AssayError) -> JSONResponse:
        if isinstance(error, Refused):
            answer = problem(error.status, error.code, str(error))
            answer.headers.update(error.headers)
            return answer
        if isinstance(error, DatabaseUnreachable):
            return await unreachable(_, error)
        if isinstance(error, (BlobDamaged, BlobMissing)):
            logger.error("the store is out of order", code=error.code)
            return problem(
                503, "store-unreachable", "the store does not hold what it should; the log says more"
            )
        return problem(422, error.code, str(error))

    @app.exception_handler(OperationalError)
    @app.exception_handler(InterfaceError)
    @app.exception_handler(PoolTimeout)
    async def unreachable(_: Request, error: Exception) -> JSONResponse:
        logger.error("the database failed", error=type(error).__qualname__)
        return problem(503, "database-unreachable", "the database does not answer now")

    @app.exception_handler(Stalled)
    async def stalled(_: Request, __: Stalled) -> JSONResponse:
        return problem(408, "upload-stalled", "the body came too slowly, or not to its end")

    @app.exception_handler(ClientDisconnect)
    async def gone(_: Request, __: ClientDisconnect) -> Response:
        # Nobody hears this.
        return Response(status_code=400)

    @app.exception_handler(HTTPException)
    async def http(request: Request, error: HTTPException) -> JSONResponse:
        return problem_of(request, error)

    @app.exception_handler(RequestValidationError)
    async def invalid(_: Request, error: RequestValidationError) -> JSONResponse:
        first = error.errors()[0]
        where = ".".join(str(part) for part in first["loc"])
        return problem(422, "invalid-request", f"{where}: {first['msg']}")

    @app.exception_handler(Exception)
    async def broken(_: Request, __: Exception) -> JSONResponse:
        return problem(500, "internal-error", "the service failed at this request; its log says where")
