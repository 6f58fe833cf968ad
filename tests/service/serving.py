"""`assay serve` in a process of its own, for whoever asks a real service: tests, and what measures it."""

import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.request import Request, urlopen

from assay.service.access import Role
from assay.service.room import Room
from assay.service.settings import Settings

_STEP, _PATIENCE = 0.05, 120.0
"""Seconds between two looks whether it answers, and in all; importing takes its time on a machine that is busy."""


@dataclass(frozen=True)
class Serving:
    """A service in a process of its own.

    Attributes
    ----------
    address
        ``http://127.0.0.1:PORT``.
    token
        The key that was made for whoever asked.
    process, log
        Its first process, and where that writes.
    """

    address: str
    token: str
    process: "subprocess.Popen[str]"
    log: Path

    @property
    def key(self) -> dict[str, str]:
        """The header that shows the key."""
        return {"authorization": f"Bearer {self.token}"}

    def measured(self) -> dict[str, float]:
        """What it says of itself at /metrics."""
        with urlopen(Request(f"{self.address}/metrics", headers=self.key), timeout=60) as answer:
            lines = answer.read().decode().splitlines()
        pairs = (line.rsplit(" ", 1) for line in lines if line and not line.startswith("#"))
        return {name: float(value) for name, value in pairs}

    def kill(self) -> None:
        """As a power cut would, or the kernel when memory is short."""
        self.process.kill()
        self.process.wait(60)

    def stop(self) -> None:
        """As an operator does; one that does not end is killed."""
        self.process.terminate()
        try:
            self.process.wait(60)
        except subprocess.TimeoutExpired:
            self.kill()


def start(
    home: Path,
    database: str | None = None,
    *,
    roles: Sequence[Role] = (Role.ADMIN,),
    called: str = "an admin",
    **settings: str,
) -> Serving:
    """Start it on a home folder and a database, with a new key of these roles; when this returns it answers.

    Parameters
    ----------
    home, database
        Of the room; None: SQLite in the home folder.
    roles, called
        Of the key, in every case.
    settings
        ``ASSAY_...``, as the environment has them.

    Raises
    ------
    AssertionError
        It did not start; with what it wrote.
    """
    with Room.open(Settings(home=home, database=database, spare_bytes=0)) as room:  # type: ignore[arg-type]
        _, token = room.keys.make(called, list(roles), cases=None)
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    own = {
        "ASSAY_HOME": str(home),
        "ASSAY_PORT": str(port),
        "ASSAY_SPARE_BYTES": "0",
        "ASSAY_DEVICE": "cpu",
    }
    if database is not None:
        own["ASSAY_DATABASE"] = database
    log = home / f"serve-{port}.log"
    with log.open("w") as file:
        process = subprocess.Popen(
            [sys.executable, "-m", "assay", "serve"],
            env=os.environ | own | settings,
            stdout=file,
            stderr=file,
            text=True,
        )
    serving = Serving(f"http://127.0.0.1:{port}", token, process, log)
    ends = time.monotonic() + _PATIENCE
    while process.poll() is None and time.monotonic() < ends:
        with socket.socket() as tried:
            if tried.connect_ex(("127.0.0.1", port)) == 0:
                return serving
        time.sleep(_STEP)
    serving.kill()
    raise AssertionError(f"the service did not start:\n{log.read_text()}")


@contextmanager
def served(
    home: Path,
    database: str | None = None,
    *,
    roles: Sequence[Role] = (Role.ADMIN,),
    called: str = "an admin",
    **settings: str,
) -> Iterator[Serving]:
    """The same for as long as the context lasts."""
    serving = start(home, database, roles=roles, called=called, **settings)
    try:
        yield serving
    finally:
        serving.stop()
