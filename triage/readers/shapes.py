"""Flat Windows events, read the fast way: one learned struct for each event number.

Events of one number have nearly the same fields, so a struct with just these decodes them several
times faster than one that knows every field of every event. The shape of a number is learned from
its events: a field that it does not know is an error of the decoder, upon which the shape grows.
So nothing is lost, and an event costs what it holds. Sources whose shapes never settle are read the
general way.
"""

import re
from collections.abc import Sequence
from typing import Any, Final

import msgspec
import polars as pl

from .. import extras, times
from ..limits import LogLimits
from . import windows
from .ledger import Ledger

_MARK: Final = b'"EventID":'
_NUMBER_BYTES: Final = 12
_MOST_SHAPES: Final = 2000
_MOST_FIELDS: Final = 200
_MOST_LESSONS: Final = 4000
_NOTHING: Final = msgspec.Raw(b"null")
_ANY: Final = msgspec.json.Decoder(dict[str, Any])
_TITLE: Final = re.compile(rb'"([^"\\]{0,240})')
_TEXT_NAMES: Final = frozenset(windows.HEADER["message"])
_PLACED: Final = frozenset(
    (
        *(name for names in windows.HEADER.values() for name in names),
        *(name for names in windows.DETAIL.values() for name in names),
        "Keywords",
        "EventTypeOrignal",
    )
)


class _Shape:
    """The fields of events of one number, and those of the block at hand."""

    def __init__(self, names: Sequence[str], limits: LogLimits) -> None:
        self.names = tuple(names)
        self.kept = self._choose(limits)
        kinds = [Any if kept and name not in _TEXT_NAMES else msgspec.Raw for name, kept in self.kept]
        struct = msgspec.defstruct(
            "Event",
            [
                (f"f{n}", kind, msgspec.field(name=name, default=None if kind is Any else _NOTHING))
                for n, (name, kind) in enumerate(zip(self.names, kinds, strict=True))
            ],
            forbid_unknown_fields=True,
            gc=False,
        )
        self.decode = msgspec.json.Decoder(struct).decode
        self.places: list[int] = []
        self.events: list[Any] = []

    def _choose(self, limits: LogLimits) -> list[tuple[str, bool]]:
        chosen = []
        left = limits.extras
        for name in self.names:
            kept = name in _PLACED
            if not kept and name not in windows.SETTLED and len(name) <= limits.name_chars and left:
                kept, left = True, left - 1
            chosen.append((name, kept))
        return chosen


