"""Many clients at once, and a server that is killed while they send."""

import hashlib
import json
import random
import threading
import time
from collections.abc import Callable
from typing import Any
from urllib.error import URLError
from urllib.request import Request, urlopen

from assay.service.room import Room
from assay.service.settings import Settings

CLIENTS = 64


def _post(served: Any, body: bytes) -> dict[str, Any]:
    request = Request(f"{served.address}/v1/evidence", data=body, headers=served.key, method="POST")
    request.add_header("content-type", "application/octet-stream")
    with urlopen(request, timeout=60) as answer:
        page: dict[str, Any] = json.load(answer)
    return page


def test_many_clients_at_once(serving: Callable[..., Any], settings: Settings) -> None:
    served = serving(ASSAY_RATE_PER_MINUTE="100000")
    common = [bytes([number]) * 300_000 for number in range(4)]
    failures: list[BaseException] = []
    gate = threading.Barrier(CLIENTS)

    def client(number: int) -> None:
        own = random.Random(number).randbytes(200_000 + number)
        try:
            gate.wait(30)
            for body in (own, common[number % 4], common[(number + 1) % 4]):
                assert _post(served, body)["sha256"] == hashlib.sha256(body).hexdigest()
        except BaseException as error:
            failures.append(error)

    threads = [threading.Thread(target=client, args=(number,)) for number in range(CLIENTS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(120)
    assert failures == []
    served.kill()
    with Room.open(settings) as room:
        blobs = list(room.store.blobs())
        assert len(blobs) == CLIENTS + 4 == room.exhibits.used()[0]
        checked = room.ledger.check()
        assert not checked.faults
        with room.database.reading() as connection:
            words = [entry.what for entry in room.ledger.entries(connection, rows=100_000)]
        assert words.count("received") == CLIENTS + 4
        assert words.count("received-again") == 2 * CLIENTS - 4


def test_a_server_that_is_killed_shows_no_part_of_a_file(
    serving: Callable[..., Any], settings: Settings
) -> None:
    """A short form; `tests/service/soak/run.py` kills twenty times."""
    dice = random.Random(0)
    confirmed: set[str] = set()
    stop = threading.Event()

    def client(served: Any, number: int) -> None:
        own = random.Random(number)
        while not stop.is_set():
            try:
                confirmed.add(_post(served, own.randbytes(own.randrange(1, 2_000_000)))["sha256"])
            except (URLError, OSError, ValueError):
                return

    for round_ in range(3):
        served = serving(ASSAY_RATE_PER_MINUTE="100000")
        threads = [threading.Thread(target=client, args=(served, round_ * 10 + n)) for n in range(4)]
        for thread in threads:
            thread.start()
        so_far = len(confirmed)
        while len(confirmed) == so_far and any(thread.is_alive() for thread in threads):
            time.sleep(0.01)
        time.sleep(dice.random())
        served.kill()
        for thread in threads:
            thread.join(60)
    stop.set()
    with Room.open(settings) as room:
        blobs = {blob.sha256 for blob in room.store.blobs()}
        for sha256 in blobs:
            digest = hashlib.sha256(b"".join(room.store.chunks(sha256))).hexdigest()
            assert digest == sha256
        held = {each.sha256 for each in room.exhibits.page(None, rows=100_000)}
        assert blobs == held and confirmed <= held and confirmed
        incoming = settings.home / "store" / "evidence" / "incoming"
        assert not list(incoming.iterdir())
        assert not room.ledger.check().faults
