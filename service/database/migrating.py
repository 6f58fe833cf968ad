"""Bringing the tables to what this version of the program expects, when a service or a worker starts."""

from pathlib import Path
from typing import Any, Final

from alembic.operations import Operations
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, text

from ...errors import AssayError
from .database import Database
from .tables import METADATA

__all__ = ["DatabaseNewer", "migrate", "revision"]

FOLDER: Final = Path(__file__).parent
LOCK: Final = 0x61737361_79000001
"""Number of the lock under which one process at a time migrates."""


class DatabaseNewer(AssayError):
    """The tables were made by a later version of the program."""

    code = "database-newer"


def migrate(database: Database, target: str = "head") -> None:
    """Run the migrations that are missing, all in one transaction; processes that start together wait for each other.

    Parameters
    ----------
    database
        Any state of it.
    target : str
        The last migration that is run.

    Raises
    ------
    DatabaseNewer
        The tables are of a version that this program does not know.
    """
    database.check()
    scripts = ScriptDirectory(str(FOLDER), version_locations=[str(FOLDER / "migrations")])
    with database.writing() as connection:
        if database.kind == "postgresql":
            connection.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": LOCK})
        known = {"head"} | {script.revision for script in scripts.walk_revisions()}
        if (now := revision(connection)) is not None and now not in known:
            raise DatabaseNewer(
                f"the tables are at {now}, which this version does not know: update the program"
            )

        def missing(held: Any, _: Any) -> Any:
            return scripts._upgrade_revs(target, held)

        context = MigrationContext.configure(
            connection, opts={"fn": missing, "target_metadata": METADATA, "transactional_ddl": False}
        )
        with Operations.context(context):
            context.run_migrations()


def revision(connection: Connection) -> str | None:
    """The migration that the tables are at."""
    return MigrationContext.configure(connection).get_current_revision()
