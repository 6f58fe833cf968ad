"""Named values of many records, as a long table, put into columns and extra fields."""

from collections.abc import Mapping, Sequence
from typing import Final

import numpy as np
import polars as pl
from numpy.typing import NDArray

from ...limits import LogLimits
from ...records import extras
from ..ledger import Ledger

Places = Mapping[str, tuple[str, int]]
"""Lower-case name in the source to the normalised column and its rank there, 0 the best."""

EMPTY: Final = pl.DataFrame(schema={"record": pl.UInt32, "name": pl.String, "value": pl.String})


def places(aliases: Mapping[str, str]) -> Places:
    """Ranks of names from ``column: "name name ..."``, best first."""
    return {
        name: (column, rank) for column, names in aliases.items() for rank, name in enumerate(names.split())
    }


def apart(text: pl.Series, pattern: str, names: Sequence[str]) -> pl.DataFrame:
    """Groups of a pattern as columns of these names; the two characters that later part values become spaces first."""
    parts = text.str.replace_all(r"[\x1e\x1f]", " ").str.extract_groups(pattern).struct.unnest()
    parts.columns = list(names)
    return parts


def settle(
    found: pl.DataFrame, height: int, known: Places, limits: LogLimits, ledger: Ledger
) -> tuple[pl.DataFrame, pl.Series, pl.Series]:
    """Put named values where they belong.

    Parameters
    ----------
    found
        Columns `record` (0-based, ascending), `name`, `value`; nulls and empty values are left out.
    height
        Number of records.
    known
        Which names have a column. Of several in one record the best ranked is taken, the others
        stay extra fields.
    limits
        Bounds on values, names and extra fields; names that are in no column come in their order.

    Returns
    -------
    columns, extra_names, extra_values
        Each *height* long; *columns* has those that any record fills.
    """
    found = found.filter(pl.col("value") != "", pl.col("name") != "")
    if found.is_empty():
        return pl.DataFrame(height=height), *extras.pack({}, height)
    found = cut(found, limits, ledger)
    record = found["record"].to_numpy()
    spots = {name: known[name.lower()] for name in found["name"].unique() if name.lower() in known}
    codes = dict(zip(spots, range(len(spots)), strict=True))
    code = found["name"].replace_strict(codes, default=-1, return_dtype=pl.Int32).to_numpy()
    chosen: dict[str, NDArray[np.int64]] = {}
    for name, (column, _) in sorted(
        spots.items(), key=lambda spot: -spot[1][1]
    ):  # the best one has the last word
        at = np.flatnonzero(code == codes[name])[::-1]  # and of several the first
        order = chosen.setdefault(column, np.full(height, -1, np.int64))
        order[record[at]] = at
    left = np.ones(found.height, bool)
    for order in chosen.values():
        left[order[order >= 0]] = False
    columns = [_gathered(found["value"], order).alias(name) for name, order in chosen.items()]
    rest = found.filter(pl.Series(left))
    return pl.DataFrame(columns) if columns else pl.DataFrame(height=height), *further(rest, height, limits)


def beside(found: pl.DataFrame, columns: pl.DataFrame) -> pl.DataFrame:
    """Named values with those of some columns, one row a record, before them."""
    records = pl.int_range(columns.height, dtype=pl.UInt32, eager=True).alias("record")
    first = [
        pl.DataFrame(
            [records, pl.Series("name", [series.name]).new_from_index(0, len(series)), series.alias("value")]
        )
        for series in columns
    ]
    return pl.concat([*first, found]).sort("record", maintain_order=True)


def further(rest: pl.DataFrame, height: int, limits: LogLimits) -> tuple[pl.Series, pl.Series]:
    """The first *limits.extras* named values of each record as two lists."""
    record = rest["record"].to_numpy()
    if len(record):
        starts = np.flatnonzero(np.diff(record, prepend=record[0] - 1.0))
        place = np.arange(len(record)) - np.repeat(starts, np.diff(starts, append=len(record)))
        rest = rest.filter(pl.Series(place < limits.extras))
    offsets = np.zeros(height + 1, np.int64)
    np.cumsum(np.bincount(rest["record"].to_numpy(), minlength=height), out=offsets[1:])
    names = rest["name"].str.slice(0, limits.name_chars)
    return (
        extras.lists(names, offsets).alias("extra_names"),
        extras.lists(rest["value"], offsets).alias("extra_values"),
    )


def cut(found: pl.DataFrame, limits: LogLimits, ledger: Ledger) -> pl.DataFrame:
    """Values within the limit; those that were cut are counted."""
    if int(found["value"].str.len_bytes().max() or 0) <= limits.value_chars:  # type: ignore[arg-type]
        return found
    long = found["value"].str.len_chars() > limits.value_chars
    ledger.repair("value-cut", int(long.sum()))
    short = pl.col("value").str.slice(0, limits.value_chars - 1) + "…"
    return found.with_columns(pl.when(long).then(short).otherwise(pl.col("value")).alias("value"))


def spread(record: pl.Series, value: pl.Series, height: int) -> pl.Series:
    """A column that holds *value* at the places *record*, and null elsewhere."""
    order = np.full(height, -1, np.int64)
    order[record.to_numpy()] = np.arange(len(record))
    return _gathered(value, order)


def _gathered(value: pl.Series, order: NDArray[np.int64]) -> pl.Series:
    """Values at places; null where the place is below 0."""
    at = pl.Series(order)
    return value.gather(at.set(at < 0, None))
