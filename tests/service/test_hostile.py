"""What a hostile client does to every route of a service of its own: refused with a code, and it goes on."""

import contextlib
import http.client
import json
import re
import socket
import threading
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import urlsplit

import pytest
from sqlalchemy import update

from assay.evidence.custody.entry import utc
from assay.service.access import MATRIX, Role
from assay.service.client import Client, KeyRefused, NothingFound, StateRefused
from assay.service.database.tables import api_key
from assay.service.limits import DEFAULT
from assay.service.room import Room
from assay.service.settings import Settings

BODIES = [row for row in MATRIX if row.method in ("POST", "PUT", "PATCH") and row.path.startswith("/v1/")]
JSON_BODIES = [row for row in BODIES if row.path not in ("/v1/evidence", "/v1/triage")]
MOST = 4_000_000


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Any:
    return tmp_path_factory.mktemp("hostile")


@pytest.fixture(scope="module")
def served(start_service: Callable[..., Any], home: Any) -> Any:
    more = {"ASSAY_RATE_PER_MINUTE": "1000000", "ASSAY_REFUSED_PER_MINUTE": "1000000"}
    return start_service(home, ASSAY_WORK="false", ASSAY_UPLOAD_BYTES=str(MOST), **more)


@pytest.fixture(scope="module")
def client(served: Any) -> Client:
    return Client(served.address, served.key["authorization"].removeprefix("Bearer "))


@pytest.fixture(scope="module")
def there(client: Client) -> dict[str, str]:
    """Things that are there, by the name of their parameter."""
    case = client.evidence.cases()[0].id
    held = client.evidence.submit(b"no media at all", case=case, name="a\u202egpj.exe")
    events = b"".join(
        json.dumps({"EventID": 4624 + 3 * (n == 70), "Hostname": f"ws{n % 3}", "User": f"u{n % 5}"}).encode()
        + b"\n"
        for n in range(200)
    )
    triage = client.triage.send(events, case=case)
    job = client.analyses.start([held.sha256], case=case)
    fit = client.baselines.fit("x", [held.sha256], case=case)
    return {
        "case": case, "sha256": held.sha256, "triage": triage.id, "analysis": job.id, "fit": fit.id,
        "mark": "0" * 32, "key": "0" * 16, "rank": "1", "form": "json", "part": "pictures", "name": "a.png",
    }  # fmt: skip


@pytest.fixture
def ask(served: Any) -> Callable[..., tuple[int, dict[str, Any]]]:
    """Sends a request line and a body as they are; gives status and problem."""
    place = urlsplit(served.address)

    def asked(method: str, path: str, body: bytes = b"", **headers: str) -> tuple[int, dict[str, Any]]:
        wire = http.client.HTTPConnection(str(place.hostname), place.port, timeout=60)
        with contextlib.closing(wire):
            wire.putrequest(method, path, skip_accept_encoding=True)
            shown = {"Authorization": served.key["authorization"], "Content-Length": str(len(body))}
            for name, value in {
                **shown,
                **{key.replace("_", "-"): word for key, word in headers.items()},
            }.items():
                wire.putheader(name, value)
            with contextlib.suppress(BrokenPipeError, ConnectionResetError):
                wire.endheaders(body)
            answer = wire.getresponse()
            text = answer.read()
            kind = answer.getheader("content-type") or ""
        if answer.status >= 400:
            assert kind == "application/problem+json" or not text, (path, answer.status, text[:200])
        return answer.status, json.loads(text) if kind.endswith("json") and text else {}

    return asked


def _filled(path: str, there: dict[str, str], **instead: str) -> str:
    return re.sub(r"{(\w+)}", lambda found: (there | instead)[found[1]], path)


@pytest.mark.parametrize("row", JSON_BODIES, ids=lambda row: f"{row.method} {row.path}")
def test_bodies_that_are_no_fit_are_refused(row: Any, ask: Any, there: dict[str, str]) -> None:
    path = _filled(row.path, there)
    kind = {"Content_Type": "application/json"}
    tried: list[tuple[bytes, dict[str, str], set[int]]] = [
        (b"x" * (DEFAULT.json_bytes + 1), kind, {413}),
        (b"[" * 100_000, kind, {400, 422}),
        (b'{"a":' * 50_000 + b"1" + b"}" * 50_000, kind, {400, 422}),
        (b'{"name": NaN}', kind, {400, 422}),
        (b'{"name": 1e999999, "case": 1}', kind, {400, 422}),
        (b'{"name": ' + b"9" * 100_000 + b"}", kind, {400, 422}),
        (b"\xff\xfe\x00", kind, {400, 422}),
        (
            b'{"name": "\\ud800", "verdict": "\\udfff", "roles": ["\\ud83d"], "baseline": "\\ud83d"}',
            kind,
            {400, 422},
        ),
        (
            b'{"name": "a\\u0000b", "case": "\\u0000", "reason": "\\u0000", "baseline": "\\u0000", "verdict": 1}',
            kind,
            {422},
        ),
        (
            b'{"__proto__": {"admin": true}, "roles": ["root"], "verdict": "maybe", "baseline": "../../x"}',
            kind,
            {422},
        ),
        (b"<a/>", {"Content_Type": "application/xml"}, {415, 422}),
        (b"name=x&roles=admin", {"Content_Type": "application/x-www-form-urlencoded"}, {415, 422}),
        (b"", {}, {422}),
    ]
    for body, headers, wanted in tried:
        status, page = ask(row.method, path, body, **headers)
        assert status in wanted, (body[:60], status, page)


