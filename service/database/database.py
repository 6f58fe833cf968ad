"""One engine for the tables of the service, on SQLite or on PostgreSQL; used from threads."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final, Literal

from sqlalchemy import Connection, Engine, create_engine, event, text
from sqlalchemy.engine import make_url
from sqlalchemy.exc import OperationalError
from sqlalchemy.pool import ConnectionPoolEntry

from ...errors import AssayError

__all__ = ["Database", "DatabaseUnreachable"]

_WRITES: Final = "assay_writes"
_WAIT_SECONDS: Final = 30.0


class DatabaseUnreachable(AssayError):
    """The database that the settings name cannot be opened."""

    code = "database-unreachable"


class Database:
    """A pool of connections to one database.

    Parameters
    ----------
    url
        ``sqlite:////PATH`` or ``postgresql+psycopg://...``.
    """

    def __init__(self, url: str) -> None:
        address = make_url(url)
        self.kind: Literal["sqlite", "postgresql"] = (
            "sqlite" if address.drivername == "sqlite" else "postgresql"
        )
        self.url = url
        self._closed = False
        if self.kind == "sqlite":
            if address.database:
                Path(address.database).parent.mkdir(parents=True, exist_ok=True)
            self.engine: Engine = create_engine(
                address,
                connect_args={"timeout": _WAIT_SECONDS},
                pool_size=20,
                max_overflow=40,
                # Parameters hold names of files, and errors may be logged.
                hide_parameters=True,
            )
            _as_sqlite(self.engine)
        else:
            self.engine = create_engine(
                address,
                pool_size=20,
                max_overflow=40,
                pool_pre_ping=True,
                connect_args={"connect_timeout": 10},
                hide_parameters=True,
            )
        # Disposing of a pool closes what lies in it; what a thread still holds then is closed as it comes back.
        event.listen(self.engine, "checkin", self._returned)

    @contextmanager
    def reading(self) -> Iterator[Connection]:
        """A transaction that sees one state of the tables."""
        with self.engine.connect() as connection, connection.begin():
            yield connection

    @contextmanager
    def writing(self) -> Iterator[Connection]:
        """A transaction that may write; on SQLite no other writer gets between."""
        with (
            self.engine.connect().execution_options(**{_WRITES: True}) as connection,
            connection.begin(),
        ):
            yield connection

    def check(self) -> None:
        """Ask the database for an answer.

        Raises
        ------
        DatabaseUnreachable
            It gives none.
        """
        try:
            with self.reading() as connection:
                connection.execute(text("SELECT 1"))
        except OperationalError as error:
            raise DatabaseUnreachable(f"the database cannot be opened: {error.orig}") from None

    def close(self) -> None:
        """Close all connections: those that are in use as soon as they are not."""
        self._closed = True
        self.engine.dispose()

    def _returned(self, _: Any, record: ConnectionPoolEntry) -> None:
        if self._closed:
            record.invalidate()


def _as_sqlite(engine: Engine) -> None:
    @event.listens_for(engine, "connect")
    def connected(connection: Any, _: Any) -> None:
        # Transactions are begun below, where it is known whether they write.
        connection.isolation_level = None
        for pragma in ("journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON"):
            connection.execute(f"PRAGMA {pragma}")

    @event.listens_for(engine, "begin")
    def begun(connection: Connection) -> None:
        writes = connection.get_execution_options().get(_WRITES)
        connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")
