"""Kill servers and workers while jobs are under way, and count what became of every job.

``python tests/service/soak/run.py --kills 50`` on SQLite, ``--postgresql`` on a server that it starts itself. Every job
that was accepted must end exactly once: none lost, none with two results, nothing half-kept, no custody entry too many
or too few, no pickle in any table. Prints the counts as JSON and ends with 1 when one of them is wrong.

``--load SECONDS`` kills nobody: it keeps videos, pictures and batches coming for that long and reports latencies and
the memory of every process.
"""

import argparse
import base64
import contextlib
import hashlib
import json
import os
import random
import re
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import av
import httpx2
import numpy as np
import sqlalchemy
from PIL import Image

from assay.service.database import Database
from assay.service.database.tables import custody, incident, job, job_exhibit, result_file


class Service:
    """A server with its worker, started again after each kill."""

    def __init__(self, home: Path, database: str | None) -> None:
        self.home, self.database = home, database
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port = free.getsockname()[1]
        self.address = f"http://127.0.0.1:{self.port}"
        self.environment = os.environ | {
            "ASSAY_HOME": str(home),
            "ASSAY_PORT": str(self.port),
            "ASSAY_SPARE_BYTES": "0",
            "ASSAY_DEVICE": "cpu",
            "ASSAY_RATE_PER_MINUTE": "1000000",
            "ASSAY_LOG_LEVEL": "warning",
            "XDG_CONFIG_HOME": str(home / "config"),
        }
        if database is not None:
            self.environment["ASSAY_DATABASE"] = database
        self.log = home / "log.txt"
        self.process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        self.home.mkdir(parents=True, exist_ok=True)
        with self.log.open("ab") as file:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "assay", "serve"], env=self.environment, stdout=file, stderr=file
            )
        for _ in range(1200):
            with contextlib.suppress(httpx2.TransportError):
                if httpx2.get(f"{self.address}/healthz", timeout=5).status_code == 200:
                    return
            if self.process.poll() is not None:
                break
            time.sleep(0.1)
        raise AssertionError(f"the service did not start:\n{self.log.read_text()[-4000:]}")

    def key(self) -> str:
        found = re.search(r"ak_[0-9a-f]{16}_[A-Za-z0-9_-]{43}", self.log.read_text())
        assert found is not None
        return found[0]

    def children(self) -> list[int]:
        return [] if self.process is None else _children(self.process.pid)

    def workers(self) -> list[int]:
        return [pid for pid in self.children() if b"worker" in _words(pid)]

    def kill_server(self) -> None:
        assert self.process is not None
        self.process.kill()
        self.process.wait()
        self.start()

    def kill_worker(self) -> None:
        for pid in self.workers():
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)

    def kill_both(self) -> None:
        assert self.process is not None
        pids = self.workers()
        self.process.kill()
        for pid in pids:
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        self.process.wait()
        self.start()

    def stop(self) -> None:
        if self.process is not None:
            self.process.terminate()
            try:
                self.process.wait(30)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()


class Evidence:
    """Small things that exercise every kind of job."""

    def __init__(self, folder: Path) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        rng = np.random.default_rng(7)
        base = rng.integers(0, 255, (40, 48, 3), dtype=np.uint8)
        photo = Image.fromarray(base).resize((480, 400), Image.Resampling.BICUBIC)
        self.pictures = []
        for number in range(4):
            path = folder / f"picture-{number}.jpg"
            photo.rotate(90 * number).save(path, quality=85 + number)
            self.pictures.append(path.read_bytes())
        video = folder / "clip.mp4"
        with av.open(str(video), "w") as out:
            stream: Any = out.add_stream("libx264", rate=25)
            stream.width, stream.height, stream.pix_fmt = 256, 240, "yuv420p"
            pixels = np.asarray(photo)
            for number in range(25):
                frame = np.ascontiguousarray(pixels[number : number + 240, number : number + 256])
                out.mux(stream.encode(av.VideoFrame.from_ndarray(frame)))
            out.mux(stream.encode())
        self.video = video.read_bytes()

    @staticmethod
    def lines(count: int, seed: int) -> bytes:
        rng = random.Random(seed)
        rows = [
            {
                "@timestamp": f"2026-01-01T{number // 60 % 24:02d}:{number % 60:02d}:00Z",
                "EventID": rng.choice([4624, 4625, 4688, 1, 3]),
                "Channel": "Security",
                "Hostname": f"ws{number % 7}",
                "TargetUserName": f"u{number % 11}",
                "IpAddress": f"10.0.0.{number % 50}",
                "NewProcessName": f"C:\\x\\p{rng.randrange(30)}.exe",
            }
            for number in range(count)
        ]
        return "".join(json.dumps(row) + "\n" for row in rows).encode()


