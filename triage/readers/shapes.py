"""Flat Windows events, read the fast way: one learned struct for each event number.

Events of one number have nearly the same fields, so a struct with just these decodes them several
times faster than one that knows every field of every event. The shape of a number is learned from
its events: a field that it does not know is an error of the decoder, upon which the shape grows.
So nothing is lost, and an event costs what it holds. All shapes together are one decoder, told apart
by the number, so that hundreds of lines are decoded by one call; lines that it cannot read are looked at
one by one. Sources whose shapes never settle are read the general way.
"""

import re
from collections import deque
from collections.abc import Iterator, Sequence
from typing import Any, Final, Union

import msgspec
import numpy as np
import polars as pl
from numpy.typing import NDArray

from ..limits import LogLimits
from . import windows
from .gathered import Gathered
from .ledger import Ledger
from .shape import MOST_SHAPES, Other, Shape

_MARK: Final = b'"EventID":'
_ODD: Final = re.compile(r"[\"\\\x00-\x1f]")
_NUMBER_BYTES: Final = 12
_NUMBER: Final = re.compile(rb"-?(?:0|[1-9]\d{0,9})")
_MOST_FIELDS: Final = 200
_MOST_LESSONS: Final = 4000
_STRIDE: Final = 128
"""Lines decoded by one call; where one of them is odd, halves of them, then smaller parts."""

_FEWEST: Final = 16
"""Lines that are looked at one by one when one of them is odd."""

_SPARE: Final = 4
"""Sources whose shapes are remembered once they are read: the next one mostly has the same."""

_ENOUGH: Final = 32_768
"""Events of a frame: as many as a block has."""

_HELD: Final = 4
"""Blocks of the file whose events may wait for their frame."""

_FRESH: Final = 2048
"""Events that are kept as objects before they become columns."""

_OPEN, _CLOSE = b"{}"
_ANY: Final = msgspec.json.Decoder(dict[str, Any])


class Lines:
    """Some whole lines, not cut apart before one of them is asked for.

    Parameters
    ----------
    data
        Lines, each ended by one newline.
    ends
        Place of each newline.
    """

    def __init__(self, data: bytes, ends: NDArray[np.int64]) -> None:
        self._data, self._ends = data, ends
        self.size = len(data)
        self._starts = np.concatenate((np.zeros(1, np.int64), ends[:-1] + 1))
        text = np.frombuffer(data, np.uint8)
        # What starts and ends like an object is one line of JSON if there are as many values as lines: JSON has no
        # place for a newline between a closing and an opening brace but between two values.
        self._whole = (text[self._starts] == _OPEN) & (text[np.maximum(ends - 1, 0)] == _CLOSE)

    def __len__(self) -> int:
        return len(self._ends)

    def __getitem__(self, place: int) -> bytes:
        return self._data[self._starts[place] : self._ends[place]]

    def strides(self) -> Iterator[tuple[int, int, memoryview | None]]:
        """Places of the first and behind the last line of every stride, and its bytes where it is all objects."""
        for start in range(0, len(self), _STRIDE):
            stop = min(start + _STRIDE, len(self))
            yield start, stop, self.part(start, stop) if bool(self._whole[start:stop].all()) else None

    def part(self, start: int, stop: int) -> memoryview:
        """The bytes of some lines that follow each other."""
        return memoryview(self._data)[self._starts[start] : self._ends[stop - 1]]


