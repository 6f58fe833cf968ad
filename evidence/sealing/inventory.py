"""The inventory of a folder: everything in it, hashed, and whether it held still meanwhile."""

import os
import stat
import tempfile
from collections.abc import Iterator
from itertools import zip_longest
from typing import IO, Any

from .record import Record, block_length, hashed, path_of, text_of
from .refusals import ChangedWhileSealing, SealUnreadable
from .twins import twins
from .walk import FOLDER, Found, walk

__all__ = ["take"]


def take(top: int, draft: IO[bytes]) -> tuple[int, int, list[str]]:
    """Hash everything below a folder into a manifest; then look again whether it is still what it was.

    Parameters
    ----------
    top
        Descriptor of the folder.
    draft
        The manifest is written there, after what it says of itself.

    Returns
    -------
    files, size : int
        Files of the folder, and their bytes.
    notes : list of str
        What a copy of the folder could lose.

    Raises
    ------
    SealUnreadable, ChangedWhileSealing
        See each class.
    """
    files = size = 0
    notes: list[str] = []
    with tempfile.TemporaryFile() as seen:
        for found in walk(top):
            record = _record(found)
            if found.path[0] != FOLDER:  # the letter is ours
                files += record.kind == "file"
                size += record.size
            draft.write(record.line + b"\n")
            seen.write(_facts(found))
        seen.seek(0)
        for before, found in zip_longest(seen, walk(top)):
            if found is None or before is None or before != _facts(found):
                _changed(before, found)

        def paths() -> Iterator[bytes]:
            seen.seek(0)
            return (bytes.fromhex(line.split(b" ", 1)[0].decode("ascii")) for line in seen)

        notes.extend(twins(paths))
    return files, size, notes


def _record(found: Found) -> Record:
    path = path_of(found.path)
    if found.kind == "folder":
        return Record(path, "folder")
    if found.kind == "link":
        return Record(path, "link", target=found.target())
    if found.kind != "file":
        why = found.why or "a pipe, a socket or a device"
        raise SealUnreadable(f"{text_of(path)} cannot be sealed ({why}): move it away, or copy it as a file")
    try:
        descriptor = found.open()
    except FileNotFoundError:
        raise ChangedWhileSealing(f"{text_of(path)} went away while the folder was sealed") from None
    except OSError as error:
        raise SealUnreadable(f"{text_of(path)} cannot be read ({error.strerror})") from None
    try:
        facts = os.fstat(descriptor)
        if not stat.S_ISREG(facts.st_mode):
            raise ChangedWhileSealing(f"{text_of(path)} was replaced while the folder was sealed")
        record = hashed(path, descriptor, block_length(facts.st_size))
    except OSError as error:
        raise SealUnreadable(f"{text_of(path)} cannot be read ({error.strerror})") from None
    finally:
        os.close(descriptor)
    if record.size != facts.st_size:
        raise ChangedWhileSealing(
            f"{text_of(path)} changed while it was hashed: seal when nobody writes there"
        )
    return record


def _facts(found: Found) -> bytes:
    """What is compared: path, kind and stamp. Of a folder the stamp changes with the seal itself, and is left out."""
    s = found.stamp
    stamp: Any = "" if found.kind == "folder" else (s.device, s.inode, s.size, s.modified_ns, s.changed_ns)
    return f"{path_of(found.path).hex()} {found.kind} {stamp}\n".encode("ascii")


def _changed(before: bytes | None, found: Found | None) -> None:
    old = None if before is None else bytes.fromhex(before.split(b" ", 1)[0].decode("ascii"))
    new = None if found is None else path_of(found.path)
    if old == new and old is not None:
        raise ChangedWhileSealing(
            f"{text_of(old)} changed while the folder was sealed: seal when nobody writes there"
        )
    if new is not None and (old is None or new.split(b"/") < old.split(b"/")):
        raise ChangedWhileSealing(
            f"{text_of(new)} came while the folder was sealed: seal when nobody writes there"
        )
    assert old is not None
    raise ChangedWhileSealing(f"{text_of(old)} went away while the folder was sealed")
