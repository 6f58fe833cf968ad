"""The files of a folder beside what its last manifest says of them, in flat memory: both come in one order."""

import os
import stat
from dataclasses import dataclass, field

from ..faults import Fault
from ..limits import DEFAULT
from .contents import Contents, stretch
from .record import Record, block_length, hashed, path_of, text_of
from .twins import folded
from .walk import FOLDER, Found, walk

__all__ = ["Compared", "compare"]


@dataclass(slots=True)
class Compared:
    """What comparing has found.

    Attributes
    ----------
    faults : list of Fault
        Of the manifests, then of the files in their order.
    more : int
        Faults beyond the bound.
    files, size : int
        Listed files and their bytes.
    """

    faults: list[Fault] = field(default_factory=list)
    more: int = 0
    files: int = 0
    size: int = 0
    missing: list[Record] = field(default_factory=list)
    added: list[tuple[bytes, Record]] = field(default_factory=list)

    def add(self, fault: Fault) -> None:
        """Take in a fault."""
        if len(self.faults) < DEFAULT.wrong:
            self.faults.append(fault)
        else:
            self.more += 1


def compare(top: int, contents: Contents) -> Compared:
    """Compare every file with its record.

    Parameters
    ----------
    top
        Descriptor of the folder.
    contents
        What it must hold.
    """
    done = Compared(list(contents.faults))
    if contents.name is None:
        return done
    records = contents.records()
    wanted = next(records, None)
    for found in walk(top):
        path = path_of(found.path)
        while wanted is not None and wanted.path.split(b"/") < list(found.path):
            _listed(done, wanted)
            done.missing.append(wanted)
            wanted = next(records, None)
        if wanted is not None and wanted.path == path:
            _listed(done, wanted)
            _same(done, wanted, found)
            wanted = next(records, None)
        elif not contents.spoilt:
            _added(done, found, path)
    while wanted is not None:
        _listed(done, wanted)
        done.missing.append(wanted)
        wanted = next(records, None)
    _renamed(done)
    return done


def _listed(done: Compared, record: Record) -> None:
    if not record.path.startswith(FOLDER + b"/"):  # the letter is ours
        done.files += record.kind == "file"
        done.size += record.size


def _same(done: Compared, wanted: Record, found: Found) -> None:
    name = text_of(wanted.path)
    if found.kind == "unreadable":
        done.add(Fault("file-unreadable", name, f"cannot be read: {found.why}"))
    elif found.kind != wanted.kind:
        done.add(Fault("kind-changed", name, f"was a {wanted.kind} and is a {found.kind}"))
    elif found.kind == "link" and found.target() != wanted.target:
        text = f"led to {text_of(wanted.target)} and leads to {text_of(found.target())}"
        done.add(Fault("link-changed", name, text))
    elif found.kind == "file":
        try:
            now = _hashed(found, wanted.path, wanted.block)
        except OSError as error:
            done.add(Fault("file-unreadable", name, f"cannot be read: {error.strerror}"))
            return
        for first, stop in wanted.wrong(now):
            text = f"was changed {stretch(first, stop, wanted, now)}"
            done.add(Fault("file-changed", name, text, first=first, last=stop))


def _hashed(found: Found, path: bytes, block: int) -> Record:
    descriptor = found.open()
    try:
        if not stat.S_ISREG(os.fstat(descriptor).st_mode):
            raise OSError(0, "it was replaced while it was checked")
        return hashed(path, descriptor, block)
    finally:
        os.close(descriptor)


def _added(done: Compared, found: Found, path: bytes) -> None:
    record = Record(path, "folder")
    if found.kind == "file":
        try:
            record = _hashed(found, path, block_length(found.stamp.size))
        except OSError:
            record = Record(path, "file", found.stamp.size)
    elif found.kind == "link":
        record = Record(path, "link", target=found.target())
    if len(done.added) < DEFAULT.wrong:
        done.added.append((path, record))
    else:
        done.more += 1


def _renamed(done: Compared) -> None:
    """What is missing and what was added may be one: the same bytes under another name."""
    by_content: dict[tuple[str, int, str, bytes], list[bytes]] = {}
    for path, record in done.added:
        if record.kind != "folder" and (record.sha256 or record.target):
            by_content.setdefault(_content(record), []).append(path)
    moved: set[bytes] = set()
    for wanted in done.missing:
        name = text_of(wanted.path)
        others = by_content.get(_content(wanted), []) if wanted.kind != "folder" else []
        if others:
            # Of several the one with the same name in another form, else the first.
            same = [other for other in others if folded(text_of(other)) == folded(name)]
            other = same[0] if same else others[0]
            others.remove(other)
            moved.add(other)
            how = " (another case or Unicode form of the same name)" if same else ""
            done.add(
                Fault("file-renamed", name, f"is now called {text_of(other)}{how}; its content is the same")
            )
        else:
            done.add(Fault("file-missing", name, f"is missing: a {wanted.kind} was sealed there"))
    for path, record in done.added:
        if path not in moved:
            done.add(
                Fault("file-added", text_of(path), f"was added: no {record.kind} of that name was sealed")
            )


def _content(record: Record) -> tuple[str, int, str, bytes]:
    return record.kind, record.size, record.sha256, record.target
