"""Stores to test: a folder, and a bucket of a local server that speaks S3."""

import logging
import urllib.request
import uuid
from collections.abc import Iterator
from pathlib import Path

import pytest

from assay.service.settings import Settings
from assay.service.store import Store, open_store


@pytest.fixture(scope="session")
def s3_server() -> Iterator[str]:
    """Address of a server that speaks S3."""
    server = pytest.importorskip("moto.server", reason="moto is not installed")
    pytest.importorskip("obstore", reason="the extra s3 is not installed")
    logging.getLogger("werkzeug").setLevel(logging.ERROR)
    running = server.ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    running.start()
    host, port = running.get_host_and_port()
    yield f"http://{host}:{port}"
    running.stop()


@pytest.fixture
def bucket(s3_server: str, monkeypatch: pytest.MonkeyPatch) -> str:
    """Address of an empty bucket, with the variables that lead to it."""
    variables = {
        "AWS_ENDPOINT_URL": s3_server,
        "AWS_ALLOW_HTTP": "true",
        "AWS_ACCESS_KEY_ID": "test",
        "AWS_SECRET_ACCESS_KEY": "test",
        "AWS_REGION": "us-east-1",
    }
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    name = f"room-{uuid.uuid4().hex}"
    urllib.request.urlopen(urllib.request.Request(f"{s3_server}/{name}", method="PUT"), timeout=20).close()
    return f"s3://{name}/some/prefix"


@pytest.fixture(params=["folder", "bucket"])
def store_settings(request: pytest.FixtureRequest, tmp_path: Path) -> Settings:
    """Settings that name an empty store."""
    place = None if request.param == "folder" else request.getfixturevalue("bucket")
    return Settings(home=tmp_path / "home", store=place, spare_bytes=0)


@pytest.fixture
def store(store_settings: Settings) -> Store:
    """An empty store."""
    return open_store(store_settings, "evidence")
