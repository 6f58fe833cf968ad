"""What every reader offers."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Protocol, Self, runtime_checkable

import polars as pl

from ..limits import LogLimits
from ..records.times import YearClock
from . import charsets
from .ledger import Ledger
from .streams import ByteStream, LogSourceError


@dataclass(frozen=True, slots=True)
class Intake:
    """One opened source, handed to a reader.

    Attributes
    ----------
    stream
        Its decompressed bytes.
    path
        The file itself, for readers that need random access; None for standard input.
    ledger
        Where the reader counts what it rejects or mends.
    limits
        The bounds that hold.
    clock
        Gives a year to stamps that have none, from when the source was last written. All that a `Divisible`
        reader remembers from line to line is in here.
    """

    stream: ByteStream
    path: Path | None
    ledger: Ledger
    limits: LogLimits
    clock: YearClock

    @classmethod
    def of(cls, stream: ByteStream, path: Path | None, ledger: Ledger, limits: LogLimits) -> Self:
        """A source from its start."""
        written = datetime.fromtimestamp(stream.modified, UTC) if stream.modified else datetime.now(UTC)
        return cls(stream, path, ledger, limits, YearClock(written))

    def head(self) -> bytes:
        """What the source starts with, as UTF-8 and without a byte-order mark."""
        return charsets.as_utf8(self.stream.head(), self.stream.charset)

    def whole(self, most: int, what: str) -> str | bytes:
        """The file itself, or, when it comes compressed or by a pipe, all of it in memory.

        Raises
        ------
        LogSourceError
            It is of more than *most* bytes; *what* names it.
        """
        if self.path is not None and not self.stream.compressed:
            return str(self.path)
        pieces: list[bytes] = []
        size = 0
        while piece := self.stream.read(self.limits.block_bytes):
            pieces.append(piece)
            size += len(piece)
            if size > most:
                raise LogSourceError("decompression-limit", f"the {what} is too big to unpack; unpack it first")
        return b"".join(pieces)


class Reader(Protocol):
    """Reads one format."""

    name: str
    title: str

    def sniff(self, head: bytes) -> float:
        """Say how sure it is, 0..1, that a source starting with *head* is of this format."""
        ...

    def read(self, intake: Intake) -> Iterator[pl.DataFrame]:
        """Yield frames of some columns of `fields.SCHEMA`, `line` among them, in order."""
        ...


@runtime_checkable
class Divisible(Protocol):
    """A reader whose sources may be cut at line ends and read by several processes.

    What it makes of a line must not depend on others, but for the head and the year that `Intake.clock` knows.
    """

    name: str

    def divisible(self, head: bytes) -> bool:
        """Whether a source that starts with *head* may be cut."""
        ...

    def segment(self, intake: Intake, head: bytes, start: int, first: int = 0) -> Iterator[pl.DataFrame]:
        """Read on from byte *start* and line *first* of a source that starts with *head*."""
        ...


def sample_lines(head: bytes, count: int = 50) -> list[bytes]:
    """Return the first whole, non-blank lines of a head for sniffing."""
    lines = head.split(b"\n")
    if len(lines) > 1:
        lines = lines[:-1]  # the last one may be cut
    found = [stripped for line in lines[: count * 4] if (stripped := line.strip(b"\r\0 \t"))]
    return found[:count]
