"""Records of any JSON objects, gathered and laid out as normalised columns."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from itertools import chain
from typing import Any, Final

import polars as pl

from ..limits import LogLimits
from ..records import templates, times
from . import dialects
from .cells import cut
from .dialects import Dialect
from .generic import ALIASES, RANKS, depth_of, flatten, listed
from .ledger import Ledger
from .pile import Pile

_MOST_NAMES: Final = 100_000
"""Names that are remembered while one block is read."""


@dataclass(slots=True)
class _Kind:
    """Records whose scalars have the same names, in the same order.

    Attributes
    ----------
    kind
        Their `raw_kind`.
    columns
        Normalised column to the place of the scalar that fills it.
    given
        Columns that hold the same value in all of them.
    names, places
        Further fields.
    left
        Places of those beyond the limit on further fields.
    """

    kind: str
    columns: list[tuple[str, int]]
    given: list[tuple[str, str]]
    names: list[str]
    places: list[int]
    left: list[int]
    lines: list[int] = field(default_factory=list)
    rows: list[list[str]] = field(default_factory=list)


class _Dotted(dict[str, str]):
    """Full names of the fields of one object by their keys, each made once: a name that is known is hashed."""

    def __init__(self, prefix: str) -> None:
        self._prefix = prefix
        self._below: dict[str, _Dotted] = {}

    def __missing__(self, key: str) -> str:
        name = f"{self._prefix}.{key}" if self._prefix else key
        if len(self) < _MOST_NAMES:
            self[key] = name
        return name

    def below(self, key: str) -> "_Dotted":
        """Names within the object that is the value of *key*."""
        found = self._below.get(key)
        if found is None:
            found = _Dotted(f"{self._prefix}.{key}" if self._prefix else key)
            if len(self._below) < _MOST_NAMES:
                self._below[key] = found
        return found


class Collector:
    """Gathers flattened records of one block, then gives their frame."""

    def __init__(self, limits: LogLimits, ledger: Ledger) -> None:
        self._limits = limits
        self._ledger = ledger
        self._count = 0
        self._empty = 0
        self._kinds: dict[tuple[str, tuple[str, ...]], _Kind] = {}
        self._known: dict[str, dict[str, tuple[str, int] | None]] = {}
        self._dotted = _Dotted("")

    def __len__(self) -> int:
        return self._count

    def add(self, line: int, record: Mapping[str, Any], dialect: Dialect = dialects.JSON) -> None:
        """Add one decoded object.

        Raises
        ------
        RecursionError
            It is nested deeper than the limit; nothing was added.
        """
        names: list[str] = []
        values: list[str] = []
        self._empty = 0
        try:
            whole = self._walk(record, self._dotted, 1, names, values)
        except RecursionError:  # unless the limit on fields comes before what is so deep
            whole = False
        if not whole:
            pairs = list(flatten(record, self._limits))
            names, values = [name for name, _ in pairs], [value for _, value in pairs]
        key = dialect.given.get("channel", dialect.kind), tuple(names)
        known = self._kinds.get(key)
        if known is None:
            known = self._kinds[key] = self._plan(names, dialect)
        known.lines.append(line)
        known.rows.append(values)
        self._count += 1

    def _walk(
        self, record: Mapping[str, Any], dotted: _Dotted, depth: int, names: list[str], values: list[str]
    ) -> bool:
        """Flatten as `flatten` does, but faster; False when there are so many scalars that they must be counted."""
        limit = self._limits.nesting
        if depth > limit and any(value is not None and value != "" for value in record.values()):
            raise RecursionError("nested deeper than the limit")
        for key, value in record.items():
            kind = type(value)
            if kind is str:
                if not value:
                    continue
                text = value
            elif value is None:
                continue
            elif kind is dict:
                if not self._walk(value, dotted.below(key), depth + 1, names, values):
                    return False
                continue
            elif kind is bool:
                text = "true" if value else "false"
            elif kind is int or kind is float:
                text = str(value)
            elif kind is list and value:
                if depth_of(value, limit) > limit:
                    raise RecursionError("nested deeper than the limit")
                text = listed(value)
            else:
                self._empty += 1
                continue
            names.append(dotted[key])
            values.append(text)
        return len(names) + self._empty < self._limits.fields

    def _plan(self, names: Sequence[str], dialect: Dialect) -> _Kind:
        """Where scalars of these names go: the best name fills a column, the others are further fields."""
        known = self._known.setdefault(dialect.given.get("channel", dialect.kind), {})
        best: dict[str, tuple[int, int]] = {}
        others: list[int] = []
        for number, name in enumerate(names):
            place = known[name] if name in known else _place(name, dialect, known)
            if place is None:
                others.append(number)
                continue
            column, rank = place
            before = best.get(column)
            if before is None:
                best[column] = (rank, number)
            elif rank < before[0]:
                best[column] = (rank, number)
                others.append(before[1])
            else:
                others.append(number)
        for column, origin in dialect.copies.items():
            if column not in best and origin in best:
                best[column] = best[origin]
        kept, left = others[: self._limits.extras], others[self._limits.extras :]
        return _Kind(
            dialect.kind,
            [(column, number) for column, (_, number) in best.items() if column in ALIASES],
            [(column, text) for column, text in dialect.given.items() if column in ALIASES and column not in best],
            [names[n][: self._limits.name_chars] for n in kept],
            kept,
            left,
        )

    def frame(self) -> pl.DataFrame:
        """Normalised columns of everything added, in order of the lines."""
        pile = Pile(self._limits.extras)
        limit = self._limits.value_chars
        for kind in self._kinds.values():
            values: list[str | None] = list(chain.from_iterable(kind.rows))
            width = len(kind.rows[0])
            for place in kind.left:
                self._ledger.repair("value-cut", sum(len(row[place]) > limit for row in kind.rows))
            for place in set(range(width)).difference(kind.places, (place for _, place in kind.columns)):
                values[place::width] = [None] * len(kind.rows)  # nowhere to go
            table = pile.add(kind.lines, values, width)
            for column, place in kind.columns:
                pile.fill(column, table, [place])
            for column, text in (*kind.given, ("raw_kind", kind.kind)):
                pile.fill_with(column, table, text)
            pile.further(table, kind.names, kind.places)
        cells, whole, _ = pile.laid_out(self._cut)
        if "time" in cells.columns:
            parsed = times.parse(cells["time"])
            self._ledger.stamped(cells["time"], parsed)
            whole.append(parsed)
        if "message" in cells.columns:
            whole.append(templates.signatures(cells["message"]).alias("template"))
        return cells.with_columns(whole)

    def _cut(self, values: pl.Series) -> pl.Series:
        return cut(values, self._limits.value_chars, self._ledger)


def _place(
    name: str, dialect: Dialect, known: dict[str, tuple[str, int] | None]
) -> tuple[str, int] | None:
    lower = name.lower() if len(name) < 64 else ""
    place = dialect.places.get(lower)
    if place is not None:
        place = (place[0], place[1] - 1000)  # before every usual name
    elif lower in dialect.further or name in ("eventID", "eventId"):
        place = None  # CloudTrail's event number is a random one of its own for each record
    else:
        place = RANKS.get(lower)
    if len(known) < _MOST_NAMES:
        known[name] = place
    return place
