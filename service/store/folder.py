"""A store in a folder: ``ab/abcd...``, each file read-only, complete and on the disk before it has its name."""

import contextlib
import errno
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from ..limits import DEFAULT
from .arrival import SpooledArrival
from .blob import Blob, BlobMissing, blob_name
from .incoming import Incoming

__all__ = ["FolderStore"]


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

    def arrival(self) -> SpooledArrival:
        """See `Store`."""
        return SpooledArrival(self, self._incoming)

    def put(self, data: bytes) -> Blob:
        """See `Store`."""
        with self.arrival() as arrival:
            arrival.write(data)
            return arrival.keep()

    def path(self, sha256: str) -> Path:
        """Where a blob lies or would lie."""
        if not blob_name(sha256):
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
                if blob_name(path.name):
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


def _sync(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
