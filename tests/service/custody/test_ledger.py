"""The custody log in the database: one chain, whoever writes, together with what it tells of."""

import threading
from pathlib import Path

import pytest
from sqlalchemy import select

from assay.evidence.custody import GENESIS, Entry, Event, FileStore, Log, copy
from assay.service.custody import Ledger
from assay.service.database import Database
from assay.service.database.tables import case
from assay.service.room import Room

SHA = "a" * 64


def _entries(room: Room, **chosen: object) -> list[Entry]:
    with room.database.reading() as connection:
        return list(room.ledger.entries(connection, rows=10_000, **chosen))  # type: ignore[arg-type]


def test_writers_of_several_processes_make_one_chain(room: Room) -> None:
    """Threads of one ledger share transactions; another ledger stands for another process."""
    database = Database(room.settings.database_url)
    ledgers = [room.ledger, Ledger(database)]
    before = len(_entries(room))
    failures: list[BaseException] = []

    def write(number: int) -> None:
        try:
            for turn in range(5):
                ledgers[number % 2].record(
                    Event("read", SHA, details={"case": "c", "by": number, "turn": turn})
                )
        except BaseException as error:
            failures.append(error)

    threads = [threading.Thread(target=write, args=(number,)) for number in range(12)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(120)
    database.close()
    assert failures == [] and not room.ledger.check().faults
    entries = _entries(room, exhibit=SHA)
    assert len(entries) == 60 == len(_entries(room)) - before
    for number in range(12):
        turns = [each.details["turn"] for each in entries if each.details["by"] == number]
        assert turns == sorted(turns)


def test_an_entry_goes_with_what_it_tells_of(room: Room) -> None:
    before = _entries(room)
    with pytest.raises(RuntimeError), room.database.writing() as connection:
        row = {"id": "x", "name": "x", "note": "", "created": "", "quota_bytes": None, "keep_days": None}
        connection.execute(case.insert().values(row))
        room.ledger.enter(connection, Event("case-opened", details={"case": "x"}))
        raise RuntimeError
    assert _entries(room) == before
    with room.database.reading() as connection:
        assert connection.execute(select(case.c.id).where(case.c.id == "x")).scalar() is None
        assert room.ledger.head(connection) == before[-1].hash


def test_entries_are_found_by_exhibit_case_and_number(room: Room) -> None:
    other = "b" * 64
    room.ledger.record(
        Event("read", SHA, details={"case": "one"}),
        Event("read", SHA, details={"case": "two"}),
        Event("read", other, details={"case": "one"}),
    )
    assert [each.details["case"] for each in _entries(room, exhibit=SHA)] == ["one", "two"]
    assert [each.exhibit for each in _entries(room, cases=frozenset(["one"]))] == [SHA, other]
    assert _entries(room, cases=frozenset()) == []
    last = _entries(room)[-1]
    assert _entries(room, after=last.number) == [] and _entries(room, after=last.number - 1) == [last]


def test_a_log_is_copied_into_a_folder_to_be_sealed(room: Room, tmp_path: Path) -> None:
    room.ledger.record(*(Event("read", SHA, details={"n": number}) for number in range(600)))
    room.sign()
    target = FileStore(tmp_path / "folder")
    count = copy(room.ledger.table, target)
    checked = Log(target).check()
    assert checked.count == count == checked.signed and checked.faults == ()
    assert checked.head == room.ledger.check().head != GENESIS
