"""pySigma's SQLite backend: every rule one query."""

import sqlite3
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import re2
from sigma.backends.sqlite import sqliteBackend

from assay.triage.sigma.plan import Group


@dataclass(frozen=True)
class Query:
    """One rule as SQL.

    Attributes
    ----------
    rule
        Its number.
    sql
        Gives ``source, line``.
    """

    rule: int
    sql: str


def queries(groups: Sequence[Group], parsed: Sequence[Any]) -> tuple[list[Query], dict[int, str]]:
    """Queries of rules about Windows events, and those that the backend cannot write.

    The condition is the backend's; the log source is put before it, so that an index narrows the rows, as a
    processing pipeline would do.
    """
    backend = sqliteBackend()
    made: list[Query] = []
    refused: dict[int, str] = {}
    for group in groups:
        if group.scope.family != "windows":
            continue
        where = " OR ".join(
            f"(Channel = '{channel}'" + (f" AND EventID = '{event}')" if event else ")")
            for channel, event in sorted(group.scope.events)
        )
        for rule in group.rules:
            try:
                conditions = backend.convert_rule(parsed[rule])
            except Exception as error:
                refused[rule] = f"{type(error).__name__}: {error}"
                continue
            wanted = " OR ".join(f"({c.split(' WHERE ', 1)[1]})" for c in conditions)
            scope = f"({where}) AND " if where else ""
            made.append(Query(rule, f"SELECT source, line FROM logs WHERE {scope}({wanted})"))
    return made, refused


def prepare(database: sqlite3.Connection) -> None:
    """Give a database the functions that the queries use."""
    compiled: dict[str, Any] = {}

    def regexp(pattern: str, value: str | None) -> bool:
        if value is None:
            return False
        if pattern not in compiled:
            compiled[pattern] = re2.compile(pattern)
        return compiled[pattern].search(value) is not None

    database.create_function("REGEXP", 2, regexp, deterministic=True)
