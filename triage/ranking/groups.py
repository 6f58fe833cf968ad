"""Groups: the records of one event type on one host within one window.

Memory follows the number of groups, not of records: per group a few totals and its most surprising records
are kept. Reasons and names are looked up afterwards, for the groups that are shown.
"""

from collections.abc import Sequence
from typing import Final

import numpy as np
import polars as pl
from numpy.typing import NDArray

from ..counting.blocks import Block
from .bursts import GROUP
from .scorer import ScoredBlock

SHOWN: Final = 3
"""Most surprising records kept per group."""

NAMES: Final = 8
"""Most users, addresses and processes kept per group."""

LISTS: Final = {"user": "users", "source_ip": "addresses", "process": "processes"}
"""Column of a record to the list of its values in a group."""

MERGE_AT: Final = 2_000_000
"""Records collected before all but the best are dropped."""


class Best:
    """Keeps the most surprising records of each group, whatever the pieces they come in."""

    def __init__(self) -> None:
        self._parts: list[tuple[NDArray[np.int64], NDArray[np.float32], NDArray[np.int64]]] = []
        self._height = 0

    def add(self, scored: ScoredBlock) -> None:
        """Take in the records of a block."""
        record, window = scored.best(SHOWN)
        self.add_records(window, scored.raw[record], record + scored.block.first)

    def add_marked(self, scored: ScoredBlock, marked: NDArray[np.int64]) -> None:
        """Take in those records of a block whose number is among the *marked*, which are sorted."""
        first = scored.block.first
        start, end = np.searchsorted(marked, [first, first + len(scored.raw)])
        record = marked[start:end] - first
        if len(record):
            self.add_records(scored.windows[scored.members[record]], scored.raw[record], record + first)

    def add_records(
        self, window: NDArray[np.int64], raw: NDArray[np.float32], row: NDArray[np.int64]
    ) -> None:
        """Take in records by the row of their group among all windows, their score and their number."""
        self._parts.append((window, raw, row))
        self._height += len(window)
        if self._height > MERGE_AT:
            self._merge()

    def totals(self, windows: pl.DataFrame) -> pl.DataFrame:
        """One row per group, as in *windows*: `GROUP`, `records`, `raw` (of the best record), `first`, `last`."""
        window, raw, _ = self._merge()
        leads = np.flatnonzero(_starts(window))
        best = np.zeros(windows.height, np.float32)
        best[window[leads]] = raw[leads]
        scores = pl.Series(best, dtype=pl.Float32)
        return windows.select(*GROUP, records="volume", raw=scores, first="first", last="last")

    def records(self, windows: pl.DataFrame, wanted: pl.DataFrame) -> pl.DataFrame:
        """The `SHOWN` most surprising records of some groups.

        Parameters
        ----------
        windows
            All groups, in the order by which records were taken in.
        wanted
            Columns `GROUP` of those that are asked for.

        Returns
        -------
        pl.DataFrame
            `GROUP`, `row`, `raw`; best first within a group.
        """
        window, raw, row = self._merge()
        found = pl.DataFrame({"window_row": window, "row": row.astype(np.uint64), "raw": raw})
        keys = windows.select(GROUP).with_row_index("window_row").with_columns(pl.col("window_row").cast(pl.Int64))
        asked = wanted.select(GROUP).unique().join(keys, on=GROUP, how="inner")
        return found.join(asked, on="window_row", how="inner", maintain_order="left").select(*GROUP, "row", "raw")

    def _merge(self) -> tuple[NDArray[np.int64], NDArray[np.float32], NDArray[np.int64]]:
        if not self._parts:
            return np.zeros(0, np.int64), np.zeros(0, np.float32), np.zeros(0, np.int64)
        if len(self._parts) > 1 or self._height:
            window, raw, row = (np.concatenate(part) for part in zip(*self._parts, strict=True))
            order = np.lexsort((row, -raw, window))
            window, raw, row = window[order], raw[order], row[order]
            starts = np.flatnonzero(_starts(window))
            nth = np.arange(len(window)) - np.repeat(starts, np.diff(np.append(starts, len(window))))
            kept = np.flatnonzero(nth < SHOWN)
            self._parts = [(window[kept], raw[kept], row[kept])]
            self._height = 0
        return self._parts[0]


def names_of(blocks: Sequence[Block], wanted: pl.DataFrame) -> pl.DataFrame:
    """Who and what took part in some groups.

    Parameters
    ----------
    blocks
        Of the input.
    wanted
        Columns `GROUP` of the groups that are asked for.

    Returns
    -------
    pl.DataFrame
        `GROUP` and the lists ``users, addresses, processes``, each sorted, at most `NAMES` long, null where
        there is none.
    """
    asked = wanted.select(GROUP).unique(maintain_order=True)
    found: dict[str, list[pl.DataFrame]] = {column: [] for column in LISTS}
    for block in blocks:
        own = block.groups().select(GROUP).with_row_index("member").join(asked, on=GROUP, how="semi")
        if not own.height:
            continue
        member = pl.Series("member", block.members().astype(np.uint32))
        rows = block.frame(tuple(LISTS)).with_columns(member).join(own, on="member", how="inner")
        for column, parts in found.items():
            parts.append(_few(rows.select(*GROUP, column).drop_nulls(column), column))
    names = asked
    for column, new in LISTS.items():
        empty = pl.DataFrame(schema={**{key: asked.schema[key] for key in GROUP}, column: pl.String()})
        flat = _few(pl.concat([empty, *found[column]]), column)
        lists = flat.group_by(GROUP).agg(pl.col(column).sort().alias(new))
        names = names.join(lists, on=GROUP, how="left", maintain_order="left")
    return names


def _few(flat: pl.DataFrame, column: str) -> pl.DataFrame:
    unique = flat.unique([*GROUP, column]).sort(*GROUP, column)
    return unique.group_by(GROUP, maintain_order=True).head(NAMES).select(*GROUP, column)


def _starts(window: NDArray[np.int64]) -> NDArray[np.bool_]:
    starts = np.ones(len(window), np.bool_)
    starts[1:] = window[1:] != window[:-1]
    return starts
