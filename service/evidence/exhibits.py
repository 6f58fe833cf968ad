"""Exhibits: content that cases hold, from its arrival to its deletion.

A row is there only while the content is: what is about to be kept and what is about to go is named in the table of
removals first, so that whatever a crash leaves is taken away by the next start.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, Select, delete, func, insert, select, tuple_

from ...evidence.custody import Event
from ...evidence.custody.entry import utc
from ..custody import Ledger
from ..database import Database
from ..database.tables import case, exhibit, holding, removal
from ..refusals import NotHere, StoreFull
from ..settings import Settings
from ..store import Arrival, Blob, Store

__all__ = ["Exhibits", "Follower", "Held"]

Follower = Callable[[Connection, str, str], None]
"""Called with a connection, the id of a case and the hash of an exhibit that is about to leave it."""


@dataclass(frozen=True, slots=True)
class Held:
    """That a case holds an exhibit.

    Attributes
    ----------
    case, sha256 : str
        Which.
    size : int
        Bytes.
    name : str
        As the sender called it; never a path.
    received : str
        UTC.
    received_by : str
        Who sent it.
    """

    case: str
    sha256: str
    size: int
    name: str
    received: str
    received_by: str

    @property
    def place(self) -> tuple[str, str, str]:
        """Where it stands in a list, newest first."""
        return self.received, self.case, self.sha256


class Exhibits:
    """The exhibits of a room.

    Parameters
    ----------
    settings, database, store, ledger
        Of the room.
    """

    def __init__(self, settings: Settings, database: Database, store: Store, ledger: Ledger) -> None:
        self._settings, self._database = settings, database
        self._store, self._ledger = store, ledger
        self.followers: list[Follower] = []
        """Told in the transaction that takes an exhibit out of a case, so that what was made of it goes as well."""

    def expect(self, case_id: str, size: int) -> None:
        """Say at once when an upload of `size` bytes cannot be kept.

        Raises
        ------
        StoreFull
        """
        free = self._store.free()
        if free is not None and free - size < self._settings.spare_bytes:
            raise StoreFull("the disk of the store is full: make room, or ask whoever runs the service")
        with self._database.reading() as connection:
            quota = connection.execute(select(case.c.quota_bytes).where(case.c.id == case_id)).scalar()
        # What is there already costs nothing, so that only the hash can tell whether the rest of a quota suffices.
        most = [bound for bound in (self._settings.store_bytes or None, quota) if bound is not None]
        if most and size > min(most):
            raise StoreFull(f"the quota is {min(most):,} bytes: this upload can never be kept")

    def receive(self, arrival: Arrival, *, case_id: str, name: str, by: str) -> tuple[Held, bool]:
        """Put what has arrived into a case.

        Parameters
        ----------
        arrival
            Complete, and still open.
        case_id, name, by
            Where it goes, what it is called, who sent it.

        Returns
        -------
        tuple of Held and bool
            What the case holds now, and whether it did not before.

        Raises
        ------
        StoreFull
            A quota or the disk does not allow it; nothing of it is left.
        NotHere
            The case has been deleted meanwhile.
        """
        sha256 = arrival.sha256
        try:
            with self._database.writing() as connection:
                self._ledger.hold(connection)
                self._fits(connection, case_id, *self._adds(connection, case_id, sha256, arrival.size))
                if not _known(connection, sha256):
                    _intend(connection, sha256)
            blob = arrival.keep()
            with self._database.writing() as connection:
                self._ledger.hold(connection)
                return self._held(connection, arrival, blob, case_id, name, by)
        except BaseException:
            self.finish_removals(sha256)
            raise

    def _held(
        self, connection: Connection, arrival: Arrival, blob: Blob, case_id: str, name: str, by: str
    ) -> tuple[Held, bool]:
        if connection.execute(select(case.c.id).where(case.c.id == case_id)).scalar() is None:
            raise NotHere("there is no such case, or this key may not see it")
        if self._store.size(blob.sha256) is None:
            arrival.keep()
        # Others may have come in between.
        self._fits(connection, case_id, *self._adds(connection, case_id, blob.sha256, blob.size))
        connection.execute(delete(removal).where(removal.c.sha256 == blob.sha256))
        now = utc()
        if not _known(connection, blob.sha256):
            row = {"sha256": blob.sha256, "size": blob.size, "received": now}
            connection.execute(insert(exhibit).values(row))
        found = self._look(connection, blob.sha256, [case_id])
        if not found:
            row = {
                "case_id": case_id,
                "sha256": blob.sha256,
                "name": name,
                "received": now,
                "received_by": by,
            }
            connection.execute(insert(holding).values(row))
        details = {"case": case_id, "name": name, "size": blob.size}
        word = "received-again" if found else "received"
        self._ledger.enter(connection, Event(word, blob.sha256, details=details, who=by))
        return self._look(connection, blob.sha256, [case_id])[0], not found

    def look(self, sha256: str, cases: Sequence[str] | frozenset[str] | None) -> list[Held]:
        """Where an exhibit is held, among these cases; all when None."""
        with self._database.reading() as connection:
            return self._look(connection, sha256, cases)

    def page(
        self,
        cases: Sequence[str] | frozenset[str] | None,
        *,
        before: tuple[str, str, str] | None = None,
        rows: int,
        name: str | None = None,
        sha256: str | None = None,
    ) -> list[Held]:
        """Some exhibits, newest first.

        Parameters
        ----------
        cases
            Only those in these; None: all.
        before
            Only those after this `Held.place` of the list.
        rows : int
            Most that are given.
        name : str | None
            Only those whose name holds this text.
        sha256 : str | None
            Only those whose hash begins with this.
        """
        query = _query(cases).order_by(
            holding.c.received.desc(), holding.c.case_id.desc(), holding.c.sha256.desc()
        )
        if before is not None:
            query = query.where(tuple_(holding.c.received, holding.c.case_id, holding.c.sha256) < before)
        if name is not None:
            query = query.where(func.lower(holding.c.name).contains(name.lower(), autoescape=True))
        if sha256 is not None:
            query = query.where(holding.c.sha256.startswith(sha256, autoescape=True))
        with self._database.reading() as connection:
            return [Held(*row) for row in connection.execute(query.limit(rows))]

    def release(
        self, sha256: str, cases: Sequence[str] | frozenset[str] | None, *, by: str, reason: str
    ) -> int:
        """Delete an exhibit from cases; its content goes with the last of them, its history stays.

        Returns
        -------
        int
            Cases that it was deleted from.
        """
        with self._database.writing() as connection:
            self._ledger.hold(connection)
            held = self._look(connection, sha256, cases)
            for each in held:
                self._released(connection, each, by, reason)
        self.finish_removals(sha256)
        return len(held)

    def _released(self, connection: Connection, held: Held, by: str, reason: str) -> None:
        for follower in self.followers:
            follower(connection, held.case, held.sha256)
        here = (holding.c.case_id == held.case, holding.c.sha256 == held.sha256)
        connection.execute(delete(holding).where(*here))
        left = connection.execute(select(func.count()).where(holding.c.sha256 == held.sha256)).scalar()
        if not left:
            connection.execute(delete(exhibit).where(exhibit.c.sha256 == held.sha256))
            _intend(connection, held.sha256)
        details = {
            "case": held.case,
            "name": held.name,
            "size": held.size,
            "received": held.received,
            "reason": reason,
            "content": "kept for other cases" if left else "removed",
        }
        self._ledger.enter(connection, Event("deleted", held.sha256, details=details, who=by))

    def release_case(self, case_id: str, *, by: str, reason: str) -> int:
        """Delete every exhibit of a case."""
        released = 0
        while some := self.page([case_id], rows=100):
            for each in some:
                released += self.release(each.sha256, [case_id], by=by, reason=reason)
        return released

    def tidy(self) -> None:
        """Take away what processes that died have left."""
        self._store.sweep()
        with self._database.reading() as connection:
            named = connection.execute(select(removal.c.sha256)).scalars().all()
        for sha256 in named:
            self.finish_removals(sha256)

    def finish_removals(self, sha256: str) -> None:
        """Take content out of the store that is named in the table of removals and held by no case."""
        with self._database.writing() as connection:
            self._ledger.hold(connection)
            here = removal.c.sha256 == sha256
            if connection.execute(select(removal.c.sha256).where(here)).scalar() is None:
                return
            if not _known(connection, sha256):
                self._store.remove(sha256)
            connection.execute(delete(removal).where(here))

    def used(self) -> tuple[int, int]:
        """Exhibits of the room and their bytes, each counted once."""
        with self._database.reading() as connection:
            row = connection.execute(select(func.count(), func.sum(exhibit.c.size))).one()
        return row[0], int(row[1] or 0)

    def _adds(self, connection: Connection, case_id: str, sha256: str, size: int) -> tuple[int, int]:
        """Bytes that content adds to a case and to the room."""
        if self._look(connection, sha256, [case_id]):
            return 0, 0
        return size, 0 if _known(connection, sha256) else size

    def _fits(self, connection: Connection, case_id: str, to_case: int, to_room: int) -> None:
        most = self._settings.store_bytes
        if most and to_room:
            used = int(connection.execute(select(func.sum(exhibit.c.size))).scalar() or 0)
            if used + to_room > most:
                raise StoreFull(
                    f"the store holds {used:,} of at most {most:,} bytes: delete something, or raise the quota"
                )
        quota = connection.execute(select(case.c.quota_bytes).where(case.c.id == case_id)).scalar()
        if quota is not None and to_case:
            query = select(func.sum(exhibit.c.size)).join(holding, holding.c.sha256 == exhibit.c.sha256)
            used = int(connection.execute(query.where(holding.c.case_id == case_id)).scalar() or 0)
            if used + to_case > quota:
                raise StoreFull(
                    f"the case holds {used:,} of at most {quota:,} bytes: delete something, or raise its quota"
                )

    def _look(
        self, connection: Connection, sha256: str, cases: Sequence[str] | frozenset[str] | None
    ) -> list[Held]:
        query = _query(cases).where(holding.c.sha256 == sha256).order_by(holding.c.received)
        return [Held(*row) for row in connection.execute(query)]


def _query(cases: Sequence[str] | frozenset[str] | None) -> Select[Any]:
    query = select(
        holding.c.case_id,
        holding.c.sha256,
        exhibit.c.size,
        holding.c.name,
        holding.c.received,
        holding.c.received_by,
    ).join(exhibit, exhibit.c.sha256 == holding.c.sha256)
    return query if cases is None else query.where(holding.c.case_id.in_(list(cases)))


def _known(connection: Connection, sha256: str) -> bool:
    return connection.execute(select(exhibit.c.sha256).where(exhibit.c.sha256 == sha256)).scalar() is not None


def _intend(connection: Connection, sha256: str) -> None:
    if connection.execute(select(removal.c.sha256).where(removal.c.sha256 == sha256)).scalar() is None:
        connection.execute(insert(removal).values(sha256=sha256))
