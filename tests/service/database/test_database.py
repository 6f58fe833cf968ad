"""A database that is closed leaves no connection open, whoever held one."""

import threading
from collections.abc import Iterator
from contextlib import closing
from typing import Any

import pytest
from sqlalchemy import Connection, event, text

from assay.service.database import Database
from assay.service.settings import Settings


@pytest.fixture
def database(settings: Settings) -> Iterator[Database]:
    settings.home.mkdir(parents=True, exist_ok=True)
    with closing(Database(settings.database_url)) as database:
        yield database


@pytest.fixture
def ended(database: Database) -> list[Any]:
    """Connections that were closed."""
    gone: list[Any] = []
    event.listen(database.engine, "close", lambda connection, *_: gone.append(connection))
    return gone


def _wire(connection: Connection) -> Any:
    return connection.connection.dbapi_connection


def test_what_lies_in_the_pool_is_closed(database: Database, ended: list[Any]) -> None:
    with database.reading() as connection:
        held = _wire(connection)
    assert ended == []
    database.close()
    assert ended == [held]


@pytest.mark.parametrize("transaction", ["reading", "writing"])
def test_what_a_thread_holds_is_closed_when_it_comes_back(
    database: Database, ended: list[Any], transaction: str
) -> None:
    holds, goes_on = threading.Event(), threading.Event()
    held: list[Any] = []

    def hold() -> None:
        with getattr(database, transaction)() as connection:
            held.append(_wire(connection))
            holds.set()
            goes_on.wait(60)
            held.append(connection.execute(text("SELECT 1")).scalar())

    thread = threading.Thread(target=hold)
    thread.start()
    assert holds.wait(60)
    database.close()
    # Its transaction is ended in order first.
    assert held[0] not in ended
    goes_on.set()
    thread.join(60)
    assert held[1:] == [1] and ended == held[:1]


def test_what_is_opened_later_is_closed_as_well(database: Database, ended: list[Any]) -> None:
    database.close()
    with database.reading() as connection:
        late = _wire(connection)
    assert ended == [late]