class Shapes:
    """The shapes of one source, growing as it is read."""

    def __init__(self, limits: LogLimits, ledger: Ledger) -> None:
        self._limits = limits
        self._ledger = ledger
        self._shapes: dict[bytes, _Shape | None] = {}
        self._lessons = 0
        self._useful = True

    def read(self, first: int, lines: Sequence[bytes]) -> tuple[pl.DataFrame | None, Sequence[int]]:
        """Read those lines that are flat Windows events.

        Parameters
        ----------
        first
            Number of the first line.
        lines
            Lines without their ends.

        Returns
        -------
        frame, others
            Normalised columns of the flat events, in order of `line`, and the places of the lines
            that are not such events or not even JSON.
        """
        if not self._useful:
            return None, range(len(lines))
        others: list[int] = []
        shapes = self._shapes
        limit = self._limits.line_bytes
        for place, line in enumerate(lines):
            at = line.find(_MARK) + 10
            if at < 10 or len(line) > limit:
                others.append(place)
                continue
            number = line[at : at + _NUMBER_BYTES].split(b",", 1)[0]
            shape = shapes.get(number)
            if shape is None:
                shape = self._learn(number, line) if number not in shapes else None
                if shape is None:
                    others.append(place)
                    continue
            try:
                event = shape.decode(line)
            except (msgspec.DecodeError, RecursionError, UnicodeDecodeError):
                shape = self._learn(number, line)
                if shape is None:
                    others.append(place)
                    continue
                event = shape.decode(line)
            shape.places.append(place)
            shape.events.append(event)
        if len(others) == len(lines):
            self._useful = any(shape is not None for shape in shapes.values())
            return None, others
        return self._frame(first), others

    def _learn(self, number: bytes, line: bytes) -> _Shape | None:
        """Make or widen the shape for a line; None when the line is for others to read."""
        before = self._shapes.get(number)
        try:
            record = _ANY.decode(line)
        except (msgspec.DecodeError, RecursionError, UnicodeDecodeError):
            return None
        if windows.looks_windows(record) != "windows-flat" or "winlog" in record or "event_data" in record:
            if before is None and len(self._shapes) < _MOST_SHAPES:
                self._shapes[number] = None
            return None
        known = before.names if before is not None else ()
        names = dict.fromkeys((*known, *record))
        self._lessons += 1
        full = len(self._shapes) >= _MOST_SHAPES and before is None
        if full or len(names) > _MOST_FIELDS or self._lessons > _MOST_LESSONS:
            return None
        shape = _Shape(tuple(names), self._limits)
        try:
            shape.decode(line)
        except (msgspec.DecodeError, RecursionError, UnicodeDecodeError):
            return None  # names that clash once decoded
        if before is not None and before.events:
            # what was read of this block by the narrower shape stays with it under another key
            self._shapes[number + b"#" + str(self._lessons).encode()] = before
        self._shapes[number] = shape
        return shape

    def _frame(self, first: int) -> pl.DataFrame:
        columns, places = self._gather()
        height = len(places)
        message: list[Any] | None = None
        for name in windows.HEADER["message"]:
            found = columns.pop(name, None)
            if found is not None:
                message = found if message is None else [a or b for a, b in zip(message, found, strict=True)]
        made = []
        for name, column in columns.items():
            if not windows.STRING_OR_NONE.issuperset(map(type, column)):
                column = list(map(windows.scalar, column))
            made.append(pl.Series(name, column, dtype=pl.String))
        cells = windows.cleaned(pl.DataFrame(made), self._limits, self._ledger)
        more = {name: cells[name] for name in cells.columns if name not in _PLACED}
        whole: list[pl.Series] = [
            pl.Series("line", places, dtype=pl.UInt32) + first,
            pl.Series("raw_kind", ["windows-flat"]).new_from_index(0, height),
            self._times(cells, height),
            *extras.pack(more, height),
        ]
        if message is not None:
            whole.append(pl.Series("message", list(map(_title, message)), dtype=pl.String))
        return windows.merge(cells).with_columns(whole).sort("line")

    def _gather(self) -> tuple[dict[str, list[Any]], list[int]]:
        """Columns of all events of the block, shape after shape; empties the shapes."""
        columns: dict[str, list[Any]] = {}
        places: list[int] = []
        for number, shape in list(self._shapes.items()):
            if shape is None or not shape.events:
                continue
            done = len(places)
            values = zip(*map(msgspec.structs.astuple, shape.events), strict=True)
            for (name, kept), column in zip(shape.kept, values, strict=True):
                if kept:
                    cells = columns.setdefault(name, [])
                    if len(cells) < done:
                        cells.extend([None] * (done - len(cells)))
                    cells.extend(column)
            places += shape.places
            shape.places, shape.events = [], []
            if b"#" in number:
                del self._shapes[number]
        for cells in columns.values():
            cells.extend([None] * (len(places) - len(cells)))
        return columns, places

    @staticmethod
    def _times(cells: pl.DataFrame, height: int) -> pl.Series:
        parsed = pl.Series("time", [None], dtype=times.UTC_MICROSECONDS).new_from_index(0, height)
        for name in windows.HEADER["time"]:
            if name in cells.columns and parsed.null_count():
                found = times.parse(cells[name])
                parsed = (
                    found if parsed.null_count() == height else parsed.zip_with(parsed.is_not_null(), found)
                )
        return parsed.alias("time")


def _title(raw: Any) -> str | None:
    """First line of a message that is still JSON."""
    if raw is None:
        return None
    text = bytes(raw)
    found = _TITLE.match(text)
    if found is None:
        return None
    if text[found.end() : found.end() + 2] in (b"\\r", b"\\n") or len(found[1]) == 240:
        return found[1].decode("utf-8", "ignore")
    whole = msgspec.json.decode(text)
    return whole[:240].split("\n", 1)[0].rstrip() if isinstance(whole, str) else None
