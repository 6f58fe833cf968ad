"""What a page was asked, by whom, and how it is to be shown."""

from dataclasses import dataclass
from typing import Annotated, Final, Literal
from urllib.parse import urlencode

from fastapi import Depends, Request

from ...evidence.report.words import Words
from ..access import Caller, Role, Session, enter
from ..access.door import NOBODY
from ..room import Room
from ..work.bench import Bench
from .surface import JSON_WANTED
from .words import language_of, words_of

__all__ = ["LANGUAGE", "THEME", "Ask", "Asked", "asked_of", "bench_of", "wants_json", "wants_page"]

LANGUAGE: Final = "assay_lang"
THEME: Final = "assay_theme"
"""Cookies of what the reader chose; they hold nothing else."""

Theme = Literal["auto", "light", "dark"]


@dataclass(frozen=True, slots=True)
class Asked:
    """One request of a page.

    Attributes
    ----------
    request : Request
        As it came.
    caller : Caller
        Who asks; `NOBODY` at pages that are open.
    session : Session | None
        None for a request that shows a key.
    words : Words
        The catalogue in the language of the reader.
    theme : str
        ``auto``, ``light`` or ``dark``.
    """

    request: Request
    caller: Caller
    session: Session | None
    words: Words
    theme: Theme

    @property
    def room(self) -> Room:
        """The room that is asked about."""
        room: Room = self.request.app.state.room
        return room

    @property
    def path(self) -> str:
        """Address of the page, without what follows the question mark."""
        path: str = self.request.scope["path"]
        return path

    @property
    def signed_in(self) -> bool:
        """Whether somebody is."""
        return self.caller is not NOBODY

    def may(self, *roles: str) -> bool:
        """Whether the caller has one of these roles, or is an admin."""
        return bool(self.caller.roles & {Role.ADMIN, *(Role(each) for each in roles)})

    def address(self, **changed: str | None) -> str:
        """The address of this page with some values of its query changed; None takes one away."""
        kept = {name: value for name, value in self.request.query_params.items() if name not in changed}
        query = urlencode({**kept, **{name: value for name, value in changed.items() if value is not None}})
        return f"{self.path}?{query}" if query else self.path


def asked_of(request: Request, caller: Caller = NOBODY) -> Asked:
    """How a request is to be answered, also one that nobody was let in with."""
    cookies = request.cookies
    kept: str = cookies.get(THEME, "auto")
    theme: Theme = "light" if kept == "light" else "dark" if kept == "dark" else "auto"
    language = language_of(cookies.get(LANGUAGE), request.headers.get("accept-language", ""))
    session: Session | None = getattr(request.state, "session", None)
    return Asked(request, caller, session, words_of(language), theme)


def bench_of(asked: Asked) -> Bench:
    """The jobs of the room and what they made."""
    bench: Bench = asked.request.app.state.bench
    return bench


def _asked(request: Request, caller: Annotated[Caller, Depends(enter)]) -> Asked:
    return asked_of(request, caller)


Ask = Annotated[Asked, Depends(_asked)]


def wants_json(request: Request) -> bool:
    """Whether a program asks."""
    accepted = request.headers.get("accept", "")
    return JSON_WANTED in request.scope or ("json" in accepted and "text/html" not in accepted)


def wants_page(request: Request) -> bool:
    """Whether a browser asks, that wants to show what it gets."""
    return "text/html" in request.headers.get("accept", "") and JSON_WANTED not in request.scope
