"""The authorisation matrix, walked: every row for every role, with a thing of an own and of a foreign case."""

import hashlib
import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import pytest
from sqlalchemy import insert
from starlette.testclient import TestClient

from assay.evidence.custody import Event
from assay.service.access import MATRIX, OWNERS, Role, Row
from assay.service.access.matrix import row_of
from assay.service.app import create_app, endpoints
from assay.service.database.tables import incident
from assay.service.room import Room
from assay.service.settings import Settings
from assay.service.work.bench import Bench
from assay.service.work.results import Kept
from assay.triage.feedback import Remembered
from assay.triage.ranking.identity import Kind

_INCIDENT = {
    "records": [], "entities": {"host": ["h"]}, "around": {"before": [], "after": []}, "tree": [], "continues": None,
}  # fmt: skip
_RECORD = {"source": "a.log", "line": 0, "time": None, "score": 1.0, "reasons": [], "fields": {"message": "m"}}


@dataclass(frozen=True)
class Place:
    """A room with two cases, something of each kind in both, and a key for each role that is bound to the first."""

    room: Room
    client: TestClient
    own: str
    foreign: str
    keys: dict[Role, dict[str, str]]


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Place]:
    settings = Settings(home=tmp_path_factory.mktemp("matrix"), device="cpu", refused_per_minute=100_000)
    with Room.open(settings) as room:
        own, foreign = room.cases.all()[0].id, room.cases.make("foreign").id
        keys = {}
        for role in Role:
            _, token = room.keys.make(role, [role], cases=None if role is Role.ADMIN else [own])
            keys[role] = {"authorization": f"Bearer {token}"}
        with TestClient(
            create_app(room), base_url="http://localhost", raise_server_exceptions=False
        ) as client:
            yield Place(room, client, own, foreign, keys)


def _exhibit(place: Place, case: str) -> str:
    body = f"exhibit of {case}".encode()
    with place.room.store.arrival() as arrival:
        arrival.write(body)
        place.room.exhibits.receive(arrival, case_id=case, name="x", by="test")
    return hashlib.sha256(body).hexdigest()


def _case(place: Place, case: str) -> str:
    return case


def _job(kind: str) -> Callable[[Place, str], str]:
    """A job that has ended, with everything that a path can name."""
    asked = {
        "profile": "fast", "lang": "en", "pictures": False, "report": True, "redact": False, "format": "auto",
        "baseline": None, "budget": 20, "name": "office",
    }  # fmt: skip
    shown = {
        "id": "aa", "artifact": None, "baseline": None, "summary": "s", "places": [["h", "t", 1]],
        "kind": ["h", "t", "f", "v"], "severe": [],
    }  # fmt: skip

    def made(place: Place, case: str) -> str:
        bench: Bench = place.client.app.state.bench  # type: ignore[attr-defined]
        line = json.dumps({"incident": _INCIDENT, "remembered": shown}).encode() + b"\n"
        files = [
            Kept(name, bench.results.store.put(content))
            for name, content in (
                ("report/report.json", b"{}"),
                ("report/pictures/clip-probe", b"p"),
                ("incidents.jsonl", line),
                ("records.jsonl", json.dumps(_RECORD).encode() + b"\n"),
            )
        ]
        sha256 = _exhibit(place, case)
        with place.room.database.writing() as connection:
            job = bench.jobs.added(connection, case, kind, asked, [sha256], by="test", state="running")
            bench.jobs.finish(connection, job.id, {})
            bench.results.name(connection, job.id, files)
            row = {
                "job_id": job.id, "rank": 1, "case_id": case, "id": "aa", "risk": 1.0, "percentile": 1.0, "count": 1,
                "summary": "s", "entities": "{}", "attack": "[]", "begins": 0, "length": len(line),
                "records_begin": 0, "records_length": 3, "records_count": 1,
            }  # fmt: skip
            connection.execute(insert(incident).values(row))
        return job.id

    return made


def _mark(place: Place, case: str) -> str:
    bench: Bench = place.client.app.state.bench  # type: ignore[attr-defined]
    shown = Remembered("aa", None, None, "s", (), Kind("h", "t", "f", "v"))
    return bench.marks.add(case, shown, "benign", reason="", until=None, by="test").id


MAKERS: dict[str, Callable[[Place, str], str]] = {
    "sha256": _exhibit,
    "case": _case,
    "analysis": _job("analysis"),
    "triage": _job("triage"),
    "fit": _job("baseline"),
    "mark": _mark,
}
"""Name of a parameter of a path, to what makes a thing of this kind in a case and gives its id."""

FREE = {
    "key": "0" * 16, "name": "clip-probe", "form": "json", "part": "pictures", "rank": "1", "version": "0",
    "file": "assay.css",
}  # fmt: skip
"""Parameters that belong to no case."""


