"""The last step of reading: frames of a reader become normalised records with their place in the input."""

import polars as pl

from ..limits import LogLimits
from ..records.fields import conform
from ..records.queries import with_parameters


def numbered(frame: pl.DataFrame, first: int, source: int, limits: LogLimits) -> pl.DataFrame:
    """Complete a frame.

    Parameters
    ----------
    frame
        From a reader.
    first
        Number of its first record.
    source
        Index of its source.
    limits
        Bounds of the reading.

    Returns
    -------
    pl.DataFrame
        Exactly the columns of `assay.triage.records.fields.SCHEMA`.
    """
    placed = frame.with_columns(
        pl.int_range(first, first + frame.height, dtype=pl.UInt64, eager=True).alias("row"),
        pl.lit(source, dtype=pl.UInt32).alias("source"),
    )
    return with_parameters(conform(placed), limits)
