"""The custody log: events become entries, entries hang on one another, checkpoints sign how far it went."""

import getpass
import tempfile
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import ExitStack
from itertools import chain
from typing import Any, Final

from ..canonical import NotCanonical
from ..keys import SigningKey
from .chain import Checked, check
from .checkpoint import ABSENT, Signed, shortened, signed
from .entry import Entry, Event
from .store import CustodyUnwritable, Store, Writer

__all__ = ["Log", "copy", "tool", "user"]

_SPOOL: Final = 8 << 20
"""Bytes of entries that are held in memory before they are written; more go to a temporary file."""


class Log:
    """A custody log in a store.

    Parameters
    ----------
    store
        A file or a table.
    who
        Whose acts these are; by default the name of the user.
    """

    def __init__(self, store: Store, *, who: str | None = None) -> None:
        self.store = store
        self.who = user() if who is None else who

    def append(self, *events: Event) -> int:
        """Add events; see `extend`."""
        return self.extend(events)

    def extend(self, events: Iterable[Event]) -> int:
        """Add events in their order; when this returns they are on the disk.

        Returns
        -------
        int
            Entries of the log now.

        Raises
        ------
        CustodyDamaged, CustodyUnwritable
            Nothing was added.
        """
        with self.store.writing() as writer:
            place = _Place(writer, self.who)
            writer.write(entry.line for entry in place.entries(events))
            return place.count

    def checkpoint(
        self,
        key: SigningKey,
        *,
        what: str = "checkpoint",
        manifest: Mapping[str, Any] | None = None,
        stamp: str | None = None,
        details: Mapping[str, Any] | None = None,
        events: Iterable[Event] = (),
        before: Callable[[Signed], None] | None = None,
    ) -> Signed:
        """Add an entry that announces a checkpoint, and sign that the log ends there.

        The checkpoint is written first and the entries last: what a crash leaves is a checkpoint of no entry, which the
        next one replaces.

        Parameters
        ----------
        key
            Signs.
        what
            Of the entry.
        manifest
            Record of a manifest that is signed along.
        stamp
            Address of the stamp server that is asked afterwards.
        details
            More for the entry.
        events
            Added before it, under the same lock.
        before
            Called with what was signed, before anything is written; what it raises leaves everything as it was.
        """
        with self.store.writing() as writer, ExitStack() as files:
            number = _last_number(self.store.lines()) + 1
            place = _Place(writer, self.who)
            spool = files.enter_context(tempfile.SpooledTemporaryFile(max_size=_SPOOL))
            spool.writelines(entry.line + b"\n" for entry in place.entries(events))
            announced = {
                "checkpoint": number,
                "key": key.public.fingerprint,
                "manifest": None if manifest is None else shortened(manifest),
                "stamp": ABSENT if stamp is None else stamp,
            }
            last = place.entry(Event(what, details={**(details or {}), **announced}))
            kept = signed(last, manifest, key)
            if before is not None:
                before(kept)
            writer.keep(kept)
            spool.seek(0)
            writer.write(chain((line.rstrip(b"\n") for line in spool), [last.line]))
            return kept

    def check(self) -> Checked:
        """Check the chain against the checkpoints whose signatures hold."""
        heads = [kept.statement for kept in self.store.kept() if kept.holds()]
        return check(self.store.lines(), heads, whole=self.store.whole())


def copy(source: Store, target: Store) -> int:
    """Copy a log with its checkpoints, line by line, as from the table of a service into a folder to be sealed.

    Returns
    -------
    int
        Entries.

    Raises
    ------
    CustodyUnwritable
        The target holds entries already.
    """
    with target.writing() as writer:
        if writer.count or writer.torn is not None:
            raise CustodyUnwritable("a log is copied to where there is none yet")
        for kept in source.kept():
            writer.keep(kept)
        writer.write(source.lines())
    with target.writing() as writer:
        return writer.count


class _Place:
    """The next free place in a log."""

    def __init__(self, writer: Writer, who: str) -> None:
        self._writer = writer
        self._who = who
        self._tool = tool()
        self.count = writer.count
        self._head = writer.head
        self._torn = writer.torn

    def entry(self, event: Event) -> Entry:
        entry = Entry.of(event, self.count, self._head, who=self._who, tool=self._tool)
        self.count, self._head = entry.number + 1, entry.hash
        return entry

    def entries(self, events: Iterable[Event]) -> Iterator[Entry]:
        if self._torn is not None:
            torn, self._torn = self._torn, None
            details = {"bytes": torn.length, "offset": torn.offset, "sha256": torn.sha256}
            yield self.entry(Event("recovered", details=details))
        for event in events:
            yield self.entry(event)


def tool() -> str:
    """The program and its version."""
    from ... import __version__

    return f"assay {__version__}"


def user() -> str:
    """Name of the user; empty where there is none."""
    try:
        return getpass.getuser()
    except (OSError, KeyError):
        return ""


def _last_number(lines: Iterable[bytes]) -> int:
    last = 0
    for line in lines:
        if b'"checkpoint":' in line:
            try:
                found = Entry.read(line).details.get("checkpoint")
            except NotCanonical:
                continue
            if type(found) is int:
                last = max(last, found)
    return last
