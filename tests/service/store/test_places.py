"""The service on a store that is a bucket, and on a disk that is full."""

import hashlib
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from starlette.testclient import TestClient

from assay.service.app import create_app
from assay.service.evidence.inspection import inspect
from assay.service.room import Room
from assay.service.settings import Settings


def _client(room: Room) -> TestClient:
    client = TestClient(create_app(room), base_url="http://localhost")
    client.headers["authorization"] = f"Bearer {room.keys.make_first()}"
    return client


def test_evidence_in_a_bucket(bucket: str, tmp_path: Path) -> None:
    data = bytes(range(256)) * 50_000
    sha256 = hashlib.sha256(data).hexdigest()
    with (
        Room.open(Settings(home=tmp_path, store=bucket, spare_bytes=0, work=False)) as room,
        _client(room) as client,
    ):
        assert client.post("/v1/evidence", content=data).status_code == 201
        assert client.post("/v1/evidence", files={"file": ("a", data)}).status_code == 200
        assert [blob.sha256 for blob in room.store.blobs()] == [sha256]
        part = client.get(f"/v1/evidence/{sha256}/content", headers={"range": "bytes=1000-1999"})
        assert part.status_code == 206 and part.content == data[1000:2000]
        assert inspect(room).intact and client.get("/readyz").status_code == 200
        assert client.delete(f"/v1/evidence/{sha256}", params={"reason": "done"}).status_code == 204
        assert list(room.store.blobs()) == [] and not list((tmp_path / "incoming" / "evidence").iterdir())


def test_a_bucket_that_is_gone(bucket: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_ENDPOINT_URL", "http://127.0.0.1:9")
    monkeypatch.setenv("AWS_MAX_RETRIES", "0")
    place = bucket.replace("s3://", "s3://no-")
    with (
        Room.open(Settings(home=tmp_path, store=place, spare_bytes=0, work=False)) as room,
        _client(room) as client,
    ):
        assert client.get("/readyz").status_code == 503
        answer = client.post("/v1/evidence", content=b"x")
        assert (answer.status_code, answer.json()["code"]) == (503, "store-unreachable")
        assert room.exhibits.used() == (0, 0) and client.get("/healthz").status_code == 200


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A disk of four megabytes."""
    place = tmp_path / "disk"
    place.mkdir()
    mount = shutil.which("mount")
    command = [mount or "mount", "-t", "tmpfs", "-o", "size=4m", "tmpfs", str(place)]
    if mount is None or subprocess.run(command, capture_output=True).returncode:
        pytest.skip("no disk can be mounted here")
    yield place
    subprocess.run(["umount", str(place)], check=True)


def test_a_disk_that_is_full(small_disk: Path, tmp_path: Path) -> None:
    given = Settings(home=tmp_path / "home", store=str(small_disk), spare_bytes=0, work=False)
    with Room.open(given) as room, _client(room) as client:
        assert client.post("/v1/evidence", content=b"x" * 2_000_000).status_code == 201

        def streamed() -> Iterator[bytes]:
            for _ in range(5):
                yield b"y" * 1_000_000

        for body in (b"y" * 5_000_000, streamed()):
            full = client.post("/v1/evidence", content=body)
            assert (full.status_code, full.json()["code"]) == (507, "store-full")
        assert not list((small_disk / "evidence" / "incoming").iterdir())
        assert client.post("/v1/evidence", content=b"z" * 1_000_000).status_code == 201
        assert inspect(room).intact and room.exhibits.used() == (2, 3_000_000)
