"""Which cases own what a path names: one resolver for each kind of id."""

from collections.abc import Callable, Iterable, Mapping
from typing import Final

from sqlalchemy import Connection, select

from ..database.tables import case, holding, job, mark

__all__ = ["OWNERS"]

Resolver = Callable[[Connection, str], Iterable[str]]


def _case(connection: Connection, name: str) -> Iterable[str]:
    return connection.execute(select(case.c.id).where(case.c.id == name)).scalars()


def _exhibit(connection: Connection, name: str) -> Iterable[str]:
    return connection.execute(select(holding.c.case_id).where(holding.c.sha256 == name)).scalars()


def _job(kind: str) -> Resolver:
    def found(connection: Connection, name: str) -> Iterable[str]:
        return connection.execute(select(job.c.case_id).where(job.c.id == name, job.c.kind == kind)).scalars()

    return found


def _mark(connection: Connection, name: str) -> Iterable[str]:
    return connection.execute(select(mark.c.case_id).where(mark.c.id == name)).scalars()


OWNERS: Final[Mapping[str, Resolver]] = {
    "case": _case,
    "sha256": _exhibit,
    "analysis": _job("analysis"),
    "triage": _job("triage"),
    "fit": _job("baseline"),
    "mark": _mark,
}
"""Name of a parameter of a path, to what finds the cases of its value; none for what is not there."""
