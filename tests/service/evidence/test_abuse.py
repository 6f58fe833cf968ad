"""Uploads that lie, never end, dawdle or are made to be expensive, against a real server."""

import contextlib
import hashlib
import json
import re
import socket
import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit
from urllib.request import Request, urlopen

import pytest

MIB = 1 << 20
MOST = 64 * MIB


@dataclass(frozen=True)
class Answer:
    """What came back before the connection ended; status 0: nothing."""

    status: int
    page: dict[str, Any]


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("abuse")


@pytest.fixture(scope="module")
def served(start_service: Callable[..., Any], home: Path) -> Any:
    return start_service(home, ASSAY_STALL_SECONDS="1", ASSAY_UPLOAD_BYTES=str(MOST))


@pytest.fixture
def send(served: Any) -> Callable[..., Answer]:
    """Sends headers and pieces of a body as they are, then reads until the server closes."""

    def sent(*headers: str, body: Iterable[bytes] = (), wait: float = 60.0) -> Answer:
        place = urlsplit(served.address)
        lines = ["POST /v1/evidence HTTP/1.1", f"Host: {place.netloc}", *headers]
        lines.append(f"Authorization: {served.key['authorization']}")
        with socket.create_connection((place.hostname, place.port), timeout=wait) as connection:
            try:
                connection.sendall("\r\n".join([*lines, "", ""]).encode())
                for piece in body:
                    connection.sendall(piece)
            except (BrokenPipeError, ConnectionResetError):
                pass
            return _answer(connection)

    return sent


def _answer(connection: socket.socket) -> Answer:
    got, length = b"", None
    try:
        while piece := connection.recv(65536):
            got += piece
            length = re.search(rb"(?i)content-length: (\d+)", got)
            if length and b"\r\n\r\n" in got and len(got.split(b"\r\n\r\n", 1)[1]) >= int(length[1]):
                break
    except (TimeoutError, ConnectionResetError):
        pass
    if not got.startswith(b"HTTP/1.1 "):
        return Answer(0, {})
    head, _, text = got.partition(b"\r\n\r\n")
    text = text[: int(length[1])] if length else text
    return Answer(int(got[9:12]), json.loads(text) if b"json" in head else {})


@pytest.fixture(autouse=True)
def nothing_is_left(served: Any, home: Path) -> Iterator[None]:
    """After each upload that failed there is no file on its way and none that no case holds."""
    yield
    incoming = home / "store" / "evidence" / "incoming"
    for _ in range(1200):
        if not incoming.is_dir() or not list(incoming.iterdir()):
            break
        time.sleep(0.05)
    else:
        raise AssertionError(f"left behind: {list(incoming.iterdir())}")
    kept = {path.name for path in (home / "store" / "evidence").glob("??/*")}
    with urlopen(Request(f"{served.address}/v1/evidence", headers=served.key), timeout=60) as answer:
        assert kept == {each["sha256"] for each in json.load(answer)["exhibits"]}


def _chunked(pieces: Iterable[bytes]) -> Iterator[bytes]:
    for piece in pieces:
        yield f"{len(piece):x}\r\n".encode() + piece + b"\r\n"


def test_a_length_that_is_too_long_is_refused_at_once(send: Callable[..., Answer]) -> None:
    answer = send(f"Content-Length: {MOST + 1}")
    assert (answer.status, answer.page["code"]) == (413, "content-too-large")
    assert send(f"Content-Length: {'9' * 30}").status in (400, 413)


def test_a_length_that_is_longer_than_the_body_stalls(send: Callable[..., Answer]) -> None:
    answer = send("Content-Length: 1000", body=[b"x" * 10])
    assert (answer.status, answer.page["code"]) == (408, "upload-stalled")


def test_a_client_that_goes_away_leaves_nothing(served: Any) -> None:
    place = urlsplit(served.address)
    with socket.create_connection((place.hostname, place.port)) as connection:
        head = ["POST /v1/evidence HTTP/1.1", f"Host: {place.netloc}", "Content-Length: 5000000"]
        head.append(f"Authorization: {served.key['authorization']}")
        connection.sendall("\r\n".join([*head, "", ""]).encode() + b"x" * 2_000_000)


def test_a_length_that_is_shorter_than_the_body_ends_there(send: Callable[..., Answer]) -> None:
    answer = send("Content-Length: 4", body=[b"truePOST /v1/evidence?name=smuggled HTTP/1.1\r\n\r\n"])
    assert answer.status == 201 and answer.page["size"] == 4
    assert answer.page["sha256"] == hashlib.sha256(b"true").hexdigest()


@pytest.mark.parametrize(
    "headers",
    [
        ("Content-Length: -5",),
        ("Content-Length: 5", "Content-Length: 6"),
        ("Content-Length: 0x10",),
        ("Transfer-Encoding: chunked, gzip",),
        ("Transfer-Encoding: gzip",),
    ],
)
def test_lengths_that_are_none(send: Callable[..., Answer], headers: tuple[str, ...]) -> None:
    assert send(*headers, body=[b"hello"]).status in (400, 501)


def test_a_body_in_pieces_without_end_is_cut_off(served: Any, send: Callable[..., Answer]) -> None:
    sent = 0

    def endless() -> Iterator[bytes]:
        nonlocal sent
        while sent < 100 * MOST:
            sent += MIB
            yield b"\0" * MIB

    answer = send("Transfer-Encoding: chunked", body=_chunked(endless()))
    # The connection is closed while more comes, which may take the answer with it.
    assert answer.status in (0, 413) and sent < MOST + 64 * MIB


def test_pieces_of_one_byte_and_then_nothing(send: Callable[..., Answer]) -> None:
    answer = send("Transfer-Encoding: chunked", body=_chunked([b"x"] * 20_000))
    assert answer.status == 408


