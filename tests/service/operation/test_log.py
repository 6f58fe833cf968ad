"""Logs say what happened and nothing of what evidence holds."""

import json
import logging
from collections.abc import Callable, Iterator
from typing import Any
from urllib.error import HTTPError
from urllib.request import Request, urlopen

import pytest
from starlette.testclient import TestClient

from assay.service.app import create_app
from assay.service.operation.log import configure, logger
from assay.service.room import Room

SECRET = "hush-hush-7391"


@pytest.fixture
def lines(capsys: pytest.CaptureFixture[str]) -> Iterator[Callable[[], list[dict[str, Any]]]]:
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    access = logging.getLogger("uvicorn.access").disabled
    configure("debug")
    root.handlers[0].stream = _Through()  # type: ignore[attr-defined]
    yield lambda: [json.loads(line) for line in capsys.readouterr().err.splitlines()]
    root.handlers[:], root.level = handlers, level
    logging.getLogger("uvicorn.access").disabled = access


class _Through:
    """Standard error as it is at the time of each line."""

    def write(self, text: str) -> None:
        import sys

        sys.stderr.write(text)

    def flush(self) -> None: ...


def test_a_message_of_an_error_is_not_logged(lines: Callable[[], list[dict[str, Any]]]) -> None:
    try:
        raise ValueError(SECRET)
    except ValueError as error:
        logger.error("failed", exc_info=error)
        logging.getLogger("some.library").exception("failed as well")
    found = lines()
    assert [line["event"] for line in found] == ["failed", "failed as well"]
    for line in found:
        assert line["error"] == "builtins.ValueError" and "test_log.py" in line["places"][0]
        assert SECRET not in json.dumps(line) and line["timestamp"].endswith("Z")


def test_a_request_is_logged_without_its_query(
    room: Room, lines: Callable[[], list[dict[str, Any]]], monkeypatch: pytest.MonkeyPatch
) -> None:
    token = room.keys.make_first()
    with TestClient(create_app(room), base_url="http://localhost", raise_server_exceptions=False) as client:
        client.headers["authorization"] = f"Bearer {token}"
        sent = client.post("/v1/evidence", params={"name": SECRET}, content=SECRET.encode())
        client.get(f"/{SECRET}")

        def broken(*_: object, **__: object) -> None:
            raise RuntimeError(SECRET)

        monkeypatch.setattr(room.exhibits, "page", broken)
        assert client.get("/v1/evidence", params={"name": SECRET}).status_code == 500
    found = lines()
    text = json.dumps(found)
    assert SECRET not in text and str(token).split("_")[2] not in text
    requests = [line for line in found if line["event"].startswith("request")]
    assert [(line["route"], line["status"]) for line in requests] == [
        ("/v1/evidence", 201),
        ("none", 404),
        ("/v1/evidence", 500),
    ]
    assert requests[0]["request"] == sent.headers["x-request-id"]
    assert requests[0]["received"] == len(SECRET) and requests[0]["key"] == str(token).split("_")[1]
    assert requests[2]["error"] == "builtins.RuntimeError" and requests[2]["level"] == "error"


def test_a_server_logs_json_only(serving: Callable[..., Any]) -> None:
    served = serving(ASSAY_LOG_LEVEL="debug")
    with pytest.raises(HTTPError):
        urlopen(Request(f"{served.address}/v1/evidence?name={SECRET}"), timeout=60)
    served.process.terminate()
    assert served.process.wait(120) in (0, -15)
    text = served.log.read_text()
    assert SECRET not in text
    found = [json.loads(line) for line in text.splitlines()]
    assert "request" in [line["event"] for line in found]
