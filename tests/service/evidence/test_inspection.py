"""An inspection names what was done behind the back of the service, in a folder and in a bucket."""

import os
from collections.abc import Callable, Iterator

import pytest
from sqlalchemy import delete, text

from assay.service.database.tables import exhibit, holding
from assay.service.evidence.inspection import inspect
from assay.service.room import Room
from assay.service.store.folder import FolderStore

Keep = Callable[[bytes], str]


@pytest.fixture
def keep(room: Room) -> Keep:
    def kept(data: bytes) -> str:
        with room.store.arrival() as arrival:
            arrival.write(data)
            case = room.cases.all()[0].id
            return room.exhibits.receive(arrival, case_id=case, name="x", by="test")[0].sha256

    return kept


def _codes(room: Room) -> dict[str, str]:
    return {fault.code: fault.file for fault in inspect(room).faults}


def test_an_intact_room(room: Room, keep: Keep) -> None:
    keep(b"one")
    gone = keep(b"two")
    room.exhibits.release(gone, None, by="test", reason="")
    room.results.put(b"a report")
    first = room.sign()
    assert first is not None and room.sign() is None
    keep(b"three")
    found = inspect(room)
    assert found.intact and (found.exhibits, found.bytes, found.results) == (2, 8, 1)
    assert found.signed < found.entries and found.head == room.ledger.check().head
    assert inspect(room, head=found.head).intact
    assert [fault.code for fault in inspect(room, head="0" * 64).faults] == ["head-missing"]
    second = room.sign()
    assert second is not None and second.number == first.number + 1
    assert inspect(room).signed == found.entries + 1


def test_bytes_that_were_changed_or_taken_away(room: Room, keep: Keep) -> None:
    assert isinstance(room.store, FolderStore)
    changed, lost = keep(b"changed"), keep(b"lost")
    path = room.store.path(changed)
    path.chmod(0o600)
    path.write_bytes(b"Changed")
    room.store.remove(lost)
    stray = room.store.put(b"nobody knows")
    result = room.results.put(b"a report").sha256
    os.truncate(room.results.path(result), 1)  # type: ignore[attr-defined]
    assert {(fault.code, fault.file) for fault in inspect(room).faults} == {
        ("blob-damaged", changed),
        ("blob-missing", lost),
        ("blob-unknown", stray.sha256),
        ("blob-damaged", result),
    }


def test_rows_that_were_changed(room: Room, keep: Keep) -> None:
    other = room.cases.make("other").id
    gone, new = keep(b"gone"), keep(b"new")
    row = {"case_id": other, "sha256": new, "name": "", "received": "", "received_by": ""}
    with room.database.writing() as connection:
        connection.execute(delete(holding).where(holding.c.sha256 == gone))
        connection.execute(delete(exhibit).where(exhibit.c.sha256 == gone))
        connection.execute(holding.insert().values(row))
    assert _codes(room) == {"exhibit-gone": gone, "blob-unknown": gone, "exhibit-unentered": new}


def test_entries_that_were_changed(room: Room, keep: Keep) -> None:
    keep(b"one")
    room.sign()
    with room.database.writing() as connection:
        for statement in _unguard(room):
            connection.execute(text(statement))
        connection.execute(text("DELETE FROM custody WHERE number = 1"))
    assert "entry-missing" in _codes(room)


def _unguard(room: Room) -> Iterator[str]:
    if room.database.kind == "sqlite":
        yield "DROP TRIGGER custody_no_delete"
    else:
        yield "ALTER TABLE custody DISABLE TRIGGER custody_guard"
