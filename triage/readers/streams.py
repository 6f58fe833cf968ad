"""Bytes in: plain, gzip or zstd, from a file or standard input; blocks of whole lines out.

Both the length of a line and the growth by decompression are bounded while streaming, so neither a
line without end nor a decompression bomb is ever held in memory.
"""

import codecs
import gzip
import io
import os
import stat
import sys
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO, Final

import numpy as np
import zstandard

from ...errors import AssayError
from ..limits import LogLimits
from .ledger import Ledger

GZIP_MAGIC: Final = b"\x1f\x8b"
ZSTD_MAGIC: Final = b"\x28\xb5\x2f\xfd"
_BOMS: Final = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)


class LogSourceError(AssayError):
    """A source of log lines cannot be read, or no further; the message says what to do."""

    code = "log-source"

    def __init__(self, reason: str, message: str) -> None:
        super().__init__(message)
        self.reason = reason


@dataclass(frozen=True, slots=True)
class Block:
    """Some whole lines of one source.

    Attributes
    ----------
    first
        0-based number of the first line.
    data
        UTF-8 text, each line ended by one newline; no NUL, no carriage return before the newline.
    lines
        Number of lines, blank ones included.
    """

    first: int
    data: bytes
    lines: int


class ByteStream:
    """One source as decompressed bytes, with a look at its head.

    Parameters
    ----------
    path
        The file, or None for standard input.
    limits
        Bounds on decompression and on the head.
    """

    def __init__(self, path: Path | None, limits: LogLimits) -> None:
        self._limits = limits
        self._raw = _open(path)
        self._packed = _Counting(self._raw)
        start = self._packed.peek(4)
        self.compressed = start.startswith((GZIP_MAGIC, ZSTD_MAGIC))
        if start.startswith(GZIP_MAGIC):
            self._reader: Any = gzip.GzipFile(fileobj=self._packed, mode="rb")
        elif start.startswith(ZSTD_MAGIC):
            unpack = zstandard.ZstdDecompressor(max_window_size=1 << 27)
            self._reader = unpack.stream_reader(
                self._packed,  # type: ignore[arg-type]
                read_across_frames=True,
                closefd=False,
            )
        else:
            self._reader = self._packed
        self._out = 0
        self._pending = b""
        self.modified = os.fstat(self._raw.fileno()).st_mtime if path is not None else None

    def head(self) -> bytes:
        """Return the first bytes without consuming them."""
        while len(self._pending) < self._limits.head_bytes:
            piece = self._pull(self._limits.head_bytes - len(self._pending))
            if not piece:
                break
            self._pending += piece
        return self._pending[: self._limits.head_bytes]

    def read(self, size: int) -> bytes:
        """Read up to *size* bytes; empty at the end.

        Raises
        ------
        LogSourceError
            `damaged-compression`, `decompression-limit` or `unreadable`.
        """
        if self._pending:
            piece, self._pending = self._pending[:size], self._pending[size:]
            return piece
        return self._pull(size)

    def _pull(self, size: int) -> bytes:
        try:
            piece: bytes = self._reader.read(size)
        except (zstandard.ZstdError, zlib.error, EOFError, gzip.BadGzipFile) as error:
            raise LogSourceError(
                "damaged-compression",
                f"the compressed data is damaged ({error}); unpack or fetch the file again",
            ) from error
        except OSError as error:
            raise LogSourceError("unreadable", f"reading failed: {error.strerror or error}") from error
        self._out += len(piece)
        if self.compressed:
            limits = self._limits
            grown = self._out > limits.ratio_from and self._out > limits.ratio * max(self._packed.taken, 1)
            if grown or self._out > limits.decompressed_bytes:
                raise LogSourceError(
                    "decompression-limit",
                    f"{self._packed.taken:,} compressed bytes have grown to {self._out:,}; "
                    "unpack the file yourself if it is what you expect",
                )
        return piece

    def close(self) -> None:
        """Close the file."""
        if self._raw is not sys.stdin.buffer:
            self._raw.close()

    def __enter__(self) -> "ByteStream":
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


class _Counting(io.RawIOBase):
    """The packed bytes, counted as they are taken."""

    def __init__(self, raw: BinaryIO) -> None:
        self._raw = raw
        self._ahead = b""
        self.taken = 0

    def peek(self, size: int) -> bytes:
        while len(self._ahead) < size:
            piece = self._raw.read(size - len(self._ahead))
            if not piece:
                break
            self._ahead += piece
        return self._ahead

    def readable(self) -> bool:
        return True

    def read(self, size: int = -1) -> bytes:
        if self._ahead:
            piece, self._ahead = self._ahead[:size], self._ahead[size:] if size >= 0 else b""
        else:
            piece = self._raw.read(size)
        self.taken += len(piece)
        return piece

    def readinto(self, buffer: "bytearray | memoryview") -> int:  # type: ignore[override]
        piece = self.read(len(buffer))
        buffer[: len(piece)] = piece
        return len(piece)


