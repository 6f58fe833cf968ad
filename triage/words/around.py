"""The records before and after one on the same host: not findings, but what a reader looks at next."""

from collections.abc import Iterable, Mapping
from typing import Any, Final

import polars as pl

REACH: Final = 400
"""Records to either side in which neighbours are looked for."""

SHOWN: Final = 3
"""Most neighbours given on either side."""


def reach(record: Mapping[str, Any], stored: int) -> range:
    """Running numbers in which neighbours of a record are looked for.

    Parameters
    ----------
    record
        The normalised record.
    stored
        How many records there are.

    Returns
    -------
    range
    """
    return range(max(record["row"] - REACH, 0), min(record["row"] + REACH + 1, stored))


def neighbours(
    near: pl.DataFrame, record: Mapping[str, Any], left_out: Iterable[int]
) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    """Records of the same host and file just before and just after a record.

    Parameters
    ----------
    near
        Normalised records in order of `row`; those that `reach` names must be among them.
    record
        The normalised record.
    left_out
        Running numbers of records that are shown anyway.

    Returns
    -------
    before, after
        Normalised records, at most `SHOWN` each, in the order of the file; none farther than `REACH` records.
    """
    row = record["row"]
    start, stop = (near["row"].search_sorted(max(at, 0)) for at in (row - REACH, row + REACH + 1))
    mine = near[start:stop].filter(
        (pl.col("source") == record["source"])
        & pl.col("host").eq_missing(pl.lit(record["host"], pl.String()))
        & ~pl.col("row").is_in([*left_out, row])
    )
    before = mine.filter(pl.col("row") < row).tail(SHOWN)
    after = mine.filter(pl.col("row") > row).head(SHOWN)
    return before.to_dicts(), after.to_dicts()
