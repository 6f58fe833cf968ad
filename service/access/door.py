"""The door: every request passes it, and it enforces the matrix."""

from typing import Any

from fastapi import Request

from ...evidence.custody import Event
from ..custody import Ledger
from ..database import Database
from ..refusals import Forbidden, NotHere, Unidentified
from ..settings import Settings
from .caller import Caller
from .keys import Keys
from .matrix import Row, row_of
from .origin import HEADER, SAFE, must_be_ours, must_hold
from .owners import OWNERS
from .rates import Rates
from .sessions import COOKIE, Session, Sessions

__all__ = ["Door", "enter"]

NOBODY = Caller("", "nobody", frozenset(), frozenset())
"""Who asks at a route that is open to everybody."""


class Door:
    """Lets callers in, or says why not.

    Parameters
    ----------
    settings, database, ledger, keys, sessions
        Of the room.
    """

    def __init__(
        self, settings: Settings, database: Database, ledger: Ledger, keys: Keys, sessions: Sessions
    ) -> None:
        self._database, self._ledger = database, ledger
        self._keys, self._sessions = keys, sessions
        self._rates = Rates(settings.rate_per_minute)
        self._refused = Rates(settings.refused_per_minute)

    def identify(self, given: str | None, address: str) -> Caller:
        """Whoever holds the key that was `given`.

        Raises
        ------
        Unidentified
            There is none, or it is not valid.
        RateExceeded
            Too many tries from this address, or too many requests with this key.
        """
        self._refused.must_have(address)
        try:
            if given is None:
                raise Unidentified("send a key: Authorization: Bearer ak_...")
            caller = self._keys.caller(given)
        except Unidentified:
            self._refused.take(address)
            raise
        self._rates.take(caller.key)
        return caller

    def recognise(self, token: str, address: str) -> Session:
        """The session of a browser whose cookie holds this.

        Raises
        ------
        Unidentified
            It has ended.
        RateExceeded
            See `identify`.
        """
        self._refused.must_have(address)
        try:
            session = self._sessions.find(token)
        except Unidentified:
            self._refused.take(address)
            raise
        self._rates.take(session.caller.key)
        return session

    def admit(self, caller: Caller, row: Row, named: dict[str, Any]) -> None:
        """Let a caller do what a row of the matrix is about.

        Raises
        ------
        Forbidden
            None of its roles may.
        NotHere
            What the path names lies in none of its cases.
        """
        if row.roles is None:
            return
        if not caller.roles & row.roles:
            raise Forbidden(f"needs a key with one of the roles {', '.join(sorted(row.roles))}")
        seen: list[str] = []
        exhibit = named.get("sha256")
        if row.bound:
            for name, resolve in OWNERS.items():
                if name not in named:
                    continue
                with self._database.reading() as connection:
                    owners = list(resolve(connection, str(named[name])))
                seen = [case for case in owners if caller.sees(case)]
                if not seen:
                    if owners:
                        details = {"route": f"{row.method} {row.path}", name: str(named[name])}
                        self._ledger.record(Event("refused", details=details, who=caller.who))
                    raise NotHere("there is nothing of this name, or this key may not see it")
        if row.entered is not None:
            # Which job, which of its files: the words of the path are the client's, but they passed its patterns.
            about = {name: str(value) for name, value in named.items() if name not in ("case", "sha256")}
            about["route"] = f"{row.method} {row.path}"
            self._ledger.record(
                *(
                    Event(row.entered, exhibit, details={**about, "case": case}, who=caller.who)
                    for case in seen
                )
            )


def enter(request: Request) -> Caller:
    """The caller of a request that may go on; a dependency of every route."""
    row = row_of(request.method, request.scope["route"].path)
    if row is None:
        raise Forbidden("this route has no row in the authorisation matrix")
    if row.roles is None:
        return NOBODY
    caller = _who(request)
    request.state.caller = caller
    request.app.state.room.door.admit(caller, row, request.path_params)
    return caller


def _who(request: Request) -> Caller:
    """Whoever shows a key; else the browser that is signed in, whose pages alone may change anything."""
    door: Door = request.app.state.room.door
    given = request.headers.get("authorization")
    token = request.cookies.get(COOKIE)
    address = request.client.host if request.client else ""
    if given is not None or token is None:
        scheme, _, key = (given or "").partition(" ")
        return door.identify(key.strip() if scheme.lower() == "bearer" else None, address)
    session = door.recognise(token, address)
    request.state.session = session
    if request.method not in SAFE:
        must_be_ours(request)
        # A form of a page holds it in a field, which its route looks for.
        if request.url.path.startswith("/v1/") or HEADER in request.headers:
            must_hold(request.headers.get(HEADER), session.proof)
    return session.caller
