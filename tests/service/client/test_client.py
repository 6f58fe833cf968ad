"""The client against a service in a process of its own, and against a wire that breaks."""

import hashlib
import json
import threading
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, ClassVar

import pytest

from assay.service.client import (
    Analysis,
    AnswerStrange,
    Client,
    DownloadDamaged,
    JobUnfinished,
    KeyRefused,
    NothingFound,
    ServiceBusy,
    ServiceUnreachable,
    StateRefused,
)


def _event(number: int, event: int, **more: str) -> bytes:
    when = f"2026-01-01T00:{number // 60:02}:{number % 60:02}Z"
    page = {"EventID": event, "Hostname": f"ws{number % 3}", "User": f"u{number % 5}", "Time": when, **more}
    return json.dumps(page).encode() + b"\n"


EVENTS = b"".join(_event(number, 4624) for number in range(300)) + _event(301, 7045, User="stranger")


@pytest.fixture(scope="module")
def served(start_service: Callable[..., Any], tmp_path_factory: pytest.TempPathFactory) -> Any:
    return start_service(tmp_path_factory.mktemp("client"), ASSAY_WORK="false")


@pytest.fixture(scope="module")
def client(served: Any) -> Client:
    return Client(served.address, served.key["authorization"].removeprefix("Bearer "))


def test_what_is_there_is_not_sent_again(client: Client, served: Any, tmp_path: Path) -> None:
    place = tmp_path / "straße \N{SNOWMAN}.bin"
    place.write_bytes(bytes(range(256)) * 3000)
    before = served.measured()["assay_received_bytes_total"]
    held = client.evidence.submit(place)
    assert held.sha256 == hashlib.sha256(place.read_bytes()).hexdigest() and held.name == place.name
    assert client.evidence.submit(place.read_bytes()) == held
    assert served.measured()["assay_received_bytes_total"] - before == held.size
    back = client.evidence.content(held.sha256, tmp_path / "back.bin")
    assert back.read_bytes() == place.read_bytes()
    assert [each.sha256 for each in client.evidence.exhibits(sha256=held.sha256[:9])] == [held.sha256]
    assert "received" in [entry.what for entry in client.evidence.exhibit(held.sha256).custody]


def test_a_case_that_does_not_hold_it_yet_gets_it(client: Client) -> None:
    first = client.evidence.cases()[0]
    other = client.evidence.open_case("another")
    one = client.evidence.submit(b"in two cases", case=first.id)
    two = client.evidence.submit(b"in two cases", case=other.id)
    assert (one.case, two.case) == (first.id, other.id)
    with pytest.raises(StateRefused) as refused:
        client.evidence.submit(b"in which one?")
    assert refused.value.code == "case-needed"
    client.evidence.release(two.sha256, case=other.id, reason="tried")
    assert [each.case for each in client.evidence.exhibit(one.sha256).held] == [first.id]


def test_a_batch_and_what_is_said_of_it(client: Client) -> None:
    case = client.evidence.open_case("logs").id
    done = client.triage.send(EVENTS, case=case, name="events.jsonl")
    assert done.over and done.incidents and done.answer and done.answer["records"] == 301
    listed = list(client.triage.incidents(done))
    assert [each.rank for each in listed] == [each["rank"] for each in done.incidents]
    assert client.triage.incident(done.id, 1)["rank"] == 1
    assert len(list(client.triage.records(done.id, 1))) == listed[0].records
    whole = client._connection.page("GET", f"/v1/triage/{done.id}/incidents/1/records")["records"]
    for after in (1, 7, 10**9):
        # A place within a record means the next one.
        path = f"/v1/triage/{done.id}/incidents/1/records"
        page = client._connection.page("GET", path, query={"after": after})
        assert page["records"][: len(whole) - 1] == (whole[1:] if after < 10**9 else [])
    day = (datetime.now(UTC) + timedelta(days=2)).date()
    said = client.triage.say(done.id, 1, "benign", reason="known", until=day)
    assert said.counts and said.until == day.isoformat()
    assert [each.id for each in client.triage.suppressions(case=case)] == [said.id]
    assert client.triage.take_back(said.id).taken_back is not None
    assert list(client.triage.said(case=case, counting=True)) == []
    with pytest.raises(StateRefused):
        client.triage.take_back(said.id)


