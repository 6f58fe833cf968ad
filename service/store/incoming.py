"""Bytes on their way: files of this machine that have no name yet."""

import errno
import fcntl
import os
import secrets
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from ..refusals import StoreFull

__all__ = ["Incoming", "shown_full"]

_FULL: Final = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG}


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