class Shapes:
    """The shapes of one source, growing as it is read; `of` begins with those of the source before."""

    def __init__(self, limits: LogLimits, ledger: Ledger) -> None:
        self._limits = limits
        self._shapes: dict[bytes, Shape | None] = {}
        self._outgrown: list[Shape] = []
        self._lessons = 0
        self._useful = True
        self._decoder: msgspec.json.Decoder[Any] | None = None
        self._members: dict[type, Shape] = {}
        self._ledger = ledger
        self._waiting = self._held = self._fresh = self._fresh_bytes = 0
        self._gathered = Gathered(limits, ledger, "windows-flat")

    @classmethod
    def of(cls, limits: LogLimits, ledger: Ledger) -> "Shapes":
        """Shapes for a source; what they know by then changes how fast it is read, not what is read."""
        try:
            spare = _spare.pop()
        except IndexError:
            return cls(limits, ledger)
        if spare._limits != limits:
            return cls(limits, ledger)
        spare._ledger, spare._useful = ledger, True
        spare._gathered = Gathered(limits, ledger, "windows-flat")
        return spare

    def done(self) -> None:
        """Keep what was learned for the next source, unless it is so much that it slows that one down."""
        if not self._waiting and self._lessons < _MOST_LESSONS // 4:
            _spare.append(self)

    def __len__(self) -> int:
        return self._waiting

    @property
    def full(self) -> bool:
        """Whether so many events wait, or so much of the file, that they should become a frame."""
        return self._waiting >= _ENOUGH or self._held > _HELD * self._limits.block_bytes

    def read(self, first: int, lines: "Sequence[bytes] | Lines") -> Sequence[int]:
        """Read those lines that are flat Windows events.

        Parameters
        ----------
        first
            Number of the first line.
        lines
            Lines without their ends.

        Returns
        -------
        Sequence of int
            Places of the lines that are not such events or not even JSON. The events wait for `frame`.
        """
        if not self._useful:
            return range(len(lines))
        others: list[int] = []
        if isinstance(lines, Lines):
            for start, stop, data in lines.strides():
                if data is None:
                    self._one_by_one(first, lines, range(start, stop), others)
                elif not self._at_once(first + start, stop - start, data):
                    self._by_halves(first, lines, start, stop, others)
        else:
            self._one_by_one(first, lines, range(len(lines)), others)
        if len(others) == len(lines):
            self._useful = any(shape is not None for shape in self._shapes.values())
        self._waiting += len(lines) - len(others)
        size = sum(map(len, lines)) if isinstance(lines, Sequence) else lines.size
        self._held += size
        self._fresh += len(lines) - len(others)
        self._fresh_bytes += size
        if self._fresh >= _FRESH or self._fresh_bytes > self._limits.block_bytes:
            self._gather()
        return others

    def frame(self) -> pl.DataFrame | None:
        """Normalised columns of the events read since the last call, in order of `line`; None when there are none."""
        if not self._waiting:
            return None
        self._gather()
        gathered, self._gathered = self._gathered, Gathered(self._limits, self._ledger, "windows-flat")
        self._waiting = self._held = 0
        return gathered.frame()

    def _gather(self) -> None:
        """Make columns of the events at hand, while they are still near the processor."""
        for shape in (*self._shapes.values(), *self._outgrown):
            if shape is not None and shape.events:
                plan, events = shape.plan, shape.events
                texts = [list(map(text, events)) for text in plan.texts]
                self._gathered.take(plan, shape.lines, plan.values(events), plan.width, texts)
                shape.lines, shape.events = [], []
        self._outgrown, self._fresh, self._fresh_bytes = [], 0, 0

    def _at_once(self, first: int, count: int, data: memoryview) -> bool:
        """Decode lines that are all objects by one call; False when one of them is of none of the shapes."""
        if self._decoder is None:
            self._members = {
                shape.plan.struct: shape
                for shape in self._shapes.values()
                if shape is not None and shape.plan.number is not None
            }
            if not self._members:
                return False
            self._decoder = msgspec.json.Decoder(Union[(*self._members, Other)])
        try:
            events = self._decoder.decode_lines(data)
        except (msgspec.DecodeError, RecursionError, UnicodeDecodeError):
            return False
        if len(events) != count:
            return False
        members = self._members
        for line, event in enumerate(events, first):
            shape = members[event.__class__]
            shape.lines.append(line)
            shape.events.append(event)
        return True

    def _by_halves(self, first: int, lines: Lines, start: int, stop: int, others: list[int]) -> None:
        """Read lines of which one at least is of none of the shapes; upon the first half the shapes may know it."""
        if stop - start <= _FEWEST:
            self._one_by_one(first, lines, range(start, stop), others)
            return
        middle = (start + stop) // 2
        for low, high in ((start, middle), (middle, stop)):
            if not self._at_once(first + low, high - low, lines.part(low, high)):
                self._by_halves(first, lines, low, high, others)

    def _one_by_one(
        self, first: int, lines: "Sequence[bytes] | Lines", places: Sequence[int], others: list[int]
    ) -> None:
        shapes = self._shapes
        limit = self._limits.line_bytes
        for place in places:
            line = lines[place]
            at = line.find(_MARK) + len(_MARK)
            if at < len(_MARK) or len(line) > limit:
                others.append(place)
                continue
            number = line[at : at + _NUMBER_BYTES].split(b",", 1)[0].strip(b" \t\r}")
            shape = shapes.get(number)
            if shape is None:
                shape = self._lesson(number, line) if number not in shapes else None
                if shape is None:
                    others.append(place)
                    continue
            try:
                event = shape.decode(line)
            except (msgspec.DecodeError, RecursionError, UnicodeDecodeError):
                shape = self._lesson(number, line)
                if shape is None:
                    others.append(place)
                    continue
                event = shape.decode(line)
            shape.lines.append(first + place)
            shape.events.append(event)

    def _lesson(self, number: bytes, line: bytes) -> Shape | None:
        return self._learn(number, line) or (
            self._learn(number, line, True) if line.count(_MARK) > 1 else None
        )

    def _learn(self, number: bytes, line: bytes, twice: bool = False) -> Shape | None:
        """Make or widen the shape for a line; None when the line is for others to read.

        A line that names its number *twice* has a shape of its own: the last one counts, as for any field.
        """
        tag = int(number) if _NUMBER.fullmatch(number) and not twice else None
        number = number + b"*" if twice else number
        before = self._shapes.get(number)
        try:
            record = _ANY.decode(line)
        except (msgspec.DecodeError, RecursionError, UnicodeDecodeError):
            return None
        if windows.looks_windows(record) != "windows-flat" or "winlog" in record or "event_data" in record:
            if before is None and len(self._shapes) < MOST_SHAPES:
                self._shapes[number] = None
            return None
        if any(_ODD.search(name) for name in record):
            return None  # no struct can have such a name
        known = before.names if before is not None else ()
        names = dict.fromkeys((*known, *record))
        self._lessons += 1
        full = len(self._shapes) >= MOST_SHAPES and before is None
        if full or len(names) > _MOST_FIELDS or self._lessons > _MOST_LESSONS:
            return None
        shape = Shape(tuple(names), tag, self._limits)
        try:
            shape.decode(line)
        except (msgspec.DecodeError, RecursionError, UnicodeDecodeError):
            return None  # names that clash once decoded, or a number that is not the event's
        if before is not None and before.events:
            self._outgrown.append(before)  # what was read by the narrower shape stays with it
        self._shapes[number] = shape
        self._decoder = None
        return shape


_spare: Final[deque[Shapes]] = deque(maxlen=_SPARE)
