"""A custody log as a table of an SQLite database: the same lines, for a service that has a database anyway.

Several logs share a table, each by its name. Triggers refuse to change or delete a row: who has the database can take
them away, and the chain and the checkpoints tell.
"""

import sqlite3
from collections.abc import Callable, Iterable, Iterator
from contextlib import closing, contextmanager
from typing import Final

from .checkpoint import Signed
from .entry import GENESIS, Entry
from .store import CustodyUnwritable, Torn

__all__ = ["TableStore"]

_SCHEMA: Final = """
CREATE TABLE IF NOT EXISTS custody (
    log TEXT NOT NULL, number INTEGER NOT NULL, line BLOB NOT NULL, PRIMARY KEY (log, number)
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS custody_checkpoint (
    log TEXT NOT NULL, number INTEGER NOT NULL, statement BLOB NOT NULL, signature BLOB NOT NULL, key BLOB NOT NULL,
    PRIMARY KEY (log, number)
) WITHOUT ROWID;
"""
_GUARD: Final = """
CREATE TRIGGER IF NOT EXISTS {table}_no_{act} BEFORE {act} ON {table}
BEGIN SELECT RAISE(ABORT, 'the custody log is only ever appended to'); END;
"""


class TableStore:
    """A log in a database.

    Parameters
    ----------
    connect
        Opens a connection; it is closed after each use. Its timeout is how long an append waits for others.
    log
        Name of the log within the table.
    """

    def __init__(self, connect: Callable[[], sqlite3.Connection], log: str = "main") -> None:
        self._connect = connect
        self._log = log
        with closing(connect()) as connection:
            connection.executescript(_SCHEMA)
            for table in ("custody", "custody_checkpoint"):
                for act in ("UPDATE", "DELETE"):
                    connection.executescript(_GUARD.format(table=table, act=act))

    def lines(self) -> Iterator[bytes]:
        """Every line by its number."""
        with closing(self._connect()) as connection:
            query = "SELECT line FROM custody WHERE log = ? ORDER BY number"
            for (line,) in connection.execute(query, (self._log,)):
                yield bytes(line)

    def whole(self) -> bool:
        """A transaction is there or not."""
        return True

    @contextmanager
    def writing(self) -> Iterator["TableWriter"]:
        """A transaction that no other writer can get between.

        Raises
        ------
        CustodyUnwritable
            The database refuses, or others held it longer than the connection waits.
        """
        with closing(self._connect()) as connection:
            connection.isolation_level = None
            try:
                connection.execute("BEGIN IMMEDIATE")
                yield TableWriter(connection, self._log)
                connection.execute("COMMIT")
            except sqlite3.Error as error:
                raise CustodyUnwritable(f"the custody table cannot be written: {error}") from error

    def kept(self) -> list[Signed]:
        """The checkpoints, by number."""
        with closing(self._connect()) as connection:
            query = "SELECT number, statement, signature, key FROM custody_checkpoint WHERE log = ? ORDER BY number"
            return [Signed(*row) for row in connection.execute(query, (self._log,))]


class TableWriter:
    """See `Writer`."""

    torn: Torn | None = None

    def __init__(self, connection: sqlite3.Connection, log: str) -> None:
        self._connection = connection
        self._log = log
        query = "SELECT line FROM custody WHERE log = ? ORDER BY number DESC LIMIT 1"
        row = connection.execute(query, (log,)).fetchone()
        self.count, self.head = 0, GENESIS
        if row is not None:
            last = Entry.read(bytes(row[0]))
            self.count, self.head = last.number + 1, last.hash

    def write(self, lines: Iterable[bytes]) -> None:
        """Add rows; they are on the disk when the transaction ends."""
        rows = ((self._log, Entry.read(line).number, line) for line in lines)
        self._connection.executemany("INSERT INTO custody VALUES (?, ?, ?)", rows)

    def keep(self, signed: Signed) -> None:
        """Keep a checkpoint in the same transaction."""
        row = (self._log, signed.number, signed.statement, signed.signature, signed.key)
        self._connection.execute("INSERT INTO custody_checkpoint VALUES (?, ?, ?, ?, ?)", row)
