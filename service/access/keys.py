"""Keys: ``ak_ID_SECRET``. Only the hash of the secret is kept; the key itself is shown once, when it is made."""

import hashlib
import hmac
import re
import secrets
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from sqlalchemy import Connection, Row, delete, func, insert, select, update

from ...evidence.custody import Event
from ...evidence.custody.entry import utc
from ..custody import Ledger
from ..database import Database
from ..database.tables import api_key, api_key_case, case
from ..refusals import Conflicting, NotHere, Refused, Unidentified
from .caller import Caller, Role

__all__ = ["Key", "KeyUnfit", "Keys"]

_FORM: Final = re.compile(r"ak_([0-9a-f]{16})_([A-Za-z0-9_-]{43})")


class KeyUnfit(Refused):
    """A key cannot be made like that."""

    code = "key-unfit"
    status = 409


@dataclass(frozen=True, slots=True)
class Key:
    """What may be shown of a key.

    Attributes
    ----------
    id : str
        16 hexadecimal digits.
    name : str
        For people.
    roles : tuple of Role
        In alphabetical order.
    cases : tuple of str | None
        Cases it is bound to; None: all.
    created, expires, revoked : str | None
        UTC.
    """

    id: str
    name: str
    roles: tuple[Role, ...]
    cases: tuple[str, ...] | None
    created: str
    expires: str | None
    revoked: str | None

    @property
    def valid(self) -> bool:
        """Whether it opens the door now."""
        return self.revoked is None and (self.expires is None or self.expires > utc())


