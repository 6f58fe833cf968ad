"""Everything below a folder, in one order, without ever leaving it.

Every folder is opened from the one above by its name, and no link is followed: a link that somebody puts in the place
of a folder meanwhile leads nowhere.
"""

import os
import stat
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from ..limits import DEFAULT
from .letter import NAME

__all__ = ["FOLDER", "Found", "Stamp", "open_folder", "walk"]

FOLDER = b"assay-seal"
"""The folder of the seal itself, at the top; all but its letter is left out."""

_OPEN = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC | os.O_NOCTTY

Kind = Literal["file", "folder", "link", "device", "unreadable"]


@dataclass(frozen=True, slots=True)
class Stamp:
    """What the file system says of a thing: another one, or a changed one, has another stamp."""

    device: int
    inode: int
    size: int
    modified_ns: int
    changed_ns: int

    @classmethod
    def of(cls, facts: os.stat_result) -> "Stamp":
        """Stamp of what was looked at."""
        return cls(facts.st_dev, facts.st_ino, facts.st_size, facts.st_mtime_ns, facts.st_ctime_ns)


@dataclass(frozen=True, slots=True)
class Found:
    """One thing below the folder. It can be opened until the walk goes on.

    Attributes
    ----------
    path : tuple of bytes
        Names from the top down.
    kind : str
        ``file``, ``folder``, ``link`` (never followed), ``device`` (pipes and sockets as well) or ``unreadable``.
    stamp : Stamp
        When it was found.
    parent : int
        Descriptor of the folder that holds it.
    why : str
        Why it is unreadable.
    """

    path: tuple[bytes, ...]
    kind: Kind
    stamp: Stamp
    parent: int
    why: str = ""

    def open(self) -> int:
        """Descriptor of a file, to be closed by the caller; never of what a link leads to."""
        return os.open(self.path[-1], _OPEN, dir_fd=self.parent)

    def target(self) -> bytes:
        """Where a link leads, as text."""
        return os.fsencode(os.readlink(self.path[-1], dir_fd=self.parent))


def open_folder(path: str | os.PathLike[str]) -> int:
    """Descriptor of the folder that is named; a link to it is followed, as the user named it."""
    return os.open(path, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)


def walk(top: int) -> Iterator[Found]:
    """Everything below a folder but the seal, sorted by path, name by name as bytes.

    Parameters
    ----------
    top
        Descriptor of the folder; it stays open.
    """
    yield from _below(top, ())


def _below(folder: int, path: tuple[bytes, ...]) -> Iterator[Found]:
    with os.scandir(folder) as entries:
        names = sorted(os.fsencode(entry.name) for entry in entries)
    for name in names:
        if not path and name == FOLDER:
            yield from _letter(folder)
            continue
        here = (*path, name)
        try:
            facts = os.stat(name, dir_fd=folder, follow_symlinks=False)
        except FileNotFoundError:
            continue  # gone since the folder was listed; whoever compares finds that
        except OSError as error:
            yield Found(here, "unreadable", Stamp(0, 0, 0, 0, 0), folder, error.strerror or "")
            continue
        stamp = Stamp.of(facts)
        kind = _kind(facts.st_mode)
        if kind != "folder":
            yield Found(here, kind, stamp, folder)
            continue
        if len(here) >= DEFAULT.seal_depth:
            yield Found(here, "unreadable", stamp, folder, f"deeper than seal_depth = {DEFAULT.seal_depth}")
            continue
        try:
            inner = os.open(name, _OPEN | os.O_DIRECTORY, dir_fd=folder)
        except OSError as error:
            yield Found(here, "unreadable", stamp, folder, error.strerror or "")
            continue
        try:
            yield Found(here, "folder", stamp, folder)
            yield from _below(inner, here)
        finally:
            os.close(inner)


def _letter(top: int) -> Iterator[Found]:
    """What in the folder of the seal is sealed as well: the letter to whoever is given it."""
    try:
        room = os.open(FOLDER, _OPEN | os.O_DIRECTORY, dir_fd=top)
    except OSError:
        return
    try:
        name = os.fsencode(NAME)
        facts = os.stat(name, dir_fd=room, follow_symlinks=False)
        yield Found((FOLDER, name), _kind(facts.st_mode), Stamp.of(facts), room)
    except FileNotFoundError:
        pass
    finally:
        os.close(room)


def _kind(mode: int) -> Kind:
    if stat.S_ISREG(mode):
        return "file"
    if stat.S_ISDIR(mode):
        return "folder"
    return "link" if stat.S_ISLNK(mode) else "device"
