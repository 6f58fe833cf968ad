"""The folder of a report: it must be new, nothing in it is written twice, what is unfinished is left unsealed."""

import hashlib
import os
from pathlib import Path
from typing import IO, Final

from ....errors import AssayError

__all__ = ["Folder", "ReportExists", "ReportUnwritable", "free"]

MARKER: Final = "UNFINISHED"
"""A file that is there until the report is whole."""


class ReportExists(AssayError):
    """There is something at the place that was named for a report; a report never takes the place of anything."""

    code = "report-exists"


class ReportUnwritable(AssayError):
    """The folder of a report cannot be made, or not written to."""

    code = "report-unwritable"


def free(place: Path) -> None:
    """Refuse a place that is taken before any work is done for it.

    Raises
    ------
    ReportExists
        It is a file, or a folder that is not empty.
    """
    try:
        taken = place.is_symlink() or (place.exists() and (not place.is_dir() or any(place.iterdir())))
    except OSError as error:
        raise ReportUnwritable(f"{place}: {error.strerror}; name a folder that you may write to") from None
    if taken:
        raise ReportExists(f"{place} is there already; name a new folder, or remove it yourself")


class Folder:
    """A new folder.

    Parameters
    ----------
    place
        Where; it is made, with the folders above it.

    Raises
    ------
    ReportExists, ReportUnwritable
        See each class.
    """

    def __init__(self, place: Path) -> None:
        free(place)
        self.place = place
        try:
            place.mkdir(parents=True, exist_ok=True)
            (place / MARKER).open("x").close()
        except OSError as error:
            raise ReportUnwritable(
                f"{place}: {error.strerror}; name a folder that you may write to"
            ) from None

    def open(self, name: str) -> IO[bytes]:
        """A new file of the report; opening one that is there is an error."""
        file = self.place / name
        try:
            file.parent.mkdir(parents=True, exist_ok=True)
            return open(
                os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC, 0o666),
                "wb",
            )
        except OSError as error:
            raise ReportUnwritable(f"{file}: {error.strerror}; the report is not finished") from None

    def write(self, name: str, data: bytes) -> str:
        """Write a new file and return its SHA-256."""
        try:
            with self.open(name) as stream:
                stream.write(data)
        except OSError as error:
            raise ReportUnwritable(
                f"{self.place / name}: {error.strerror}; the report is not finished"
            ) from None
        return hashlib.sha256(data).hexdigest()

    def done(self) -> None:
        """The report is whole."""
        (self.place / MARKER).unlink()

    def undone(self) -> None:
        """The report could not be sealed after all."""
        (self.place / MARKER).touch()
