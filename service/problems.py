"""Errors as RFC 9457 problem documents: the same code and words that the command line gives."""

from typing import Any

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse, Response
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect

from ..errors import AssayError
from .refusals import Refused, Stalled

__all__ = ["MEDIA_TYPE", "answer_in_problems", "documented", "page_of", "problem"]

MEDIA_TYPE = "application/problem+json"

# Python's own phrases for these have changed between releases; a code must not.
CODES = {
    400: "bad-request",
    404: "not-found",
    405: "method-not-allowed",
    413: "content-too-large",
    421: "misdirected-request",
}


WORDS = {
    400: ("upload-malformed", "The request is not what its headers say."),
    401: ("unidentified", "No key, or none that is valid."),
    403: ("forbidden", "The key has no role that may do this."),
    404: ("nothing-here", "There is none, or none that this key may see."),
    405: ("method-not-allowed", "The route does not have this method."),
    408: ("upload-stalled", "The client sends too slowly."),
    409: ("conflict", "The state does not allow it, or there are several cases and none was named."),
    413: ("content-too-large", "The body is longer than the route takes."),
    416: ("range-unfit", "There are no such bytes."),
    421: ("misdirected-request", "The request names a host that this service is not."),
    422: ("invalid-request", "A value is none that it can have."),
    429: ("rate-exceeded", "Too many requests; Retry-After says when to come again."),
    503: ("not-ready", "The service cannot do it now."),
    507: ("store-full", "A quota or the disk does not allow it."),
}
"""Statuses of errors with an example of their code and what they mean."""


def documented(*statuses: int) -> dict[int | str, dict[str, Any]]:
    """Errors of a route for its description; those that every route may have come on their own."""
    return {status: _described(status) for status in sorted(statuses)}


def _described(status: int) -> dict[str, Any]:
    code, meaning = WORDS[status]
    content = {"schema": {"$ref": "#/components/schemas/Problem"}, "example": page_of(status, code, meaning)}
    return {"description": meaning, "content": {MEDIA_TYPE: content}}


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


def answer_in_problems(app: FastAPI) -> None:
    """Let `app` answer every error as a problem document."""

    @app.exception_handler(AssayError)
    async def refused(_: Request, error: AssayError) -> JSONResponse:
        if isinstance(error, Refused):
            answer = problem(error.status, error.code, str(error))
            answer.headers.update(error.headers)
            return answer
        return problem(422, error.code, str(error))

    @app.exception_handler(Stalled)
    async def stalled(_: Request, __: Stalled) -> JSONResponse:
        return problem(408, "upload-stalled", "the body came too slowly, or not to its end")

    @app.exception_handler(ClientDisconnect)
    async def gone(_: Request, __: ClientDisconnect) -> Response:
        # Nobody hears this.
        return Response(status_code=400)

    @app.exception_handler(HTTPException)
    async def http(_: Request, error: HTTPException) -> JSONResponse:
        answer = problem(error.status_code, CODES.get(error.status_code, "http-error"), str(error.detail))
        answer.headers.update(error.headers or {})
        return answer

    @app.exception_handler(RequestValidationError)
    async def invalid(_: Request, error: RequestValidationError) -> JSONResponse:
        first = error.errors()[0]
        where = ".".join(str(part) for part in first["loc"])
        return problem(422, "invalid-request", f"{where}: {first['msg']}")

    @app.exception_handler(Exception)
    async def broken(_: Request, __: Exception) -> JSONResponse:
        return problem(500, "internal-error", "the service failed at this request; its log says where")
