"""Values of records piled up kind after kind, record by record, then read off by column in order of the lines."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import polars as pl
from numpy.typing import NDArray

from ..records import extras
from .cells import scalar, strings

_NUMBERS: Final = (int, float, bool)
_NULL: Final = pl.Series("v", [None], dtype=pl.String)

Int64 = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Table:
    """Records of one kind, with equally many values each, and where these lie.

    Attributes
    ----------
    rows
        Of the records.
    start
        Place of the first value of the first record.
    width
        Values of a record.
    """

    rows: Int64
    start: int
    width: int

    def places(self, number: int) -> Int64:
        """Place of each record's value of that number."""
        return np.arange(len(self.rows)) * self.width + (self.start + number)


class Pile:
    """Records of any kinds.

    Parameters
    ----------
    most
        Further fields that a record may have.
    """

    def __init__(self, most: int) -> None:
        self._most = most
        self._lines: list[int] = []
        self._values: list[pl.Series] = []
        self._height = 0
        self._columns: dict[str, list[tuple[Int64, list[Int64]]]] = {}
        self._names: dict[str, int] = {}
        self._extras: list[tuple[Int64, Int64, Int64]] = []
        self._crowded = False

    def __len__(self) -> int:
        return len(self._lines)

    def add(self, lines: Sequence[int], values: list[Any], width: int) -> Table:
        """Add records of these lines with their values, *width* for each, record after record."""
        done = len(self._lines)
        self._lines += lines
        # The first record tells which values are numbers; where it is wrong, `strings` mends it.
        for number in range(width if values else 0):
            if type(values[number]) in _NUMBERS:
                values[number::width] = map(scalar, values[number::width])
        return Table(np.arange(done, len(self._lines)), self.put(values), width)

    def put(self, values: Sequence[Any]) -> int:
        """Add values; gives the place of the first."""
        start = self._height
        if values:
            self._values.append(strings("v", values))
            self._height += len(values)
        return start

    def fill(self, name: str, table: Table, numbers: Sequence[int]) -> None:
        """Fill a column with the first of some values of each record that says something."""
        self._columns.setdefault(name, []).append((table.rows, [table.places(number) for number in numbers]))

    def fill_with(self, name: str, table: Table, text: str) -> None:
        """Fill a column with one text for all of the records."""
        place = np.full(len(table.rows), self.put([text]), np.int64)
        self._columns.setdefault(name, []).append((table.rows, [place]))

    def further(self, table: Table, names: Sequence[str], numbers: Sequence[int]) -> None:
        """Make some values of each record further fields; the rows rise from call to call."""
        if not names:
            return
        known = np.array([self._names.setdefault(name, len(self._names)) for name in names], np.int64)
        # Record after record, so that what belongs together lies together.
        place = table.places(0)[:, None] + np.asarray(numbers, np.int64)
        count = len(table.rows)
        self._extras.append((np.repeat(table.rows, len(known)), np.tile(known, count), place.reshape(-1)))
        self._crowded |= len(known) > self._most

    def laid_out(self, clean: Callable[[pl.Series], pl.Series]) -> tuple[pl.DataFrame, list[pl.Series], Int64]:
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
        # All values of all columns are one series, cleaned once; the columns are read out of it.
        values = clean(pl.concat(self._values, rechunk=True)) if self._values else _NULL.clear()
        nothing = len(values)
        values = pl.concat([values, _NULL], rechunk=True)
        known = values.is_not_null().to_numpy()
        chosen: list[pl.Expr] = []
        for name, parts in self._columns.items():
            place = np.full(height, nothing, np.uint32)  # where there is none: the null at the end
            for rows, several in parts:
                found = several[0]
                for other in several[1:]:
                    found = np.where(known[found], found, other)
                place[rank[rows]] = found
            chosen.append(pl.col("v").gather(pl.lit(pl.Series(place))).alias(name))
        cells = values.to_frame().select(chosen) if chosen else pl.DataFrame(height=height)
        filled = [column for column in cells if column.null_count() < height]
        cells = pl.DataFrame(filled) if filled else pl.DataFrame(height=height)
        return cells, [pl.Series("line", lines[order]), *self._lists(order, values, known)], rank

    def _lists(self, order: Int64, values: pl.Series, known: NDArray[np.bool_]) -> tuple[pl.Series, pl.Series]:
        """Names and values of the further fields, a list a record, records in *order*."""
        height = len(order)
        if not self._extras:
            return extras.pack({}, height)
        record, name, place = (np.concatenate(column) for column in zip(*self._extras, strict=True))
        kept = np.flatnonzero(known[place])
        if not len(kept):
            return extras.pack({}, height)
        record = record[kept]
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
        chosen = kept[np.arange(len(record)) + np.repeat(starts[order] - offsets[:-1], counts[order])]
        named = pl.Series(list(self._names), dtype=pl.String).gather(name[chosen])
        return (
            extras.lists(named, offsets).alias("extra_names"),
            extras.lists(values.gather(place[chosen]), offsets).alias("extra_values"),
        )
