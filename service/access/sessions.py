"""Sessions of the page: a browser shows a key once and is known by a cookie from then on.

Only the hash of what the cookie holds is kept. A session ends with its key, at its time, or when somebody signs out.
"""

import base64
import hashlib
import hmac
import secrets
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Final

from sqlalchemy import delete, insert, select

from ...evidence.custody import Event
from ...evidence.custody.entry import utc
from ..custody import Ledger
from ..database import Database
from ..database.tables import page_session
from ..refusals import Unidentified
from ..settings import Settings
from .caller import Caller
from .keys import Keys

__all__ = ["COOKIE", "Session", "Sessions"]

COOKIE: Final = "assay_session"
_MOST_CHARS: Final = 64


@dataclass(frozen=True, slots=True)
class Session:
    """A browser that is signed in.

    Attributes
    ----------
    caller : Caller
        Whoever holds the key that it showed.
    expires : str
        UTC.
    proof : str
        What forms and scripts of its pages send along, and no other site can know.
    """

    caller: Caller
    expires: str
    proof: str


class Sessions:
    """The sessions of a room.

    Parameters
    ----------
    settings, database, ledger, keys
        Of the room.
    """

    def __init__(self, settings: Settings, database: Database, ledger: Ledger, keys: Keys) -> None:
        self._hours = settings.session_hours
        self._database, self._ledger, self._keys = database, ledger, keys

    def open(self, caller: Caller) -> str:
        """Begin a session of a caller whose key was checked; gives what its cookie holds."""
        token = secrets.token_urlsafe(32)
        now = datetime.now(UTC)
        row = {
            "hash": _hash(token),
            "key_id": caller.key,
            "created": utc(),
            "expires": (now + timedelta(hours=self._hours)).isoformat(timespec="microseconds")[:26] + "Z",
        }
        with self._database.writing() as connection:
            self._ledger.hold(connection)
            connection.execute(delete(page_session).where(page_session.c.expires <= utc()))
            connection.execute(insert(page_session).values(row))
            self._ledger.enter(connection, Event("signed-in", details={"key": caller.key}, who=caller.who))
        return token

    def find(self, token: str) -> Session:
        """The session whose cookie holds this.

        Raises
        ------
        Unidentified
            There is none, or it has ended, or its key has.
        """
        row = None
        if len(token) <= _MOST_CHARS and token.isascii():
            query = select(page_session.c.key_id, page_session.c.expires)
            with self._database.reading() as connection:
                row = connection.execute(query.where(page_session.c.hash == _hash(token))).one_or_none()
        if row is None or row.expires <= utc():
            raise Unidentified("the session has ended: sign in again")
        return Session(self._keys.holder(row.key_id), row.expires, _proof(token))

    def close(self, token: str, *, by: Caller) -> None:
        """End a session."""
        with self._database.writing() as connection:
            self._ledger.hold(connection)
            ended = connection.execute(delete(page_session).where(page_session.c.hash == _hash(token)))
            if ended.rowcount:
                self._ledger.enter(connection, Event("signed-out", details={"key": by.key}, who=by.who))


def _hash(token: str) -> str:
    return hashlib.sha256(token.encode("ascii")).hexdigest()


def _proof(token: str) -> str:
    """Follows from the cookie, which no page can read: nothing more has to be kept."""
    made = hmac.digest(token.encode("ascii"), b"assay: this form is of our page", "sha256")
    return base64.urlsafe_b64encode(made).rstrip(b"=").decode("ascii")
