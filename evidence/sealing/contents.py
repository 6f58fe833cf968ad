"""What the manifests of a sealed folder say, as far as they are still what was signed."""

import os
import stat
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from ..canonical import NotCanonical, exact
from ..custody import Checked
from ..faults import Fault
from ..limits import DEFAULT
from .layout import inside, part
from .parts import Part
from .record import Record, hashed

__all__ = ["Contents", "stretch"]

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
                text = f"the manifest was changed {stretch(first, stop, wanted, found)}"
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


def stretch(first: int, stop: int, wanted: Record, now: Record) -> str:
    """Wrong bytes in words, and the two sizes where they differ."""
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
