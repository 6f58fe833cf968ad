"""Bytes in: plain, gzip or zstd, from a file or standard input.

The growth by decompression is bounded while streaming, so a decompression bomb is never held in memory.
"""

import gzip
import io
import os
import stat
import sys
import zlib
from pathlib import Path
from typing import Any, BinaryIO, Final

import zstandard

from ...errors import AssayError
from ..limits import LogLimits
from .charsets import of_head

GZIP_MAGIC: Final = b"\x1f\x8b"
ZSTD_MAGIC: Final = b"\x28\xb5\x2f\xfd"


class LogSourceError(AssayError):
    """A source of log lines cannot be read, or no further; the message says what to do."""

    code = "log-source"

    def __init__(self, reason: str, message: str) -> None:
        super().__init__(message)
        self.reason = reason


class ByteStream:
    """One source as decompressed bytes, with a look at its head.

    Parameters
    ----------
    path
        The file, or None for standard input.
    limits
        Bounds on decompression and on the head.

    Attributes
    ----------
    charset, mark
        Encoding that the head shows, None for UTF-8, and the length of its byte-order mark; known after `head`.
    damage
        Why nothing came after the last byte (`damaged-compression`, `decompression-limit` or `unreadable`); None at an
        ordinary end.
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
        self.charset: str | None = None
        self.mark = 0
        self._looked = False
        self.damage: LogSourceError | None = None
        self.modified = os.fstat(self._raw.fileno()).st_mtime if path is not None else None

    def head(self) -> bytes:
        """Return the first bytes without consuming them."""
        while len(self._pending) < self._limits.head_bytes:
            piece = self._pull(self._limits.head_bytes - len(self._pending))
            if not piece:
                break
            self._pending += piece
        head = self._pending[: self._limits.head_bytes]
        if not self._looked:
            self._looked = True
            self.charset, self.mark = of_head(head)
        return head

    def read(self, size: int) -> bytes:
        """Read up to *size* bytes; empty at the end, and where `damage` ends the source early."""
        if self._pending:
            piece, self._pending = self._pending[:size], self._pending[size:]
            return piece
        return self._pull(size)

    def _pull(self, size: int) -> bytes:
        """Read what there is: damage further on costs nothing of what came before it."""
        pieces: list[bytes] = []
        left = size
        while left and self.damage is None:
            try:
                piece = self._unpacked(left)
            except LogSourceError as error:
                self.damage = error
                break
            if not piece:
                break
            pieces.append(piece)
            left -= len(piece)
            if not self.compressed:
                break
        return pieces[0] if len(pieces) == 1 else b"".join(pieces)

    def _unpacked(self, size: int) -> bytes:
        try:
            # A whole read of a cut gzip file fails as a whole; one step at a time gives what is there.
            piece: bytes = self._reader.read1(size) if self.compressed else self._reader.read(size)
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

    def skip(self, to: int) -> None:
        """Go on at a place of a plain file."""
        self._pending = b""
        self.mark = 0
        self._packed.forget()
        self._raw.seek(to)

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

    def forget(self) -> None:
        self._ahead = b""

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
        # A pipe without a writer must not hold us up: it is refused below.
        raw = os.fdopen(os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC), "rb")
    except OSError as error:
        raise LogSourceError("unreadable", f"{path} cannot be opened: {error.strerror or error}") from error
    if not stat.S_ISREG(os.fstat(raw.fileno()).st_mode):
        raw.close()
        raise LogSourceError("unreadable", f"{path} is not a regular file")
    return raw
