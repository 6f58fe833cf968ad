"""The HTTP face, through the application itself."""

from collections.abc import Iterator

import pytest
from starlette.testclient import TestClient

from assay.service.app import create_app
from assay.service.room import Room
from assay.service.settings import Settings


@pytest.fixture(scope="module")
def client(tmp_path_factory: pytest.TempPathFactory) -> Iterator[TestClient]:
    settings = Settings(home=tmp_path_factory.mktemp("room"), device="cpu", spare_bytes=0)
    with Room.open(settings) as room:
        key = room.keys.make_first()
        with TestClient(create_app(room), base_url="http://localhost:8000") as client:
            client.headers["authorization"] = f"Bearer {key}"
            yield client


def test_health(client: TestClient) -> None:
    assert client.get("/healthz").json() == {"status": "ok"}


def test_no_page_needs_a_network(client: TestClient) -> None:
    assert client.get("/openapi.json").json()["info"]["title"] == "Assay"
    for path in ("/docs", "/redoc"):
        _problem(client.get(path), 404, "not-found")


def test_the_shipped_artifact_is_listed(client: TestClient) -> None:
    listed = client.get("/v1/artifacts").json()
    assert "synthetic-image" in [entry["task"] for entry in listed]
    assert all(entry["problem"] is None and len(entry["sha256"]) == 64 for entry in listed)


def _problem(response, status: int, code: str) -> str:  # type: ignore[no-untyped-def]
    assert response.status_code == status
    assert response.headers["content-type"] == "application/problem+json"
    page = response.json()
    assert page["status"] == status and page["code"] == code and page["type"] == f"urn:assay:error:{code}"
    return page["detail"]


def test_errors_of_assay_keep_their_code(client: TestClient) -> None:
    detail = _problem(
        client.post("/v1/triage", params={"baseline": "nowhere"}, content=b"{}\n"), 404, "nothing-here"
    )
    assert "nowhere" in detail
    _problem(client.post("/v1/triage", params={"budget": 0}, content=b"{}\n"), 422, "invalid-request")
    _problem(client.get("/nothing"), 404, "not-found")
    _problem(client.get("/v1/detect"), 404, "not-found")
    _problem(client.put("/v1/evidence"), 405, "method-not-allowed")


@pytest.mark.parametrize(
    "host", ["evil.example", "localhost.evil.example", "127.0.0.1.evil.example:8000", ""]
)
def test_only_this_machine_by_its_own_names(client: TestClient, host: str) -> None:
    _problem(client.get("/healthz", headers={"host": host}), 421, "misdirected-request")


@pytest.mark.parametrize("host", ["localhost", "127.0.0.1:8000", "[::1]:8000", "LOCALHOST:1"])
def test_the_names_of_this_machine_are_answered(client: TestClient, host: str) -> None:
    assert client.get("/healthz", headers={"host": host}).status_code == 200
