"""Keys: shown once, kept as hashes, revocable, expiring; and how often they may ask."""

from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import text
from starlette.testclient import TestClient

from assay.service.access import Role
from assay.service.access.keys import KeyUnfit
from assay.service.access.rates import Rates
from assay.service.app import create_app
from assay.service.database.tables import METADATA
from assay.service.refusals import Conflicting, NotHere, RateExceeded, Unidentified
from assay.service.room import Room
from assay.service.settings import Settings


def test_only_a_hash_is_kept(room: Room) -> None:
    token = room.keys.make_first()
    assert token is not None and room.keys.make_first() is None
    secret = token.split("_", 2)[2]
    with room.database.reading() as connection:
        for table in METADATA.tables:
            assert secret not in str(connection.execute(text(f"SELECT * FROM {table}")).all())
            for row in connection.execute(text(f"SELECT * FROM {table}")):
                assert not any(isinstance(value, bytes) and secret.encode() in value for value in row)
    assert room.keys.caller(token).roles == {Role.ADMIN}


def test_a_key_ends(room: Room) -> None:
    now = datetime.now(UTC)
    _, token = room.keys.make("a", [Role.ANALYSE], cases=None, expires=now + timedelta(hours=1))
    assert room.keys.caller(token).cases is None
    _, old = room.keys.make("b", [Role.ANALYSE], cases=None, expires=now - timedelta(seconds=1))
    with pytest.raises(Unidentified):
        room.keys.caller(old)
    key, token = room.keys.make("c", [Role.ANALYSE], cases=None)
    room.keys.revoke(key.id)
    with pytest.raises(Unidentified):
        room.keys.caller(token)
    room.keys.revoke(key.id)
    with pytest.raises(NotHere):
        room.keys.revoke("0" * 16)


def test_the_last_admin_stays(room: Room) -> None:
    first, _ = room.keys.make("a", [Role.ADMIN], cases=None)
    with pytest.raises(Conflicting):
        room.keys.revoke(first.id)
    room.keys.make("b", [Role.ADMIN], cases=None)
    room.keys.revoke(first.id)


def test_keys_that_cannot_be_made(room: Room) -> None:
    case = room.cases.all()[0].id
    for roles, cases in (([], None), ([Role.ADMIN], [case]), ([Role.SUBMIT], [])):
        with pytest.raises(KeyUnfit):
            room.keys.make("x", roles, cases=cases)
    with pytest.raises(NotHere):
        room.keys.make("x", [Role.SUBMIT], cases=["nowhere"])
    assert room.keys.all() == []


@pytest.mark.parametrize(
    "given",
    [
        "",
        "ak_",
        "ak_0123456789abcdef_" + "x" * 43,
        "ak_x_y",
        "Bearer",
        "ak_0123456789ABCDEF_" + "x" * 43,
        "é",
    ],
)
def test_what_is_no_key(room: Room, given: str) -> None:
    with pytest.raises(Unidentified):
        room.keys.caller(given)


def test_keys_over_http(admin: TestClient, room: Room) -> None:
    case = admin.get("/v1/cases").json()["cases"][0]["id"]
    made = admin.post("/v1/keys", json={"name": "camera", "roles": ["submit"], "cases": [case]})
    assert made.status_code == 201
    token, key = made.json()["token"], made.json()["key"]
    mine = {"authorization": f"Bearer {token}"}
    assert admin.get("/v1/keys/self", headers=mine).json() == {
        "id": key["id"],
        "name": "camera",
        "roles": ["submit"],
        "cases": [case],
    }
    assert admin.post("/v1/evidence", content=b"x", headers=mine).status_code == 201
    assert token not in admin.get("/v1/keys").text
    assert admin.delete(f"/v1/keys/{key['id']}").status_code == 204
    assert admin.get("/v1/keys/self", headers=mine).status_code == 401
    entries = admin.get("/v1/custody").json()["entries"]
    # The service signs the log when it starts, at a moment of its own.
    words = [entry["what"] for entry in entries if entry["what"] != "checkpoint"]
    assert words == ["case-opened", "key-made", "key-made", "received", "key-revoked"]


def test_who_asks_too_often_is_told_when_to_come_again(tmp_path) -> None:  # type: ignore[no-untyped-def]
    settings = Settings(home=tmp_path, rate_per_minute=5, refused_per_minute=3)
    with Room.open(settings) as room, TestClient(create_app(room), base_url="http://localhost") as client:
        key = {"authorization": f"Bearer {room.keys.make_first()}"}
        answers = [client.get("/v1/cases", headers=key) for _ in range(6)]
        assert [answer.status_code for answer in answers] == [200] * 5 + [429]
        assert 1 <= int(answers[-1].headers["retry-after"]) <= 12
        assert answers[-1].json()["code"] == "rate-exceeded"
        wrong = [client.get("/v1/cases").status_code for _ in range(4)]
        assert wrong == [401] * 3 + [429]
        assert client.get("/healthz").status_code == 200


def test_a_bucket_fills_again(monkeypatch: pytest.MonkeyPatch) -> None:
    now = [0.0]
    monkeypatch.setattr("assay.service.access.rates.time.monotonic", lambda: now[0])
    rates = Rates(60)
    for _ in range(60):
        rates.take("a")
    with pytest.raises(RateExceeded) as refused:
        rates.take("a")
    assert refused.value.headers == {"Retry-After": "1"}
    rates.take("b")
    now[0] = 2.0
    rates.take("a")
    rates.take("a")
    with pytest.raises(RateExceeded):
        rates.take("a")
