"""``assay room`` and the inspection of its store."""

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from assay.service.room import Room
from assay.service.settings import Settings

Assay = Callable[..., Any]


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("ASSAY_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("ASSAY_SPARE_BYTES", "0")
    return tmp_path / "home"


def _receive(data: bytes) -> str:
    with Room.open(Settings.read()) as room, room.store.arrival() as arrival:
        arrival.write(data)
        case = room.cases.all()[0].id
        return room.exhibits.receive(arrival, case_id=case, name="x", by="test")[0].sha256


def test_keys_are_made_listed_and_revoked(assay: Assay, home: Path) -> None:
    made = assay("room", "key", "new", "--roles", "submit,analyse", "--name", "lab \x1b[31m")
    assert made.code == 0 and re.fullmatch(r"ak_[0-9a-f]{16}_[\w-]{43}\n", made.out)
    (key,) = assay("room", "key", "list", "--json").lines
    assert key["roles"] == ["analyse", "submit"] and key["cases"] is None and key["revoked"] is None
    assert "\x1b" not in assay("room", "key", "list").out
    assert assay("room", "key", "revoke", key["id"]).code == 0
    assert "revoked" in assay("room", "key", "list").out
    assert home.stat().st_mode & 0o777 == 0o700


@pytest.mark.parametrize(
    ("given", "code"),
    [
        (("--roles", "king"), 2),
        (("--roles", "submit", "--case", "nowhere"), 2),
        (("--roles", "submit", "--expires", "soon"), 2),
        (("--roles", "admin", "--case", "x"), 2),
    ],
)
def test_keys_that_cannot_be_made(assay: Assay, home: Path, given: tuple[str, ...], code: int) -> None:
    assert assay("room", "key", "new", *given).code == code
    assert assay("room", "key", "list").out == ""


def test_a_backup_is_restored_and_inspected(
    assay: Assay, home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    sha256 = _receive(b"hello")
    saved = assay("room", "backup", tmp_path / "backup")
    head = re.search(r"head of the custody log ([0-9a-f]{64})", saved.out)
    assert saved.code == 0 and head is not None and "files: 1 of 5 bytes" in saved.out
    again = assay("room", "restore", tmp_path / "backup")
    assert again.code == 2 and "[backup-unfit]" in again.err
    monkeypatch.setenv("ASSAY_HOME", str(tmp_path / "again"))
    assert assay("room", "restore", tmp_path / "backup").code == 0
    checked = assay("evidence", "verify", "--head", head[1])
    assert checked.code == 0 and checked.out.startswith("intact: ")
    place = tmp_path / "again" / "store" / "evidence" / sha256[:2] / sha256
    place.chmod(0o600)
    place.write_bytes(b"hellO")
    (found,) = assay("evidence", "verify", "--json").lines
    assert found["intact"] is False and [each["code"] for each in found["faults"]] == ["blob-damaged"]
    shown = assay("evidence", "verify")
    assert shown.code == 1 and f"{sha256}: " in shown.out.replace("\n", "")


def test_signers_are_those_of_a_folder(assay: Assay, home: Path) -> None:
    assert assay("evidence", "verify", "--key", "ab" * 32).code == 2


def test_settings_that_cannot_be(assay: Assay, home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ASSAY_DATABASE", "mysql://x")
    refused = assay("room", "key", "list")
    assert refused.code == 2 and "ASSAY_DATABASE" in refused.err and "[settings-invalid]" in refused.err
