"""In and out."""

from typing import Annotated

from fastapi import Form, Query, Request
from fastapi.responses import RedirectResponse, Response

from ...access.origin import must_be_ours
from ...access.sessions import COOKIE
from ...refusals import Unidentified
from ..asked import Ask
from ..frame import answer
from ..route import page_router, secure, see
from ..views.room import SignInView

__all__ = ["router"]

router = page_router()

Next = Annotated[str, Query(max_length=2000)]


@router.get("/sign-in")
def door(asked: Ask, next: Next = "/") -> Response:
    """Show the door."""
    return answer(asked, "sign-in", SignInView(_within(next), False))


@router.post("/sign-in")
def sign_in(
    asked: Ask,
    request: Request,
    key: Annotated[str, Form(max_length=200)],
    next: Annotated[str, Form(max_length=2000)] = "/",
) -> Response:
    """Let whoever shows a valid key in."""
    must_be_ours(request)
    room = asked.room
    try:
        caller = room.door.identify(key.strip(), request.client.host if request.client else "")
    except Unidentified:
        return answer(asked, "sign-in", SignInView(_within(next), True), status=401)
    token = room.sessions.open(caller)
    made = RedirectResponse(_within(next), 303)
    made.set_cookie(
        COOKIE,
        token,
        max_age=round(room.settings.session_hours * 3600),
        path="/",
        secure=secure(request),
        httponly=True,
        samesite="strict",
    )
    return made


@router.post("/sign-out")
def sign_out(asked: Ask, request: Request) -> Response:
    """End the session of this browser."""
    asked.room.sessions.close(request.cookies.get(COOKIE, ""), by=asked.caller)
    made = see("/sign-in")
    made.delete_cookie(COOKIE, path="/", secure=secure(request), httponly=True, samesite="strict")
    made.headers["Clear-Site-Data"] = '"cache"'
    return made


def _within(path: str) -> str:
    """An address of this service: never one of another."""
    return path if path.startswith("/") and path[1:2] not in ("/", "\\") and path.isprintable() else "/"
