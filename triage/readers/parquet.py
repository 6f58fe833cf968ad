"""Parquet files with any columns; their meaning is inferred as that of CSV columns is."""

from collections.abc import Iterator
from typing import Final

import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq

from ..limits import LogLimits
from . import roles, rows
from .contract import Intake
from .layout import unique
from .streams import LogSourceError

MAGIC: Final = b"PAR1"
_ROWS: Final = 16384
_SAMPLE: Final = 200
_BATCH_BYTES: Final = 32 << 20
_DEPTH: Final = 8


class Parquet:
    """Reader of Parquet files."""

    name = "parquet"
    title = "Parquet with any columns"

    def sniff(self, head: bytes) -> float:
        return 1.0 if head.startswith(MAGIC) else 0.0

    def read(self, intake: Intake) -> Iterator[pl.DataFrame]:
        try:
            yield from _frames(intake)
        except (pa.ArrowException, OSError, ValueError, OverflowError) as error:
            said = str(error).splitlines()[0] if str(error) else type(error).__name__
            raise LogSourceError("damaged-file", f"the Parquet file is damaged: {said}") from error


def _frames(intake: Intake) -> Iterator[pl.DataFrame]:
    ledger, limits = intake.ledger, intake.limits
    held = intake.whole(limits.parquet_bytes, "Parquet file")
    opened = held if isinstance(held, str) else pa.BufferReader(held)
    file = pq.ParquetFile(opened)
    facts = file.metadata
    if facts.num_columns > limits.columns:
        raise LogSourceError("unknown-format", f"more than {limits.columns} columns")
    schema = file.schema_arrow
    # Values that a dictionary holds once stay there until they have been cut to their limit.
    coded = [
        field.name for field in schema if pa.types.is_string(field.type) or pa.types.is_binary(field.type)
    ]
    file = pq.ParquetFile(opened, read_dictionary=coded)
    known: dict[str, str] | None = None
    row = 0
    for group in range(facts.num_row_groups):
        size, height = facts.row_group(group).total_byte_size, facts.row_group(group).num_rows
        if size > limits.parquet_bytes:
            ledger.reject("row-group-too-big", row, f"{size:,} bytes", max(height, 1))
            ledger.lines += height
            row += height
            continue
        count = max(min(_ROWS, _BATCH_BYTES * max(height, 1) // max(size, 1)), 1)
        for batch in file.iter_batches(batch_size=count, row_groups=[group]):
            cells = _cells(batch, limits)
            if not cells.width or not cells.height:
                continue
            if known is None:
                sample = [[cell or "" for cell in line] for line in cells.head(_SAMPLE).rows()]
                known = roles.find(cells.columns, sample, named=True)
                ledger.columns.update({name: known.get(name, "extra") for name in cells.columns})
            lines = pl.int_range(row, row + cells.height, dtype=pl.UInt32, eager=True)
            row += cells.height
            ledger.lines += cells.height
            yield rows.frame(lines, cells, known, "parquet", ledger, limits)


def _cells(batch: pa.RecordBatch, limits: LogLimits) -> pl.DataFrame:
    """The columns as strings; those of structs by their dotted names, lists as JSON-like text."""
    table = pa.Table.from_batches([batch])
    for _ in range(_DEPTH):
        if not any(pa.types.is_struct(field.type) for field in table.schema):
            break
        table = table.flatten()
    table = table.select(range(min(table.num_columns, limits.columns)))
    names = unique(table.column_names)
    made = [_text(column, limits).alias(name) for name, column in zip(names, table.columns, strict=True)]
    return pl.DataFrame(made)


def _text(column: pa.ChunkedArray, limits: LogLimits) -> pl.Series:
    kind = column.type
    if pa.types.is_dictionary(kind):
        return pl.concat([_decoded(chunk, limits) for chunk in column.chunks])
    if pa.types.is_null(kind):
        return pl.Series([None], dtype=pl.String).new_from_index(0, len(column))
    if pa.types.is_map(kind) or pa.types.is_nested(kind) or pa.types.is_interval(kind):
        return pl.Series(
            [None if v is None else str(v)[: limits.value_chars] for v in column.to_pylist()], dtype=pl.String
        )
    series = pl.Series(pl.from_arrow(column))
    if isinstance(series.dtype, pl.Datetime):
        zoned = series.dtype.time_zone is not None
        series = series.dt.convert_time_zone("UTC") if zoned else series
        return series.dt.strftime("%Y-%m-%dT%H:%M:%S%.6f" + ("Z" if zoned else ""))
    if series.dtype == pl.Binary:
        return series.cast(pl.String, strict=False)
    if series.dtype == pl.Boolean:
        return series.cast(pl.String)
    text = series.cast(pl.String, strict=False)
    return text.set(text == "", None)


def _decoded(chunk: pa.DictionaryArray, limits: LogLimits) -> pl.Series:
    words = pl.Series(pl.from_arrow(chunk.dictionary))
    if words.dtype == pl.Binary:
        words = words.cast(pl.String, strict=False)
    # One more than the limit, so that a cut value is counted and marked like any other.
    words = words.str.slice(0, limits.value_chars + 1)
    words = words.set(words == "", None)
    return words.gather(pl.Series(pl.from_arrow(chunk.indices)).cast(pl.UInt32))
