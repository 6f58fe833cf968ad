"""A store in a folder: ``ab/abcd...``, each file read-only, complete and on the disk before it has its name."""

import contextlib
import errno
import fcntl
import hashlib
import os
import re
import secrets
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final, Self

from ..limits import DEFAULT
from ..refusals import StoreFull
from .blob import Blob, BlobMissing

__all__ = ["FolderArrival", "FolderStore", "Incoming", "shown_full"]

_NAME: Final = re.compile(r"[0-9a-f]{64}")
_FULL: Final = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG}


class FolderStore:
    """A store in a folder of this machine, or in one that several machines share.

    Parameters
    ----------
    folder
        Made if it is not there.
    spare
        Bytes of the disk that arrivals leave free.
    """

    def __init__(self, folder: Path, *, spare: int = 0) -> None:
        self.folder = folder
        self._incoming = Incoming(folder / "incoming", spare)

    def arrival(self) -> "FolderArrival":
        """See `Store`."""
        return FolderArrival(self, self._incoming)

    def put(self, data: bytes) -> Blob:
        """See `Store`."""
        with self.arrival() as arrival:
            arrival.write(data)
            return arrival.keep()

    def path(self, sha256: str) -> Path:
        """Where a blob lies or would lie."""
        if not _NAME.fullmatch(sha256):
            raise ValueError("a blob is named by 64 hexadecimal digits")
        return self.folder / sha256[:2] / sha256

    def size(self, sha256: str) -> int | None:
        """See `Store`."""
        try:
            return self.path(sha256).stat().st_size
        except FileNotFoundError:
            return None

    def chunks(self, sha256: str, start: int = 0, end: int | None = None) -> Iterator[bytes]:
        """See `Store`."""
        with self.local(sha256) as path, path.open("rb") as file:
            file.seek(start)
            left = None if end is None else end - start
            while left is None or left > 0:
                wanted = DEFAULT.chunk_bytes if left is None else min(left, DEFAULT.chunk_bytes)
                if not (piece := file.read(wanted)):
                    return
                left = None if left is None else left - len(piece)
                yield piece

    @contextmanager
    def local(self, sha256: str) -> Iterator[Path]:
        """See `Store`."""
        path = self.path(sha256)
        if not path.is_file():
            raise BlobMissing(f"the store does not hold {sha256}")
        yield path

    def remove(self, sha256: str) -> None:
        """See `Store`."""
        path = self.path(sha256)
        with contextlib.suppress(FileNotFoundError):
            path.unlink()
            _sync(path.parent)

    def blobs(self) -> Iterator[Blob]:
        """See `Store`."""
        for folder in sorted(self.folder.glob("[0-9a-f][0-9a-f]")):
            for path in sorted(folder.iterdir()):
                if _NAME.fullmatch(path.name):
                    with contextlib.suppress(FileNotFoundError):
                        yield Blob(path.name, path.stat().st_size)

    def sweep(self) -> int:
        """See `Store`."""
        return self._incoming.sweep()

    def free(self) -> int:
        """See `Store`."""
        self.folder.mkdir(parents=True, exist_ok=True)
        return shutil.disk_usage(self.folder).free

    def check(self) -> None:
        """See `Store`."""
        self._incoming.folder.mkdir(parents=True, exist_ok=True)
        if not os.access(self._incoming.folder, os.W_OK):
            raise PermissionError(errno.EACCES, os.strerror(errno.EACCES), str(self._incoming.folder))

    def take(self, blob: Blob, path: Path) -> None:
        """Give a complete file its name."""
        target = self.path(blob.sha256)
        target.parent.mkdir(parents=True, exist_ok=True)
        with contextlib.suppress(FileExistsError):
            os.link(path, target)
            _sync(target.parent)
            _sync(self.folder)


class Incoming:
    """The folder of bytes that have no name yet.

    Each file is locked by the process that writes it: what is not locked was left by one that died.
    """

    def __init__(self, folder: Path, spare: int) -> None:
        self.folder = folder
        self.spare = spare

    def open(self) -> tuple[int, Path]:
        """A new file, locked."""
        self.folder.mkdir(parents=True, exist_ok=True)
        while True:
            path = self.folder / secrets.token_hex(16)
            descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
            fcntl.flock(descriptor, fcntl.LOCK_EX)
            # A sweep may have come between the two calls.
            if os.fstat(descriptor).st_nlink:
                return descriptor, path
            os.close(descriptor)

    def sweep(self) -> int:
        """Take away what nobody writes any more."""
        swept = 0
        for path in self.folder.iterdir() if self.folder.is_dir() else ():
            try:
                descriptor = os.open(path, os.O_RDWR | os.O_NOFOLLOW | os.O_CLOEXEC)
            except FileNotFoundError:
                continue
            try:
                fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
                path.unlink(missing_ok=True)
                swept += 1
            except BlockingIOError:
                continue
            finally:
                os.close(descriptor)
        return swept

    def room_for(self, size: int) -> bool:
        """Whether so many bytes leave the spare ones free."""
        return shutil.disk_usage(self.folder).free - size >= self.spare


class FolderArrival:
    """See `Arrival`."""

    def __init__(self, store: FolderStore, incoming: Incoming) -> None:
        self._store, self._incoming = store, incoming
        self._digest = hashlib.sha256()
        self._unchecked = 0
        self.size = 0

    def __enter__(self) -> Self:
        with shown_full():
            self._descriptor, self.path = self._incoming.open()
        return self

    def __exit__(self, *_: object) -> None:
        self.path.unlink(missing_ok=True)
        os.close(self._descriptor)

    def write(self, data: bytes) -> None:
        """See `Arrival`."""
        with shown_full():
            self._unchecked -= len(data)
            if self._unchecked < 0:
                # Asked anew for every stretch, since others write as well.
                stretch = max(len(data), DEFAULT.stretch_bytes)
                if not self._incoming.room_for(len(data)):
                    raise StoreFull(
                        "the disk of the store is full: make room, or ask whoever runs the service"
                    )
                self._unchecked = stretch - len(data)
            view = memoryview(data)
            while view:
                view = view[os.write(self._descriptor, view) :]
        self._digest.update(data)
        self.size += len(data)

    @property
    def sha256(self) -> str:
        """See `Arrival`."""
        return self._digest.hexdigest()

    def keep(self) -> Blob:
        """See `Arrival`."""
        blob = self.blob()
        with shown_full():
            self._store.take(blob, self.path)
        return blob

    def blob(self) -> Blob:
        """What came, on the disk."""
        with shown_full():
            os.fchmod(self._descriptor, 0o400)
            os.fsync(self._descriptor)
        return Blob(self.sha256, self.size)


@contextmanager
def shown_full() -> Iterator[None]:
    """Let a full disk be what it is: `StoreFull`."""
    try:
        yield
    except OSError as error:
        if error.errno in _FULL:
            raise StoreFull(
                "the disk of the store is full: make room, or ask whoever runs the service"
            ) from None
        raise


def _sync(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
