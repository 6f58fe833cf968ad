"""Errors as RFC 9457 problem documents: the same code and words that the command line gives."""

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from starlette.exceptions import HTTPException

from ..errors import AssayError

MEDIA_TYPE = "application/problem+json"

# Python's own phrases for these have changed between releases; a code must not.
CODES = {
    400: "bad-request",
    404: "not-found",
    405: "method-not-allowed",
    413: "content-too-large",
    421: "misdirected-request",
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
    title = code.replace("-", " ").capitalize()
    page = {
        "type": f"urn:assay:error:{code}",
        "title": title,
        "status": status,
        "code": code,
        "detail": detail,
    }
    return JSONResponse(page, status, media_type=MEDIA_TYPE)


def answer_in_problems(app: FastAPI) -> None:
    """Let `app` answer every error as a problem document."""

    @app.exception_handler(AssayError)
    def refused(_: Request, error: AssayError) -> JSONResponse:
        return problem(422, error.code, str(error))

    @app.exception_handler(HTTPException)
    def http(_: Request, error: HTTPException) -> JSONResponse:
        answer = problem(error.status_code, CODES.get(error.status_code, "http-error"), str(error.detail))
        answer.headers.update(error.headers or {})
        return answer

    @app.exception_handler(RequestValidationError)
    def invalid(_: Request, error: RequestValidationError) -> JSONResponse:
        first = error.errors()[0]
        where = ".".join(str(part) for part in first["loc"])
        return problem(422, "invalid-request", f"{where}: {first['msg']}")

    @app.exception_handler(Exception)
    def broken(_: Request, __: Exception) -> JSONResponse:
        return problem(500, "internal-error", "the service failed at this request; its log says where")
