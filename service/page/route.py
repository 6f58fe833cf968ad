"""A route of a page: what it refuses is shown as a page as well, and what the reader prefers is kept."""

from collections.abc import Callable, Coroutine
from dataclasses import dataclass
from typing import Any, Final
from urllib.parse import quote

from fastapi import APIRouter, Depends, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import RedirectResponse, Response
from fastapi.routing import APIRoute
from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException

from ...errors import AssayError
from ..access.origin import SAFE, must_hold
from ..access.sessions import COOKIE
from ..problems import CODES
from ..refusals import Refused, Unidentified
from .asked import LANGUAGE, THEME, asked_of, wants_page
from .frame import answer
from .words import LANGUAGES

__all__ = ["BROKEN", "PageRoute", "Trouble", "page_router", "proven", "secure", "see", "shown_trouble"]

BROKEN: Final = "the service failed at this request; its log says where"
_KEPT_SECONDS: Final = 365 * 86400
Handler = Callable[[Request], Coroutine[Any, Any, Response]]


@dataclass(frozen=True, slots=True)
class Trouble:
    """What went wrong.

    Attributes
    ----------
    status : int
        HTTP.
    code : str
        Stable.
    detail : str
        What happened and what to do, in English, as every face of the program says it.
    """

    status: int
    code: str
    detail: str


class PageRoute(APIRoute):
    """For routes of pages alone."""

    def get_route_handler(self) -> Handler:
        """The handler, with what holds for every page around it."""
        handler = super().get_route_handler()

        async def handled(request: Request) -> Response:
            if (kept := _preferred(request)) is not None:
                return kept
            try:
                return await handler(request)
            except (AssayError, HTTPException, RequestValidationError) as error:
                if not wants_page(request):
                    raise
                if isinstance(error, Unidentified) and request.url.path != "/sign-in":
                    return _to_sign_in(request)
                return await run_in_threadpool(shown_trouble, request, error)

        return handled


async def proven(request: Request) -> None:
    """Raise `Foreign` unless a form of a page that is signed in holds the proof of its session.

    A dependency of every route of a page that changes something and takes no file.
    """
    session = getattr(request.state, "session", None)
    if request.method in SAFE or session is None:
        return
    form = await request.form()
    must_hold(form.get("proof"), session.proof)


def shown_trouble(request: Request, error: Exception) -> Response:
    """A refusal as a page."""
    headers: dict[str, str] = {}
    if isinstance(error, Refused):
        trouble, headers = Trouble(error.status, error.code, str(error)), error.headers
    elif isinstance(error, HTTPException):
        code = CODES.get(error.status_code, "http-error")
        trouble, headers = Trouble(error.status_code, code, str(error.detail)), dict(error.headers or {})
    elif isinstance(error, RequestValidationError):
        first = error.errors()[0]
        where = ".".join(str(part) for part in first["loc"])
        trouble = Trouble(422, "invalid-request", f"{where}: {first['msg']}")
    else:
        # What an unknown error says may quote evidence.
        trouble = (
            Trouble(422, error.code, str(error))
            if isinstance(error, AssayError)
            else Trouble(500, "internal-error", BROKEN)
        )
    made = answer(asked_of(request, _known(request)), "trouble", trouble, status=trouble.status)
    made.headers.update(
        {name: value for name, value in headers.items() if name.lower() != "www-authenticate"}
    )
    return made


def _known(request: Request) -> Any:
    """Whoever asked, for the frame of a page that refuses."""
    from ..access.door import NOBODY

    session = getattr(request.state, "session", None)
    return NOBODY if session is None else session.caller


def _to_sign_in(request: Request) -> Response:
    path = request.url.path
    if request.method not in SAFE:
        path = "/"
    elif request.url.query:
        path += f"?{request.url.query}"
    made = RedirectResponse("/sign-in" if path == "/" else f"/sign-in?next={quote(path, safe='')}", 303)
    if COOKIE in request.cookies:
        made.delete_cookie(COOKIE, path="/")
    return made


def _preferred(request: Request) -> Response | None:
    """Keep what ``?lang=`` or ``?theme=`` say, and show the same page without them."""
    asked = request.query_params
    chosen = {LANGUAGE: asked.get("lang"), THEME: asked.get("theme")}
    if request.method != "GET" or not wants_page(request) or not any(chosen.values()):
        return None
    left = request.url.remove_query_params(["lang", "theme"])
    path = "/" + left.path.lstrip("/\\")
    made = RedirectResponse(f"{path}?{left.query}" if left.query else path, 303)
    for name, value in chosen.items():
        if value in LANGUAGES or value in ("auto", "light", "dark"):
            made.set_cookie(
                name,
                value,
                max_age=_KEPT_SECONDS,
                path="/",
                samesite="lax",
                httponly=True,
                secure=secure(request),
            )
    return made


def secure(request: Request) -> bool:
    """Whether cookies go over TLS alone: everywhere but on a service for this machine."""
    from ipaddress import ip_address

    host = request.app.state.room.settings.host
    try:
        return not ip_address(host).is_loopback
    except ValueError:
        return bool(host != "localhost")


def page_router() -> APIRouter:
    """A router of pages: not part of the API's description, and its forms are of our own pages."""
    return APIRouter(route_class=PageRoute, include_in_schema=False, dependencies=[Depends(proven)])


def see(path: str) -> Response:
    """The answer to a form that was done: go and look, so that loading it again sends nothing again."""
    return RedirectResponse(path, 303)