@pytest.mark.parametrize("chunk", [b"zz\r\n", b"5\r\nhelloXX", b"-1\r\n\r\n", b"FFFFFFFFFFFFFFFFFF\r\n"])
def test_pieces_that_are_none(send: Callable[..., Answer], chunk: bytes) -> None:
    assert send("Transfer-Encoding: chunked", body=[chunk]).status in (400, 408)


def test_a_client_that_dawdles_is_cut_off(send: Callable[..., Answer]) -> None:
    def slowly() -> Iterator[bytes]:
        yield b"x"
        time.sleep(1.6)
        yield b"x"

    began = time.monotonic()
    answer = send("Content-Length: 100", body=slowly())
    assert answer.status == 408 and time.monotonic() - began < 60


def test_a_head_that_does_not_end_closes_the_connection(served: Any) -> None:
    place = urlsplit(served.address)
    with socket.create_connection((place.hostname, place.port), timeout=60) as connection:
        began = time.monotonic()
        connection.sendall(b"POST /v1/evidence HTTP/1.1\r\n")
        with contextlib.suppress(ConnectionResetError):
            assert connection.recv(1000) == b""
        assert 0.5 < time.monotonic() - began < 60


def _form(*parts: bytes, boundary: str = "edge") -> tuple[tuple[str, ...], list[bytes]]:
    body = b"".join(b"--edge\r\n" + part + b"\r\n" for part in parts) + b"--edge--\r\n"
    headers = (f"Content-Type: multipart/form-data; boundary={boundary}", f"Content-Length: {len(body)}")
    return headers, [body]


FILE = b'Content-Disposition: form-data; name="file"; filename="a"\r\n\r\nhello'
TEXT = b'Content-Disposition: form-data; name="note"\r\n\r\nhello'


@pytest.mark.parametrize(
    "form",
    [
        _form(),
        _form(TEXT),
        _form(FILE, FILE),
        _form(*[TEXT] * 9, FILE),
        _form(b"X: y\r\n" * 9 + FILE),
        _form(b"X: " + b"y" * 5000 + b"\r\n" + FILE),
        _form(b"X" * 5000 + b": y\r\n" + FILE),
        _form(b"no header at all"),
        _form(FILE, boundary="other"),
        _form(FILE, boundary="x" * 300),
        _form(FILE, boundary=""),
    ],
    ids=[
        "empty",
        "no-file",
        "two",
        "parts",
        "headers",
        "value",
        "name",
        "no-header",
        "other",
        "long",
        "none",
    ],
)
def test_forms_that_are_none(send: Callable[..., Answer], form: tuple[tuple[str, ...], list[bytes]]) -> None:
    answer = send(*form[0], body=form[1])
    assert (answer.status, answer.page["code"]) == (400, "upload-malformed")


def test_a_form_with_other_fields(send: Callable[..., Answer]) -> None:
    headers, body = _form(TEXT, FILE, TEXT)
    answer = send(*headers, body=body)
    assert answer.status == 201 and answer.page["sha256"] == hashlib.sha256(b"hello").hexdigest()


def test_a_form_that_is_cut(send: Callable[..., Answer]) -> None:
    headers, (body,) = _form(FILE)
    cut = body[: -len(b"--edge--\r\n")]
    answer = send(headers[0], f"Content-Length: {len(cut)}", body=[cut])
    assert (answer.status, answer.page["code"]) == (400, "upload-malformed")


def test_a_million_headers_of_a_part_cost_nothing(served: Any, send: Callable[..., Answer]) -> None:
    before = served.measured()
    headers = "Content-Type: multipart/form-data; boundary=edge"

    def million() -> Iterator[bytes]:
        yield b"--edge\r\n"
        for _ in range(100):
            yield b"X: y\r\n" * 10_000

    answer = send(headers, f"Content-Length: {8 + 6_000_000}", body=million())
    assert answer.status == 400
    after = served.measured()
    assert after["process_resident_memory_bytes"] - before["process_resident_memory_bytes"] < 16 * MIB
    assert after["process_cpu_seconds_total"] - before["process_cpu_seconds_total"] < 3


def test_a_long_stream_is_kept_in_little_memory_and_the_loop_stays_free(
    served: Any, send: Callable[..., Answer]
) -> None:
    """A short form; `tests/service/soak/run.py` sends 2 GiB."""
    piece, count = bytes(range(256)) * 4096, MOST // MIB
    before = served.measured()
    answer = send(f"Content-Length: {MOST}", body=[piece] * count)
    assert answer.status == 201 and answer.page["size"] == MOST
    after = served.measured()
    assert after["process_resident_memory_bytes"] - before["process_resident_memory_bytes"] < 64 * MIB
    late = 'assay_loop_lag_seconds_bucket{le="0.05"}'
    waits = after["assay_loop_lag_seconds_count"] - before["assay_loop_lag_seconds_count"]
    assert waits > 5 and after[late] - before[late] >= 0.9 * waits


def test_names_are_kept_as_text(send: Callable[..., Answer]) -> None:
    for sent, kept in {
        "../../../etc/passwd": "passwd",
        "C:\\Users\\x\\photo.jpg": "photo.jpg",
        "<script>alert(1)</script>": "script>",
        "a\x00b\x1bc": "a�b�c",
        "x" * 5000: "x" * 255,
        "..": "..",
        "": "upload",
    }.items():
        part = f'Content-Disposition: form-data; name="file"; filename="{sent}"\r\n\r\n{sent}'[:4000].encode()
        headers, body = _form(part)
        answer = send(*headers, body=body)
        if answer.status == 400:
            # A header that is too long, or that holds what no header may.
            assert len(sent) > 1000 or "\x00" in sent
        else:
            assert answer.page["name"] == kept
