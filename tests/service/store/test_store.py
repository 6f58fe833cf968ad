"""What holds for every store."""

import errno
import hashlib
import os
import threading
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from assay.service.refusals import StoreFull
from assay.service.settings import Settings, SettingsInvalid
from assay.service.store import Blob, BlobMissing, Store, open_store
from assay.service.store.folder import FolderStore

HELLO = hashlib.sha256(b"hello").hexdigest()
LARGE = os.urandom(1 << 20) * 9


def _incoming(settings: Settings) -> list[Path]:
    folders = [settings.home / "store" / "evidence" / "incoming", settings.home / "incoming" / "evidence"]
    return [path for folder in folders if folder.is_dir() for path in folder.iterdir()]


def test_nothing_is_visible_before_it_is_kept(store: Store, store_settings: Settings) -> None:
    with store.arrival() as arrival:
        arrival.write(b"hel")
        arrival.write(b"lo")
        assert arrival.sha256 == HELLO and store.size(HELLO) is None and list(store.blobs()) == []
        assert arrival.keep() == Blob(HELLO, 5)
        assert store.size(HELLO) == 5
    assert list(store.blobs()) == [Blob(HELLO, 5)] and _incoming(store_settings) == []


def test_what_is_not_kept_is_gone(store: Store, store_settings: Settings) -> None:
    with pytest.raises(RuntimeError), store.arrival() as arrival:
        arrival.write(b"hello")
        raise RuntimeError
    assert list(store.blobs()) == [] and _incoming(store_settings) == []


@pytest.mark.parametrize("data", [b"", b"hello", LARGE], ids=["empty", "small", "large"])
def test_bytes_come_back(store: Store, data: bytes) -> None:
    sha256 = store.put(data).sha256
    assert sha256 == hashlib.sha256(data).hexdigest()
    assert b"".join(store.chunks(sha256)) == data
    for start, end in ((0, 3), (1, len(data)), (3, 3), (len(data) // 2, len(data) // 2 + 5)):
        if start < len(data):
            assert b"".join(store.chunks(sha256, start, end)) == data[start:end]
    with store.local(sha256) as path:
        assert path.read_bytes() == data


def test_what_is_there_is_left(store: Store) -> None:
    store.put(b"hello")
    assert store.put(b"hello") == Blob(HELLO, 5)
    assert list(store.blobs()) == [Blob(HELLO, 5)]


def test_what_is_removed_may_come_back_from_the_same_arrival(store: Store) -> None:
    with store.arrival() as arrival:
        arrival.write(b"hello")
        arrival.keep()
        store.remove(HELLO)
        store.remove(HELLO)
        assert store.size(HELLO) is None
        with pytest.raises(BlobMissing):
            list(store.chunks(HELLO))
        with pytest.raises(BlobMissing), store.local(HELLO):
            pass
        arrival.keep()
    assert b"".join(store.chunks(HELLO)) == b"hello"


@pytest.mark.parametrize("name", ["", "..", "a" * 63, "A" * 64, "../" + "a" * 61, "a" * 65])
def test_only_hashes_are_names(store: Store, name: str) -> None:
    with pytest.raises(ValueError, match="64 hexadecimal"):
        store.size(name)


def test_many_put_the_same(store: Store, store_settings: Settings) -> None:
    failures: list[BaseException] = []

    def put() -> None:
        try:
            store.put(b"hello")
        except BaseException as error:
            failures.append(error)

    threads = [threading.Thread(target=put) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failures == [] and list(store.blobs()) == [Blob(HELLO, 5)] and _incoming(store_settings) == []


@settings(max_examples=30, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.binary(max_size=300), max_size=8))
def test_pieces_are_one_content(tmp_path: Path, pieces: list[bytes]) -> None:
    store = FolderStore(tmp_path / "store")
    with store.arrival() as arrival:
        for piece in pieces:
            arrival.write(piece)
        blob = arrival.keep()
    assert b"".join(store.chunks(blob.sha256)) == b"".join(pieces)
    store.remove(blob.sha256)


def test_a_sweep_takes_what_died_and_leaves_what_lives(store: Store, store_settings: Settings) -> None:
    store.put(b"x")
    with store.arrival() as arrival:
        arrival.write(b"hello")
        (living,) = _incoming(store_settings)
        dead = living.with_name("dead")
        dead.write_bytes(b"hel")
        assert store.sweep() == 1 and not dead.exists() and living.exists()
        arrival.keep()
    assert store.sweep() == 0


def test_a_full_disk_leaves_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    store = FolderStore(tmp_path / "store")
    real = os.write
    for failing in ("write", "fsync", "link"):

        def full(*given: object, name: str = failing) -> int:
            if name == "write":
                real(given[0], bytes(given[1])[:1])  # type: ignore[arg-type, call-overload]
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

        with monkeypatch.context() as patch, pytest.raises(StoreFull), store.arrival() as arrival:
            patch.setattr(
                f"assay.service.store.{'folder' if failing == 'link' else 'arrival'}.os.{failing}", full
            )
            arrival.write(b"hello")
            arrival.keep()
        assert list(store.blobs()) == [] and list((tmp_path / "store" / "incoming").iterdir()) == []


def test_spare_bytes_are_left_free(tmp_path: Path) -> None:
    store = FolderStore(tmp_path / "store", spare=1 << 60)
    with pytest.raises(StoreFull), store.arrival() as arrival:
        arrival.write(b"x")
    assert list(store.blobs()) == []


def test_files_of_a_folder_are_read_only(tmp_path: Path) -> None:
    store = FolderStore(tmp_path / "store")
    path = store.path(store.put(b"hello").sha256)
    assert path.stat().st_mode & 0o777 == 0o400


@pytest.mark.parametrize("place", ["ftp://somewhere", "gs://bucket", "file:///x"])
def test_places_that_are_none(tmp_path: Path, place: str) -> None:
    with pytest.raises(SettingsInvalid, match="ASSAY_STORE"):
        open_store(Settings(home=tmp_path, store=place), "evidence")
