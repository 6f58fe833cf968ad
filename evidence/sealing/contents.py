"""The files of a folder beside what its last manifest says of them, in flat memory: both come in one order."""

import os
import stat
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from ..canonical import NotCanonical, exact
from ..custody import Checked
from ..faults import Fault
from ..limits import DEFAULT
from .layout import inside, part
from .parts import Part
from .record import Record, block_length, hashed, path_of, text_of
from .twins import folded
from .walk import FOLDER, Found, walk

__all__ = ["Compared", "Contents", "compare"]

_OPEN = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC | os.O_NOCTTY


@dataclass(frozen=True, slots=True)
class Contents:
    """What the manifests of a folder say.

    Attributes
    ----------
    room : int
        Descriptor of the folder of the seal.
    name : str | None
        File name of the last manifest; None where there is none to go by.
    spoilt : tuple of pairs of int
        Bytes of it that are not what was sealed: what they list cannot be relied on.
    faults : tuple of Fault
        What is wrong with the manifests themselves.
    reproduce : str | None
        The command that makes the content again.
    note : str
        Of the manifest.
    """

    room: int
    name: str | None
    spoilt: tuple[tuple[int, int], ...] = ()
    faults: tuple[Fault, ...] = ()
    reproduce: str | None = None
    note: str = ""

    @classmethod
    def of(cls, room: int, parts: Sequence[Part], log: Checked) -> "Contents":
        """Check every manifest against its checkpoint, and take the last as what the folder must hold."""
        faults: list[Fault] = []
        last: tuple[str, tuple[tuple[int, int], ...]] | None = None
        for each in parts:
            wanted = _wanted(each, log)
            name = part(each.number, "manifest")
            if wanted is None:
                if _there(room, name) and each.page and each.manifest is None:
                    faults.append(Fault("file-added", inside(name), "belongs to no seal"))
                continue
            found = _hash(room, name, wanted)
            if found is None:
                faults.append(Fault("seal-missing-part", inside(name), "is missing"))
                last = None
                continue
            spoilt = tuple(wanted.wrong(found))
            for first, stop in spoilt:
                text = f"the manifest was changed {_range(first, stop, wanted, found)}"
                faults.append(Fault("manifest-changed", inside(name), text, first=first, last=stop))
            last = name, spoilt
        if last is None:
            return cls(room, None, (), tuple(faults))
        header = _header(room, last[0]) if not any(first == 0 for first, _ in last[1]) else {}
        reproduce, note = header.get("reproduce"), header.get("note")
        return cls(
            room,
            last[0],
            last[1],
            tuple(faults),
            reproduce if isinstance(reproduce, str) else None,
            note if isinstance(note, str) else "",
        )

    def records(self) -> Iterator[Record]:
        """The records of the last manifest that can be relied on."""
        if self.name is None:
            return
        with os.fdopen(os.open(self.name, _OPEN, dir_fd=self.room), "rb") as file:
            at = 0
            while line := file.readline(DEFAULT.manifest_line_bytes + 1):
                start, at = at, at + len(line)
                if start == 0 or any(first < at and start < stop for first, stop in self.spoilt):
                    continue
                try:
                    yield Record.read(line.rstrip(b"\n"))
                except NotCanonical:
                    continue  # cut by a spoilt stretch, or by the bound on lines


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
            text = f"was changed {_range(first, stop, wanted, now)}"
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


def _range(first: int, stop: int, wanted: Record, now: Record) -> str:
    text = f"in bytes {first:,} to {stop:,}"
    if now.size != wanted.size:
        text += f"; it had {wanted.size:,} bytes and has {now.size:,}"
    return text


def _wanted(each: Part, log: Checked) -> Record | None:
    """What a manifest must be: by the signed checkpoint, else by the log."""
    entry = log.announced.get(each.number)
    pages = [each.manifest] if each.holds else []
    if entry is not None:
        said = entry.details.get("manifest")
        pages += [said if isinstance(said, dict) else None]
    if not each.holds:
        pages += [each.manifest]
    for page in pages:
        if page is not None:
            try:
                whole = dict(page)
                if "blocks" not in whole:
                    whole.pop("block", None)
                    whole.pop("blocks_sha256", None)
                return Record.of({"kind": "file", "path": "manifest", **whole})
            except NotCanonical:
                continue
    return None


def _hash(room: int, name: str, wanted: Record) -> Record | None:
    try:
        descriptor = os.open(name, _OPEN, dir_fd=room)
    except OSError:
        return None
    try:
        if not stat.S_ISREG(os.fstat(descriptor).st_mode):
            return None
        return hashed(wanted.path, descriptor, wanted.block)
    finally:
        os.close(descriptor)


def _there(room: int, name: str) -> bool:
    try:
        os.stat(name, dir_fd=room, follow_symlinks=False)
    except OSError:
        return False
    return True


def _header(room: int, name: str) -> dict[str, object]:
    with os.fdopen(os.open(name, _OPEN, dir_fd=room), "rb") as file:
        try:
            return dict(exact(file.readline(DEFAULT.manifest_line_bytes).rstrip(b"\n"), "the header"))
        except NotCanonical:
            return {}
