"""Cases: what groups exhibits, and the boundary that keys are bound to."""

import uuid
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, Row, delete, func, insert, select, update

from ...evidence.custody import Event
from ...evidence.custody.entry import utc
from ..access.caller import Caller, CaseNeeded
from ..access.keys import unbind
from ..custody import Ledger
from ..database import Database
from ..database.tables import case, exhibit, holding
from ..refusals import Conflicting, NotHere

__all__ = ["Case", "Cases"]


@dataclass(frozen=True, slots=True)
class Case:
    """A case.

    Attributes
    ----------
    id : str
        Random.
    name, note : str
        For people.
    created : str
        UTC.
    quota_bytes : int | None
        Most bytes of exhibits that it may hold; None: no bound of its own.
    keep_days : int | None
        Days after which an exhibit is deleted; None: somebody has to.
    exhibits : int
        How many it holds.
    bytes : int
        Of them; what several cases hold counts in each.
    """

    id: str
    name: str
    note: str
    created: str
    quota_bytes: int | None
    keep_days: int | None
    exhibits: int
    bytes: int


class Cases:
    """The cases of a room.

    Parameters
    ----------
    database, ledger
        Of the room.
    """

    def __init__(self, database: Database, ledger: Ledger) -> None:
        self._database, self._ledger = database, ledger
        self.followers: list[Callable[[Connection, str], None]] = []
        """Told in the transaction that takes a case away, so that what belongs to it goes as well."""

    def make_first(self) -> None:
        """A case to begin with, unless there has been one."""
        with self._database.writing() as connection:
            self._ledger.hold(connection)
            if not connection.execute(select(func.count()).select_from(case)).scalar():
                self._made(connection, "first case", "", None, None, None)

    def make(
        self,
        name: str,
        *,
        note: str = "",
        quota_bytes: int | None = None,
        keep_days: int | None = None,
        by: str | None = None,
    ) -> Case:
        """Open a case."""
        with self._database.writing() as connection:
            made = self._made(connection, name, note, quota_bytes, keep_days, by)
            return self._one(connection, made)

    def _made(
        self,
        connection: Connection,
        name: str,
        note: str,
        quota_bytes: int | None,
        keep_days: int | None,
        by: str | None,
    ) -> str:
        row = {
            "id": str(uuid.uuid4()),
            "name": name,
            "note": note,
            "created": utc(),
            "quota_bytes": quota_bytes,
            "keep_days": keep_days,
        }
        connection.execute(insert(case).values(row))
        details = {"case": row["id"], "name": name, "quota_bytes": quota_bytes, "keep_days": keep_days}
        self._ledger.enter(connection, Event("case-opened", details=details, who=by))
        return str(row["id"])

    def change(self, case_id: str, values: Mapping[str, Any], *, by: str | None = None) -> Case:
        """Change some of ``name``, ``note``, ``quota_bytes`` and ``keep_days``.

        Raises
        ------
        NotHere
        """
        with self._database.writing() as connection:
            if values:
                connection.execute(update(case).where(case.c.id == case_id).values(**values))
                details = {"case": case_id, **{name: values[name] for name in values if name != "note"}}
                self._ledger.enter(connection, Event("case-changed", details=details, who=by))
            return self._one(connection, case_id)

    def close(self, case_id: str, *, by: str | None = None) -> None:
        """Take an empty case away; keys that were bound to it see one case less.

        Raises
        ------
        NotHere
            There is none of this id.
        Conflicting
            It holds exhibits.
        """
        with self._database.writing() as connection:
            self._ledger.hold(connection)
            found = self._one(connection, case_id)
            if found.exhibits:
                raise Conflicting("the case holds exhibits: delete them first")
            for follower in self.followers:
                follower(connection, case_id)
            unbind(connection, case_id)
            connection.execute(delete(case).where(case.c.id == case_id))
            details = {"case": case_id, "name": found.name}
            self._ledger.enter(connection, Event("case-deleted", details=details, who=by))

    def one(self, case_id: str) -> Case:
        """One case.

        Raises
        ------
        NotHere
        """
        with self._database.reading() as connection:
            return self._one(connection, case_id)

    def all(self, within: Iterable[str] | None = None) -> list[Case]:
        """The cases, by the time they were opened; only those `within` these ids unless that is None."""
        with self._database.reading() as connection:
            query = _query()
            if within is not None:
                query = query.where(case.c.id.in_(list(within)))
            return [_shown(row) for row in connection.execute(query)]

    def names(self, within: Iterable[str] | None = None) -> dict[str, str]:
        """Names of the cases by id, by the time they were opened; see `all`."""
        query = select(case.c.id, case.c.name).order_by(case.c.created, case.c.id)
        if within is not None:
            query = query.where(case.c.id.in_(list(within)))
        with self._database.reading() as connection:
            return {row[0]: row[1] for row in connection.execute(query)}

    def meant(self, caller: Caller, wanted: str | None) -> str:
        """The case that a caller means: the one that is named, else the only one that it may see.

        Raises
        ------
        NotHere
            There is none of this id, or the caller may not see it.
        CaseNeeded
            None is named, and it may see several.
        """
        with self._database.reading() as connection:
            query = select(case.c.id)
            if wanted is not None:
                found = connection.execute(query.where(case.c.id == wanted)).scalar()
                if found is None:
                    raise NotHere("there is no such case, or this key may not see it")
                return caller.must_see(wanted)
            if caller.cases is not None:
                query = query.where(case.c.id.in_(caller.cases))
            seen = connection.execute(query.limit(2)).scalars().all()
        if len(seen) != 1:
            raise CaseNeeded("name the case: ?case=ID; GET /v1/cases lists them")
        return str(seen[0])

    def within(self, caller: Caller, wanted: str | None) -> frozenset[str] | None:
        """The cases that a list is about: the one that is named, else all that the caller sees; None: every case.

        Raises
        ------
        NotHere
            There is none of this id, or the caller may not see it.
        """
        return caller.cases if wanted is None else frozenset([self.meant(caller, wanted)])

    def _one(self, connection: Connection, case_id: str) -> Case:
        row = connection.execute(_query().where(case.c.id == case_id)).one_or_none()
        if row is None:
            raise NotHere("there is no such case, or this key may not see it")
        return _shown(row)


def _query() -> Any:
    held = (
        select(
            holding.c.case_id,
            func.count().label("exhibits"),
            func.sum(exhibit.c.size).label("bytes"),
        )
        .join(exhibit, exhibit.c.sha256 == holding.c.sha256)
        .group_by(holding.c.case_id)
        .subquery()
    )
    return (
        select(case, func.coalesce(held.c.exhibits, 0), func.coalesce(held.c.bytes, 0))
        .outerjoin(held, held.c.case_id == case.c.id)
        .order_by(case.c.created, case.c.id)
    )


def _shown(row: "Row[Any]") -> Case:
    values: list[Any] = list(row)
    values[-1] = int(values[-1])
    return Case(*values)
