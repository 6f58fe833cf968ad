"""Flat Windows events gathered column by column, shape after shape, until they are a frame."""

import re
from collections.abc import Sequence
from itertools import chain
from typing import Any, Final, Protocol

import msgspec
import numpy as np
import polars as pl
from numpy.typing import NDArray

from .. import extras, times
from ..limits import LogLimits
from .cells import cleaned, outcome, scalar, strings
from .ledger import Ledger
from .vocabulary import DULL, EXTRA

NOTHING: Final = msgspec.Raw(b"null")
"""A field that is left as JSON, where an event has none."""

_NUMBERS: Final = (int, float, bool)
_KEPT: Final = frozenset(EXTRA)
_NULL: Final = pl.Series("v", [None], dtype=pl.String)

# A line end within the text, or the end of the text if nothing need be stripped before it.
_TITLE: Final = re.compile(rb'"([^"\\]{0,239})(?:\\[rn]|(?<=[!-~])")')
_START: Final = re.compile(rb'"([^"\\]{0,240})')


class Plan(Protocol):
    """Where the fields of one struct go.

    Attributes
    ----------
    targets
        Normalised column, and the places of the fields that may fill it, best first.
    extras
        Name and place of every further field.
    texts
        Places of the fields that hold a message, best first, left as JSON.
    number
        The event number that all events of the struct have, or None.
    """

    @property
    def targets(self) -> list[tuple[str, list[int]]]: ...

    @property
    def extras(self) -> list[tuple[str, int]]: ...

    @property
    def texts(self) -> list[int]: ...

    @property
    def number(self) -> int | None: ...


class _Column:
    """Values of some records."""

    def __init__(self) -> None:
        self.values: list[Any] = []
        self._rows: list[NDArray[np.int64]] = []

    def add(self, rows: NDArray[np.int64], values: Sequence[Any]) -> None:
        """Add one value for each of some rows."""
        self.values.extend(map(scalar, values) if _odd(values) else values)
        self._rows.append(rows)

    def where(self) -> NDArray[np.int64]:
        """Row of each value."""
        return np.concatenate(self._rows)


