"""Values of records piled up kind after kind, column by column, then laid out in order of the lines."""

from collections.abc import Callable, Sequence
from itertools import chain
from typing import Any, Final

import numpy as np
import polars as pl
from numpy.typing import NDArray

from ..records import extras
from .cells import scalar, strings

_NUMBERS: Final = (int, float, bool)
_NULL: Final = pl.Series("v", [None], dtype=pl.String)


class Column:
    """Values of some records."""

    def __init__(self) -> None:
        self.values: list[Any] = []
        self._rows: list[NDArray[np.int64]] = []

    def __len__(self) -> int:
        return len(self.values)

    def add(self, rows: NDArray[np.int64], values: Sequence[Any]) -> None:
        """Add one value for each of some rows."""
        self.values.extend(texts(values))
        self._rows.append(rows)

    def where(self) -> NDArray[np.int64]:
        """Row of each value."""
        return np.concatenate(self._rows) if self._rows else np.zeros(0, np.int64)

    def places(self, rank: NDArray[np.int64], start: int, nothing: int) -> pl.Series:
        """Place of each record's value among values that begin at *start*; *nothing* where it has none."""
        place = np.full(len(rank), nothing, np.uint32)
        place[rank[self.where()]] = np.arange(start, start + len(self), dtype=np.uint32)
        return pl.Series(place)


class Pile:
    """Records of any kinds.

    Parameters
    ----------
    most
        Further fields that a record may have.

    Attributes
    ----------
    columns
        Values by normalised column.
    """

    def __init__(self, most: int) -> None:
        self._most = most
        self._lines: list[int] = []
        self.columns: dict[str, Column] = {}
        self._names: dict[str, int] = {}
        self._extras = Column()
        self._named: list[NDArray[np.int64]] = []
        self._crowded = False

    def rows(self, lines: Sequence[int]) -> NDArray[np.int64]:
        """Make room for records of these lines; gives their rows."""
        done = len(self._lines)
        self._lines += lines
        return np.arange(done, len(self._lines))

    def add(self, name: str, rows: NDArray[np.int64], values: Sequence[Any]) -> None:
        """Add to a column one value for each of some rows."""
        column = self.columns.get(name)
        if column is None:
            column = self.columns[name] = Column()
        column.add(rows, values)

    def add_extras(
        self, rows: NDArray[np.int64], names: Sequence[str], values: Sequence[Sequence[Any]]
    ) -> None:
        """Add further fields: *values* by field, each as long as *rows*; the rows rise from call to call."""
        if not names:
            return
        numbers = [self._names.setdefault(name, len(self._names)) for name in names]
        # Record after record, so that what belongs together lies together.
        flat = list(chain.from_iterable(zip(*map(texts, values), strict=True)))
        self._extras.add(np.repeat(rows, len(numbers)), flat)
        self._named.append(np.tile(np.asarray(numbers, np.int64), len(rows)))
        self._crowded |= len(numbers) > self._most

    def laid_out(
        self, clean: Callable[[pl.Series], pl.Series]
    ) -> tuple[pl.DataFrame, list[pl.Series], NDArray[np.int64]]:
        """Everything in order of `line`.

        Parameters
        ----------
        clean
            Mends all values at once.

        Returns
        -------
        cells, whole, rank
            The columns that are not empty; `line`, `extra_names`, `extra_values`; and where each row came to lie.
        """
        lines = np.asarray(self._lines, np.uint32)
        height = len(lines)
        order = np.argsort(lines, kind="stable")
        rank = np.empty(height, np.int64)
        rank[order] = np.arange(height)
        # All values of all columns are one series, made and cleaned once; the columns are read out of it.
        flat = pl.concat([strings("v", c.values) for c in (*self.columns.values(), self._extras)])
        flat = pl.concat([clean(flat), _NULL])
        chosen: list[pl.Expr] = []
        start = 0
        for name, column in self.columns.items():
            places = column.places(rank, start, len(flat) - 1)  # where there is none: the null at the end
            chosen.append(pl.col("v").gather(pl.lit(places)).alias(name))
            start += len(column)
        cells = flat.to_frame().select(chosen) if chosen else pl.DataFrame(height=height)
        filled = [column for column in cells if column.null_count() < height]
        cells = pl.DataFrame(filled) if filled else pl.DataFrame(height=height)
        lists = self._lists(order, flat.slice(start, len(flat) - 1 - start))
        return cells, [pl.Series("line", lines[order]), *lists], rank

    def _lists(self, order: NDArray[np.int64], values: pl.Series) -> tuple[pl.Series, pl.Series]:
        """Names and values of the further fields, a list a record, records in *order*."""
        height = len(order)
        if values.null_count() == len(values):
            return extras.pack({}, height)
        kept = np.flatnonzero(values.is_not_null().to_numpy())
        record = self._extras.where()[kept]
        counts = np.bincount(record, minlength=height)
        starts = np.cumsum(counts) - counts
        if self._crowded:
            fits = np.arange(len(record)) - starts[record] < self._most
            kept, record = kept[fits], record[fits]
            counts = np.minimum(counts, self._most)
            starts = np.cumsum(counts) - counts
        offsets = np.zeros(height + 1, np.int64)
        np.cumsum(counts[order], out=offsets[1:])
        # Where each record's fields lie, read in the order of the lines.
        places = np.arange(len(record)) + np.repeat(starts[order] - offsets[:-1], counts[order])
        chosen = kept[places]
        named = pl.Series(list(self._names), dtype=pl.String).gather(np.concatenate(self._named)[chosen])
        return (
            extras.lists(named, offsets).alias("extra_names"),
            extras.lists(values.gather(chosen), offsets).alias("extra_values"),
        )


def texts(values: Sequence[Any]) -> Sequence[Any]:
    """Values as text where they seem to be numbers: the first one tells; where it is wrong, `strings` mends it."""
    if len(values) and type(values[0]) in _NUMBERS:
        return list(map(scalar, values))
    return values