def test_a_job_is_looked_at_and_cancelled(client: Client) -> None:
    case = client.evidence.open_case("jobs").id
    held = client.evidence.submit(b"no picture at all", case=case)
    job = client.analyses.start([held.sha256], case=case)
    assert not job.over and client.analyses.get(job.id).id == job.id
    with pytest.raises(JobUnfinished):
        client.jobs.wait(job, 0.1)
    seen: list[str] = []
    follower = threading.Thread(target=lambda: seen.extend(each.state for each in client.jobs.follow(job)))
    follower.start()
    assert client.jobs.cancel(job).state == "cancelled"
    follower.join(120)
    assert seen[-1] == "cancelled"
    assert [each.id for each in client.analyses.all(case=case, state="cancelled")] == [job.id]
    with pytest.raises(NothingFound):
        client.jobs.report(job, "pdf", "nowhere.pdf")
    assert not Path("nowhere.pdf").exists()


def test_a_request_that_comes_twice_makes_one_job(client: Client, served: Any) -> None:
    case = client.evidence.open_case("twice").id
    held = client.evidence.submit(b"twice", case=case)
    wire = client._connection
    body = {"case": case, "evidence": [held.sha256]}
    again = {"Idempotency-Key": "one"}
    first, second = (wire.page("POST", "/v1/analyses", body=body, headers=again) for _ in range(2))
    assert first["id"] == second["id"] and len(list(client.analyses.all(case=case))) == 1
    with pytest.raises(StateRefused) as refused:
        wire.page("POST", "/v1/analyses", body={**body, "profile": "fast"}, headers=again)
    assert refused.value.code == "repeated-differently"
    query = {"case": case, "evidence": [client.evidence.submit(EVENTS, case=case).sha256]}
    pages = [
        wire.page("POST", "/v1/triage", query=query, headers={"Idempotency-Key": "two"}) for _ in range(2)
    ]
    assert pages[0] == pages[1] and pages[0]["incidents"]
    path = f"/v1/triage/{pages[0]['id']}/incidents/1/feedback"
    said = [
        wire.page("POST", path, body={"verdict": "true"}, headers={"Idempotency-Key": "3"}) for _ in range(2)
    ]
    assert said[0] == said[1] and len(list(client.triage.said(case=case))) == 1


def test_refusals_have_their_kind_and_code(client: Client, served: Any) -> None:
    with pytest.raises(NothingFound) as refused:
        client.analyses.get("0" * 32)
    assert (refused.value.status, refused.value.code) == (404, "nothing-here")
    with pytest.raises(KeyRefused) as refused:
        Client(served.address, "ak_nothing").quotas()
    assert refused.value.code == "unidentified"
    with pytest.raises(NothingFound):
        client.triage.incident("../../cases", 1)
    with pytest.raises(ServiceUnreachable):
        Client("http://127.0.0.1:9", "ak_x", tries=2, patience=0.1).quotas()


class Fault(BaseHTTPRequestHandler):
    """Answers from a list, one request after the other; None breaks the connection."""

    answers: ClassVar[list[Any]] = []
    heard: ClassVar[list[tuple[str, str, dict[str, str], bytes]]] = []

    def _any(self) -> None:
        body = self.rfile.read(int(self.headers.get("content-length") or 0))
        self.heard.append((self.command, self.path, dict(self.headers), body))
        answer = self.answers.pop(0)
        if answer is None:
            self.close_connection = True
            return
        status, headers, text = answer
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(text)

    do_GET = do_POST = do_HEAD = do_DELETE = do_PUT = _any

    def log_message(self, *_: Any) -> None:
        pass


@pytest.fixture
def fault() -> Iterator[Client]:
    Fault.answers, Fault.heard = [], []
    server = ThreadingHTTPServer(("127.0.0.1", 0), Fault)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield Client(f"http://127.0.0.1:{server.server_port}", "ak_x", case="c", patience=1.0, timeout=60.0)
    server.shutdown()
    server.server_close()
    thread.join(60)


QUOTAS = dict.fromkeys(
    ("upload_bytes", "store_bytes", "store_used_bytes", "free_bytes", "requests_per_minute"), 1
)
GOOD = (200, {}, json.dumps(QUOTAS).encode())
BUSY = (429, {"Retry-After": "0"}, json.dumps({"code": "rate-exceeded", "detail": "wait"}).encode())


def test_what_may_come_again_comes_again(fault: Client) -> None:
    Fault.answers = [None, BUSY, (503, {}, b"{}"), GOOD]
    assert fault.quotas().upload_bytes == 1 and len(Fault.heard) == 4


