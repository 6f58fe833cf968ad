"""Parquet with any columns."""

import io
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import zstandard

from assay.triage.limits import DEFAULT, LogLimits
from assay.triage.readers import open_sources
from assay.triage.values import SourceReport


def written(table: pa.Table, **options: Any) -> bytes:
    sink = io.BytesIO()
    pq.write_table(table, sink, **options)
    return sink.getvalue()


def read(path: Path, data: bytes, limits: LogLimits = DEFAULT) -> tuple[pl.DataFrame, SourceReport]:
    path.write_bytes(data)
    reading = open_sources([path], limits=limits)
    frames = [batch.frame for batch in reading.batches()]
    return (pl.concat(frames) if frames else pl.DataFrame()), reading.report[0]


ROWS = 40_000
TABLE = pa.table(
    {
        "when": pa.array(
            [datetime(2024, 2, 9, 11, n // 60 % 60, n % 60) for n in range(ROWS)], pa.timestamp("ms", "UTC")
        ),
        "Computer Name": [f"srv-{n % 7}" for n in range(ROWS)],
        "who": [f"OFFICE\\user{n % 11}" for n in range(ROWS)],
        "from": [f"10.0.{n % 5}.{n % 250}" for n in range(ROWS)],
        "size": pa.array(range(ROWS), pa.int64()),
        "share": pa.array([n / 8 for n in range(ROWS)], pa.float64()),
        "ok": [n % 2 == 0 for n in range(ROWS)],
        "nested": [{"a": n, "b": {"c": "x" if n else None}} for n in range(ROWS)],
        "listed": [[n, n + 1] for n in range(ROWS)],
    }
)


@pytest.mark.parametrize("packed", [False, True])
def test_columns_find_their_roles(tmp_path: Path, packed: bool) -> None:
    data = written(TABLE, row_group_size=15_000)
    frame, report = read(tmp_path / "log", zstandard.compress(data) if packed else data)
    assert report.source.format == "parquet" and report.records == report.lines == ROWS
    assert {k: v for k, v in report.columns.items() if v != "extra"} == {
        "when": "time", "Computer Name": "host", "who": "user", "from": "source_ip", "ok": "outcome",
        "size": "bytes",
    }  # fmt: skip
    assert frame["line"].to_list() == list(range(ROWS))
    assert frame["time"][61] == datetime(2024, 2, 9, 11, 1, 1, tzinfo=UTC) and frame["time"].null_count() == 0
    row = frame.row(3, named=True)
    assert (row["host"], row["user"], row["source_ip"], row["outcome"]) == (
        "srv-3",
        "OFFICE\\user3",
        "10.0.3.3",
        "false",
    )
    assert dict(zip(row["extra_names"], row["extra_values"], strict=True)) == {
        "share": "0.375", "nested.a": "3", "nested.b.c": "x", "listed": "[3, 4]",
    }  # fmt: skip
    assert report.repairs == {}


def test_a_long_value_that_a_dictionary_holds_once_is_not_multiplied(tmp_path: Path) -> None:
    long = pa.DictionaryArray.from_arrays(pa.array([0] * 16_000, pa.int32()), pa.array(["x" * (1 << 20)]))
    table = pa.table({"time": ["2024-02-09 11:00:00"] * 16_000, "message": long})
    frame, report = read(tmp_path / "log", written(table))  # 16 GiB, were it unpacked
    assert frame["message"].str.len_chars().unique().to_list() == [DEFAULT.value_chars]
    assert report.repairs["value-cut"] == 16_000


def test_damage_and_bounds(tmp_path: Path) -> None:
    data = written(TABLE.slice(0, 1000))
    frame, report = read(tmp_path / "log", data[: len(data) // 2])
    assert frame.is_empty() and report.failed == "damaged-file"
    frame, report = read(tmp_path / "log", data, LogLimits(columns=3))
    assert frame.is_empty() and report.failed == "unknown-format"
    frame, report = read(tmp_path / "log", data, LogLimits(parquet_bytes=1000))
    assert frame.is_empty() and [(r.code, r.count) for r in report.rejected] == [("row-group-too-big", 1000)]
    assert report.lines == 1000