@pytest.mark.parametrize(
    "row", [row for row in MATRIX if "{" in row.path], ids=lambda row: f"{row.method} {row.path}"
)
def test_ids_that_are_none_lead_nowhere(row: Any, ask: Any, there: dict[str, str]) -> None:
    if row.path.startswith("/cases") or not row.path.startswith("/v1/"):
        pytest.skip("a page, which has tests of its own")
    for wrong in (
        "..%2f..%2fetc%2fpasswd",
        "%00",
        "%2e%2e",
        "-1",
        "1" * 3000,
        "%ff%fe",
        "%F0%9F%92%A9",
        "0x1",
        "'%20OR%201=1--",
        "a\\b",
    ):
        for name in re.findall(r"{(\w+)}", row.path):
            path = _filled(row.path, there, **{name: wrong})
            status, page = ask(row.method, path)
            assert status in (404, 405, 422, 431, 400), (path, status, page)
            assert "etc" not in page.get("detail", "") or "passwd" not in page.get("detail", "")


def test_queries_that_are_no_fit_are_refused(ask: Any, there: dict[str, str]) -> None:
    lists = [
        row for row in MATRIX if row.method == "GET" and "{" not in row.path and row.path.startswith("/v1/")
    ]
    for row in lists:
        for query in (
            "rows=-1",
            "rows=1e9",
            "rows=99999999999999999999999",
            "after=%00",
            "case=%00",
            "after=" + "9" * 5000,
        ):
            status, page = ask("GET", f"{row.path}?{query}")
            # A route without this parameter does not mind it.
            assert status in (200, 404, 409, 422), (row.path, query, status, page)
        status, _ = ask("GET", f"{row.path}?" + "&".join(f"a{number}={number}" for number in range(4000)))
        assert status in (200, 409, 414, 431, 400), (row.path, status)
    sha256 = there["sha256"]
    status, _ = ask("POST", "/v1/triage?" + "&".join([f"evidence={sha256}"] * 101))
    assert status == 422
    status, _ = ask("POST", f"/v1/triage?evidence={sha256}&evidence={'0' * 64}")
    assert status == 404
    status, page = ask("POST", f"/v1/triage?evidence={sha256}", b"{}\n")
    assert (status, page["code"]) == (422, "batch-twice")


def test_a_key_that_has_ended_opens_nothing(client: Client, served: Any, home: Any) -> None:
    ends = datetime.now(UTC) + timedelta(hours=1)
    with Room.open(Settings(home=home, spare_bytes=0)) as room:
        _, old = room.keys.make("old", [Role.ANALYSE], cases=None, expires=ends)
        made, taken = room.keys.make("taken", [Role.ANALYSE], cases=None)
        assert Client(served.address, old).key().name == "old"
        assert Client(served.address, taken).key().id == made.id
        client._connection.page("DELETE", f"/v1/keys/{made.id}")
        # Its hour is over.
        with room.database.writing() as connection:
            past = utc(ends - timedelta(hours=2))
            connection.execute(update(api_key).where(api_key.c.name == "old").values(expires=past))
    for token in (old, taken, taken[:-1] + "x", "", "ak_", "x" * 5000):
        with pytest.raises(KeyRefused):
            Client(served.address, token).quotas()


def test_a_key_sees_no_case_of_others(client: Client, served: Any, there: dict[str, str], home: Any) -> None:
    own = client.evidence.open_case("own").id
    with Room.open(Settings(home=home, spare_bytes=0)) as room:
        _, token = room.keys.make("bound", [Role.ANALYSE, Role.TRIAGE, Role.SUBMIT], cases=[own])
    bound = Client(served.address, token)
    tried: list[Callable[[], object]] = [
        lambda: bound.evidence.exhibit(there["sha256"]),
        lambda: bound.evidence.submit(b"x", case=there["case"]),
        lambda: bound.analyses.start([there["sha256"]], case=there["case"]),
        lambda: bound.analyses.start([there["sha256"]]),
        lambda: bound.triage.send(evidence=[there["sha256"]]),
        lambda: list(bound.triage.records(there["triage"], 1)),
        lambda: bound.triage.say(there["triage"], 1, "false"),
        lambda: bound.baselines.use("x", case=there["case"]),
        lambda: list(bound.jobs.follow(client.analyses.get(there["analysis"]))),
        lambda: bound.jobs.cancel(client.analyses.get(there["analysis"])),
        lambda: list(bound.analyses.all(case=there["case"])),
    ]
    for act in tried:
        with pytest.raises(NothingFound):
            act()
    assert not bound.evidence.has(there["sha256"])
    assert (
        list(bound.triage.incidents()) == list(bound.analyses.all()) == list(bound.evidence.exhibits()) == []
    )


