"""Exhibits over HTTP: in, looked up, read back, gone."""

import base64
import hashlib
from collections.abc import Iterator

import pytest
from starlette.testclient import TestClient

from assay.service.room import Room

PHOTO = b"\xff\xd8\xff not much of a photo"
SHA = hashlib.sha256(PHOTO).hexdigest()


def test_an_exhibit_comes_in_and_out(admin: TestClient, room: Room) -> None:
    sent = admin.post("/v1/evidence", files={"file": ("../../holiday.jpg", PHOTO)})
    assert sent.status_code == 201 and sent.headers["location"] == f"/v1/evidence/{SHA}"
    assert (sent.json()["sha256"], sent.json()["size"], sent.json()["name"]) == (
        SHA,
        len(PHOTO),
        "holiday.jpg",
    )
    page = admin.get(f"/v1/evidence/{SHA}").json()
    assert page["held"] == [sent.json()]
    assert [entry["what"] for entry in page["custody"]] == ["received", "read"]
    assert admin.head(f"/v1/evidence/{SHA}").headers["x-assay-size"] == str(len(PHOTO))
    assert admin.get(f"/v1/evidence/{SHA}/content").content == PHOTO
    assert not room.ledger.check().faults


def test_the_same_content_is_not_stored_twice(admin: TestClient, room: Room) -> None:
    other = admin.post("/v1/cases", json={"name": "other"}).json()["id"]
    first = admin.get("/v1/cases").json()["cases"][0]["id"]
    assert admin.post("/v1/evidence", content=PHOTO).json()["code"] == "case-needed"
    answers = [
        admin.post("/v1/evidence", content=PHOTO, params={"case": case, "name": name}).status_code
        for case, name in ((first, "a"), (first, "b"), (other, "c"))
    ]
    assert answers == [201, 200, 201]
    assert [blob.sha256 for blob in room.store.blobs()] == [SHA]
    held = admin.get(f"/v1/evidence/{SHA}").json()["held"]
    assert [(each["case"], each["name"]) for each in held] == [(first, "a"), (other, "c")]
    assert room.exhibits.used() == (1, len(PHOTO))


def test_content_goes_with_the_last_case_and_leaves_a_tombstone(admin: TestClient, room: Room) -> None:
    first = admin.get("/v1/cases").json()["cases"][0]["id"]
    other = admin.post("/v1/cases", json={"name": "other"}).json()["id"]
    for case in (first, other):
        admin.post("/v1/evidence", content=PHOTO, params={"case": case})
    assert admin.delete(f"/v1/evidence/{SHA}", params={"case": first, "reason": "a slip"}).status_code == 204
    assert room.store.size(SHA) == len(PHOTO)
    assert admin.delete(f"/v1/evidence/{SHA}").status_code == 204
    assert room.store.size(SHA) is None and admin.get(f"/v1/evidence/{SHA}").status_code == 404
    log = admin.get("/v1/custody", params={"exhibit": SHA}).json()["entries"]
    deleted = [entry["details"] for entry in log if entry["what"] == "deleted"]
    assert [(each["case"], each["reason"], each["content"]) for each in deleted] == [
        (first, "a slip", "kept for other cases"),
        (other, "", "removed"),
    ]
    assert admin.post("/v1/evidence", content=PHOTO, params={"case": other}).status_code == 201
    assert room.store.size(SHA) == len(PHOTO)


def test_a_case_goes_with_everything_in_it(admin: TestClient, room: Room) -> None:
    case = admin.post("/v1/cases", json={"name": "harbour"}).json()["id"]
    for number in range(3):
        admin.post("/v1/evidence", content=PHOTO + bytes([number]), params={"case": case})
    assert admin.get(f"/v1/cases/{case}").json()["exhibits"] == 3
    assert admin.delete(f"/v1/cases/{case}").status_code == 204
    assert admin.get(f"/v1/cases/{case}").status_code == 404
    assert list(room.store.blobs()) == []


