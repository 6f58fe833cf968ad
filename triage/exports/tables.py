"""CSV and Parquet."""

import csv
from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from typing import Any, Final

import pyarrow as pa
import pyarrow.parquet as pq

from .rows import Kind, Row, sound

DANGEROUS: Final = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")
"""Starts of a cell that spreadsheets take for a formula, or skip on the way to one."""

QUOTE: Final = "'"
"""Put before such a cell, and before one that starts with itself, so that taking one away gives the text back."""

SEPARATOR: Final = "; "
"""Between several values in one cell."""

PIECE: Final = 20_000
"""Rows that are written to Parquet at a time."""


def safe(cell: str) -> str:
    """A cell that no spreadsheet takes for a formula.

    Parameters
    ----------
    cell
        Any text.

    Returns
    -------
    str
        The same, with `QUOTE` before it when it, or what follows its leading blanks, starts with one of `DANGEROUS`.
    """
    start = cell[:1] if cell[:1] in DANGEROUS else cell.lstrip()[:1]
    return QUOTE + cell if start in DANGEROUS or cell.startswith(QUOTE) else cell


class CsvWriter:
    """Rows as CSV (RFC 4180, UTF-8, a header)."""

    def __init__(self, path: Path, columns: Mapping[str, Kind]) -> None:
        self._file = path.open("w", encoding="utf-8", newline="")
        self._columns = columns
        self._csv = csv.writer(self._file, lineterminator="\r\n")
        self._csv.writerow(columns)

    def write(self, row: Row) -> None:
        """Add a row."""
        self._csv.writerow([_cell(row[name], kind) for name, kind in self._columns.items()])

    def close(self) -> None:
        """End the file."""
        self._file.close()


class ParquetWriter:
    """Rows as Parquet: times are timestamps in UTC, several values are lists."""

    def __init__(self, path: Path, columns: Mapping[str, Kind]) -> None:
        self._columns = columns
        self._schema = pa.schema([(name, _ARROW[kind]) for name, kind in columns.items()])
        self._writer = pq.ParquetWriter(path, self._schema, compression="zstd")
        self._rows: list[dict[str, Any]] = []

    def write(self, row: Row) -> None:
        """Add a row."""
        self._rows.append({name: _value(row[name], kind) for name, kind in self._columns.items()})
        if len(self._rows) >= PIECE:
            self._flush()

    def _flush(self) -> None:
        self._writer.write_table(pa.Table.from_pylist(self._rows, schema=self._schema))
        self._rows = []

    def close(self) -> None:
        """End the file; a second time does nothing."""
        if self._writer.is_open:
            self._flush()
            self._writer.close()


_ARROW: Final = {
    "text": pa.string(),
    "number": pa.float64(),
    "whole": pa.int64(),
    "time": pa.timestamp("us", tz="UTC"),
    "texts": pa.list_(pa.string()),
}


def _cell(value: Any, kind: Kind) -> Any:
    if value is None:
        return ""
    if kind == "texts":
        return safe(sound(SEPARATOR.join(value)))
    return safe(sound(value)) if kind == "text" else value


def _value(value: Any, kind: Kind) -> Any:
    if value is None:
        return None
    if kind == "time":
        return datetime.fromisoformat(value)
    if kind == "texts":
        return [sound(text) for text in value]
    return sound(value) if kind == "text" else value
