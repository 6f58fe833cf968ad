"""Timesketch: a timeline of JSON lines or CSV with `message`, `datetime`, `timestamp` and `timestamp_desc`.

Timesketch takes no row without a time. As in its own timelines, what has none stands at 1970 with the description
"Not a time".
"""

import json
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

from .rows import EVENT, INCIDENT, Kind, Row, sound
from .tables import CsvWriter

NOT_A_TIME: Final = "Not a time"

OWN: Final[Mapping[str, Kind]] = {
    "message": "text",
    "datetime": "time",
    "timestamp": "whole",
    "timestamp_desc": "text",
    "data_type": "text",
}
"""Columns that Timesketch asks for, and the kind of the row."""


def columns(what: str) -> dict[str, Kind]:
    """Columns of a timeline: those of Timesketch, then ours; `rank` of an incident is `incident`, as in events."""
    ours = INCIDENT if what == "incidents" else EVENT
    return {**OWN, **{name: kind for name, kind in ours.items() if name not in OWN}}


def timeline_row(row: Row, what: str) -> Row:
    """One row of a timeline.

    Parameters
    ----------
    row
        Of `assay.triage.exports.rows`.
    what
        ``incidents`` (the time is that of the first record) or ``events``.

    Returns
    -------
    dict
        The columns of `columns`.
    """
    incident = what == "incidents"
    text = row["first_seen" if incident else "time"]
    time = None if text is None else datetime.fromisoformat(text)
    said = "First record of an incident" if incident else "Event logged"
    message = row["summary"] if incident else row["message"] or row["command"] or row["type"] or ""
    moment = time or datetime(1970, 1, 1, tzinfo=UTC)
    return {
        **row,
        "message": message or f"{row['source']} line {row['line']}",
        "datetime": moment.isoformat(timespec="microseconds"),
        "timestamp": round(moment.timestamp() * 1_000_000),
        "timestamp_desc": NOT_A_TIME if time is None else said,
        "data_type": "assay:incident" if incident else "assay:event",
    }


class TimesketchWriter:
    """Rows as a timeline; the ending of the file's name says whether as JSON lines or CSV."""

    def __init__(self, path: Path, what: str, ending: str) -> None:
        self._what, self._columns = what, columns(what)
        self._csv = CsvWriter(path, self._columns) if ending == ".csv" else None
        self._file = None if self._csv else path.open("w", encoding="ascii", newline="\n")

    def write(self, row: Row) -> None:
        """Add a row."""
        full = timeline_row(row, self._what)
        if self._csv is not None:
            self._csv.write(full)
        elif self._file is not None:
            known = {name: _plain(full[name]) for name in self._columns if full[name] not in (None, [])}
            self._file.write(json.dumps(known, allow_nan=False) + "\n")

    def close(self) -> None:
        """End the file."""
        for file in (self._csv, self._file):
            if file is not None:
                file.close()


def _plain(value: Any) -> Any:
    if isinstance(value, str):
        return sound(value)
    return [sound(text) for text in value] if isinstance(value, list) else value
