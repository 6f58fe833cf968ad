"""A service in processes of its own, and what they cost."""

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.request import Request, urlopen

from assay.service.access import Role
from assay.service.room import Room
from assay.service.settings import Settings


@dataclass(frozen=True)
class Server:
    """Where it answers, with which key, and the number of its first process."""

    address: str
    key: str
    pid: int

    def measured(self) -> dict[str, float]:
        """What it says of itself at /metrics."""
        asked = Request(f"{self.address}/metrics", headers={"Authorization": f"Bearer {self.key}"})
        with urlopen(asked, timeout=60) as answer:
            lines = answer.read().decode().splitlines()
        pairs = (line.rsplit(" ", 1) for line in lines if line and not line.startswith("#"))
        return {name: float(value) for name, value in pairs}

    def memory(self) -> dict[int, float]:
        """Resident MiB of every process of it, by number."""
        return {pid: _resident(pid) for pid in (self.pid, *_below(self.pid)) if _resident(pid)}

    def work(self) -> float:
        """Processor seconds that its processes have used so far."""
        return sum(_used(pid) for pid in (self.pid, *_below(self.pid)))


def _used(pid: int) -> float:
    try:
        fields = Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
    except (OSError, IndexError):
        return 0.0
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def _below(pid: int) -> list[int]:
    """Numbers of the processes that a process has started, and they in turn."""
    found: list[int] = []
    for task in Path(f"/proc/{pid}/task").glob("*/children"):
        try:
            for child in task.read_text().split():
                found += [int(child), *_below(int(child))]
        except OSError:
            continue
    return found


def _resident(pid: int) -> float:
    try:
        pages = int(Path(f"/proc/{pid}/statm").read_text().split()[1])
    except (OSError, IndexError):
        return 0.0
    return pages * os.sysconf("SC_PAGE_SIZE") / (1 << 20)


@contextmanager
def served(home: Path) -> Iterator[Server]:
    """`assay serve` with a worker, on SQLite and a folder."""
    with Room.open(Settings(home=home, spare_bytes=0)) as room:
        _, key = room.keys.make("benchmark", [Role.ADMIN], cases=None)
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    environment = os.environ | {
        "ASSAY_HOME": str(home),
        "ASSAY_PORT": str(port),
        "ASSAY_DEVICE": "cpu",
        "ASSAY_RATE_PER_MINUTE": "1000000",
        "ASSAY_LOG_LEVEL": "warning",
    }
    with (home / "serve.log").open("w") as log:
        process = subprocess.Popen(
            [sys.executable, "-m", "assay", "serve"], env=environment, stdout=log, stderr=log
        )
    try:
        for _ in range(1200):
            with socket.socket() as tried:
                if tried.connect_ex(("127.0.0.1", port)) == 0:
                    break
            if process.poll() is not None:
                raise SystemExit((home / "serve.log").read_text())
            time.sleep(0.1)
        yield Server(f"http://127.0.0.1:{port}", key, process.pid)
    finally:
        process.send_signal(signal.SIGTERM)
        try:
            process.wait(30)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait(30)
