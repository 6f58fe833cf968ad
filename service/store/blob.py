"""What every store can do."""

import re
from collections.abc import Iterator
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Protocol

from ...errors import AssayError

__all__ = ["Arrival", "Blob", "BlobDamaged", "BlobMissing", "Store", "blob_name"]


_NAME: Final = re.compile(r"[0-9a-f]{64}")


class BlobDamaged(AssayError):
    """The store gives other bytes than those that its name stands for."""

    code = "blob-damaged"


class BlobMissing(AssayError):
    """The store does not hold this content."""

    code = "blob-missing"


@dataclass(frozen=True, slots=True)
class Blob:
    """Content of the store.

    Attributes
    ----------
    sha256 : str
        64 hexadecimal digits.
    size : int
        Bytes.
    """

    sha256: str
    size: int


def blob_name(name: str) -> bool:
    """Whether this is the name of a blob."""
    return _NAME.fullmatch(name) is not None


class Arrival(Protocol):
    """Bytes on their way into the store; nobody sees them before `keep`. Leaving its context takes them away."""

    size: int

    @property
    def sha256(self) -> str:
        """Of what has come so far."""

    def __enter__(self) -> "Arrival": ...

    def __exit__(self, *_: object) -> None: ...

    def write(self, data: bytes) -> None:
        """Add bytes; they are hashed as they come.

        Raises
        ------
        StoreFull
            The disk has no room; nothing is left of what came.
        """

    def keep(self) -> Blob:
        """Put the content under its hash, on the disk when this returns; what is there already is left as it is.

        May be called again, which brings back content that was taken away in between.
        """


class Store(Protocol):
    """Blobs by their hash. All methods may be called from several threads and processes."""

    def arrival(self) -> Arrival:
        """Begin to receive content."""

    def put(self, data: bytes) -> Blob:
        """Keep bytes that are in memory already."""

    def size(self, sha256: str) -> int | None:
        """Bytes of a blob; None when it is not there."""

    def chunks(self, sha256: str, start: int = 0, end: int | None = None) -> Iterator[bytes]:
        """The bytes from `start` up to and without `end`, piece by piece.

        Raises
        ------
        BlobMissing
        """

    def local(self, sha256: str) -> AbstractContextManager[Path]:
        """A file with the content on this machine, to be read only; it may be gone afterwards.

        Raises
        ------
        BlobMissing
        """

    def remove(self, sha256: str) -> None:
        """Take a blob away; it may be gone already."""

    def blobs(self) -> Iterator[Blob]:
        """All that is there, by name; sizes as the store has them, nothing is read."""

    def sweep(self) -> int:
        """Take away what arrivals left that were cut; return how many."""

    def free(self) -> int | None:
        """Bytes that fit on the disk; None where nobody can tell."""

    def check(self) -> None:
        """Raise `OSError` when the store cannot be reached."""
