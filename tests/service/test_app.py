"""The HTTP face, through the application itself."""

import json
from collections.abc import Iterator
from pathlib import Path

import jsonschema
import pytest
from starlette.testclient import TestClient

from assay.demo.logs import write_logs
from assay.demo.media import write_media
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


@pytest.fixture(scope="module")
def evidence(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("evidence")
    write_media(folder / "media")
    write_logs(folder / "logs")
    return folder


def _schema(repository: Path, name: str) -> dict[str, object]:
    return json.loads((repository / "docs" / "schema" / name).read_text())


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


def test_a_picture_gets_a_verdict_however_it_is_sent(
    client: TestClient, evidence: Path, repository: Path
) -> None:
    photo = (evidence / "media" / "temple.jpg").read_bytes()
    sent = client.post("/v1/detect", files={"file": ("holiday.jpg", photo)})
    assert sent.status_code == 200
    verdict = sent.json()
    jsonschema.validate(verdict, _schema(repository, "verdict.json"))
    assert verdict["path"] == "holiday.jpg" and verdict["outcome"] in (
        "consistent",
        "inconsistent",
        "inconclusive",
    )
    raw = client.post("/v1/detect", content=photo).json()
    assert raw["path"] == "upload"
    assert {**raw, "path": None, "seconds": 0} == {**verdict, "path": None, "seconds": 0}


def test_a_bad_picture_is_an_answer_not_an_error(client: TestClient, repository: Path) -> None:
    sent = client.post("/v1/detect", files={"file": ("../../etc/passwd", b"root:x:0:0")})
    assert sent.status_code == 200 and sent.json()["outcome"] == "failed"
    jsonschema.validate(sent.json(), _schema(repository, "verdict.json"))


def test_logs_get_incidents(client: TestClient, evidence: Path, repository: Path) -> None:
    lines = (evidence / "logs" / "night" / "windows.jsonl").read_bytes()
    sent = client.post("/v1/triage", params={"budget": 3}, content=lines)
    assert sent.status_code == 200
    answer = sent.json()
    assert 1 <= len(answer["incidents"]) <= 3 and answer["records"] == len(lines.splitlines())
    for incident in answer["incidents"]:
        jsonschema.validate(incident, _schema(repository, "incident.json"))
        assert {record["source"] for record in incident["records"]} == {"upload"}
    assert [source["source"] for source in answer["sources"]] == ["upload"]


def _problem(response, status: int, code: str) -> str:  # type: ignore[no-untyped-def]
    assert response.status_code == status
    assert response.headers["content-type"] == "application/problem+json"
    page = response.json()
    assert page["status"] == status and page["code"] == code and page["type"] == f"urn:assay:error:{code}"
    return page["detail"]


def test_a_form_must_hold_one_file(client: TestClient) -> None:
    two = [("file", ("a", b"1")), ("file", ("b", b"2"))]
    _problem(client.post("/v1/detect", files=two), 400, "bad-request")
    none = {"content-type": "multipart/form-data; boundary=x"}
    text = b'--x\r\nContent-Disposition: form-data; name="file"\r\n\r\nno file\r\n--x--\r\n'
    assert "no file" in _problem(client.post("/v1/detect", content=text, headers=none), 400, "bad-request")
    _problem(client.post("/v1/detect", content=b"--y", headers=none), 400, "bad-request")


def test_errors_of_assay_keep_their_code(client: TestClient) -> None:
    detail = _problem(
        client.post("/v1/triage", params={"baseline": "nowhere"}, content=b"{}\n"), 422, "registry-unknown"
    )
    assert "nowhere" in detail
    _problem(client.post("/v1/triage", params={"budget": 0}, content=b"{}\n"), 422, "invalid-request")
    _problem(client.get("/nothing"), 404, "not-found")
    _problem(client.get("/v1/detect"), 405, "method-not-allowed")


def test_a_baseline_is_a_name_and_never_a_path(client: TestClient, tmp_path: Path) -> None:
    place = {"baseline": str(tmp_path)}
    _problem(client.post("/v1/triage", params=place, content=b"{}\n"), 422, "registry-unknown")


@pytest.mark.parametrize(
    "host", ["evil.example", "localhost.evil.example", "127.0.0.1.evil.example:8000", ""]
)
def test_only_this_machine_by_its_own_names(client: TestClient, host: str) -> None:
    _problem(client.get("/healthz", headers={"host": host}), 421, "misdirected-request")


@pytest.mark.parametrize("host", ["localhost", "127.0.0.1:8000", "[::1]:8000", "LOCALHOST:1"])
def test_the_names_of_this_machine_are_answered(client: TestClient, host: str) -> None:
    assert client.get("/healthz", headers={"host": host}).status_code == 200


def test_nothing_of_an_upload_is_left(
    client: TestClient, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    client.post("/v1/detect", content=b"not a picture")
    client.post("/v1/triage", content=b'{"EventID": 1}\n')
    assert list(tmp_path.iterdir()) == []
