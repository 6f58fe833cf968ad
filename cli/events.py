"""One row for each record, as JSON lines or Parquet, in input order."""

import os
import tempfile
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from .terminal import json_line


def write_events(rows: Iterable[Mapping[str, Any]], path: Path) -> None:
    """Write `rows` to `path`; it appears whole or not at all, and memory stays flat.

    Parameters
    ----------
    rows : iterable of mapping
        As ``Triage.events`` gives them.
    path : Path
        Ends in ``.jsonl`` or ``.parquet``; replaced when it exists.
    """
    with tempfile.TemporaryDirectory(prefix=".assay-events-", dir=path.absolute().parent) as folder:
        lines = Path(folder) / "events.jsonl"
        with lines.open("w", encoding="ascii") as file:
            file.writelines(json_line(row) for row in rows)
        if path.suffix == ".parquet":
            lines = _as_parquet(lines)
        os.replace(lines, path)


def _as_parquet(lines: Path) -> Path:
    import polars as pl

    reason = pl.Struct(
        {
            "field": pl.String,
            "value": pl.String,
            "context": pl.String,
            "seen": pl.Int64,
            "of": pl.Int64,
            "bits": pl.Float64,
            "words": pl.String,
            "detector": pl.String,
        }
    )
    columns: dict[str, pl.DataType | type[pl.DataType]] = {
        "source": pl.String,
        "line": pl.Int64,
        "time": pl.String,
        "score": pl.Float64,
        "p": pl.Float64,
        "incident": pl.Int64,
        "reasons": pl.List(reason),
    }
    table = lines.with_suffix(".parquet")
    rows = pl.scan_ndjson(lines, schema=columns)
    rows.with_columns(pl.col("time").str.to_datetime(time_unit="us", time_zone="UTC")).sink_parquet(table)
    return table
