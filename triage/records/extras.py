"""Fields without a column of their own, packed into two parallel lists a record."""

from collections.abc import Mapping

import numpy as np
import polars as pl
import pyarrow as pa
from numpy.typing import NDArray


def pack(columns: Mapping[str, pl.Series], height: int) -> tuple[pl.Series, pl.Series]:
    """Pack string columns into one list of names and one list of values for each record.

    Parameters
    ----------
    columns
        Name to strings, each of length *height*; null where the record has no such field.
    height
        Number of records.

    Returns
    -------
    names, values
        Two `List[String]` series called ``extra_names`` and ``extra_values``; within a record the
        order is that of *columns*. Records without any have empty lists.
    """
    present = [(name, series) for name, series in columns.items() if series.null_count() < height]
    dtype = pl.List(pl.String())
    if not present or height == 0:
        empty = pl.Series([[]], dtype=dtype).new_from_index(0, height)
        return empty.rename("extra_names"), empty.rename("extra_values")
    wide = pl.DataFrame([series.alias(str(number)) for number, (_, series) in enumerate(present)])
    known = wide.select(pl.all().is_not_null()).to_numpy()
    record, column = np.nonzero(known)  # record by record, in the order of the columns
    offsets = np.zeros(height + 1, np.int64)
    np.cumsum(known.sum(axis=1), out=offsets[1:])
    flat = pl.concat([series.alias("v") for _, series in present]).gather(column * height + record)
    named = pl.Series([name for name, _ in present], dtype=pl.String).gather(column)
    return lists(named, offsets).alias("extra_names"), lists(flat, offsets).alias("extra_values")


def lists(flat: pl.Series, offsets: NDArray[np.int64]) -> pl.Series:
    """Cut a flat series of strings into lists.

    Parameters
    ----------
    flat
        The items of all lists, one after the other.
    offsets
        ``[n + 1]`` int64: list *i* holds the items from ``offsets[i]`` up to ``offsets[i + 1]``.

    Returns
    -------
    pl.Series
        `List[String]`, *n* long.
    """
    # The newest layout of strings is the one that polars has, so nothing is copied.
    text = flat.to_arrow(compat_level=pl.CompatLevel.newest())
    packed = pl.from_arrow(pa.LargeListArray.from_arrays(pa.array(offsets), text))
    assert isinstance(packed, pl.Series)
    return packed