class Submitter(threading.Thread):
    """Sends mixed jobs, a few open at a time, whatever happens to the service."""

    def __init__(self, service: Service, key: str, evidence: Evidence, seed: int, most: int = 5) -> None:
        super().__init__(daemon=True)
        self._service, self._evidence, self._most = service, evidence, most
        self._rng = random.Random(seed)
        self._client = httpx2.Client(
            base_url=service.address, headers={"authorization": f"Bearer {key}"}, timeout=60
        )
        self.accepted: dict[str, str] = {}
        self.at_once: list[str] = []
        self.refused: Counter[int] = Counter()
        self.broken = self.ended = 0
        self._end = threading.Event()
        self._numbers = iter(range(10**9))

    def run(self) -> None:
        while not self._end.is_set():
            try:
                if self._open() >= self._most:
                    time.sleep(0.2)
                    continue
                self._submit()
            except httpx2.TransportError:
                # Killed in the middle of it.
                self.broken += 1
                time.sleep(0.2)

    def wait_for_progress(self, seconds: float) -> None:
        """Until another job has ended, or for that long."""
        before, ends = self.ended, time.monotonic() + seconds
        while self.ended == before and time.monotonic() < ends:
            time.sleep(0.1)

    def end(self) -> None:
        self._end.set()
        self.join(120)
        self._client.close()

    def _open(self) -> int:
        count = 0
        for name, path in list(self.accepted.items())[-30:]:
            if path:
                page = self._client.get(path).json()
                if page.get("ended") is None and page.get("state") in ("queued", "running"):
                    count += 1
                else:
                    self.accepted[name] = ""
                    self.ended += 1
        return count

    def _sent(self, data: bytes, name: str) -> str:
        # Each has content of its own, so that results of two jobs never coincide.
        content = data + f"#{next(self._numbers)}".encode()
        answer = self._client.post("/v1/evidence", params={"name": name}, content=content)
        if answer.status_code in (200, 201):
            return str(answer.json()["sha256"])
        self.refused[answer.status_code] += 1
        return hashlib.sha256(content).hexdigest()

    def _submit(self) -> None:
        kind = self._rng.choice(
            ["pictures", "pictures", "video", "report", "batch", "batch", "logs", "baseline"]
        )
        evidence = self._evidence
        if kind == "batch":
            body = evidence.lines(200, self._rng.randrange(10**9))
            answer = self._client.post("/v1/triage", content=body)
        elif kind == "logs":
            body = evidence.lines(2000, self._rng.randrange(10**9))
            answer = self._client.post("/v1/triage", params={"later": "true"}, content=body)
        elif kind == "baseline":
            sent = self._sent(evidence.lines(500, self._rng.randrange(10**9)), "normal.jsonl")
            answer = self._client.post(
                "/v1/baselines", json={"name": f"site-{self._rng.randrange(10**6)}", "evidence": [sent]}
            )
        else:
            if kind == "video":
                sent = [self._sent(evidence.video, "clip.mp4"), self._sent(evidence.pictures[0], "a.jpg")]
            else:
                sent = [
                    self._sent(picture, "p.jpg")
                    for picture in evidence.pictures[: 1 if kind == "report" else 3]
                ]
            full = kind == "report"
            page = {"evidence": sent, "profile": "fast", "pictures": full, "report": full}
            answer = self._client.post("/v1/analyses", json=page)
        if answer.status_code == 202:
            self.accepted[answer.json()["id"]] = answer.headers["location"]
        elif answer.status_code == 200:
            self.at_once.append(answer.json()["id"])
            self.ended += 1
        else:
            self.refused[answer.status_code] += 1


