"""The records before and after one on the same host: not findings, but what a reader looks at next."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final, Protocol

import polars as pl

REACH: Final = 400
"""Records to either side in which neighbours are looked for."""

SHOWN: Final = 3
"""Most neighbours given on either side."""


class RowSource(Protocol):
    """The part of the spool that is used here."""

    def rows(self, ids: Iterable[int], columns: Sequence[str] | None = None) -> pl.DataFrame:
        """Normalised records by their running number."""

    def __len__(self) -> int: ...


def neighbours(
    spool: RowSource, record: Mapping[str, Any], left_out: Iterable[int]
) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    """Records of the same host and file just before and just after a record.

    Parameters
    ----------
    spool
        Where the records are.
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
    near = spool.rows(range(max(row - REACH, 0), min(row + REACH + 1, len(spool))))
    mine = near.filter(
        (pl.col("source") == record["source"])
        & pl.col("host").eq_missing(pl.lit(record["host"], pl.String()))
        & ~pl.col("row").is_in([*left_out, row])
    ).sort("row")
    before = mine.filter(pl.col("row") < row).tail(SHOWN)
    after = mine.filter(pl.col("row") > row).head(SHOWN)
    return before.to_dicts(), after.to_dicts()
