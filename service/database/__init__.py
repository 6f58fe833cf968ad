"""The database of the service: SQLite in a file, or PostgreSQL."""

from .database import Database, DatabaseUnreachable
from .migrating import migrate

__all__ = ["Database", "DatabaseUnreachable", "migrate"]
