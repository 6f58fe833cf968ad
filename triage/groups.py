"""Groups: the records of one event type on one host within one window, summed up piece by piece.

Memory follows the number of groups, not of records: per group a few totals, its most surprising records
and a few names are kept.
"""

from typing import Final

import polars as pl

from .bursts import GROUP

SHOWN: Final = 3
"""Most surprising records kept per group."""

NAMES: Final = 8
"""Most users, addresses and processes kept per group."""

LISTS: Final = {"user": "users", "source_ip": "addresses", "process": "processes"}
"""Column of a record to the list of its values in a group."""

MERGE_AT: Final = 1_000_000
"""Rows collected before they are merged."""


class Groups:
    """Sums up scored records.

    The result does not depend on how the records were cut into pieces.
    """

    def __init__(self) -> None:
        self._totals: list[pl.DataFrame] = []
        self._best: list[pl.DataFrame] = []
        self._names: dict[str, list[pl.DataFrame]] = {column: [] for column in LISTS}
        self._height = 0

    def add(self, scored: pl.DataFrame) -> None:
        """Take in records.

        Parameters
        ----------
        scored
            One frame of `assay.triage.scorer.score_records`.
        """
        totals = scored.group_by(GROUP).agg(
            records=pl.len().cast(pl.Int64),
            raw=pl.col("raw").max(),
            first=pl.col("time").min(),
            last=pl.col("time").max(),
        )
        self._totals.append(totals)
        self._best.append(_best([scored]))
        for column, parts in self._names.items():
            parts.append(_names([scored.select(*GROUP, column).drop_nulls(column)], column))
        self._height += totals.height
        if self._height > MERGE_AT:
            self._merge()

    def totals(self) -> pl.DataFrame:
        """One row per group: `GROUP`, `records`, `raw` (of the best record), `first`, `last` time. Sorted."""
        self._merge()
        return self._totals[0].sort(GROUP) if self._totals else pl.DataFrame(schema=_TOTALS)

    def best(self) -> pl.DataFrame:
        """The `SHOWN` most surprising records of each group, best first, with all their columns."""
        self._merge()
        return self._best[0] if self._best else pl.DataFrame()

    def names(self) -> pl.DataFrame:
        """`GROUP` and the lists ``users, addresses, processes``, each sorted, null where there is none."""
        self._merge()
        frame = self.totals().select(GROUP)
        for column, new in LISTS.items():
            parts = self._names[column]
            empty = pl.DataFrame(schema={**{key: frame.schema[key] for key in GROUP}, column: pl.String()})
            flat = parts[0] if parts else empty
            lists = flat.group_by(GROUP).agg(pl.col(column).sort().alias(new))
            frame = frame.join(lists, on=GROUP, how="left", maintain_order="left")
        return frame

    def _merge(self) -> None:
        if not self._totals:
            return
        self._totals = [
            pl.concat(self._totals)
            .group_by(GROUP)
            .agg(pl.col("records").sum(), pl.col("raw").max(), pl.col("first").min(), pl.col("last").max())
        ]
        self._best = [_best(self._best)]
        self._names = {column: [_names(parts, column)] for column, parts in self._names.items()}
        self._height = self._totals[0].height


_TOTALS: Final = {
    "host": pl.String(),
    "type": pl.String(),
    "window": pl.Int64(),
    "records": pl.Int64(),
    "raw": pl.Float32(),
    "first": pl.Datetime("us", "UTC"),
    "last": pl.Datetime("us", "UTC"),
}


def _best(frames: list[pl.DataFrame]) -> pl.DataFrame:
    return (
        pl.concat(frames)
        .sort("raw", "row", descending=[True, False])
        .group_by(GROUP, maintain_order=True)
        .head(SHOWN)
        .select(frames[0].columns)
    )


def _names(frames: list[pl.DataFrame], column: str) -> pl.DataFrame:
    unique = pl.concat(frames).unique([*GROUP, column]).sort(*GROUP, column)
    return unique.group_by(GROUP, maintain_order=True).head(NAMES).select(*GROUP, column)
