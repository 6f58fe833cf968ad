"""What the service counts."""

import pytest
from prometheus_client.parser import text_string_to_metric_families
from starlette.testclient import TestClient

from assay.service.operation.tallies import count
from assay.service.room import Room


def _read(client: TestClient) -> dict[tuple[str, tuple[tuple[str, str], ...]], float]:
    answer = client.get("/metrics")
    assert answer.status_code == 200 and answer.headers["content-type"].startswith(
        "text/plain; version=0.0.4"
    )
    return {
        (sample.name, tuple(sorted(sample.labels.items()))): sample.value
        for family in text_string_to_metric_families(answer.text)
        for sample in family.samples
    }


def test_requests_exhibits_and_scores_are_counted(admin: TestClient, room: Room) -> None:
    admin.post("/v1/evidence", content=b"hello")
    admin.get("/nowhere/secret-name")
    with room.database.writing() as connection:
        for score in (0.42, 0.42, 1.0):
            count(connection, "assay_score", [("clip-probe@0.3.0", score)])
    found = _read(admin)
    labels = (("method", "POST"), ("route", "/v1/evidence"), ("status", "201"))
    assert found["assay_requests_total", labels] == 1
    assert found["assay_requests_total", (("method", ""), ("route", ""), ("status", "404"))] == 1
    assert (found["assay_exhibits", ()], found["assay_exhibit_bytes", ()]) == (1, 5)
    assert found["assay_received_bytes_total", ()] == 5
    assert found["assay_custody_entries", ()] >= 3
    scores = {
        dict(name[1])["le"]: value
        for name, value in found.items()
        if name[0] == "assay_score_bucket" and ("artifact", "clip-probe@0.3.0") in name[1]
    }
    assert (scores["0.4"], scores["0.45"], scores["0.95"], scores["1.0"], scores["+Inf"]) == (0, 2, 2, 3, 3)
    assert not any("secret-name" in str(name) for name in found)


def test_readiness_is_that_of_database_and_store(
    client: TestClient, room: Room, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert client.get("/readyz").json() == {"status": "ok"}

    def unreachable() -> None:
        raise OSError

    monkeypatch.setattr(room.store, "check", unreachable)
    answer = client.get("/readyz")
    assert (answer.status_code, answer.json()["code"]) == (503, "not-ready")
    assert client.get("/healthz").status_code == 200
