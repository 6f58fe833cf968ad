"""Content on its way into a store: a file of this machine, hashed while it grows."""

import hashlib
import os
from pathlib import Path
from typing import Protocol, Self

from ..limits import DEFAULT
from ..refusals import StoreFull
from .blob import Blob
from .incoming import Incoming, shown_full

__all__ = ["SpooledArrival", "Taker"]


class Taker(Protocol):
    """What gives complete files their name."""

    def take(self, blob: Blob, path: Path) -> None:
        """Keep the file at `path` as `blob`; on the disk when this returns."""


class SpooledArrival:
    """See `Arrival`."""

    def __init__(self, store: Taker, incoming: Incoming) -> None:
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
