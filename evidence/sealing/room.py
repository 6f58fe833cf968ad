"""What lies in the folder of a seal, and what has no business there."""

import os
import stat
from collections.abc import Iterable, Iterator

from ..faults import Fault
from .layout import STALE, inside, known

__all__ = ["read_small", "strangers"]

_OPEN = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC | os.O_NOCTTY


def strangers(room: int, names: Iterable[str]) -> Iterator[Fault]:
    """Files that are no part of a seal, and parts that are no files."""
    for name in sorted(names):
        if name.startswith(STALE):
            text = "was being written when sealing was cut off; seal again, which takes it away"
            yield Fault("seal-unfinished", inside(name), text)
        elif not known(name):
            yield Fault("file-added", inside(name), "is no part of the seal")
        elif not stat.S_ISREG(os.stat(name, dir_fd=room, follow_symlinks=False).st_mode):
            yield Fault("kind-changed", inside(name), "is no file: a link, a folder or a device stands there")


def read_small(room: int, name: str, limit: int) -> bytes | None:
    """Bytes of a small file, one more than `limit` where it is longer; None where there is no such file."""
    try:
        descriptor = os.open(name, _OPEN, dir_fd=room)
    except OSError:
        return None
    if not stat.S_ISREG(os.fstat(descriptor).st_mode):
        os.close(descriptor)
        return None
    with os.fdopen(descriptor, "rb") as file:
        return file.read(limit + 1)
