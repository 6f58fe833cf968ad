"""Large plain files cut at line ends, so that several processes can read them at once.

A segment is what `streams.blocks` would have given as one block, so the records do not depend on how many
processes there are. Only whole, ordinary lines are cut apart: where a line end is not found within the limit
on one line, the rest of the file is left to the one process that reads in order.
"""

import os
from codecs import BOM_UTF8
from collections import deque
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from ..limits import LogLimits
from .streams import ByteStream


@dataclass(frozen=True, slots=True)
class Segment:
    """Some whole lines of a file.

    Attributes
    ----------
    start, stop
        Bytes ``start .. stop - 1``; the last of them ends a line, unless the file ends without one.
    """

    start: int
    stop: int


class SegmentStream(ByteStream):
    """The bytes of some segments that follow each other, one in one piece.

    Parameters
    ----------
    path
        The file.
    parts
        Which segments of it, in order.
    limits
        Bounds of the reading.
    """

    def __init__(self, path: Path, parts: Sequence[Segment], limits: LogLimits) -> None:
        super().__init__(path, limits)
        self._lengths = deque(part.stop - part.start for part in parts)
        self._raw.seek(parts[0].start)
        if parts[0].start == 0 and self._raw.read(len(BOM_UTF8)) == BOM_UTF8:
            self._lengths[0] -= len(BOM_UTF8)
        else:
            self._raw.seek(parts[0].start)

    def head(self) -> bytes:
        """Nothing: what a file starts with was looked at before it was cut."""
        return b""

    def read(self, size: int) -> bytes:
        """The next segment, whatever the size asked for; nothing behind the last."""
        while self._lengths:
            if found := self._raw.read(self._lengths.popleft()):
                return found
        return b""


def segments(file: BinaryIO, size: int, limits: LogLimits) -> Iterator[Segment]:
    """Cut a file.

    Parameters
    ----------
    file
        Open for reading bytes, seekable; not moved by others meanwhile.
    size
        Its length in bytes.
    limits
        Bounds on the line, the head and the block.

    Yields
    ------
    Segment
        In order and without gaps, but perhaps not to the end: see above.
    """
    start, edge = 0, min(limits.head_bytes, size)
    while start < size:
        stop = size if edge >= size else _line_end(file, max(start, edge - limits.line_bytes), edge)
        if stop is None:
            if edge - start > limits.line_bytes:
                return
        else:
            yield Segment(start, stop)
            start = stop
        edge = min(edge + limits.block_bytes, size)


def _line_end(file: BinaryIO, low: int, high: int) -> int | None:
    """Place behind the last line end of a stretch, looked for from its end."""
    step = 1 << 16
    while high > low:
        at = max(low, high - step)
        found = os.pread(file.fileno(), high - at, at).rfind(b"\n")
        if found >= 0:
            return at + found + 1
        high = at
    return None