def _open(path: Path | None) -> BinaryIO:
    if path is None:
        return sys.stdin.buffer
    try:
        raw = path.open("rb")
    except OSError as error:
        raise LogSourceError("unreadable", f"{path} cannot be opened: {error.strerror or error}") from error
    if not stat.S_ISREG(os.fstat(raw.fileno()).st_mode):
        raw.close()
        raise LogSourceError("unreadable", f"{path} is not a regular file")
    return raw


def blocks(stream: ByteStream, ledger: Ledger, limits: LogLimits) -> Iterator[Block]:
    """Cut a stream into blocks of whole lines.

    A line over the limit becomes a blank line, so that the numbers of the lines after it stay right,
    and is counted in the ledger. UTF-16 with a byte-order mark becomes UTF-8; lines that are not
    UTF-8 are read as Windows-1252; NUL bytes are removed. All of it is counted.

    Parameters
    ----------
    stream
        The source.
    ledger
        Where rejected and mended lines are counted.
    limits
        Bounds on the line and the block.

    Yields
    ------
    Block
        In order; together they hold every line.
    """
    head = stream.head()
    mark, encoding = next(((b, e) for b, e in _BOMS if head.startswith(b)), (b"", "utf-8"))
    if mark:
        stream.read(len(mark))
    decoder = codecs.getincrementaldecoder(encoding)("replace") if encoding != "utf-8" else None
    carry: list[bytes] = []
    carried = 0
    skipping = False
    first = 0
    while True:
        piece = stream.read(limits.block_bytes)
        end = not piece
        if decoder is not None:
            piece = decoder.decode(piece, end).encode("utf-8", "replace")
            if not piece and not end:
                continue
        if end and not carried and not skipping and not piece:
            break
        cut = len(piece) if end else piece.rfind(b"\n") + 1
        if cut == 0 and not end:
            if not skipping:
                carry.append(piece)
                carried += len(piece)
                if carried > limits.line_bytes:
                    skipping = True
                    ledger.reject("line-too-long", first, carry[0])
                    carry, carried = [], 0
            continue
        whole = piece[:cut]
        if skipping:  # what is left of the line that was given up, up to its newline
            stop = whole.find(b"\n")
            whole = b"\n" + (whole[stop + 1 :] if stop >= 0 else b"")
            skipping = False
        elif carry:
            whole = b"".join((*carry, whole))
        rest = piece[cut:]
        carry, carried = ([rest], len(rest)) if rest else ([], 0)
        if whole and not whole.endswith(b"\n"):
            whole += b"\n"
        if whole:
            whole = _tidy(_drop_long(whole, first, ledger, limits), first, ledger)
            count = whole.count(b"\n")
            ledger.lines += count
            yield Block(first, whole, count)
            first += count
        if end:
            break


def _drop_long(data: bytes, first: int, ledger: Ledger, limits: LogLimits) -> bytes:
    at = 0
    while at + limits.line_bytes < len(data):  # from line end to line end, in steps of the limit
        end = data.rfind(b"\n", at, at + limits.line_bytes + 1)
        if end < 0:
            break
        at = end + 1
    else:
        return data
    ends = np.flatnonzero(np.frombuffer(data, np.uint8) == 10)
    starts = np.concatenate(([0], ends[:-1] + 1))
    long = np.flatnonzero(ends - starts > limits.line_bytes)
    if not len(long):
        return data
    kept: list[bytes] = []
    at = 0
    for number in long:
        start, stop = int(starts[number]), int(ends[number])
        ledger.reject("line-too-long", first + int(number), data[start : start + 400])
        kept.append(data[at:start])
        at = stop
    kept.append(data[at:])
    return b"".join(kept)


def _tidy(data: bytes, first: int, ledger: Ledger) -> bytes:
    if b"\0" in data:
        ledger.repair("nul-removed")
        data = data.replace(b"\0", b"")
    if b"\r" in data:
        data = data.replace(b"\r\n", b"\n").replace(b"\r", b" ")
    if data.isascii():
        return data
    try:
        data.decode("utf-8")
        return data
    except UnicodeDecodeError:
        pass
    lines = data.split(b"\n")
    for number, line in enumerate(lines):
        if not line.isascii():
            try:
                line.decode("utf-8")
            except UnicodeDecodeError:
                ledger.repair("not-utf8")
                lines[number] = line.decode("cp1252", "replace").encode("utf-8")
    return b"\n".join(lines)
