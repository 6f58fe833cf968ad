"""The custody log as a table of the database, on SQLite and on PostgreSQL: a `Store` of `evidence.custody`."""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import Final

from sqlalchemy import Connection, insert, select, text
from sqlalchemy.exc import DBAPIError

from ...evidence.custody import GENESIS, CustodyUnwritable, Entry, Signed
from ...evidence.custody.store import Torn
from ..database import Database
from ..database.tables import custody, custody_checkpoint

__all__ = ["CustodyTable", "Within"]

_LOCK: Final = 0x61737361_79000002
"""Number of the lock of PostgreSQL under which one transaction at a time appends."""
_BATCH: Final = 500


class CustodyTable:
    """A log in a database.

    Parameters
    ----------
    database
        With the tables of this version.
    log
        Name of the log within the table.
    """

    def __init__(self, database: Database, log: str = "room") -> None:
        self._database = database
        self.log = log

    def lines(self) -> Iterator[bytes]:
        """Every line by its number."""
        query = select(custody.c.line).where(custody.c.log == self.log).order_by(custody.c.number)
        with self._database.reading() as connection:
            for (line,) in connection.execute(query.execution_options(yield_per=_BATCH)):
                yield bytes(line)

    def some(self, first: int, rows: int) -> list[bytes]:
        """Lines from the entry of number `first` on, at most so many."""
        query = select(custody.c.line).where(custody.c.log == self.log, custody.c.number >= first)
        with self._database.reading() as connection:
            return [
                bytes(line) for (line,) in connection.execute(query.order_by(custody.c.number).limit(rows))
            ]

    def whole(self) -> bool:
        """A transaction is there or not."""
        return True

    @contextmanager
    def writing(self) -> Iterator["CustodyWriter"]:
        """A transaction that no other writer can get between.

        Raises
        ------
        CustodyUnwritable
            The database refuses, or others held it longer than a connection waits.
        """
        try:
            with self._database.writing() as connection, Within(connection, self.log).writing() as writer:
                yield writer
        except DBAPIError as error:
            raise CustodyUnwritable(f"the custody table cannot be written: {error.orig}") from error

    def kept(self) -> list[Signed]:
        """The checkpoints, by number."""
        columns = custody_checkpoint.c
        query = (
            select(columns.number, columns.statement, columns.signature, columns.key)
            .where(columns.log == self.log)
            .order_by(columns.number)
        )
        with self._database.reading() as connection:
            return [
                Signed(number, bytes(statement), bytes(signature), bytes(key))
                for number, statement, signature, key in connection.execute(query)
            ]


class Within:
    """The same log within a transaction that writes other tables as well: both are there, or neither."""

    def __init__(self, connection: Connection, log: str) -> None:
        self._connection = connection
        self._log = log

    @contextmanager
    def writing(self) -> Iterator["CustodyWriter"]:
        """The end of the log, held until the transaction ends."""
        hold(self._connection)
        yield CustodyWriter(self._connection, self._log)

    def lines(self) -> Iterator[bytes]:
        """Every line by its number."""
        query = select(custody.c.line).where(custody.c.log == self._log).order_by(custody.c.number)
        for (line,) in self._connection.execute(query):
            yield bytes(line)

    def whole(self) -> bool:
        """A transaction is there or not."""
        return True

    def kept(self) -> list[Signed]:
        """None: checkpoints are read by `CustodyTable`."""
        return []


def hold(connection: Connection) -> None:
    """Take the lock of the log until the transaction ends; on SQLite a transaction that writes holds all."""
    if connection.dialect.name == "postgresql":
        connection.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": _LOCK})


class CustodyWriter:
    """See `Writer`."""

    torn: Torn | None = None

    def __init__(self, connection: Connection, log: str) -> None:
        self._connection = connection
        self._log = log
        query = select(custody.c.line).where(custody.c.log == log).order_by(custody.c.number.desc()).limit(1)
        line = connection.execute(query).scalar()
        self.count, self.head = 0, GENESIS
        if line is not None:
            last = Entry.read(bytes(line))
            self.count, self.head = last.number + 1, last.hash

    def write(self, lines: Iterable[bytes]) -> None:
        """Add rows; they are on the disk when the transaction ends."""
        rows = []
        for line in lines:
            entry = Entry.read(line)
            within = entry.details.get("case")
            rows.append(
                {
                    "log": self._log,
                    "number": entry.number,
                    "line": line,
                    "exhibit": entry.exhibit,
                    "case_id": within if isinstance(within, str) else None,
                }
            )
            if len(rows) == _BATCH:
                self._connection.execute(insert(custody), rows)
                rows = []
        if rows:
            self._connection.execute(insert(custody), rows)

    def keep(self, signed: Signed) -> None:
        """Keep a checkpoint in the same transaction."""
        row = {
            "log": self._log,
            "number": signed.number,
            "statement": signed.statement,
            "signature": signed.signature,
            "key": signed.key,
        }
        self._connection.execute(insert(custody_checkpoint), [row])