def check(service: Service, submitter: Submitter) -> dict[str, Any]:
    """Count what became of every job; ``faults`` is empty when all is as it must be."""
    address = service.database or f"sqlite:///{service.home / 'room.sqlite3'}"
    database = Database(address)
    faults: list[str] = []
    with database.reading() as connection:
        jobs = {row.id: row for row in connection.execute(sqlalchemy.select(job))}
        for name in (*submitter.accepted, *submitter.at_once):
            if name not in jobs:
                faults.append(f"job {name} was accepted and is lost")
        states = Counter(row.state for row in jobs.values())
        codes = Counter(row.code for row in jobs.values() if row.code)
        told: Counter[tuple[str, str]] = Counter()
        for (line,) in connection.execute(sqlalchemy.select(custody.c.line)):
            entry = json.loads(bytes(line))["entry"]
            if "job" in entry["details"]:
                told[entry["details"]["job"], entry["what"]] += 1
        files = Counter(connection.execute(sqlalchemy.select(result_file.c.job_id)).scalars())
        exhibits: dict[str, list[Any]] = {}
        for row in connection.execute(sqlalchemy.select(job_exhibit)):
            exhibits.setdefault(row.job_id, []).append(row)
        incidents = Counter(connection.execute(sqlalchemy.select(incident.c.job_id)).scalars())
        for row in jobs.values():
            faults += _faults(row, exhibits.get(row.id, []), told, files[row.id], incidents[row.id])
        runs = Counter(row.runs for row in jobs.values())
    places = [database.url]
    if service.database is None:
        places.append(f"sqlite:///{service.home / 'queue.sqlite3'}")
    rows = 0
    for place in places:
        found, pickled = pickled_rows(place)
        rows += found
        faults += pickled
    database.close()
    return {
        "jobs": len(jobs),
        "states": dict(states),
        "codes": dict(codes),
        "accepted": len(submitter.accepted),
        "answered_at_once": len(submitter.at_once),
        "requests_that_a_kill_broke": submitter.broken,
        "refused": dict(submitter.refused),
        "runs_of_a_job": dict(sorted(runs.items())),
        "custody_entries": sum(told.values()),
        "rows_searched_for_pickles": rows,
        "faults": faults,
    }


def _faults(
    row: Any, exhibits: list[Any], told: Counter[tuple[str, str]], files: int, incidents: int
) -> Iterator[str]:
    if row.state in ("queued", "running"):
        yield f"job {row.id} ({row.kind}) has not ended: {row.state}, {row.stage}"
    elif row.state == "failed":
        yield f"job {row.id} ({row.kind}) failed: {row.code} {row.words}"
    elif row.state == "done":
        answer = json.loads(row.answer)
        word = "fitted" if row.kind == "baseline" else "assayed"
        wanted = 1 if row.kind == "baseline" else len(exhibits)
        if told[row.id, word] != wanted:
            yield f"job {row.id} ({row.kind}) has {told[row.id, word]} entries {word}, not {wanted}"
        if row.kind == "analysis":
            if any(each.outcome is None or each.length is None for each in exhibits):
                yield f"job {row.id} is done, but an exhibit has no verdict"
            if sum(answer["outcomes"].values()) != len(exhibits):
                yield f"job {row.id}: {answer['outcomes']} of {len(exhibits)} exhibits"
        if row.kind == "triage" and incidents != answer["incidents"]:
            yield f"job {row.id} has {incidents} incidents, not {answer['incidents']}"
        if row.kind != "baseline" and not files:
            yield f"job {row.id} is done and made no file"
    if told[row.id, "asked"] != len(exhibits):
        yield f"job {row.id} was asked for {told[row.id, 'asked']} times"


def pickled_rows(address: str) -> tuple[int, list[str]]:
    """How many rows there are in all tables of a database, and which hold a pickle."""
    engine = sqlalchemy.create_engine(address)
    inspector = sqlalchemy.inspect(engine)
    faults, rows = [], 0
    schemas = [None, "dbos"] if "dbos" in inspector.get_schema_names() else [None]
    with engine.connect() as connection:
        for schema in schemas:
            for table in inspector.get_table_names(schema=schema):
                loaded = sqlalchemy.Table(table, sqlalchemy.MetaData(), schema=schema, autoload_with=engine)
                for row in connection.execute(sqlalchemy.select(loaded)):
                    rows += 1
                    faults += [f"{table} holds a pickle" for value in row if looks_pickled(value)]
    engine.dispose()
    return rows, faults