def _digest(data: bytes) -> dict[str, str]:
    return {"repr-digest": f"sha-256=:{base64.b64encode(hashlib.sha256(data).digest()).decode()}:"}


def test_a_declared_hash_is_held_to(admin: TestClient, room: Room) -> None:
    assert admin.post("/v1/evidence", content=PHOTO, headers=_digest(PHOTO)).status_code == 201
    refused = admin.post("/v1/evidence", content=PHOTO[:-1], headers=_digest(PHOTO))
    assert (refused.status_code, refused.json()["code"]) == (422, "upload-differs")
    assert [blob.sha256 for blob in room.store.blobs()] == [SHA]
    unfit = admin.post("/v1/evidence", content=PHOTO, headers={"repr-digest": "md5=:AAAA:"})
    assert (unfit.status_code, unfit.json()["code"]) == (400, "digest-unfit")


@pytest.mark.parametrize(
    ("asked", "status", "bytes_"),
    [
        ("bytes=0-3", 206, PHOTO[:4]),
        ("bytes=3-", 206, PHOTO[3:]),
        ("bytes=-5", 206, PHOTO[-5:]),
        ("bytes=0-999999", 206, PHOTO),
        ("bytes=4-2", 416, None),
        ("bytes=99999-", 416, None),
        ("bytes=0-1,4-5", 200, PHOTO),
        ("lines=1-2", 200, PHOTO),
    ],
)
def test_ranges(client_with_photo: TestClient, asked: str, status: int, bytes_: bytes | None) -> None:
    got = client_with_photo.get(f"/v1/evidence/{SHA}/content", headers={"range": asked})
    assert got.status_code == status
    if bytes_ is not None:
        assert got.content == bytes_


@pytest.fixture
def client_with_photo(admin: TestClient) -> TestClient:
    admin.post("/v1/evidence", content=PHOTO)
    return admin


def test_lists_go_on_where_they_stopped(admin: TestClient) -> None:
    sent = [admin.post("/v1/evidence", content=bytes([n]), params={"name": f"n{n}"}).json() for n in range(7)]
    got, after = [], None
    while True:
        params = {"rows": 3} | ({} if after is None else {"after": after})
        page = admin.get("/v1/evidence", params=params).json()
        got += page["exhibits"]
        if (after := page["next"]) is None:
            break
    assert [each["sha256"] for each in got] == [each["sha256"] for each in reversed(sent)]
    assert [each["name"] for each in admin.get("/v1/evidence", params={"name": "N3"}).json()["exhibits"]] == [
        "n3"
    ]
    begun = admin.get("/v1/evidence", params={"sha256": sent[4]["sha256"][:9]}).json()["exhibits"]
    assert [each["name"] for each in begun] == ["n4"]
    for name in ("%", "_"):
        assert admin.get("/v1/evidence", params={"name": name}).json()["exhibits"] == []
    assert admin.get("/v1/evidence", params={"after": "x"}).status_code == 422


def test_quotas_are_kept(admin: TestClient, room: Room) -> None:
    case = admin.post("/v1/cases", json={"name": "small", "quota_bytes": 10}).json()["id"]
    assert admin.post("/v1/evidence", content=b"123456", params={"case": case}).status_code == 201

    def streamed() -> Iterator[bytes]:
        yield b"12345"

    for body in (b"12345", streamed()):
        full = admin.post("/v1/evidence", content=body, params={"case": case})
        assert (full.status_code, full.json()["code"]) == (507, "store-full")
    assert len(list(room.store.blobs())) == 1
    assert admin.post("/v1/evidence", content=b"123456", params={"case": case}).status_code == 200
    page = admin.get("/v1/quotas").json()
    assert [(each["quota_bytes"], each["bytes"]) for each in page["cases"]] == [(None, 0), (10, 6)]
    assert admin.patch(f"/v1/cases/{case}", json={"quota_bytes": None}).json()["quota_bytes"] is None
    assert admin.post("/v1/evidence", content=b"12345", params={"case": case}).status_code == 201
