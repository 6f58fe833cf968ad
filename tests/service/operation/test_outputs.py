"""Incidents reach a webhook and syslog, and nothing but what was allowed."""

import hashlib
import hmac
import json
import socket
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select, text

from assay.service.database.tables import output
from assay.service.operation.targets import TargetRefused, allowed, connect
from assay.service.room import Room
from assay.service.settings import Settings, SettingsInvalid

INCIDENT = {
    "id": "abc", "rank": 1, "risk": 21.5, "p": None, "percentile": 99.0, "first_seen": None, "last_seen": None,
    "count": 3, "summary": "ünusual <b>\n", "entities": {"host": ["h"]}, "attack": ["T1078"], "kind": "records",
    "records": [{"source": "secret.log"}],
}  # fmt: skip


@dataclass
class Hook:
    """A webhook that remembers what came."""

    port: int
    status: list[int] = field(default_factory=list)
    got: list[tuple[dict[str, str], bytes]] = field(default_factory=list)


@pytest.fixture
def hook() -> Iterator[Hook]:
    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["content-length"]))
            found.got.append(({name.lower(): value for name, value in self.headers.items()}, body))
            self.send_response(found.status.pop(0) if found.status else 204)
            self.send_header("Location", f"http://127.0.0.1:{found.port}/elsewhere")
            self.end_headers()

        def log_message(self, *_: object) -> None: ...

    server = HTTPServer(("127.0.0.1", 0), Handler)
    found = Hook(server.server_port)
    thread = threading.Thread(target=server.serve_forever, args=(0.05,))
    thread.start()
    yield found
    server.shutdown()
    thread.join()
    server.server_close()


Opened = Callable[..., Room]


@pytest.fixture
def opened(settings: Settings) -> Iterator[Opened]:
    rooms: list[Room] = []

    def open_(**more: Any) -> Room:
        given = {"home": settings.home, "spare_bytes": 0, "output_allow": "127.0.0.1", **more}
        if settings.database is not None:
            given["database"] = settings.database.get_secret_value()
        rooms.append(Room.open(Settings.read(**given)))
        return rooms[-1]

    yield open_
    for room in rooms:
        room.close()


def _offer(room: Room, **more: Any) -> None:
    with room.database.writing() as connection:
        room.outputs.offer(connection, "case", "job", INCIDENT | more)


def _due_now(room: Room) -> list[int]:
    with room.database.writing() as connection:
        connection.execute(text("UPDATE output SET due = '2000'"))
        return [row.tries for row in connection.execute(select(output))]


def test_a_webhook_gets_an_incident_without_its_records(opened: Opened, hook: Hook) -> None:
    room = opened(webhook=f"http://127.0.0.1:{hook.port}/in?x=1", webhook_secret="s3cret")
    _offer(room)
    assert room.outputs.send() == 1 and room.outputs.send() == 0
    ((headers, body),) = hook.got
    page = json.loads(body)
    assert page["incident"]["summary"] == INCIDENT["summary"] and (page["case"], page["job"]) == (
        "case",
        "job",
    )
    assert b"secret.log" not in body and len(headers["x-assay-delivery"]) == 36
    assert headers["x-assay-signature"] == f"sha256={hmac.new(b's3cret', body, hashlib.sha256).hexdigest()}"


def test_it_is_tried_until_it_is_taken(opened: Opened, hook: Hook) -> None:
    hook.status += [500, 302]
    room = opened(webhook=f"http://127.0.0.1:{hook.port}/in")
    _offer(room)
    for tries in (1, 2):
        assert room.outputs.send() == 0 == room.outputs.send()
        assert _due_now(room) == [tries]
    assert room.outputs.send() == 1 and len(hook.got) == 3
    assert len({headers["x-assay-delivery"] for headers, _ in hook.got}) == 1
    assert _due_now(room) == []


def test_it_is_given_up_in_the_end(opened: Opened, hook: Hook) -> None:
    room = opened(webhook=f"http://127.0.0.1:{hook.port}/in")
    _offer(room)
    hook.status += [500]
    with room.database.writing() as connection:
        connection.execute(text("UPDATE output SET tries = 47"))
    assert room.outputs.send() == 0 and _due_now(room) == []


def test_two_processes_send_it_once(opened: Opened, hook: Hook) -> None:
    address = f"http://127.0.0.1:{hook.port}/in"
    rooms = [opened(webhook=address), opened(webhook=address)]
    for _ in range(20):
        _offer(rooms[0])
    threads = [threading.Thread(target=room.outputs.send) for room in rooms]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(hook.got) == 20 == len({headers["x-assay-delivery"] for headers, _ in hook.got})


