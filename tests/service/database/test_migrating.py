"""The tables that migrations make are those that the code expects, on both databases."""

import threading
from contextlib import closing

import pytest
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from assay.service.database import Database, migrate
from assay.service.database.migrating import DatabaseNewer
from assay.service.database.tables import METADATA
from assay.service.room import Room
from assay.service.settings import Settings


def test_migrations_make_what_the_code_expects(room: Room) -> None:
    with room.database.reading() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        assert compare_metadata(context, METADATA) == []


def test_processes_that_start_together_wait_for_each_other(settings: Settings) -> None:
    settings.home.mkdir(parents=True, exist_ok=True)
    failures: list[BaseException] = []

    def start() -> None:
        try:
            with Room.open(settings) as room:
                made.append(room.keys.make_first())
        except BaseException as error:
            failures.append(error)

    made: list[str | None] = []
    threads = [threading.Thread(target=start) for _ in range(5)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert failures == [] and len([key for key in made if key]) == 1
    with Room.open(settings) as room:
        assert len(room.cases.all()) == 1


def test_tables_of_a_later_version_are_left_alone(room: Room) -> None:
    with room.database.writing() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    with closing(Database(room.settings.database_url)) as database, pytest.raises(DatabaseNewer):
        migrate(database)


@pytest.mark.parametrize("statement", ["DELETE FROM custody", "UPDATE custody SET exhibit = 'x'"])
def test_the_custody_log_is_only_appended_to(room: Room, statement: str) -> None:
    with pytest.raises(DBAPIError, match="only ever appended to"), room.database.writing() as connection:
        connection.execute(text(statement))
