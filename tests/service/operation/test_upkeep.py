"""What is kept no longer goes, with an entry that says so."""

from datetime import UTC, datetime, timedelta

from assay.service.operation.upkeep import keep_up, retain
from assay.service.room import Room


def _receive(room: Room, case: str, data: bytes) -> str:
    with room.store.arrival() as arrival:
        arrival.write(data)
        return room.exhibits.receive(arrival, case_id=case, name="x", by="test")[0].sha256


def test_each_case_keeps_as_long_as_it_says(room: Room) -> None:
    week, ever = room.cases.make("week", keep_days=7).id, room.cases.make("ever").id
    shared, alone = _receive(room, week, b"shared"), _receive(room, week, b"alone")
    _receive(room, ever, b"shared")
    now = datetime.now(UTC)
    assert retain(room, now + timedelta(days=6, hours=23)) == 0
    assert retain(room, now + timedelta(days=7, seconds=5)) == 2
    assert room.store.size(shared) == 6 and room.store.size(alone) is None
    assert [each.case for each in room.exhibits.page(None, rows=10)] == [ever]
    with room.database.reading() as connection:
        entries = [each for each in room.ledger.entries(connection, rows=100) if each.what == "deleted"]
    assert {entry.details["reason"] for entry in entries} == {"the case keeps exhibits for 7 days"}
    assert {entry.who for entry in entries} == {"service"} and len(entries) == 2


def test_keeping_up_signs_once(room: Room) -> None:
    keep_up(room)
    kept = len(room.ledger.table.kept())
    keep_up(room)
    assert kept == len(room.ledger.table.kept()) == 1
    assert room.ledger.check().faults == ()


def test_what_was_made_of_an_exhibit_is_told_before_it_goes(room: Room) -> None:
    case = room.cases.all()[0].id
    told: list[tuple[str, str]] = []
    room.exhibits.followers.append(lambda connection, case, sha256: told.append((case, sha256)))
    sha256 = _receive(room, case, b"x")
    room.exhibits.release(sha256, None, by="test", reason="")
    assert told == [(case, sha256)]


def test_it_stops_between_two_exhibits(room: Room) -> None:
    week = room.cases.make("week", keep_days=7).id
    for number in range(3):
        _receive(room, week, b"%d" % number)
    later = datetime.now(UTC) + timedelta(days=8)
    asked = iter([False, True])
    assert retain(room, later, stop=lambda: next(asked)) == 1
    assert room.exhibits.used()[0] == 2
    # The next round goes on with the rest.
    assert retain(room, later) == 2