def test_what_is_left_when_it_stops_is_sent_after_the_lease(opened: Opened, hook: Hook) -> None:
    room = opened(webhook=f"http://127.0.0.1:{hook.port}/in")
    for _ in range(3):
        _offer(room)
    asked = iter([False, True])
    assert room.outputs.send(lambda: next(asked)) == 1 == len(hook.got)
    assert room.outputs.send() == 0
    with room.database.writing() as connection:
        connection.execute(text("UPDATE output SET due = '2000'"))
    room.outputs.send_all(lambda: False)
    assert len(hook.got) == 3 == len({headers["x-assay-delivery"] for headers, _ in hook.got})


def test_only_what_is_grave_enough(opened: Opened, hook: Hook) -> None:
    room = opened(webhook=f"http://127.0.0.1:{hook.port}/in", output_least_risk=21.5)
    _offer(room, risk=21.4)
    _offer(room)
    assert room.outputs.send() == 1


def test_nothing_is_kept_where_nothing_is_sent(opened: Opened) -> None:
    room = opened()
    _offer(room)
    assert _due_now(room) == []


@pytest.mark.parametrize("scheme", ["udp", "tcp"])
def test_syslog_gets_a_line(opened: Opened, scheme: str) -> None:
    kind = socket.SOCK_DGRAM if scheme == "udp" else socket.SOCK_STREAM
    with socket.socket(type=kind) as server:
        server.bind(("127.0.0.1", 0))
        server.settimeout(10)
        if scheme == "tcp":
            server.listen()
        room = opened(syslog=f"{scheme}://127.0.0.1:{server.getsockname()[1]}")
        _offer(room)
        assert room.outputs.send() == 1
        if scheme == "udp":
            line = server.recv(65536)
        else:
            with server.accept()[0] as connection:
                length, _, line = connection.makefile("rb").read().partition(b" ")
            assert int(length) == len(line)
    head, _, body = line.partition(b" incident - ")
    assert head.startswith(b"<108>1 20") and b" assay " in head and b"\n" not in line
    assert json.loads(body)["incident"]["id"] == "abc"


@pytest.mark.parametrize(
    ("given", "fits"),
    [
        ({"webhook": "https://siem.example/x", "output_allow": "siem.example"}, True),
        ({"webhook": "https://SIEM.example/x", "output_allow": "10.0.0.0/8, siem.EXAMPLE"}, True),
        ({"webhook": "https://10.1.2.3/x", "output_allow": "10.0.0.0/8"}, True),
        ({"webhook": "https://11.1.2.3/x", "output_allow": "10.0.0.0/8"}, False),
        ({"webhook": "https://siem.example/x"}, False),
        ({"webhook": "https://siem.example.evil.example/x", "output_allow": "siem.example"}, False),
        ({"webhook": "https://siem.example@evil.example/x", "output_allow": "siem.example"}, False),
        ({"webhook": "file:///etc/passwd", "output_allow": "siem.example"}, False),
        ({"syslog": "udp://siem.example:514", "output_allow": "siem.example"}, True),
        ({"syslog": "udp://other.example:514", "output_allow": "siem.example"}, False),
        ({"syslog": "http://siem.example", "output_allow": "siem.example"}, False),
    ],
)
def test_only_allowed_addresses_are_settings(tmp_path: Path, given: dict[str, str], fits: bool) -> None:
    if fits:
        Settings.read(home=tmp_path, **given)
        return
    with pytest.raises(SettingsInvalid) as refused:
        Settings.read(home=tmp_path, **given)
    assert "ASSAY" in str(refused.value)


def test_a_name_that_leads_to_this_machine_is_refused() -> None:
    assert allowed("localhost", ["localhost"])
    with pytest.raises(TargetRefused, match="leads to"):
        connect("localhost", 9, ["localhost"], socket.SOCK_STREAM)
    with pytest.raises(TargetRefused, match="not in"):
        connect("siem.example", 9, ["localhost"], socket.SOCK_STREAM)
    with socket.socket() as server:
        server.bind(("127.0.0.1", 0))
        server.listen()
        port = server.getsockname()[1]
        connect("127.0.0.1", port, ["127.0.0.0/8"], socket.SOCK_STREAM).close()
