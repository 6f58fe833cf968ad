"""Which cases own what a path names: one resolver for each kind of id."""

from collections.abc import Callable, Iterable, Mapping
from typing import Final

from sqlalchemy import Connection, select

from ..database.tables import case, holding

__all__ = ["OWNERS"]

Resolver = Callable[[Connection, str], Iterable[str]]


def _case(connection: Connection, name: str) -> Iterable[str]:
    return connection.execute(select(case.c.id).where(case.c.id == name)).scalars()


def _exhibit(connection: Connection, name: str) -> Iterable[str]:
    return connection.execute(select(holding.c.case_id).where(holding.c.sha256 == name)).scalars()


OWNERS: Final[Mapping[str, Resolver]] = {"case": _case, "sha256": _exhibit}
"""Name of a parameter of a path, to what finds the cases of its value; none for what is not there."""