@contextlib.contextmanager
def _watching(served: Any, token: str, path: str, most: int) -> Iterator[list[socket.socket]]:
    place = urlsplit(served.address)
    held: list[socket.socket] = []
    try:
        for _ in range(most):
            wire = socket.create_connection((place.hostname, place.port), timeout=30)
            wire.sendall(
                f"GET {path} HTTP/1.1\r\nHost: {place.netloc}\r\nAuthorization: Bearer {token}\r\n\r\n".encode()
            )
            held.append(wire)
        yield held
    finally:
        for wire in held:
            wire.close()


def test_watchers_by_the_hundred_are_bounded_and_let_go(
    served: Any, client: Client, there: dict[str, str], home: Any
) -> None:
    path = f"/v1/analyses/{there['analysis']}/events"
    with Room.open(Settings(home=home, spare_bytes=0)) as room:
        keys = [room.keys.make(f"watcher {n}", [Role.ANALYSE], cases=None) for n in range(5)]
    heads: list[list[bytes]] = []
    with contextlib.ExitStack() as held:
        for _, token in keys:
            wires = held.enter_context(_watching(served, token, path, DEFAULT.watchers_of_key + 5))
            heads.append([wire.recv(12) for wire in wires])
        # A key has its share, and all of them together no more than there is.
        for each in heads[:4]:
            assert each.count(b"HTTP/1.1 200") == DEFAULT.watchers_of_key and each.count(b"HTTP/1.1 429") == 5
        assert set(heads[4]) == {b"HTTP/1.1 429"}
        begun = time.monotonic()
        assert client.quotas().upload_bytes == MOST
        # They stay for an hour.
        assert time.monotonic() - begun < 60
    for _ in range(600):
        with _watching(served, keys[0][1], path, 1) as (wire,):
            if wire.recv(12) == b"HTTP/1.1 200":
                break
        time.sleep(0.2)
    else:
        raise AssertionError("the places of watchers that have gone are not free again")


def test_one_who_watches_hears_nothing_more_when_the_key_ends(
    served: Any, client: Client, there: dict[str, str], home: Any
) -> None:
    job = client.analyses.start([there["sha256"]], case=there["case"])
    with Room.open(Settings(home=home, spare_bytes=0)) as room:
        key, token = room.keys.make("watcher", [Role.ANALYSE], cases=None)
    with _watching(served, token, f"/v1/analyses/{job.id}/events", 1) as (wire,):
        assert wire.recv(12) == b"HTTP/1.1 200"
        client._connection.page("DELETE", f"/v1/keys/{key.id}")
        wire.settimeout(120)
        got = b""
        while piece := wire.recv(4096):
            got += piece
            if got.endswith(b"0\r\n\r\n"):
                break
        assert b'"queued"' in got and b"event: end" not in got


def test_many_who_cancel_at_once_cancel_once(client: Client, there: dict[str, str]) -> None:
    job = client.analyses.start([there["sha256"]], case=there["case"])
    won: list[str] = []
    lost: list[str] = []

    def cancel() -> None:
        try:
            won.append(client.jobs.cancel(job).state)
        except StateRefused as refused:
            lost.append(refused.code)

    threads = [threading.Thread(target=cancel) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert won == ["cancelled"] and lost == ["conflict"] * 7


def test_no_other_site_is_let_in_and_nothing_is_packed(served: Any, there: dict[str, str]) -> None:
    place = urlsplit(served.address)
    wire = http.client.HTTPConnection(str(place.hostname), place.port, timeout=60)
    headers = {
        **served.key,
        "Origin": "https://evil.example",
        "Accept-Encoding": "gzip, br, zstd",
        "Range": "bytes=0-3",
    }
    with contextlib.closing(wire):
        wire.request("GET", f"/v1/evidence/{there['sha256']}/content", headers=headers)
        answer = wire.getresponse()
        named = {name.lower() for name, _ in answer.getheaders()}
        assert answer.status == 206 and answer.read() == b"no m"
        assert (
            not any(name.startswith("access-control") for name in named) and "content-encoding" not in named
        )
        assert answer.getheader("etag") == f'"{there["sha256"]}"' and answer.getheader("repr-digest")
        wire.request("OPTIONS", "/v1/evidence", headers=served.key)
        answer = wire.getresponse()
        answer.read()
        assert answer.status == 405 and answer.getheader("allow") == "GET, POST"


def test_after_all_that_it_answers(served: Any, client: Client) -> None:
    assert client.quotas().requests_per_minute == 1_000_000
    assert '"level": "error"' not in served.log.read_text()
