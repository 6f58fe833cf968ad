"""Flat Windows events, read the fast way: one learned struct for each event number.

Events of one number have nearly the same fields, so a struct with just these decodes them several
times faster than one that knows every field of every event. The shape of a number is learned from
its events: a field that it does not know is an error of the decoder, upon which the shape grows.
So nothing is lost, and an event costs what it holds. Sources whose shapes never settle are read the
general way.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any, Final

import msgspec
import numpy as np
import polars as pl
from numpy.typing import NDArray

from .. import extras, times
from ..limits import LogLimits
from . import windows
from .cells import cleaned, outcome, strings
from .ledger import Ledger
from .vocabulary import DETAIL, DULL, HEADER, SETTLED

_MARK: Final = b'"EventID":'
_NUMBER_BYTES: Final = 12
_MOST_SHAPES: Final = 2000
_MOST_FIELDS: Final = 200
_MOST_LESSONS: Final = 4000
_NOTHING: Final = msgspec.Raw(b"null")
_ANY: Final = msgspec.json.Decoder(dict[str, Any])
_TITLE: Final = re.compile(rb'"([^"\\]{0,240})')
_TEXT_NAMES: Final = frozenset(HEADER["message"])
_TARGETS: Final = {
    **{name: spellings for name, spellings in HEADER.items() if name != "message"},
    **DETAIL,
    "Keywords": ("Keywords",),
    "EventTypeOrignal": ("EventTypeOrignal",),
}
_PLACED: Final = frozenset((*_TEXT_NAMES, *(name for names in _TARGETS.values() for name in names)))


class _Plan:
    """How events with just these fields are decoded, and where their fields go."""

    def __init__(self, names: Sequence[str], limits: LogLimits) -> None:
        place = {name: n for n, name in enumerate(names)}
        others = [n for n in names if n not in _PLACED and n not in SETTLED]
        # By name, so that a record's fields do not depend on the records that were read before it.
        others = sorted(n for n in others if len(n) <= limits.name_chars)[: limits.extras]
        self.extras = [(name, place[name]) for name in others]
        self.targets = [
            (target, known)
            for target, spellings in _TARGETS.items()
            if (known := [place[n] for n in spellings if n in place])
        ]
        self.texts = [place[n] for n in HEADER["message"] if n in place]
        read = {n for _, places in self.targets for n in places} | {n for _, n in self.extras}
        kinds = [Any if n in read else msgspec.Raw for n in range(len(names))]
        struct = msgspec.defstruct(
            "Event",
            [
                (f"f{n}", kind, msgspec.field(name=name, default=None if kind is Any else _NOTHING))
                for n, (name, kind) in enumerate(zip(names, kinds, strict=True))
            ],
            forbid_unknown_fields=True,
            gc=False,
        )
        self.decode = msgspec.json.Decoder(struct).decode


_plan = lru_cache(_MOST_SHAPES)(_Plan)
"""Making a struct costs as much as decoding a hundred events, and segments of one file have the same shapes."""


class _Shape:
    """The fields of events of one number, and those of the block at hand."""

    def __init__(self, names: Sequence[str], limits: LogLimits) -> None:
        self.names = tuple(names)
        plan = _plan(tuple(sorted(names)), limits)
        self.extras, self.targets, self.texts = plan.extras, plan.targets, plan.texts
        self.decode = plan.decode
        self.places: list[int] = []
        self.events: list[Any] = []


@dataclass(slots=True)
class _Gathered:
    """The events of a block, column by column, shape after shape."""

    places: list[int] = field(default_factory=list)
    columns: dict[str, list[Any]] = field(default_factory=dict)
    titles: list[str | None] = field(default_factory=list)
    names: dict[str, int] = field(default_factory=dict)
    values: list[Any] = field(default_factory=list)
    records: list[NDArray[np.int64]] = field(default_factory=list)
    named: list[NDArray[np.int64]] = field(default_factory=list)

    def take(self, shape: _Shape) -> None:
        """Move the events of a shape here."""
        done, count = len(self.places), len(shape.events)
        values = list(zip(*map(msgspec.structs.astuple, shape.events), strict=True))
        for target, places in shape.targets:
            cells = self.columns.setdefault(target, [])
            cells.extend([None] * (done - len(cells)))
            cells.extend(_first([values[n] for n in places]))
        if shape.texts:
            self.titles.extend([None] * (done - len(self.titles)))
            self.titles.extend(map(_title, _first([values[n] for n in shape.texts], _NOTHING)))
        records = np.arange(done, done + count)
        for name, n in shape.extras:
            self.values.extend(values[n])
            self.records.append(records)
            self.named.append(np.full(count, self.names.setdefault(name, len(self.names))))
        self.places += shape.places
        shape.places, shape.events = [], []

    def lists(self, limits: LogLimits, ledger: Ledger) -> tuple[pl.Series, pl.Series]:
        """Names and values of the further fields, a list a record."""
        if not self.values:
            return extras.pack({}, len(self.places))
        cells = cleaned(pl.DataFrame([strings("v", self.values)]), limits, ledger)
        kept = cells["v"].is_not_null().to_numpy() if cells.width else np.zeros(len(self.values), bool)
        places = np.flatnonzero(kept)
        record = np.concatenate(self.records)[places]
        order = np.argsort(record, kind="stable")
        offsets = np.zeros(len(self.places) + 1, np.int64)
        np.cumsum(np.bincount(record, minlength=len(self.places)), out=offsets[1:])
        flat = cells["v"].gather(places[order]) if cells.width else pl.Series([], dtype=pl.String)
        named = pl.Series(list(self.names), dtype=pl.String).gather(np.concatenate(self.named)[places][order])
        return (
            extras.lists(named, offsets).alias("extra_names"),
            extras.lists(flat, offsets).alias("extra_values"),
        )


def _first(columns: Sequence[Sequence[Any]], nothing: Any = None) -> Sequence[Any]:
    """The first value of each event that says something."""
    found = columns[0]
    for column in columns[1:]:
        found = [
            b if a is nothing or (type(a) is str and a in DULL) else a
            for a, b in zip(found, column, strict=True)
        ]
    return found


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
        block = _Gathered()
        for number, shape in list(self._shapes.items()):
            if shape is not None and shape.events:
                block.take(shape)
                if b"#" in number:
                    del self._shapes[number]
        height = len(block.places)
        made = []
        for name, column in block.columns.items():
            column.extend([None] * (height - len(column)))
            made.append(strings(name, column))
        cells = cleaned(pl.DataFrame(made), self._limits, self._ledger)
        if "time" in cells.columns:
            parsed = times.parse(cells["time"])
            self._ledger.stamped(cells["time"], parsed)
            cells = cells.with_columns(parsed)
        whole: list[pl.Series] = [
            pl.Series("line", block.places, dtype=pl.UInt32) + first,
            pl.Series("raw_kind", ["windows-flat"]).new_from_index(0, height),
            *block.lists(self._limits, self._ledger),
        ]
        if block.titles:
            block.titles.extend([None] * (height - len(block.titles)))
            whole.append(pl.Series("message", block.titles, dtype=pl.String))
        marks = outcome(set(cells.columns))
        cells = cells.with_columns(marks).drop("Keywords", "EventTypeOrignal", strict=False)
        return cells.with_columns(whole).sort("line")


def _title(raw: msgspec.Raw) -> str | None:
    """First line of a message that is still JSON."""
    text = bytes(memoryview(raw)[:260])  # the whole of it may be long
    found = _TITLE.match(text)
    if found is None:
        return None
    if text[found.end() : found.end() + 2] in (b"\\r", b"\\n") or len(found[1]) == 240:
        return found[1].decode("utf-8", "ignore")
    whole = msgspec.json.decode(raw)
    return whole[:240].split("\n", 1)[0].rstrip() if isinstance(whole, str) else None
