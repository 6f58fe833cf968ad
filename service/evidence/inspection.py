"""Whether a room holds what its custody log says: every byte of the store, every row, every entry."""

import hashlib
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Final

from sqlalchemy import select

from ...evidence.canonical import NotCanonical
from ...evidence.custody import Entry
from ...evidence.faults import Fault
from ..database.tables import exhibit, holding, removal
from ..refusals import StoreUnreachable
from ..room import Room
from ..store import BlobMissing, Store

__all__ = ["Inspection", "inspect"]

_MOST: Final = 10_000
"""Faults that are told one by one; the rest is counted."""


@dataclass(frozen=True, slots=True)
class Inspection:
    """What an inspection has found.

    Attributes
    ----------
    exhibits, bytes : int
        That were read and hashed.
    results : int
        Blobs of what was made of them, likewise.
    entries : int
        Of the custody log, sound and in their place.
    signed : int
        Of them, those that a checkpoint covers.
    head : str
        Hash of the last signed entry, or of the last one.
    faults : tuple of Fault
        What is wrong.
    more : int
        Faults beyond those.
    """

    exhibits: int
    bytes: int
    results: int
    entries: int
    signed: int
    head: str
    faults: tuple[Fault, ...]
    more: int

    @property
    def intact(self) -> bool:
        """Whether nothing is wrong."""
        return not self.faults


def inspect(
    room: Room,
    *,
    head: str | None = None,
    progress: Callable[[int, int], None] = lambda done, whole: None,
) -> Inspection:
    """Read and hash the whole store, and compare it with the tables and these with the custody log.

    Parameters
    ----------
    room
        Open; it may be at work.
    head
        Hash of an entry that the log must hold.
    progress
        Called with the bytes that were read and their sum.
    """
    faults = _Faults()
    checked = room.ledger.check()
    faults.add(checked.faults)
    if head is not None and head not in checked.hashes:
        faults.add([Fault("head-missing", "custody", "the log does not hold the entry that was named")])
    with room.database.reading() as connection:
        sizes: dict[str, int] = {row.sha256: row.size for row in connection.execute(select(exhibit))}
        held = {(row.case_id, row.sha256) for row in connection.execute(select(holding))}
        going = set(connection.execute(select(removal.c.sha256)).scalars())
    faults.add(_against_the_log(room, held))
    whole, done = sum(sizes.values()), 0
    for sha256, size in sorted(sizes.items()):
        faults.add(_blob(room.store, sha256, size, "exhibit"))
        done += size
        progress(done, whole)
    for blob in room.store.blobs():
        if blob.sha256 not in sizes and blob.sha256 not in going and not _arrived(room, blob.sha256):
            faults.add([Fault("blob-unknown", blob.sha256, "is in the store, and no case holds it")])
    results = 0
    for blob in room.results.blobs():
        faults.add(_blob(room.results, blob.sha256, blob.size, "result"))
        results += 1
    return Inspection(
        len(sizes),
        done,
        results,
        checked.count,
        checked.signed,
        checked.head,
        tuple(faults.first),
        faults.more,
    )


def _blob(store: Store, sha256: str, size: int, what: str) -> Iterator[Fault]:
    digest, length = hashlib.sha256(), 0
    try:
        for piece in store.chunks(sha256):
            digest.update(piece)
            length += len(piece)
    except BlobMissing:
        yield Fault("blob-missing", sha256, f"the {what} is not in the store")
        return
    except (OSError, StoreUnreachable) as error:
        yield Fault("blob-unreadable", sha256, f"the {what} cannot be read: {error}")
        return
    if digest.hexdigest() != sha256:
        text = f"the {what} is not what came: {length:,} bytes of SHA-256 {digest.hexdigest()} instead of {size:,}"
        yield Fault("blob-damaged", sha256, text)


def _arrived(room: Room, sha256: str) -> bool:
    """Whether a blob has come while others were read, or has gone."""
    with room.database.reading() as connection:
        named = (select(table.c.sha256).where(table.c.sha256 == sha256) for table in (exhibit, removal))
        known = any(connection.execute(query).scalar() is not None for query in named)
    return known or room.store.size(sha256) is None


def _against_the_log(room: Room, held: set[tuple[str, str]]) -> Iterator[Fault]:
    said: dict[tuple[str, str], int] = {}
    for line in room.ledger.table.lines():
        try:
            entry = Entry.read(line)
        except NotCanonical:
            continue  # the check of the chain has named it
        case = entry.details.get("case")
        if entry.exhibit is None or not isinstance(case, str):
            continue
        if entry.what == "received":
            said[case, entry.exhibit] = entry.number
        elif entry.what == "deleted":
            said.pop((case, entry.exhibit), None)
    for case, sha256 in sorted(said.keys() - held):
        if not room.exhibits.look(sha256, [case]) and not _deleted_since(
            room, case, sha256, said[case, sha256]
        ):
            text = f"was received into the case {case}, and is gone without an entry that says so"
            yield Fault("exhibit-gone", sha256, text, entry=said[case, sha256])
    for case, sha256 in sorted(held - said.keys()):
        if not _deleted_since(room, case, sha256, -1):
            yield Fault(
                "exhibit-unentered", sha256, f"lies in the case {case}, and no entry says that it came"
            )


def _deleted_since(room: Room, case: str, sha256: str, number: int) -> bool:
    with room.database.reading() as connection:
        entries = room.ledger.entries(
            connection, exhibit=sha256, cases=frozenset([case]), after=number, rows=100_000
        )
        return any(entry.what == "deleted" for entry in entries)


class _Faults:
    def __init__(self) -> None:
        self.first: list[Fault] = []
        self.more = 0

    def add(self, faults: Iterable[Fault]) -> None:
        for fault in faults:
            if len(self.first) < _MOST:
                self.first.append(fault)
            else:
                self.more += 1
