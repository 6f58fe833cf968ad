"""In and out, and what a request must show that changes something."""

from typing import Any

import pytest
from starlette.testclient import TestClient

from assay.service.access.matrix import MATRIX
from assay.service.access.sessions import COOKIE
from assay.service.database.tables import page_session
from assay.service.room import Room
from assay.triage.feedback import Remembered
from assay.triage.ranking.identity import Kind

from .conftest import BASE, OWN, Browser


def test_nobody_is_sent_to_the_door_and_back(app: TestClient, room: Room) -> None:
    _, key = room.keys.make("k", ["admin"], cases=None)
    sent = app.get("/cases?after=x")
    assert (sent.status_code, sent.headers["location"]) == (303, "/sign-in?next=%2Fcases%3Fafter%3Dx")
    assert app.get(sent.headers["location"]).status_code == 200
    inside = Browser(app).sign_in(key, "/cases")
    assert (inside.status_code, inside.headers["location"]) == (303, "/cases")
    cookie = inside.headers["set-cookie"]
    assert "HttpOnly" in cookie and "SameSite=strict" in cookie
    assert app.get("/cases").status_code == 200


def test_the_cookie_is_not_kept(app: TestClient, room: Room, signed: Any) -> None:
    browser = signed("admin")
    token = browser.client.cookies[COOKIE]
    with room.database.reading() as connection:
        rows = [tuple(row) for row in connection.execute(page_session.select())]
    assert len(rows) == 1 and token not in str(rows)


def test_a_wrong_key_stays_outside(app: TestClient, room: Room) -> None:
    answer = Browser(app).sign_in("ak_" + "0" * 16 + "_" + "x" * 43)
    assert answer.status_code == 401 and "set-cookie" not in answer.headers
    assert 'role="alert"' in answer.text


@pytest.mark.parametrize(
    "next", ["//evil.example", "/\\evil.example", "https://evil.example", "/a\r\nb: c", ""]
)
def test_the_door_leads_nowhere_else(next: str, app: TestClient, room: Room) -> None:
    _, key = room.keys.make("k", ["admin"], cases=None)
    assert Browser(app).sign_in(key, next).headers["location"] == "/"


def test_a_page_never_leads_elsewhere_for_a_preference(app: TestClient) -> None:
    answer = app.get("//evil.example/?lang=en")
    assert not answer.headers.get("location", "/").startswith("//")


def test_a_session_ends_with_its_key(room: Room, signed: Any) -> None:
    room.keys.make("another", ["admin"], cases=None)
    browser = signed("analyse")
    key = next(each for each in room.keys.all() if each.name == "the-analyse")
    assert browser.see("/").status_code == 200
    room.keys.revoke(key.id)
    assert browser.see("/").headers["location"] == "/sign-in"


def test_a_session_ends_at_its_time(room: Room, signed: Any) -> None:
    browser = signed("analyse")
    with room.database.writing() as connection:
        connection.execute(page_session.update().values(expires="2020-01-01T00:00:00.000000Z"))
    assert browser.see("/").status_code == 303


def test_signing_out_ends_it(app: TestClient, signed: Any) -> None:
    browser = signed("analyse")
    token = app.cookies[COOKIE]
    assert browser.fill("/sign-out").headers["location"] == "/sign-in"
    app.cookies.set(COOKIE, token)
    assert browser.see("/").status_code == 303


POSTS = sorted(
    row.path
    for row in MATRIX
    if row.method == "POST" and not row.path.startswith("/v1/") and row.path != "/sign-in"
)


def _done(browser: Any) -> list[str]:
    """What people did, by the custody log; the service signs its head whenever it comes to it."""
    entries = browser.see("/custody.json").json()["entries"]
    return [each["what"] for each in entries if each["what"] != "checkpoint"]


@pytest.mark.parametrize("path", POSTS)
def test_every_form_needs_its_proof(path: str, app: TestClient, signed: Any, held: dict[str, str]) -> None:
    browser = signed("admin")
    bench = app.app.state.bench  # type: ignore[attr-defined]
    for name, kind in (("analysis", "analysis"), ("triage", "triage"), ("fit", "baseline")):
        held[name] = bench.jobs.add(held["case"], kind, {}, [held["sha256"]], by="test").id
    shown = Remembered("aa", None, None, "s", (), Kind("h", "t", "f", "v"))
    held["mark"] = bench.marks.add(held["case"], shown, "benign", reason="", until=None, by="test").id
    place = path.format_map(_Some(held))
    before = _done(browser)
    for sent in ({}, {"proof": "wrong"}):
        files = {"file": ("a", b"b")} if path == "/upload" else None
        answer = app.post(place, data=sent, files=files, headers=OWN)
        assert answer.status_code == 403 and "foreign-request" in answer.text, (path, answer.status_code)
    assert _done(browser) == before


@pytest.mark.parametrize(
    "headers",
    [
        {"sec-fetch-site": "cross-site", "origin": "https://evil.example"},
        {"sec-fetch-site": "same-site", "origin": "http://localhost:1"},
        {"sec-fetch-site": "none"},
        {"origin": "https://evil.example"},
        {"origin": "null"},
        {},
    ],
)
def test_other_sites_change_nothing(headers: dict[str, str], app: TestClient, signed: Any) -> None:
    browser = signed("admin")
    proof = browser.proof
    assert app.post("/cases", data={"proof": proof, "name": "n"}, headers=headers).status_code == 403
    sent = app.post("/v1/cases", json={"name": "n"}, headers=headers | {"x-csrf-token": proof})
    assert sent.status_code == 403
    assert app.post("/sign-in", data={"key": "k"}, headers=headers).status_code == 403


def test_scripts_show_the_proof_in_a_header(app: TestClient, signed: Any) -> None:
    browser = signed("admin")
    assert app.post("/v1/cases", json={"name": "n"}, headers=OWN).status_code == 403
    proof = {"x-csrf-token": browser.proof}
    assert app.post("/v1/cases", json={"name": "n"}, headers=OWN | proof).status_code == 201


def test_a_key_needs_no_proof(app: TestClient, room: Room) -> None:
    _, key = room.keys.make("k", ["admin"], cases=None)
    answer = app.post("/v1/cases", json={"name": "n"}, headers={"authorization": f"Bearer {key}"})
    assert answer.status_code == 201


def test_cookies_are_secure_away_from_this_machine(tmp_path: Any) -> None:
    from assay.service.app import create_app
    from assay.service.settings import Settings

    with Room.open(Settings(home=tmp_path / "far", host="0.0.0.0", spare_bytes=0)) as room:
        _, key = room.keys.make("k", ["admin"], cases=None)
        with TestClient(create_app(room), base_url=BASE, follow_redirects=False) as client:
            assert "Secure" in Browser(client).sign_in(key).headers["set-cookie"]


class _Some(dict[str, str]):
    def __missing__(self, name: str) -> str:
        return "0" * 32
