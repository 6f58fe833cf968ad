"""Raw Windows events as rows of an SQLite table, each field under the name that its source gives it."""

import sqlite3
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import msgspec
import zstandard

HEADERS = {
    "Channel": ("Channel", "log_name", "channel"),
    "EventID": ("EventID", "event_id", "EventId"),
    "Provider_Name": ("SourceName", "source_name", "provider_name", "Provider"),
    "Computer": ("Hostname", "computer_name", "Computer"),
}
"""What rules call the envelope's fields, and what collectors call them."""

AUDIT = {"Image": "NewProcessName", "ParentImage": "ParentProcessName", "IntegrityLevel": "MandatoryLabel"}
"""Sysmon's names for fields of the audit event 4688, as Sigma's own mapping for it has them."""

_decode = msgspec.json.Decoder(dict[str, Any]).decode


def flat(event: Mapping[str, Any]) -> dict[str, str]:
    """The fields of one event as text."""
    inner = event.get("winlog", event)
    fields = {**event, **inner, **(inner.get("event_data") or {})}
    row = {name: text(value) for name, value in fields.items() if value is not None}
    for name, spellings in HEADERS.items():
        found = next((fields[s] for s in spellings if fields.get(s) is not None), None)
        if found is not None:
            row[name] = text(found)
    if row.get("EventID") == "4688":
        row |= {name: row[other] for name, other in AUDIT.items() if other in row}
    return row


def text(value: Any) -> str:
    """A decoded JSON value as text, as a flattener writes it."""
    if isinstance(value, str):
        return value
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int | float):
        return str(value)
    if isinstance(value, list) and all(isinstance(item, str) for item in value):
        return ", ".join(value)
    return msgspec.json.encode(value).decode()


def lines(path: Path) -> Iterator[bytes]:
    """Lines of a zstd file."""
    with zstandard.open(path, "rb") as file:
        yield from file.read().splitlines()


def fill(
    database: sqlite3.Connection, sources: Iterable[tuple[int, Path]], columns: Sequence[str], most: int | None = None
) -> int:
    """Make and fill the table ``logs``; returns how many events it holds.

    Parameters
    ----------
    database
        Empty.
    sources
        Number of a source and its file, as often as it is wanted.
    columns
        Fields to keep.
    most
        Stop there.
    """
    names = ", ".join(f'"{name}" TEXT COLLATE NOCASE' for name in columns)
    database.execute(f"CREATE TABLE logs (source INTEGER, line INTEGER, {names})")
    insert = f"INSERT INTO logs VALUES ({', '.join('?' * (2 + len(columns)))})"
    done = 0
    for source, path in sources:
        rows = []
        for number, line in enumerate(lines(path)):
            if most is not None and done + len(rows) >= most:
                break
            try:
                event = flat(_decode(line))
            except msgspec.DecodeError:
                continue
            rows.append((source, number, *(event.get(name) for name in columns)))
        database.executemany(insert, rows)
        done += len(rows)
        if most is not None and done >= most:
            break
    database.execute('CREATE INDEX kinds ON logs ("Channel", "EventID")')
    database.commit()
    return done