def _asked(place: Place, row: Row, case: str, headers: dict[str, str]) -> int:
    path = row.path
    for name, make in MAKERS.items():
        if f"{{{name}}}" in path:
            path = path.replace(f"{{{name}}}", make(place, case))
    for name, value in FREE.items():
        path = path.replace(f"{{{name}}}", value)
    assert "{" not in path, f"{path}: MAKERS or FREE must say what stands there"
    # Nothing that is sent is fit, so that nothing is changed before the next row: the door answers first.
    answer = place.client.request(row.method, path, headers=headers | {"repr-digest": "unfit"})
    return answer.status_code


def test_every_endpoint_has_a_row_and_every_row_an_endpoint(place: Place) -> None:
    found = list(endpoints(place.client.app.routes))  # type: ignore[attr-defined]
    assert sorted(found) == sorted((row.method, row.path) for row in MATRIX)
    assert len(set(found)) == len(found)


def test_every_kind_of_id_has_an_owner_and_is_tried() -> None:
    assert set(MAKERS) == set(OWNERS)
    for row in MATRIX:
        named = {word.split("}")[0] for word in row.path.split("{")[1:]}
        assert named <= set(MAKERS) | set(FREE), row.path
        if named & set(MAKERS):
            assert row.bound, f"{row.path} names a thing of a case, so its row is bound"


@pytest.mark.parametrize("row", MATRIX, ids=lambda row: f"{row.method} {row.path}")
@pytest.mark.parametrize("role", [None, *Role], ids=str)
def test_a_row_lets_in_whom_it_names(place: Place, row: Row, role: Role | None) -> None:
    if row.method == "DELETE" and role is Role.ADMIN:
        pytest.skip("an admin may, and would")
    status = _asked(place, row, place.own, {} if role is None else place.keys[role])
    if row.roles is None:
        # The door of the page wants to see a key, and gets none here.
        assert status == (422 if (row.method, row.path) == ("POST", "/sign-in") else 200)
    elif role is None:
        assert status == 401
    elif role in row.roles:
        assert status not in (401, 403) and status < 500
        if row.path not in ("/v1/keys/{key}", "/keys/{key}/revoke"):
            assert status != 404
    else:
        assert status == 403


BOUND = [row for row in MATRIX if row.bound and any(f"{{{name}}}" in row.path for name in OWNERS)]


@pytest.mark.parametrize("row", BOUND, ids=lambda row: f"{row.method} {row.path}")
@pytest.mark.parametrize("role", [role for role in Role if role is not Role.ADMIN], ids=str)
def test_foreign_ids_are_answered_as_if_there_were_none(place: Place, row: Row, role: Role) -> None:
    assert row.roles is not None
    expected = 404 if role in row.roles else 403
    assert _asked(place, row, place.foreign, place.keys[role]) == expected


@pytest.mark.parametrize("role", [Role.SUBMIT, Role.AUDITOR])
def test_a_foreign_case_in_a_query_is_none(place: Place, role: Role) -> None:
    _exhibit(place, place.foreign)
    tried = [("GET", "/v1/evidence"), ("GET", "/v1/custody"), ("POST", "/v1/evidence")]
    for method, path in tried:
        row = row_of(method, path)
        assert row is not None and row.roles is not None
        if role in row.roles:
            answer = place.client.request(
                method, path, params={"case": place.foreign}, headers=place.keys[role]
            )
            assert answer.status_code == 404


def test_lists_hold_nothing_foreign(place: Place) -> None:
    _exhibit(place, place.own)
    foreign = _exhibit(place, place.foreign)
    place.room.ledger.record(Event("read", foreign, details={"case": place.foreign}))
    for path in ("/v1/evidence", "/v1/custody", "/v1/cases", "/v1/quotas"):
        text = place.client.get(path, headers=place.keys[Role.AUDITOR]).text
        assert place.own in text
        assert place.foreign not in text and foreign not in text


def test_what_two_cases_hold_shows_each_only_its_own_custody(place: Place) -> None:
    with place.room.store.arrival() as arrival:
        arrival.write(b"shared")
        for case in (place.own, place.foreign):
            place.room.exhibits.receive(arrival, case_id=case, name=f"of {case}", by="test")
        sha256 = arrival.sha256
    text = place.client.get(f"/v1/evidence/{sha256}", headers=place.keys[Role.SUBMIT]).text
    assert place.own in text and place.foreign not in text


def test_who_is_refused_at_a_foreign_thing_stands_in_the_log(place: Place) -> None:
    foreign = _exhibit(place, place.foreign)
    place.client.get(f"/v1/evidence/{foreign}", headers=place.keys[Role.AUDITOR])
    with place.room.database.reading() as connection:
        entries = list(place.room.ledger.entries(connection, rows=100_000))
    last = entries[-1]
    assert last.what == "refused" and last.details["sha256"] == foreign and "auditor" in last.who


def test_a_route_without_a_row_stops_the_service(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("assay.service.app.row_of", lambda *_: None)
    with pytest.raises(RuntimeError, match="no row in the authorisation matrix"):
        create_app(place.room)
