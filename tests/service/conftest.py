"""A room to test in, on both databases: SQLite, and a PostgreSQL server that the tests start."""

import json
import os
import shutil
import socket
import subprocess
import sys
import time
import uuid
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from starlette.testclient import TestClient

from assay.service.access import Role
from assay.service.app import create_app
from assay.service.room import Room
from assay.service.settings import Settings
from assay.service.work.bench import Bench
from assay.service.work.job import Job
from assay.tests.service.serving import Serving, start

BASE = "http://localhost:8000"


def _server_programs() -> Path | None:
    """Folder of the programs of the newest installed server."""
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"), key=lambda path: int(path.parts[-3]))
    if found:
        return found[-1].parent
    onpath = shutil.which("initdb")
    return None if onpath is None else Path(onpath).parent


@dataclass(frozen=True)
class Server:
    """A running PostgreSQL server."""

    port: int
    folder: Path

    def address(self, name: str) -> str:
        return f"postgresql+psycopg://assay@/{name}?host={self.folder}&port={self.port}"

    def run(self, statement: str) -> None:
        import psycopg

        place = f"host={self.folder} port={self.port} user=assay dbname=postgres"
        with psycopg.connect(place, autocommit=True) as connection:
            connection.execute(statement)  # type: ignore[arg-type]


