"""A room that was lost is made again from a backup, on the same database or on the other one."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from assay.service.access import Role
from assay.service.database import Database
from assay.service.evidence.inspection import inspect
from assay.service.operation.backup import BackupDamaged, BackupUnfit, back_up, restore
from assay.service.room import Room
from assay.service.settings import Settings


def _receive(room: Room, data: bytes) -> str:
    with room.store.arrival() as arrival:
        arrival.write(data)
        case = room.cases.all()[0].id
        return room.exhibits.receive(arrival, case_id=case, name="ü", by="test")[0].sha256


@pytest.fixture(params=["sqlite", "postgresql"])
def elsewhere(request: pytest.FixtureRequest, tmp_path: Path) -> Settings:
    """Settings of another room that is not there yet."""
    url = None
    if request.param == "postgresql":
        server = request.getfixturevalue("postgresql")
        name = f"restored_{tmp_path.name.lower().replace('-', '_')[-40:]}"
        server.run(f"CREATE DATABASE {name}")
        request.addfinalizer(lambda: server.run(f"DROP DATABASE {name} WITH (FORCE)"))
        url = server.address(name)
    return Settings(home=tmp_path / "elsewhere", database=url, spare_bytes=0)


def test_a_room_comes_back(room: Room, elsewhere: Settings, tmp_path: Path) -> None:
    _, token = room.keys.make("a", [Role.SUBMIT], cases=[room.cases.all()[0].id])
    one, two = _receive(room, b"one"), _receive(room, b"two" * 100_000)
    saved = back_up(room, tmp_path / "backup")
    assert saved.blobs == 2 and saved.head == room.ledger.check().head
    restored = restore(elsewhere, tmp_path / "backup")
    assert (restored.rows, restored.blobs, restored.head) == (saved.rows, 2, saved.head)
    with Room.open(elsewhere) as again:
        found = inspect(again, head=saved.head)
        assert found.intact and found.exhibits == 2 and found.signed
        assert [each.sha256 for each in again.exhibits.page(None, rows=9)] == [two, one]
        assert again.keys.caller(token).roles == {Role.SUBMIT}
        assert again.keys.make_first() is None and again.cases.all() == room.cases.all()
        _receive(again, b"three")
        assert again.sign() is not None and inspect(again).intact


def test_a_second_backup_copies_what_is_new_and_forgets_what_was_deleted(room: Room, tmp_path: Path) -> None:
    one, two = _receive(room, b"one"), _receive(room, b"two")
    folder = tmp_path / "backup"
    back_up(room, folder)
    kept = folder / "store" / "evidence" / two[:2] / two
    number = kept.stat().st_ino
    room.exhibits.release(one, None, by="test", reason="")
    three = _receive(room, b"three")
    back_up(room, folder)
    found = {path.name for path in (folder / "store" / "evidence").glob("??/*")}
    assert found == {two, three} and kept.stat().st_ino == number
    other = Settings(home=tmp_path / "other", spare_bytes=0)
    restore(other, folder)
    with Room.open(other) as again:
        assert inspect(again).intact


Spoil = Callable[[Path], None]


def _table(folder: Path) -> None:
    path = folder / "tables" / "holding.jsonl"
    path.write_bytes(path.read_bytes().replace(b"test", b"TEST"))


def _blob(folder: Path) -> None:
    (path,) = (folder / "store" / "evidence").glob("??/*")
    path.chmod(0o600)
    path.write_bytes(b"One")


def _lost(folder: Path) -> None:
    next((folder / "store" / "evidence").glob("??/*")).unlink()


def _cut(folder: Path) -> None:
    (folder / "backup.json").unlink()


def _form(folder: Path) -> None:
    page = json.loads((folder / "backup.json").read_bytes())
    (folder / "backup.json").write_text(json.dumps(page | {"format": "other"}))


@pytest.mark.parametrize("spoil", [_table, _blob, _lost, _cut, _form])
def test_a_spoilt_backup_is_not_restored(tmp_path: Path, spoil: Spoil) -> None:
    with Room.open(Settings(home=tmp_path / "home", spare_bytes=0)) as room:
        _receive(room, b"one")
        back_up(room, tmp_path / "backup")
    spoil(tmp_path / "backup")
    other = Settings(home=tmp_path / "other", spare_bytes=0)
    with pytest.raises(BackupDamaged):
        restore(other, tmp_path / "backup")
    database = Database(other.database_url)
    database.close()
    with Room.open(other) as again:
        assert again.exhibits.used() == (0, 0) and again.keys.all() == []


def test_nothing_is_overwritten(tmp_path: Path) -> None:
    settings = Settings(home=tmp_path / "home", spare_bytes=0)
    with Room.open(settings) as room:
        _receive(room, b"one")
        (tmp_path / "mine").mkdir()
        (tmp_path / "mine" / "letter").touch()
        with pytest.raises(BackupUnfit):
            back_up(room, tmp_path / "mine")
        back_up(room, tmp_path / "backup")
    with pytest.raises(BackupUnfit):
        restore(settings, tmp_path / "backup")
