"""Rows to files: each appears whole or not at all, and memory stays flat."""

import json
import os
import tempfile
from collections.abc import Iterable, Mapping, Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import Any, Protocol

from .messages import MessageWriter, cef, syslog
from .rows import EVENT, INCIDENT, Row, event_row, incident_row, sound_page
from .tables import CsvWriter, ParquetWriter
from .targets import Target
from .timesketch import TimesketchWriter


class Writer(Protocol):
    """Writes rows to a file."""

    def write(self, row: Row) -> None:
        """Add a row."""

    def close(self) -> None:
        """End the file."""


def export(
    targets: Sequence[Target],
    incidents: Sequence[Mapping[str, Any]],
    events: Iterable[tuple[Mapping[str, Any], Mapping[str, Any]]],
) -> None:
    """Write incidents and events to files.

    Parameters
    ----------
    targets
        What, how and where to.
    incidents
        As `assay.triage.contract.incident_json` gives them.
    events
        Rows and records, as `Triage.detailed` gives them; read once, and only if a target wants them.

    Raises
    ------
    OSError
        A file cannot be written.
    """
    with ExitStack() as undo:
        made: list[tuple[Target, Path, Any]] = []
        for target in targets:
            folder = undo.enter_context(
                tempfile.TemporaryDirectory(prefix=".assay-export-", dir=target.path.absolute().parent)
            )
            path = Path(folder) / "rows"
            writer = _writer(target, path)
            undo.callback(writer.close)
            made.append((target, path, writer))
        for target, _, writer in made:
            if target.what == "incidents":
                for page in incidents:
                    writer.write(page if target.format == "jsonl" else incident_row(page))
        wanted = [(target, writer) for target, _, writer in made if target.what == "events"]
        if wanted:
            ids = {page["rank"]: page["id"] for page in incidents}
            for row, record in events:
                flat = event_row(row, record, ids)
                for target, writer in wanted:
                    writer.write(row if target.format == "jsonl" else flat)
        for target, path, writer in made:
            writer.close()
            os.replace(path, target.path)


class JsonWriter:
    """Rows as they are, one JSON line each, in ASCII."""

    def __init__(self, path: Path) -> None:
        self._file = path.open("w", encoding="ascii", newline="\n")

    def write(self, row: Mapping[str, Any]) -> None:
        """Add a row."""
        self._file.write(json.dumps(sound_page(row), allow_nan=False) + "\n")

    def close(self) -> None:
        """End the file."""
        self._file.close()


def _writer(target: Target, path: Path) -> Any:
    columns = INCIDENT if target.what == "incidents" else EVENT
    match target.format:
        case "csv":
            return CsvWriter(path, columns)
        case "parquet":
            return ParquetWriter(path, columns)
        case "timesketch":
            return TimesketchWriter(path, target.what, target.path.suffix)
        case "jsonl":
            return JsonWriter(path)
        case "syslog":
            return MessageWriter(path, target.what, syslog)
        case "cef":
            return MessageWriter(path, target.what, cef)
