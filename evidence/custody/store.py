"""Where a custody log lies: what a file and a table have in common."""

from collections.abc import Iterable, Iterator
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Protocol

from ...errors import AssayError
from .checkpoint import Signed

__all__ = ["CustodyDamaged", "CustodyUnreadable", "CustodyUnwritable", "Store", "Torn", "Writer"]


class CustodyDamaged(AssayError):
    """The end of a log is no entry: nothing may be added before somebody has looked at it."""

    code = "custody-damaged"


class CustodyUnreadable(AssayError):
    """The log cannot be read, or is no file."""

    code = "custody-unreadable"


class CustodyUnwritable(AssayError):
    """The operating system or the database refuses to write the log."""

    code = "custody-unwritable"


@dataclass(frozen=True, slots=True)
class Torn:
    """Bytes at the end of a log that an append left when it was cut.

    Attributes
    ----------
    offset : int
        Where they begin in the file.
    length : int
        How many there are.
    sha256 : str
        Of these bytes.
    """

    offset: int
    length: int
    sha256: str


class Writer(Protocol):
    """The end of a log while nobody else may write.

    Attributes
    ----------
    count : int
        Entries so far.
    head : str
        Hash of the last one.
    torn : Torn | None
        What an append that was cut has left; the next entry must be one that names it.
    """

    count: int
    head: str
    torn: Torn | None

    def write(self, lines: Iterable[bytes]) -> None:
        """Add lines; when this returns they are on the disk."""

    def keep(self, signed: Signed) -> None:
        """Keep a checkpoint; it counts once the entry that announces it is written."""


class Store(Protocol):
    """A place for one log and its checkpoints."""

    def lines(self) -> Iterator[bytes]:
        """Every line, without its newline, whether it is an entry or not; what is cut off at the end as well."""

    def whole(self) -> bool:
        """Whether the last line has its end."""

    def writing(self) -> AbstractContextManager[Writer]:
        """The end of the log for one process alone."""

    def kept(self) -> list[Signed]:
        """The checkpoints, by number."""
