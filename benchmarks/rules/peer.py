"""pySigma's SQLite backend: every rule one query."""

import sqlite3
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import re2
from sigma.backends.sqlite import sqliteBackend
from sigma.collection import SigmaCollection

from assay.triage.limits import RULES
from assay.triage.sigma.files import rule_texts
from assay.triage.sigma.plan import Group
from assay.triage.sigma.yaml import documents


def parsed(path: Path) -> list[Any]:
    """The rules as pySigma has them, in the order in which Assay numbers them."""
    found: list[Any] = []
    for text in rule_texts(path):
        found += SigmaCollection.from_dicts(documents(text.text, RULES), collect_errors=True).rules
    return found


def queries(groups: Sequence[Group], rules: Sequence[Any]) -> dict[int, str]:
    """Queries of the rules about Windows events, by number of the rule.

    The condition is the backend's; the log source is put before it, so that an index narrows the rows, as a
    processing pipeline would do.
    """
    backend = sqliteBackend()
    made: dict[int, str] = {}
    for group in groups:
        if group.scope.family != "windows":
            continue
        where = " OR ".join(
            f"(Channel = '{channel}'" + (f" AND EventID = '{event}')" if event else ")")
            for channel, event in sorted(group.scope.events)
        )
        for number in group.rules:
            conditions = [query.split(" WHERE ", 1)[1] for query in backend.convert_rule(rules[number])]
            wanted = " OR ".join(f"({condition})" for condition in conditions)
            scope = f"({where}) AND " if where else ""
            made[number] = f"SELECT source, line FROM logs WHERE {scope}({wanted})"
    return made


def columns(numbers: Sequence[int], rules: Sequence[Any]) -> list[str]:
    """Fields that some rules read; names that SQLite does not tell apart are given once."""
    backend = sqliteBackend()
    names = {field for number in numbers for field in backend.required_fields(rules[number])}
    once: dict[str, str] = {}
    for name in sorted(names | {"Channel", "EventID"}):
        once.setdefault(name.lower(), name)
    return list(once.values())


def opened(path: Path) -> sqlite3.Connection:
    """A database with the function that the queries use, set up for speed rather than safety."""
    database = sqlite3.connect(path)
    for pragma in ("journal_mode = OFF", "synchronous = OFF", "temp_store = MEMORY", "cache_size = -400000"):
        database.execute(f"PRAGMA {pragma}")
    compiled: dict[str, Any] = {}

    def regexp(pattern: str, value: str | None) -> bool:
        if value is None:
            return False
        if pattern not in compiled:
            compiled[pattern] = re2.compile(pattern)
        return compiled[pattern].search(value) is not None

    database.create_function("REGEXP", 2, regexp, deterministic=True)
    return database
