"""Entering what happens: alone, many at once, or together with a change of the tables."""

import threading
from collections.abc import Iterator
from dataclasses import replace

from sqlalchemy import Connection, func, select

from ...evidence.custody import GENESIS, Checked, Entry, Event, Log
from ..database import Database
from ..database.tables import custody
from .table import CustodyTable, Within, hold

__all__ = ["Ledger"]

_WHO = "service"


class Ledger:
    """The custody log of a service.

    Parameters
    ----------
    database
        With the tables of this version.
    """

    def __init__(self, database: Database) -> None:
        self.table = CustodyTable(database)
        self.log = Log(self.table, who=_WHO)
        self._database = database
        self._turn = threading.Lock()
        self._gate = threading.Lock()
        self._waiting: list[_Ticket] = []

    def record(self, *events: Event) -> None:
        """Enter events; when this returns they are on the disk.

        Calls from several threads that wait for the disk share one transaction.

        Raises
        ------
        CustodyUnwritable, CustodyDamaged
            They were not entered.
        """
        ticket = _Ticket(events)
        with self._gate:
            self._waiting.append(ticket)
        with self._turn:
            if not ticket.done:
                with self._gate:
                    batch, self._waiting = self._waiting, []
                try:
                    self.log.extend(event for each in batch for event in each.events)
                except BaseException as error:
                    for each in batch:
                        each.error = error
                    raise
                finally:
                    for each in batch:
                        each.done = True
        if ticket.error is not None:
            raise ticket.error

    def enter(self, connection: Connection, *events: Event) -> None:
        """Enter events in a transaction of the caller, which holds the log until it ends."""
        Log(Within(connection, self.table.log), who=_WHO).extend(events)

    def hold(self, connection: Connection) -> None:
        """Hold the log until the transaction of the caller ends; whoever does changes the room alone."""
        hold(connection)

    def check(self) -> Checked:
        """Check the log; what was entered since the last checkpoint is no fault, since the next one signs it."""
        checked = self.log.check()
        faults = tuple(fault for fault in checked.faults if fault.code != "entry-unsigned")
        return replace(checked, faults=faults)

    def head(self, connection: Connection) -> str:
        """Hash of the last entry; `GENESIS` when there is none."""
        query = select(custody.c.line).where(custody.c.log == self.table.log)
        line = connection.execute(query.order_by(custody.c.number.desc()).limit(1)).scalar()
        return GENESIS if line is None else Entry.read(bytes(line)).hash

    def count(self, connection: Connection) -> int:
        """Entries of the log."""
        query = select(func.max(custody.c.number)).where(custody.c.log == self.table.log)
        last = connection.execute(query).scalar()
        return 0 if last is None else int(last) + 1

    def entries(
        self,
        connection: Connection,
        *,
        exhibit: str | None = None,
        cases: frozenset[str] | None = None,
        after: int = -1,
        rows: int,
    ) -> Iterator[Entry]:
        """Entries in their order.

        Parameters
        ----------
        connection
            Of a transaction that reads.
        exhibit
            Only those of this one.
        cases
            Only those of these cases; None gives all.
        after
            Only those with a greater number.
        rows
            Most that are given.
        """
        query = select(custody.c.line).where(custody.c.log == self.table.log, custody.c.number > after)
        if exhibit is not None:
            query = query.where(custody.c.exhibit == exhibit)
        if cases is not None:
            query = query.where(custody.c.case_id.in_(cases))
        for (line,) in connection.execute(query.order_by(custody.c.number).limit(rows)):
            yield Entry.read(bytes(line))

    def latest(
        self,
        connection: Connection,
        *,
        exhibit: str | None = None,
        cases: frozenset[str] | None = None,
        before: int | None = None,
        rows: int,
    ) -> Iterator[Entry]:
        """The same, newest first; `before` gives only those with a smaller number."""
        query = select(custody.c.line).where(custody.c.log == self.table.log)
        if before is not None:
            query = query.where(custody.c.number < before)
        if exhibit is not None:
            query = query.where(custody.c.exhibit == exhibit)
        if cases is not None:
            query = query.where(custody.c.case_id.in_(cases))
        for (line,) in connection.execute(query.order_by(custody.c.number.desc()).limit(rows)):
            yield Entry.read(bytes(line))


class _Ticket:
    def __init__(self, events: tuple[Event, ...]) -> None:
        self.events = events
        self.done = False
        self.error: BaseException | None = None
