"""Flat Windows events gathered column by column, shape after shape, until they are a frame."""

import re
from collections.abc import Sequence
from typing import Any, Final, Protocol

import msgspec
import polars as pl

from ..limits import LogLimits
from ..records import times
from .cells import cleaned, outcome
from .ledger import Ledger
from .pile import Column, Pile
from .vocabulary import DULL, EXTRA

NOTHING: Final = msgspec.Raw(b"null")
"""A field that is left as JSON, where an event has none."""

_KEPT: Final = frozenset(EXTRA)
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
        self._titles = Column()

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
        pile = self._pile
        rows = pile.rows(lines)
        for target, places in plan.targets:
            pile.add(target, rows, _first([values[n] for n in places]))
        if plan.number is not None:
            pile.add("event_id", rows, [str(plan.number)] * len(rows))
        if plan.texts:
            self._titles.add(rows, _titles(_first([values[n] for n in plan.texts], NOTHING)))
        if others is None:
            pile.add_extras(rows, [name for name, _ in plan.extras], [values[n] for _, n in plan.extras])
            return
        known = [(name, values[n]) for name, n in plan.extras if name in _KEPT]
        for nth, pairs in enumerate(others):
            both = [*((name, column[nth]) for name, column in known), *pairs]
            pile.add_extras(rows[nth : nth + 1], [name for name, _ in both], [(value,) for _, value in both])

    def frame(self) -> pl.DataFrame:
        """Some of the columns of `fields.SCHEMA`, in order of `line`."""
        cells, whole, rank = self._pile.laid_out(self._clean)
        whole.append(pl.Series("raw_kind", [self._kind]).new_from_index(0, len(rank)))
        if "time" in cells.columns:
            parsed = times.parse(cells["time"])
            self._ledger.stamped(cells["time"], parsed)
            whole.append(parsed)
        if len(self._titles):
            titles = pl.Series("message", [*self._titles.values, None], dtype=pl.Binary).cast(pl.String)
            whole.append(titles.gather(self._titles.places(rank, 0, len(titles) - 1)))
        marks = outcome(set(cells.columns))
        return cells.with_columns(*marks, *whole).drop("Keywords", "EventTypeOrignal", strict=False)

    def _clean(self, values: pl.Series) -> pl.Series:
        cells = cleaned(values.to_frame(), self._limits, self._ledger)
        return cells.to_series() if cells.width else pl.Series(values.name, [None] * len(values), dtype=pl.String)


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