def looks_pickled(value: Any) -> bool:
    """Whether a value is a pickle of protocol 2 or later, as it is or in Base64, or names that serializer."""
    if isinstance(value, str):
        if value in ("py_pickle", "pickle"):
            return True
        try:
            value = base64.b64decode(value[:64], validate=True) if len(value) >= 8 else b""
        except ValueError:
            return False
    data = bytes(value) if isinstance(value, bytes | memoryview) else b""
    return len(data) > 2 and data[0] == 0x80 and 2 <= data[1] <= 5


def wait_until_done(service: Service, key: str, seconds: float) -> None:
    headers = {"authorization": f"Bearer {key}"}
    with httpx2.Client(base_url=service.address, headers=headers, timeout=60) as client:
        _wait(client, seconds)


def _wait(client: httpx2.Client, seconds: float) -> None:
    ends = time.monotonic() + seconds
    while time.monotonic() < ends:
        left = 0
        for path, name in (("/v1/analyses", "analyses"), ("/v1/triage", "triages")):
            for state in ("queued", "running"):
                left += len(client.get(path, params={"state": state}).json()[name])
        if not left:
            break
        time.sleep(0.5)
    # Jobs of baselines have no list; they are few and short.
    time.sleep(3)


def soak(home: Path, database: str | None, kills: int, seed: int, most: int = 5) -> dict[str, Any]:
    """Kill at random moments, wait, and count."""
    rng = random.Random(seed)
    service = Service(home, database)
    evidence = Evidence(home / "evidence")
    began = time.monotonic()
    service.start()
    try:
        key = service.key()
        submitter = Submitter(service, key, evidence, seed, most)
        submitter.start()
        done: Counter[str] = Counter()
        for number in range(kills):
            # Some come while everything still starts, most while it works.
            if rng.random() < 0.7:
                submitter.wait_for_progress(60.0)
            time.sleep(rng.uniform(0.0, 6.0))
            name = rng.choices(["worker", "server", "both"], [5, 3, 2])[0]
            getattr(service, f"kill_{name}")()
            done[name] += 1
            sys.stderr.write(f"kill {number + 1}: {name}; {len(submitter.accepted)} accepted\n")
        submitter.end()
        wait_until_done(service, key, 600)
        counted = check(service, submitter)
    finally:
        service.stop()
    # A worker that starts in quiet takes away what the killed ones left.
    service.start()
    time.sleep(8)
    service.stop()
    left = [path.name for path in (home / "scratch").rglob("task-*")]
    stored = sum(path.is_file() for path in (home / "store" / "results").rglob("*"))
    named = _named(service)
    if left:
        counted["faults"].append(f"folders of tasks are left: {left}")
    if stored != named:
        counted["faults"].append(f"{stored} files lie in the store of results, {named} are named")
    return {"kills": dict(done), "seconds": round(time.monotonic() - began), **counted}


def _named(service: Service) -> int:
    database = Database(service.database or f"sqlite:///{service.home / 'room.sqlite3'}")
    with database.reading() as connection:
        query = sqlalchemy.text(
            "SELECT count(*) FROM (SELECT sha256 FROM result_file UNION SELECT sha256 FROM baseline_file) AS named"
        )
        count = connection.execute(query).scalar()
    database.close()
    return int(count or 0)