@pytest.fixture(scope="session")
def postgresql(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A server of this run alone, in a folder of its own, that listens on no network."""
    programs = _server_programs()
    if programs is None:
        pytest.skip("no PostgreSQL server is installed (Debian: apt-get install postgresql)")
    pytest.importorskip("psycopg", reason="the extra postgres is not installed")
    # The name of a socket may have about a hundred characters, and the server runs as another user than root.
    folder = Path("/tmp") / f"assay-pg-{uuid.uuid4().hex[:12]}"
    folder.mkdir(mode=0o755)
    as_user: list[str] = []
    if os.getuid() == 0:
        shutil.chown(folder, "postgres", "postgres")
        as_user = ["runuser", "-u", "postgres", "--"]
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    data = folder / "data"
    quiet: dict[str, Any] = {"check": True, "stdout": subprocess.DEVNULL, "cwd": folder, "timeout": 120}
    options = f"-k {folder} -p {port} -c listen_addresses= -c fsync=off -c max_connections=200 -c shared_buffers=32MB"
    try:
        subprocess.run(
            [
                *as_user,
                programs / "initdb",
                "-D",
                data,
                "-U",
                "assay",
                "-A",
                "trust",
                "-N",
                "--locale=C.UTF-8",
            ],
            **quiet,
        )
        start = ["start", "-D", data, "-w", "-l", folder / "log", "-o", options]
        subprocess.run([*as_user, programs / "pg_ctl", *start], **quiet)
        try:
            yield Server(port, folder)
        finally:
            subprocess.run(
                [*as_user, programs / "pg_ctl", "stop", "-D", data, "-m", "immediate", "-w"], **quiet
            )
    finally:
        shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture(params=["sqlite", "postgresql"])
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str | None]:
    """Address of an empty database: None for the file that a room makes itself."""
    if request.param == "sqlite":
        yield None
        return
    server: Server = request.getfixturevalue("postgresql")
    name = f"room_{uuid.uuid4().hex}"
    server.run(f"CREATE DATABASE {name}")
    yield server.address(name)
    server.run(f"DROP DATABASE {name} WITH (FORCE)")


@pytest.fixture
def settings(database_url: str | None, tmp_path: Path) -> Settings:
    """Settings of an empty room; small bounds."""
    return Settings(
        home=tmp_path / "home", database=database_url, device="cpu", upload_bytes=2_000_000, spare_bytes=0
    )


@pytest.fixture
def room(settings: Settings) -> Iterator[Room]:
    """An open room with its first case and no key."""
    with Room.open(settings) as room:
        yield room


Keyed = Callable[..., dict[str, str]]


@pytest.fixture
def keyed(room: Room) -> Keyed:
    """Makes a key with these roles, and gives the header that shows it."""

    def made(*roles: Role | str, cases: list[str] | None = None) -> dict[str, str]:
        granted = [Role(role) for role in roles]
        _, token = room.keys.make("-".join(granted), granted, cases=cases)
        return {"authorization": f"Bearer {token}"}

    return made


@pytest.fixture
def client(room: Room) -> Iterator[TestClient]:
    """The application around the room, without a key."""
    with TestClient(create_app(room), base_url=BASE) as client:
        yield client


@pytest.fixture
def admin(client: TestClient, keyed: Keyed) -> TestClient:
    """The application, with the key of an admin."""
    client.headers.update(keyed("admin"))
    return client


Start = Callable[..., Serving]


@pytest.fixture(scope="session")
def start_service() -> Iterator[Start]:
    """Starts `assay serve` on a home folder and a database; what still runs at the end is killed."""
    started: list[Serving] = []

    def started_one(home: Path, database: str | None = None, **more: str) -> Serving:
        started.append(start(home, database, **more))
        return started[-1]

    yield started_one
    for each in started:
        each.kill()


@pytest.fixture
def serving(start_service: Start, settings: Settings) -> Start:
    """Starts `assay serve` on the room of the settings; may be called again after a kill."""

    def again(**more: str) -> Serving:
        url = None if settings.database is None else settings.database.get_secret_value()
        return start_service(settings.home, url, **more)

    return again


@pytest.fixture
def bench(room: Room) -> Bench:
    return Bench(room)


@pytest.fixture
def case(room: Room) -> str:
    return room.cases.all()[0].id


@pytest.fixture
def put(room: Room, case: str) -> Callable[..., str]:
    """Put content into the first case, or another one; gives its hash."""

    def made(content: bytes, name: str = "x", within: str | None = None) -> str:
        with room.store.arrival() as arrival:
            arrival.write(content)
            room.exhibits.receive(arrival, case_id=within or case, name=name, by="test")
            return arrival.sha256

    return made


@pytest.fixture(scope="session")
def batch() -> bytes:
    """A batch of logs with something in it."""
    rows = [
        {
            "EventID": 4624,
            "Channel": "Security",
            "Hostname": f"ws{number % 3}",
            "TargetUserName": f"u{number % 5}",
        }
        for number in range(120)
    ]
    for number in range(6):
        rare = {"EventID": 7040 + number, "Channel": "System", "Hostname": f"ws{number % 3}"}
        rows.insert(20 * number, rare)
    return "".join(json.dumps(row) + "\n" for row in rows).encode()


@pytest.fixture
def analysis_request() -> dict[str, object]:
    return {"profile": "fast", "pictures": False, "report": False, "lang": "en", "redact": False}


@pytest.fixture
def working(settings: Settings, tmp_path: Path) -> Iterator[Callable[[], "subprocess.Popen[bytes]"]]:
    """Starts `assay worker` on the room; may be called more than once."""
    started: list[subprocess.Popen[bytes]] = []

    def start() -> "subprocess.Popen[bytes]":
        environment = os.environ | {"ASSAY_HOME": str(settings.home), "ASSAY_DEVICE": "cpu"}
        if settings.database is not None:
            environment["ASSAY_DATABASE"] = settings.database.get_secret_value()
        with (tmp_path / f"worker-{len(started)}.log").open("wb") as log:
            words = [sys.executable, "-m", "assay", "worker"]
            started.append(subprocess.Popen(words, env=environment, stdout=log, stderr=log))
        return started[-1]

    yield start
    for each in started:
        each.kill()
        each.wait(60)


@pytest.fixture
def ended(bench: Bench) -> Callable[[str], Job]:
    """Waits for a job."""

    def wait(name: str, seconds: float = 240.0) -> Job:
        ends = time.monotonic() + seconds
        while not (job := bench.jobs.find(name)).over:
            assert time.monotonic() < ends, f"the job has not ended: {job}"
            time.sleep(0.1)
        return job

    return wait
