"""Flat Windows events gathered column by column, shape after shape, until they are a frame."""

import re
from collections.abc import Sequence
from typing import Any, Final, Protocol

import msgspec
import numpy as np
import polars as pl
from numpy.typing import NDArray

from ..limits import LogLimits
from ..records import times
from .cells import cleaned, outcome, scalar
from .ledger import Ledger
from .pile import Pile, Table

NOTHING: Final = msgspec.Raw(b"null")
"""A field that is left as JSON, where an event has none."""

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
    number
        The event number that all events of the struct have, or None.
    """

    @property
    def targets(self) -> list[tuple[str, list[int]]]: ...

    @property
    def extras(self) -> list[tuple[str, int]]: ...

    @property
    def number(self) -> int | None: ...


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
        self._pile = Pile(limits.extras)
        self._titles: list[bytes | None] = []
        self._titled: list[NDArray[np.int64]] = []

    def __len__(self) -> int:
        return len(self._pile)

    def take(
        self,
        plan: Plan,
        lines: Sequence[int],
        values: list[Any],
        width: int,
        texts: Sequence[Sequence[msgspec.Raw]] = (),
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
            By place, *width* for each event, event after event.
        texts
            Messages left as JSON, one for each event; several spellings, best first.
        others
            Names and values of further fields of each event, behind those of the plan.
        """
        pile = self._pile
        flat: list[Any] = []
        named: list[list[str]] = []
        for nth, pairs in enumerate(others or ()):
            flat += [scalar(values[nth * width + place]) for _, place in plan.extras]
            flat += [value for _, value in pairs]
            named.append([name for name, _ in (*plan.extras, *pairs)])
        if others is not None:
            for _, place in plan.extras:
                values[place::width] = [None] * len(lines)
        table = pile.add(lines, values, width)
        for target, places in plan.targets:
            pile.fill(target, table, places)
        if plan.number is not None:
            pile.fill_with("event_id", table, str(plan.number))
        if texts:
            self._titles += _titles(_first(texts))
            self._titled.append(table.rows)
        if others is None:
            pile.further(table, [name for name, _ in plan.extras], [place for _, place in plan.extras])
            return
        start = pile.put(flat)
        for nth, names in enumerate(named):
            pile.further(Table(table.rows[nth : nth + 1], start, len(names)), names, range(len(names)))
            start += len(names)

    def frame(self) -> pl.DataFrame:
        """Some of the columns of `fields.SCHEMA`, in order of `line`."""
        cells, whole, rank = self._pile.laid_out(self._clean)
        whole.append(pl.Series("raw_kind", [self._kind]).new_from_index(0, len(rank)))
        if "time" in cells.columns:
            parsed = times.parse(cells["time"])
            self._ledger.stamped(cells["time"], parsed)
            whole.append(parsed)
        if self._titles:
            titles = pl.Series("message", [*self._titles, None], dtype=pl.Binary).cast(pl.String)
            place = np.full(len(rank), len(self._titles), np.uint32)
            place[rank[np.concatenate(self._titled)]] = np.arange(len(self._titles), dtype=np.uint32)
            whole.append(titles.gather(pl.Series(place)))
        marks = outcome(set(cells.columns))
        return cells.with_columns(*marks, *whole).drop("Keywords", "EventTypeOrignal", strict=False)

    def _clean(self, values: pl.Series) -> pl.Series:
        cells = cleaned(values.to_frame(), self._limits, self._ledger)
        return cells.to_series() if cells.width else pl.Series(values.name, [None] * len(values), dtype=pl.String)


def _first(columns: Sequence[Sequence[msgspec.Raw]]) -> Sequence[msgspec.Raw]:
    """The first text of each event that has one."""
    found = columns[0]
    for column in columns[1:]:
        found = [b if a is NOTHING else a for a, b in zip(found, column, strict=True)]
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
