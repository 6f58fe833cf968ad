"""Upload for long and kill the server meanwhile; then one long stream, many clients, and what they cost.

``python tests/service/soak/uploads.py --kills 20 --gib 2`` on SQLite, with ``--database URL`` on an empty PostgreSQL
database. No part of a file may be visible after any kill, no upload that was confirmed may be lost, the memory may
grow by less than 64 MB and the event loop be late by less than 50 ms in 99 of 100 cases (on a machine that does
something else, compare with `idle`). Prints the figures as JSON and ends with 1 when one of them is not met.
"""

import argparse
import hashlib
import http.client
import json
import os
import random
import socket
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.error import URLError
from urllib.request import Request, urlopen

from assay.service.access import Role
from assay.service.evidence.inspection import inspect
from assay.service.room import Room
from assay.service.settings import Settings

MIB = 1 << 20
CLIENTS = 64


class Service:
    """A server without a worker, which may be killed and started again."""

    def __init__(self, home: Path, database: str | None) -> None:
        self.home, self.database = home, database
        with Room.open(self.settings) as room:
            _, token = room.keys.make("soak", [Role.ADMIN], cases=None)
        self.key = {"Authorization": f"Bearer {token}"}
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port = free.getsockname()[1]
        self.address = f"http://127.0.0.1:{self.port}"

    @property
    def settings(self) -> Settings:
        return Settings(home=self.home, database=self.database, spare_bytes=0)  # type: ignore[arg-type]

    def start(self) -> None:
        own = {
            "ASSAY_HOME": str(self.home),
            "ASSAY_PORT": str(self.port),
            "ASSAY_SPARE_BYTES": "0",
            "ASSAY_WORK": "false",
            "ASSAY_RATE_PER_MINUTE": "1000000",
            "ASSAY_LOG_LEVEL": "warning",
        }
        if self.database is not None:
            own["ASSAY_DATABASE"] = self.database
        command = [sys.executable, "-m", "assay", "serve"]
        self.process = subprocess.Popen(command, env=os.environ | own, stderr=subprocess.DEVNULL)
        for _ in range(2400):
            with socket.socket() as tried:
                if tried.connect_ex(("127.0.0.1", self.port)) == 0:
                    return
            time.sleep(0.05)
        raise RuntimeError("the service did not start")

    def kill(self) -> None:
        self.process.kill()
        self.process.wait()

    def post(self, body: bytes) -> dict[str, Any]:
        request = Request(f"{self.address}/v1/evidence", data=body, headers=self.key, method="POST")
        request.add_header("Content-Type", "application/octet-stream")
        with urlopen(request, timeout=120) as answer:
            page: dict[str, Any] = json.load(answer)
        return page

    def measured(self) -> dict[str, float]:
        with urlopen(Request(f"{self.address}/metrics", headers=self.key), timeout=120) as answer:
            lines = answer.read().decode().splitlines()
        pairs = (line.rsplit(" ", 1) for line in lines if line and not line.startswith("#"))
        return {name: float(value) for name, value in pairs}

    def memory(self) -> int:
        pages = int(Path(f"/proc/{self.process.pid}/statm").read_text().split()[1])
        return pages * os.sysconf("SC_PAGE_SIZE")


class Watched:
    """What a stretch of work cost the server: growth of its memory, lag of its loop, processor time."""

    def __init__(self, service: Service) -> None:
        self._service = service
        self._stop = threading.Event()
        self._most = 0

    def __enter__(self) -> "Watched":
        self._before, self._base = self._service.measured(), self._service.memory()
        self._thread = threading.Thread(target=self._sample)
        self._thread.start()
        return self

    def _sample(self) -> None:
        while not self._stop.wait(0.1):
            self._most = max(self._most, self._service.memory())

    def __exit__(self, *_: object) -> None:
        self._stop.set()
        self._thread.join()
        after = self._service.measured()
        change = {name: after[name] - self._before.get(name, 0.0) for name in after}
        waits = change["assay_loop_lag_seconds_count"]
        on_time = change['assay_loop_lag_seconds_bucket{le="0.05"}']
        self.figures = {
            "memory_growth_mb": round((self._most - self._base) / 1e6, 1),
            "loop_waits": int(waits),
            "loop_within_50_ms": round(on_time / waits, 5),
            "cpu_seconds": round(change["process_cpu_seconds_total"], 2),
        }


