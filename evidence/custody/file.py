"""A custody log in a folder: JSON lines that are only ever appended to, and the checkpoints beside them.

An entry is one write at the end of the file under a lock, then on the disk before anybody is told. A crash may leave
the beginning of a line there. It is never taken away: the next append ends that line and adds an entry that names it.
"""

import fcntl
import hashlib
import io
import os
import re
import stat
import tempfile
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Final

from ..canonical import NotCanonical
from ..limits import DEFAULT
from .checkpoint import Signed
from .entry import GENESIS, Entry
from .store import CustodyDamaged, CustodyUnreadable, CustodyUnwritable, Torn

__all__ = ["LOG", "FileStore"]

LOG: Final = "custody.jsonl"
_KEPT: Final = re.compile(r"([0-9]{4})\.checkpoint\.json")
_BATCH: Final = 1 << 20


class FileStore:
    """A folder with a log; it is made by the first append.

    Parameters
    ----------
    folder
        Where ``custody.jsonl`` lies.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.path = folder / LOG

    def lines(self) -> Iterator[bytes]:
        """Every line; a line longer than ``entry_bytes`` is given cut, since it cannot be an entry.

        Raises
        ------
        CustodyUnreadable
            It may not be read, or a link, a folder or a device stands there.
        """
        with self._read() as file:
            while line := file.readline(DEFAULT.entry_bytes):
                if not line.endswith(b"\n") and len(line) == DEFAULT.entry_bytes:
                    while (rest := file.readline(DEFAULT.entry_bytes)) and not rest.endswith(b"\n"):
                        pass
                yield line.removesuffix(b"\n")

    def whole(self) -> bool:
        """Whether the last line has its end."""
        with self._read() as file:
            size = file.seek(0, os.SEEK_END)
            file.seek(max(size - 1, 0))
            return not size or file.read(1) == b"\n"

    @contextmanager
    def _read(self) -> Iterator[IO[bytes]]:
        try:
            descriptor = _no_link(str(self.path), os.O_RDONLY)
        except FileNotFoundError:
            yield io.BytesIO()
            return
        except OSError as error:
            raise CustodyUnreadable(f"{self.path} cannot be read: {error.strerror}") from None
        if not stat.S_ISREG(os.fstat(descriptor).st_mode):
            os.close(descriptor)
            raise CustodyUnreadable(f"{self.path} is no file")
        with os.fdopen(descriptor, "rb") as file:
            yield file

    @contextmanager
    def writing(self) -> Iterator["FileWriter"]:
        """The end of the log for this process alone; others wait.

        Raises
        ------
        CustodyDamaged
            The log ends in something that is neither an entry nor the beginning of one.
        CustodyUnwritable
            The operating system says no.
        """
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
            new = not self.path.exists()
            descriptor = os.open(
                self.path, os.O_RDWR | os.O_APPEND | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW, 0o666
            )
        except OSError as error:
            raise CustodyUnwritable(f"{self.path} cannot be written: {error.strerror}") from error
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX)
            if new:
                _sync_folder(self.folder)
            yield FileWriter(self.folder, descriptor)
        except OSError as error:
            raise CustodyUnwritable(f"{self.path} cannot be written: {error.strerror}") from error
        finally:
            os.close(descriptor)

    def kept(self) -> list[Signed]:
        """The checkpoints of which all three files can be read, by number."""
        found = []
        for name in sorted(os.listdir(self.folder)) if self.folder.is_dir() else []:
            if match := _KEPT.fullmatch(name):
                number = match[1]
                try:
                    statement = _small(self.folder / name, DEFAULT.manifest_line_bytes)
                    signature = _small(self.folder / f"{number}.signature", 64)
                    key = _small(self.folder / f"{number}.key.pem", DEFAULT.signing_key_bytes)
                except OSError:
                    continue
                found.append(Signed(int(number), statement, signature, key))
        return found


class FileWriter:
    """See `Writer`."""

    def __init__(self, folder: Path, descriptor: int) -> None:
        self._folder = folder
        self._descriptor = descriptor
        self.count, self.head, self.torn = 0, GENESIS, None
        self._glue = b""
        self._find_end()

    count: int
    head: str
    torn: Torn | None

    def write(self, lines: Iterable[bytes]) -> None:
        """Add lines in few writes, and wait until the disk has them."""
        batch = bytearray(self._glue)
        for line in lines:
            batch += line + b"\n"
            if len(batch) >= _BATCH:
                self._put(batch)
                batch = bytearray()
        self._put(batch)
        os.fsync(self._descriptor)
        self._glue, self.torn = b"", None

    def keep(self, signed: Signed) -> None:
        """Write the three files of a checkpoint."""
        name = f"{signed.number:04d}"
        place(self._folder, f"{name}.key.pem", signed.key)
        place(self._folder, f"{name}.signature", signed.signature)
        place(self._folder, f"{name}.checkpoint.json", signed.statement)

    def _put(self, batch: bytes | bytearray) -> None:
        view = memoryview(batch)
        while view:
            view = view[os.write(self._descriptor, view) :]

    def _find_end(self) -> None:
        size = os.fstat(self._descriptor).st_size
        if not size:
            return
        start = max(size - DEFAULT.tail_bytes, 0)
        # Most ends are short: a look at the last kilobytes is enough, and what is more is read on demand.
        for reach in (1 << 16, DEFAULT.tail_bytes):
            begin = max(size - reach, start)
            tail = _read_all(self._descriptor, begin, size - begin)
            if self._end_within(tail, begin):
                return
        raise CustodyDamaged(
            "the custody log does not end in an entry: check it with `assay evidence verify` before adding to it"
        )

    def _end_within(self, tail: bytes, begin: int) -> bool:
        """Find the last sound entry in the end of the file; False when it is not there."""
        stop = len(tail)
        first = True
        while stop > 0:
            ended = first and not tail.endswith(b"\n")
            line_stop = stop if ended else stop - 1
            line_start = tail.rfind(b"\n", 0, line_stop) + 1
            if line_start == 0 and begin > 0:
                return False
            entry = _entry(tail[line_start:line_stop])
            if entry is not None:
                self.count, self.head = entry.number + 1, entry.hash
                self._glue = b"\n" if ended else b""
                return self._left_over(tail[stop:] if not ended else b"", begin + stop)
            first = False
            stop = line_start
        return self._left_over(tail, begin) if begin == 0 else False

    def _left_over(self, rest: bytes, offset: int) -> bool:
        if not rest:
            return True
        if rest.endswith(b'"}\n'):
            # A line with its end was not cut: somebody changed it, and adding to it would cover that up.
            raise CustodyDamaged(
                f"entry {self.count} of the custody log was changed: see what `assay evidence verify` says of it"
            )
        self._glue = b"" if rest.endswith(b"\n") else b"\n"
        self.torn = Torn(offset, len(rest), hashlib.sha256(rest).hexdigest())
        return True


def place(folder: Path, name: str, data: bytes) -> None:
    """Write a small file so that it appears whole or not at all, and is on the disk."""
    with tempfile.NamedTemporaryFile(dir=folder, prefix=".sealing-", delete=False) as file:
        try:
            file.write(data)
            file.flush()
            os.fchmod(file.fileno(), folder.stat().st_mode & 0o666)
            os.fsync(file.fileno())
            os.replace(file.name, folder / name)
        except BaseException:
            os.unlink(file.name)
            raise
    _sync_folder(folder)


def _entry(line: bytes) -> Entry | None:
    try:
        return Entry.read(line)
    except NotCanonical:
        return None


def _read_all(descriptor: int, offset: int, length: int) -> bytes:
    pieces = []
    while length and (piece := os.pread(descriptor, length, offset)):
        pieces.append(piece)
        offset, length = offset + len(piece), length - len(piece)
    return b"".join(pieces)


def _small(path: Path, limit: int) -> bytes:
    with open(path, "rb", opener=_no_link) as file:
        return file.read(limit + 1)


def _no_link(path: str, flags: int) -> int:
    return os.open(path, flags | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)


def _sync_folder(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