def test_what_may_not_come_again_does_not(fault: Client) -> None:
    Fault.answers = [None]
    with pytest.raises(ServiceUnreachable):
        fault.evidence.open_case("once")
    assert len(Fault.heard) == 1
    # Refused for its rate it was not heard at all, so it may.
    Fault.answers = [BUSY, (503, {}, b"{}")]
    with pytest.raises(ServiceBusy):
        fault.evidence.open_case("once")
    assert len(Fault.heard) == 3


def test_a_longer_wait_than_there_is_patience_for_is_not_waited(fault: Client) -> None:
    Fault.answers = [(429, {"Retry-After": "600"}, b"{}")]
    with pytest.raises(ServiceBusy) as refused:
        fault.quotas()
    assert refused.value.retry_after == 600 and len(Fault.heard) == 1


def test_a_body_is_sent_whole_again_under_the_same_name(fault: Client, tmp_path: Path) -> None:
    place = tmp_path / "a.jsonl"
    place.write_bytes(b"{}\n" * 1000)
    job = dict.fromkeys(("ended", "code", "detail", "baseline", "answer"))
    job |= {"id": "i", "case": "c", "state": "queued", "created": "", "created_by": "", "stage": "queued"}
    job |= {"done": 0, "total": 1, "format": "auto", "budget": 20}
    Fault.answers = [None, (202, {}, json.dumps(job).encode())]
    assert fault.triage.send(place).state == "queued"
    first, second = Fault.heard
    assert first[3] == second[3] == place.read_bytes()
    assert first[2]["Idempotency-Key"] == second[2]["Idempotency-Key"]


def test_a_stream_is_taken_up_where_it_broke(fault: Client) -> None:
    job = {"id": "i", "case": "c", "state": "running", "created": "", "created_by": "", "ended": None}
    job |= {
        "stage": "s",
        "done": 0,
        "code": None,
        "detail": None,
        "profile": "fast",
        "lang": "en",
        "total": 2,
    }
    job |= {"outcomes": None, "artifacts": None, "troubles": None}
    analysis = Analysis.of(job)

    def event(number: int, state: str, name: str) -> bytes:
        page = {
            "id": "i",
            "state": state,
            "stage": "s",
            "done": number,
            "total": 2,
            "code": None,
            "detail": None,
        }
        return f"id: {number}\nevent: {name}\ndata: {json.dumps(page)}\n\n".encode()

    stream = {"Content-Type": "text/event-stream"}
    half = event(2, "running", "progress")[:-20]
    Fault.answers = [
        (200, stream, b": ping\n\n" + event(1, "running", "progress") + half),
        (200, stream, event(2, "done", "end")),
    ]
    assert [each.done for each in fault.jobs.follow(analysis)] == [1, 2]
    assert "Last-Event-ID" not in Fault.heard[0][2] and Fault.heard[1][2]["Last-Event-ID"] == "1"
    # With no stream to be had, the job itself is asked.
    refused = (429, {"Retry-After": "5"}, b"{}")
    Fault.answers = [refused, (200, {}, json.dumps({**job, "state": "done", "done": 2}).encode())]
    assert [each.state for each in fault.jobs.follow(analysis)] == ["done"]


def test_a_download_that_is_not_what_it_says_is_not_kept(fault: Client, tmp_path: Path) -> None:
    Fault.answers = [(200, {"Content-Length": "5"}, b"wrong"), (200, {"Content-Length": "9"}, b"short")]
    with pytest.raises(DownloadDamaged):
        fault.evidence.content(hashlib.sha256(b"right").hexdigest(), tmp_path / "a")
    with pytest.raises((DownloadDamaged, ServiceUnreachable)):
        fault.evidence.content(hashlib.sha256(b"short").hexdigest(), tmp_path / "b")
    assert list(tmp_path.iterdir()) == []


def test_what_is_no_service_is_called_so(fault: Client) -> None:
    Fault.answers = [(200, {}, b"<html>"), (302, {"Location": "http://elsewhere/"}, b""), (200, {}, b"[1]")]
    for _ in range(3):
        with pytest.raises(AnswerStrange):
            fault.quotas()
    with pytest.raises(ValueError, match="address"):
        Client("localhost:8000", "ak_x")
    with pytest.raises(ValueError, match="key"):
        Client("http://localhost:8000", "ak_x\r\nX-Evil: 1")
