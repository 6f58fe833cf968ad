"""Fields without a column of their own, packed into two parallel lists a record."""

from collections.abc import Mapping
from typing import Any

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
    places: list[NDArray[Any]] = []
    which: list[NDArray[Any]] = []
    values: list[pl.Series] = []
    for number, (_, series) in enumerate(present):
        if series.null_count():
            mask = series.is_not_null()
            place = mask.arg_true().to_numpy()
            series = series.filter(mask)
        else:
            place = np.arange(height)
        places.append(place)
        which.append(np.full(len(place), number, np.uint32))
        values.append(series.rename("v").rechunk())
    place = np.concatenate(places)
    order = np.argsort(place, kind="stable")
    offsets = np.zeros(height + 1, np.int64)
    np.cumsum(np.bincount(place, minlength=height), out=offsets[1:])
    index = pl.Series(order)
    flat = pl.concat(values).gather(index)
    labels = pl.Series([name for name, _ in present], dtype=pl.String)
    named = labels.gather(pl.Series(np.concatenate(which)[order]))
    return lists(named, offsets).rename("extra_names"), lists(flat, offsets).rename("extra_values")


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
    cut = pa.LargeListArray.from_arrays(pa.array(offsets), flat.to_arrow())
    packed = pl.from_arrow(cut)
    assert isinstance(packed, pl.Series)
    return packed.cast(pl.List(pl.String()))