class Keys:
    """The keys of a room.

    Parameters
    ----------
    database, ledger
        Of the room; what happens to keys is entered.
    """

    def __init__(self, database: Database, ledger: Ledger) -> None:
        self._database, self._ledger = database, ledger

    def make(
        self,
        name: str,
        roles: Iterable[Role],
        *,
        cases: Iterable[str] | None,
        expires: datetime | None = None,
        by: str | None = None,
    ) -> tuple[Key, str]:
        """Make a key.

        Parameters
        ----------
        name : str
            For people.
        roles
            At least one. An admin is bound to no case.
        cases
            Ids of the cases it is bound to; None binds it to none.
        expires : datetime | None
            With a zone.
        by : str | None
            Who makes it.

        Returns
        -------
        tuple of Key and str
            What is kept, and the key itself.

        Raises
        ------
        KeyUnfit
            No role; no case; an admin that is bound to cases.
        NotHere
            There is no such case.
        """
        with self._database.writing() as connection:
            return self._made(connection, name, roles, cases=cases, expires=expires, by=by)

    def make_first(self) -> str | None:
        """The key of the first admin, if there has never been a key: made once, whoever starts first."""
        with self._database.writing() as connection:
            self._ledger.hold(connection)
            if connection.execute(select(func.count()).select_from(api_key)).scalar():
                return None
            return self._made(connection, "first admin", [Role.ADMIN], cases=None, expires=None, by=None)[1]

    def _made(
        self,
        connection: Connection,
        name: str,
        roles: Iterable[Role],
        *,
        cases: Iterable[str] | None,
        expires: datetime | None,
        by: str | None,
    ) -> tuple[Key, str]:
        granted = sorted(set(roles))
        bound = None if cases is None else sorted(set(cases))
        if not granted:
            raise KeyUnfit("a key has at least one role")
        if Role.ADMIN in granted and bound is not None:
            raise KeyUnfit("an admin sees every case: leave the cases out")
        if bound is not None and not bound:
            raise KeyUnfit("a key that is bound to cases names at least one")
        secret = secrets.token_urlsafe(32)
        key = Key(
            secrets.token_hex(8),
            name,
            tuple(granted),
            None if bound is None else tuple(bound),
            utc(),
            None if expires is None else utc(expires),
            None,
        )
        row = {
            "id": key.id,
            "name": name,
            "hash": _hash(secret),
            "roles": ",".join(granted),
            "everywhere": bound is None,
            "created": key.created,
            "expires": key.expires,
            "revoked": None,
        }
        connection.execute(insert(api_key).values(row))
        if bound:
            known = set(connection.execute(select(case.c.id).where(case.c.id.in_(bound))).scalars())
            if missing := [each for each in bound if each not in known]:
                raise NotHere(f"there is no case {missing[0]}")
            connection.execute(insert(api_key_case), [{"key_id": key.id, "case_id": each} for each in bound])
        details = {
            "key": key.id,
            "name": name,
            "roles": granted,
            "cases": "all" if bound is None else bound,
            "expires": key.expires,
        }
        self._ledger.enter(connection, Event("key-made", details=details, who=by))
        return key, f"ak_{key.id}_{secret}"

    def caller(self, given: str) -> Caller:
        """Whoever holds this key.

        Raises
        ------
        Unidentified
            It is none, or no longer valid; which of both is not told.
        """
        found = _FORM.fullmatch(given)
        row, cases = None, None
        if found is not None:
            with self._database.reading() as connection:
                row = connection.execute(select(api_key).where(api_key.c.id == found[1])).one_or_none()
                if row is not None and not row.everywhere:
                    query = select(api_key_case.c.case_id).where(api_key_case.c.key_id == row.id)
                    cases = frozenset(connection.execute(query).scalars())
        if found is None or row is None or not hmac.compare_digest(row.hash, _hash(found[2])):
            raise Unidentified("this is no valid key")
        key = _shown(row, cases)
        if not key.valid:
            raise Unidentified("this is no valid key")
        return Caller(key.id, key.name, frozenset(key.roles), cases)

    def holder(self, key_id: str) -> Caller:
        """Whoever holds the key of this id, which was checked before.

        Raises
        ------
        Unidentified
            It is no longer valid.
        """
        with self._database.reading() as connection:
            row = connection.execute(select(api_key).where(api_key.c.id == key_id)).one_or_none()
            query = select(api_key_case.c.case_id).where(api_key_case.c.key_id == key_id)
            bound = frozenset(connection.execute(query).scalars())
        if row is None or not _shown(row, None).valid:
            raise Unidentified("this is no valid key")
        key = _shown(row, None)
        return Caller(key.id, key.name, frozenset(key.roles), None if row.everywhere else bound)

    def all(self) -> list[Key]:
        """Every key that was ever made, by the time it was."""
        with self._database.reading() as connection:
            bound: dict[str, set[str]] = {}
            for key_id, case_id in connection.execute(select(api_key_case)):
                bound.setdefault(key_id, set()).add(case_id)
            rows = connection.execute(select(api_key).order_by(api_key.c.created, api_key.c.id))
            return [_shown(row, None if row.everywhere else bound.get(row.id, set())) for row in rows]

    def revoke(self, key_id: str, *, by: str | None = None) -> None:
        """Let a key open nothing from now on.

        Raises
        ------
        NotHere
            There is none of this id.
        Conflicting
            It is the last admin.
        """
        with self._database.writing() as connection:
            self._ledger.hold(connection)
            rows = connection.execute(select(api_key)).all()
            keys = {row.id: _shown(row, set()) for row in rows}
            if key_id not in keys:
                raise NotHere("there is no such key")
            if keys[key_id].revoked is not None:
                return
            admins = [key.id for key in keys.values() if Role.ADMIN in key.roles and key.valid]
            if admins == [key_id]:
                raise Conflicting("this is the last key of an admin: make another one first")
            connection.execute(update(api_key).where(api_key.c.id == key_id).values(revoked=utc()))
            self._ledger.enter(connection, Event("key-revoked", details={"key": key_id}, who=by))


def unbind(connection: Connection, case_id: str) -> None:
    """Take a case out of the bounds of every key."""
    connection.execute(delete(api_key_case).where(api_key_case.c.case_id == case_id))


def _hash(secret: str) -> str:
    return hashlib.sha256(secret.encode("ascii")).hexdigest()


def _shown(row: Row, cases: Iterable[str] | None) -> Key:  # type: ignore[type-arg]
    return Key(
        row.id,
        row.name,
        tuple(Role(word) for word in row.roles.split(",")),
        None if cases is None else tuple(sorted(cases)),
        row.created,
        row.expires,
        row.revoked,
    )