def load(home: Path, database: str | None, seconds: float, seed: int) -> dict[str, Any]:
    """Keep everything busy, and measure."""
    service = Service(home, database)
    evidence = Evidence(home / "evidence")
    service.start()
    health: list[float] = []
    batches: list[float] = []
    memory: list[dict[str, int]] = []
    try:
        key = service.key()
        submitter = Submitter(service, key, evidence, seed, most=4)
        submitter.start()
        client = httpx2.Client(
            base_url=service.address, headers={"authorization": f"Bearer {key}"}, timeout=60
        )
        ends, number, sampled = time.monotonic() + seconds, 0, 0.0
        while time.monotonic() < ends:
            for _ in range(20):
                health.append(_timed(lambda: client.get("/healthz")))
                time.sleep(0.02)
            body = evidence.lines(1000, 10**9 + number)
            number += 1
            if number % 4 == 0:
                batches.append(_timed(lambda body=body: client.post("/v1/triage", content=body)))
            if time.monotonic() - sampled > 5.0:
                sampled = time.monotonic()
                memory.append(_memory(service))
        submitter.end()
        wait_until_done(service, key, 300)
        counted = check(service, submitter)
    finally:
        service.stop()
    warm = memory[len(memory) // 3 :]
    return {
        "seconds": seconds,
        "healthz_ms": _quantiles(health),
        "triage_of_1000_lines_ms": _quantiles(batches),
        "memory_mb": {
            name: {"after_a_third": warm[0].get(name, 0) >> 20, "at_the_end": memory[-1].get(name, 0) >> 20,
                   "most": max(each.get(name, 0) for each in memory) >> 20}
            for name in sorted({name for each in memory for name in each})
        },
        **counted,
    }  # fmt: skip


def _timed(call: Any) -> float:
    began = time.perf_counter()
    call()
    return time.perf_counter() - began


def _quantiles(values: list[float]) -> dict[str, float]:
    found = sorted(values)
    told = {"count": float(len(found)), "max": round(1000 * found[-1], 1)}
    for name, share in (("p50", 0.5), ("p95", 0.95), ("p99", 0.99)):
        told[name] = round(1000 * found[min(len(found) - 1, int(share * len(found)))], 1)
    return told


def _memory(service: Service) -> dict[str, int]:
    found: dict[str, int] = {}
    assert service.process is not None
    todo = [service.process.pid]
    while todo:
        pid = todo.pop()
        todo += _children(pid)
        words = _words(pid)
        name = next((n for n in ("serve", "worker", "inside", "inmate") if n.encode() in words), "other")
        found[name] = found.get(name, 0) + _resident(pid)
    return found


def _children(pid: int) -> list[int]:
    try:
        tasks = list(Path(f"/proc/{pid}/task").iterdir())
        return [int(each) for task in tasks for each in (task / "children").read_text().split()]
    except OSError:
        return []


def _words(pid: int) -> bytes:
    try:
        return Path(f"/proc/{pid}/cmdline").read_bytes()
    except OSError:
        return b""


def _resident(pid: int) -> int:
    try:
        return int(Path(f"/proc/{pid}/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")
    except (OSError, IndexError):
        return 0


@contextmanager
def postgresql() -> Iterator[str]:
    """The address of an empty database on a server of this run alone."""
    programs = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"), key=lambda path: int(path.parts[-3]))
    if not programs:
        sys.exit("no PostgreSQL server is installed (Debian: apt-get install postgresql)")
    folder = Path(tempfile.mkdtemp(prefix="assay-pg-", dir="/tmp"))
    folder.chmod(0o755)
    as_user: list[str] = []
    if os.getuid() == 0:
        shutil.chown(folder, "postgres", "postgres")
        as_user = ["runuser", "-u", "postgres", "--"]
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    data, quiet = folder / "data", {"check": True, "stdout": subprocess.DEVNULL, "cwd": folder}
    here = programs[-1].parent
    subprocess.run(
        [*as_user, here / "initdb", "-D", data, "-U", "assay", "-A", "trust", "--locale=C.UTF-8"], **quiet
    )  # type: ignore[call-overload]
    options = f"-k {folder} -p {port} -c listen_addresses= -c max_connections=300"
    subprocess.run(
        [*as_user, here / "pg_ctl", "start", "-D", data, "-w", "-l", folder / "log", "-o", options], **quiet
    )  # type: ignore[call-overload]
    try:
        yield f"postgresql+psycopg://assay@/postgres?host={folder}&port={port}"
    finally:
        subprocess.run([*as_user, here / "pg_ctl", "stop", "-D", data, "-m", "immediate", "-w"], **quiet)  # type: ignore[call-overload]
        shutil.rmtree(folder, ignore_errors=True)


def main() -> None:
    """Run, print, and say by the exit status whether all is as it must be."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--kills", type=int, default=50)
    parser.add_argument("--load", type=float, default=0.0, metavar="SECONDS")
    parser.add_argument("--postgresql", action="store_true")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--keep", type=Path, help="folder of the room; by default one that is removed")
    given = parser.parse_args()
    with contextlib.ExitStack() as stack:
        database = stack.enter_context(postgresql()) if given.postgresql else None
        home = given.keep or Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="assay-soak-")))
        if given.load:
            counted = load(home, database, given.load, given.seed)
        else:
            counted = soak(home, database, given.kills, given.seed)
    counted = {"database": "postgresql" if given.postgresql else "sqlite", **counted}
    sys.stdout.write(json.dumps(counted, indent=1) + "\n")
    sys.exit(bool(counted["faults"]))


if __name__ == "__main__":
    main()