def killed(service: Service, kills: int, dice: random.Random) -> dict[str, Any]:
    """Kill the server again and again while clients send."""
    confirmed: set[str] = set()
    for round_ in range(kills):
        service.start()
        names = [f"{round_}-{number}" for number in range(6)]
        threads = [threading.Thread(target=_sender, args=(service, name, confirmed)) for name in names]
        for thread in threads:
            thread.start()
        time.sleep(0.1 + 1.5 * dice.random())
        service.kill()
        for thread in threads:
            thread.join()
    with Room.open(service.settings) as room:
        found = inspect(room)
        held = {each.sha256 for each in room.exhibits.page(None, rows=1_000_000)}
        blobs = {blob.sha256 for blob in room.store.blobs()}
    incoming = service.home / "store" / "evidence" / "incoming"
    return {
        "kills": kills,
        "confirmed": len(confirmed),
        "held": len(held),
        "lost": len(confirmed - held),
        "unknown_files": len(blobs - held),
        "left_on_their_way": len(list(incoming.iterdir())),
        "faults": [fault.to_json() for fault in found.faults],
    }


def _sender(service: Service, name: str, confirmed: set[str]) -> None:
    dice = random.Random(name)
    while True:
        body = dice.randbytes(dice.randrange(1, 4 * MIB))
        try:
            confirmed.add(service.post(body)["sha256"])
        except (URLError, OSError, ValueError):
            return


def idle(service: Service, seconds: float) -> dict[str, Any]:
    """Nothing at all, for comparison: what the machine does to the loop by itself."""
    with Watched(service) as watched:
        time.sleep(seconds)
    return watched.figures


def streamed(service: Service, size: int) -> dict[str, Any]:
    """One stream of `size` bytes."""
    piece = random.Random(0).randbytes(MIB)
    digest = hashlib.sha256()

    def pieces() -> Iterator[bytes]:
        for _ in range(size // MIB):
            digest.update(piece)
            yield piece

    began = time.monotonic()
    with Watched(service) as watched:
        connection = http.client.HTTPConnection("127.0.0.1", service.port, timeout=600)
        headers = {**service.key, "Content-Length": str(size)}
        connection.request("POST", "/v1/evidence", pieces(), headers)
        answer = connection.getresponse()
        page = json.loads(answer.read())
        connection.close()
    right = answer.status == 201 and page["sha256"] == digest.hexdigest()
    return {"bytes": size, "right": right, "seconds": round(time.monotonic() - began, 1), **watched.figures}


def crowded(service: Service, rounds: int) -> dict[str, Any]:
    """Many clients at once."""
    failures: list[str] = []
    gate = threading.Barrier(CLIENTS)

    def client(number: int) -> None:
        dice = random.Random(number)
        try:
            gate.wait()
            for _ in range(rounds):
                body = dice.randbytes(MIB + number)
                if service.post(body)["sha256"] != hashlib.sha256(body).hexdigest():
                    failures.append("another hash")
        except Exception as error:
            failures.append(repr(error))

    threads = [threading.Thread(target=client, args=(number,)) for number in range(CLIENTS)]
    with Watched(service) as watched:
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    return {"clients": CLIENTS, "uploads": CLIENTS * rounds, "failures": failures, **watched.figures}


def main() -> None:
    """Run everything and print the figures."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--kills", type=int, default=20)
    parser.add_argument("--gib", type=float, default=2.0)
    parser.add_argument("--rounds", type=int, default=4, help="uploads of each of the many clients")
    parser.add_argument("--database", help="address of an empty database; by default SQLite")
    parser.add_argument("--seed", type=int, default=0)
    chosen = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="assay-soak-") as folder:
        service = Service(Path(folder) / "home", chosen.database)
        figures: dict[str, Any] = {"kill": killed(service, chosen.kills, random.Random(chosen.seed))}
        service.start()
        try:
            service.post(b"warm")
            figures["idle"] = idle(service, 20.0)
            figures["stream"] = streamed(service, int(chosen.gib * 1024) * MIB)
            figures["crowd"] = crowded(service, chosen.rounds)
        finally:
            service.kill()
    kill, stream, crowd = figures["kill"], figures["stream"], figures["crowd"]
    bad = [
        name
        for name, holds in {
            "kills": not (
                kill["lost"] or kill["unknown_files"] or kill["left_on_their_way"] or kill["faults"]
            ),
            "stream": stream["right"] and stream["memory_growth_mb"] < 64,
            "stream loop": stream["loop_within_50_ms"] >= 0.99,
            "crowd": not crowd["failures"],
            "crowd loop": crowd["loop_within_50_ms"] >= 0.99,
        }.items()
        if not holds
    ]
    sys.stdout.write(json.dumps(figures | {"not_met": bad}, indent=1) + "\n")
    raise SystemExit(bool(bad))


if __name__ == "__main__":
    main()