class Gathered:
    """Events waiting to become one frame.

    Parameters
    ----------
    limits
        Bounds on the values.
    ledger
        Where mended values are counted.
    kind
        Their `raw_kind`.
    """

    def __init__(self, limits: LogLimits, ledger: Ledger, kind: str) -> None:
        self._limits, self._ledger, self._kind = limits, ledger, kind
        self._lines: list[int] = []
        self._columns: dict[str, _Column] = {}
        self._titles = _Column()
        self._names: dict[str, int] = {}
        self._extras = _Column()
        self._named: list[NDArray[np.int64]] = []
        self._crowded = False

    def take(
        self,
        plan: Plan,
        lines: Sequence[int],
        values: Sequence[Sequence[Any]],
        others: Sequence[Sequence[tuple[str, str]]] | None = None,
    ) -> None:
        """Add events of one kind.

        Parameters
        ----------
        plan
            Where their fields go.
        lines
            Number of the line of each.
        values
            By place, one for each event.
        others
            Names and values of further fields of each event, beside those known to be worth keeping; where it is
            given, the plan's further fields that are not are left out.
        """
        done, count = len(self._lines), len(lines)
        rows = np.arange(done, done + count)
        for target, places in plan.targets:
            self._columns.setdefault(target, _Column()).add(rows, _first([values[n] for n in places]))
        if plan.number is not None:
            self._columns.setdefault("event_id", _Column()).add(rows, [str(plan.number)] * count)
        if plan.texts:
            self._titles.add(rows, _titles(_first([values[n] for n in plan.texts], NOTHING)))
        if others is not None:
            self._add_others(plan, rows, values, others)
        elif plan.extras:
            # Record after record, so that what belongs together lies together.
            numbers = [self._names.setdefault(name, len(self._names)) for name, _ in plan.extras]
            columns = (values[n] for _, n in plan.extras)
            flat = chain.from_iterable(zip(*(map(scalar, c) if _odd(c) else c for c in columns), strict=True))
            self._extras.add(np.repeat(rows, len(numbers)), list(flat))
            self._named.append(np.tile(np.asarray(numbers), count))
            self._crowded |= len(numbers) > self._limits.extras
        self._lines += lines

    def _add_others(
        self,
        plan: Plan,
        rows: NDArray[np.int64],
        values: Sequence[Sequence[Any]],
        others: Sequence[Sequence[tuple[str, str]]],
    ) -> None:
        known = [(name, values[n]) for name, n in plan.extras if name in _KEPT]
        for nth, (row, pairs) in enumerate(zip(rows, others, strict=True)):
            both = [*((name, column[nth]) for name, column in known), *pairs]
            if both:
                self._extras.add(np.full(len(both), row), [value for _, value in both])
                numbers = [self._names.setdefault(name, len(self._names)) for name, _ in both]
                self._named.append(np.asarray(numbers, np.int64))
                self._crowded |= len(both) > self._limits.extras

    def frame(self) -> pl.DataFrame:
        """Some of the columns of `fields.SCHEMA`, in order of `line`."""
        lines = np.asarray(self._lines, np.uint32)
        height = len(lines)
        order = np.argsort(lines, kind="stable")
        rank = np.empty(height, np.int64)
        rank[order] = np.arange(height)
        # All values of all columns are one series, made and cleaned once; the columns are read out of it.
        made = [strings("v", c.values) for c in (*self._columns.values(), self._extras)]
        flat = cleaned(pl.concat([*made, _NULL]).to_frame(), self._limits, self._ledger)
        if not flat.width:
            flat = pl.DataFrame({"v": pl.Series([None], dtype=pl.String).new_from_index(0, sum(map(len, made)) + 1)})
        chosen: list[pl.Expr] = []
        start = 0
        for name, column in self._columns.items():
            place = np.full(height, flat.height - 1, np.uint32)  # where there is none: the null at the end
            place[rank[column.where()]] = np.arange(start, start + len(column.values), dtype=np.uint32)
            chosen.append(pl.col("v").gather(pl.lit(pl.Series(place))).alias(name))
            start += len(column.values)
        cells = flat.select(chosen)
        nulls = cells.null_count().row(0) if cells.width else ()
        cells = cells.drop([name for name, count in zip(cells.columns, nulls, strict=True) if count == height])
        whole: list[pl.Series] = [
            pl.Series("line", lines[order]),
            pl.Series("raw_kind", [self._kind]).new_from_index(0, height),
            *self._lists(order, flat["v"].slice(start, flat.height - 1 - start)),
        ]
        if "time" in cells.columns:
            parsed = times.parse(cells["time"])
            self._ledger.stamped(cells["time"], parsed)
            whole.append(parsed)
        if self._titles.values:
            place = np.full(height, len(self._titles.values), np.uint32)
            place[rank[self._titles.where()]] = np.arange(len(self._titles.values), dtype=np.uint32)
            titles = pl.Series("message", [*self._titles.values, None], dtype=pl.Binary).cast(pl.String)
            whole.append(titles.gather(pl.Series(place)))
        marks = outcome(set(cells.columns))
        return cells.with_columns(*marks, *whole).drop("Keywords", "EventTypeOrignal", strict=False)

    def _lists(self, order: NDArray[np.int64], values: pl.Series) -> tuple[pl.Series, pl.Series]:
        """Names and values of the further fields, a list a record, records in *order*."""
        height = len(order)
        if values.null_count() == len(values):
            return extras.pack({}, height)
        kept = np.flatnonzero(values.is_not_null().to_numpy())
        record = self._extras.where()[kept]
        counts = np.bincount(record, minlength=height)
        starts = np.cumsum(counts) - counts
        if self._crowded:  # a shape may know more fields than one record may have
            fits = np.arange(len(record)) - starts[record] < self._limits.extras
            kept, record = kept[fits], record[fits]
            counts = np.minimum(counts, self._limits.extras)
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


def _odd(values: Sequence[Any]) -> bool:
    """Whether values seem to be no text: the first one tells, and where it is wrong `strings` mends it."""
    return len(values) > 0 and type(values[0]) in _NUMBERS


def _first(columns: Sequence[Sequence[Any]], nothing: Any = None) -> Sequence[Any]:
    """The first value of each event that says something."""
    found = columns[0]
    for column in columns[1:]:
        found = [
            b if a is nothing or (type(a) is str and a in DULL) else a
            for a, b in zip(found, column, strict=True)
        ]
    return found


def _titles(texts: Sequence[msgspec.Raw]) -> list[bytes | None]:
    """First lines of messages that are still JSON."""
    match = _TITLE.match
    return [found[1] if (found := match(raw)) is not None else _title(raw) for raw in texts]


def _title(raw: msgspec.Raw) -> bytes | None:
    """First line of a message, in whatever way it ends."""
    text = bytes(memoryview(raw)[:260])  # the whole of it may be long
    found = _START.match(text)
    if found is None:
        return None
    if len(found[1]) == 240:
        return found[1].decode("utf-8", "ignore").encode()
    whole = msgspec.json.decode(raw)
    return whole[:240].split("\n", 1)[0].rstrip().encode("utf-8", "replace") if isinstance(whole, str) else None
