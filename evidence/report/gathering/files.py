"""A submitted file, read once more for the report: both hashes, size, type by content."""

import hashlib
import os
import stat
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from ....intake.mediatype import sniff

__all__ = ["Reading", "read"]

_CHUNK: Final = 1 << 20
_HEAD: Final = 4096


@dataclass(frozen=True, slots=True)
class Reading:
    """What a file held when it was read for the report.

    Attributes
    ----------
    size : int
        Bytes.
    sha256, sha512 : str
        Hexadecimal digits.
    media_type : str | None
        By content.
    modified : str | None
        When the file system says that it was last written, ISO 8601 in UTC.
    """

    size: int
    sha256: str
    sha512: str
    media_type: str | None
    modified: str | None


def read(path: Path) -> Reading | None:
    """Read a regular file from its first byte to its last.

    Returns
    -------
    Reading | None
        None when there is none, it cannot be read, or it is no regular file: the report says so and goes on.
    """
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC | os.O_NONBLOCK | os.O_NOCTTY)
    except (OSError, ValueError):
        return None
    try:
        facts = os.fstat(descriptor)
        if not stat.S_ISREG(facts.st_mode):
            return None
        short, long = hashlib.sha256(), hashlib.sha512()
        head, size = b"", 0
        while chunk := os.read(descriptor, _CHUNK):
            head = head or chunk[:_HEAD]
            size += len(chunk)
            if size > facts.st_size:
                return None  # it grows while it is read: no hash of it would mean anything
            short.update(chunk)
            long.update(chunk)
    except OSError:
        return None
    finally:
        os.close(descriptor)
    kind = sniff(head)
    written = datetime.fromtimestamp(facts.st_mtime, UTC).isoformat(timespec="seconds").replace("+00:00", "Z")
    return Reading(size, short.hexdigest(), long.hexdigest(), None if kind is None else kind.name, written)
