"""The service under load, from other processes on loopback: latencies, errors, memory.

    python benchmarks/service/run.py [--page FILE] [--json FILE] [--seconds N] [--gib N] [--data DIR]

Starts a service of its own (SQLite, a folder, one worker). ``--seconds`` is how long the mixed load lasts (60 by
default; 600 for the figure of ten minutes), ``--gib`` the size of the long upload. Two clips below DIR/media/dev are
assayed (default: $ASSAY_DATA, else ../shared/data beside the checkout); without them two are made. With everything by
default it takes three to four minutes on two quiet cores; what else the machine does meanwhile is in every figure, so
its load is told with it.
"""

import argparse
import json
import os
import random
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from fractions import Fraction
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import av
import numpy as np
from page import page
from PIL import Image
from server import Server, served

from assay.service.client import Client, Job

ROOT = Path(__file__).resolve().parents[2]
CLIENTS = 64
BATCHES = 60
LINES = 1000
Figures = dict[str, Any]


def batch(number: int, lines: int = LINES) -> bytes:
    """A batch like none before: logons of a site, one of them of a stranger."""
    dice = random.Random(number)
    made = []
    for line in range(lines):
        odd = line == lines // 2
        event = {
            "EventID": 7045 if odd else dice.choice([4624, 4624, 4624, 4634, 4672]),
            "Hostname": f"ws{dice.randrange(20)}",
            "User": f"stranger{number}" if odd else f"u{dice.randrange(40)}",
            "Time": f"2026-01-{1 + number % 28:02}T{line // 3600:02}:{line // 60 % 60:02}:{line % 60:02}Z",
        }
        made.append(json.dumps(event))
    return "\n".join(made).encode() + b"\n"


def clips(data: Path, folder: Path) -> list[Path]:
    """Two clips: of the development data, else made."""
    found = sorted(
        (data / "media" / "dev" / "video_real").glob("*.mp4"), key=lambda path: path.stat().st_size
    )
    if len(found) > 1:
        return found[-2:]
    return [_made(folder / f"{number}.mp4", number) for number in range(2)]


def _made(place: Path, seed: int) -> Path:
    dice = np.random.default_rng(seed)
    ground = dice.integers(0, 255, (540, 960, 3), dtype=np.uint8)
    with av.open(place, "w") as file:
        stream = file.add_stream("mpeg4", rate=25)
        stream.width, stream.height, stream.time_base = 960, 540, Fraction(1, 25)
        for number in range(250):
            frame = av.VideoFrame.from_ndarray(np.roll(ground, number * 3, axis=1), format="rgb24")
            file.mux(stream.encode(frame))
        file.mux(stream.encode())
    return place


@contextmanager
def probed(server: Server, folder: Path, name: str) -> Iterator[list[float]]:
    """Latencies of /healthz, in milliseconds, for as long as the context lasts."""
    place = urlsplit(server.address)
    end, taken = folder / f"{name}.end", []
    command = [
        sys.executable,
        str(Path(__file__).parent / "probe.py"),
        str(place.hostname),
        str(place.port),
        str(end),
    ]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    try:
        yield taken
    finally:
        end.touch()
        out, _ = process.communicate(timeout=120)
        taken += json.loads(out)


def quantiles(taken: list[float]) -> Figures:
    """Of latencies."""
    p50, p95, p99 = np.quantile(taken, [0.5, 0.95, 0.99])
    return {"count": len(taken), "p50": p50, "p95": p95, "p99": p99, "max": max(taken)}


def lag(before: dict[str, float], after: dict[str, float]) -> Figures:
    """Lag of the event loop between two looks at /metrics: the bound of its histogram that 99 % stay below."""
    name = "assay_loop_lag_seconds"
    count = after[f"{name}_count"] - before[f"{name}_count"]
    for key in after:
        if key.startswith(f"{name}_bucket") and after[key] - before[key] >= 0.99 * count:
            return {"count": int(count), "p99_below_ms": float(key.split('"')[1]) * 1000}
    raise SystemExit("the service measures no lag of its loop")


def with_videos(server: Server, client: Client, folder: Path, found: list[Path]) -> Figures:
    """/healthz while two videos are assayed."""
    held = [client.evidence.submit(clip) for clip in found]
    with probed(server, folder, "idle") as idle:
        time.sleep(5)
    begun = time.monotonic()
    before = server.measured()
    with probed(server, folder, "videos") as taken:
        jobs = [client.analyses.start([each.sha256], report=False) for each in held]
        ended = [client.jobs.wait(each, 1800) for each in jobs]
    figures = {
        "healthz_ms": quantiles(taken),
        "idle_ms": quantiles(idle),
        "lag": lag(before, server.measured()),
    }
    states = [each.state for each in ended]
    return {
        **figures,
        "states": states,
        "seconds": time.monotonic() - begun,
        "clips": [each.size for each in held],
    }


def triages(server: Server, client: Client) -> Figures:
    """Batches of a thousand lines, one after the other."""
    client.triage.send(batch(0))
    taken, small, before = [], 0, server.work()
    for number in range(1, BATCHES + 1):
        sent = batch(number)
        begun = time.perf_counter()
        answer = client.triage.send(sent)
        taken.append((time.perf_counter() - begun) * 1000)
        small += answer.incidents is not None
    work = (server.work() - before) * 1000 / BATCHES
    return {"triage_ms": quantiles(taken), "at_once": small, "lines": LINES, "work_ms": work}


def uploads(server: Server, folder: Path) -> Figures:
    """Many clients at once, three uploads of a MiB each."""
    errors: list[str] = []
    taken: list[float] = []
    gate = threading.Barrier(CLIENTS + 1)

    def one(number: int) -> None:
        client = Client(server.address, server.key, tries=1)
        dice = random.Random(number)
        bodies = [dice.randbytes(1 << 20) for _ in range(3)]
        gate.wait()
        for body in bodies:
            begun = time.perf_counter()
            try:
                client.evidence.submit(body)
            except Exception as error:
                errors.append(f"{type(error).__name__}: {error}")
            taken.append((time.perf_counter() - begun) * 1000)

    threads = [threading.Thread(target=one, args=(number,)) for number in range(CLIENTS)]
    for thread in threads:
        thread.start()
    before = server.measured()
    with probed(server, folder, "uploads") as health:
        gate.wait()
        begun = time.monotonic()
        for thread in threads:
            thread.join()
        seconds = time.monotonic() - begun
    figures = {
        "upload_ms": quantiles(taken),
        "healthz_ms": quantiles(health),
        "errors": errors,
        "clients": CLIENTS,
    }
    return {**figures, "mib_per_second": 3 * CLIENTS / seconds, "lag": lag(before, server.measured())}


def mixed(server: Server, client: Client, folder: Path, seconds: float) -> Figures:
    """Everything at once for a while; memory of every process, each second."""
    ends = time.monotonic() + seconds
    counts: dict[str, int] = {}
    errors: list[str] = []
    lock = threading.Lock()

    def kept_up(name: str, act: Callable[[int], object]) -> threading.Thread:
        def loop() -> None:
            number = 0
            while time.monotonic() < ends:
                number += 1
                try:
                    act(number)
                except Exception as error:
                    errors.append(f"{name}: {type(error).__name__}: {error}")
                with lock:
                    counts[name] = counts.get(name, 0) + 1

        return threading.Thread(target=loop)

    def picture(number: int) -> Job:
        place = folder / f"{number}.jpg"
        noise = np.random.default_rng(number).integers(0, 255, (40, 60, 3), dtype=np.uint8)
        Image.fromarray(noise).resize((600, 400)).save(place, quality=90)
        held = client.evidence.submit(place)
        place.unlink()
        return client.jobs.wait(client.analyses.start([held.sha256], profile="fast"), 600)

    def look(number: int) -> object:
        time.sleep(0.1)
        return [each.rank for each in client.triage.incidents()], client.quotas()

    dice = random.Random(7)
    acts: dict[str, Callable[[int], object]] = {
        "uploads of 512 KiB": lambda number: client.evidence.submit(dice.randbytes(1 << 19)),
        "batches of 300 lines": lambda number: client.triage.send(batch(100_000 + number, 300)),
        "pictures assayed, with report": picture,
        "lists of all incidents": look,
    }
    threads = [kept_up(name, act) for name, act in acts.items()]
    samples: list[tuple[float, float, float]] = []
    begun = time.monotonic()
    with probed(server, folder, "mixed") as health:
        for thread in threads:
            thread.start()
        while time.monotonic() < ends:
            held = server.memory()
            samples.append((time.monotonic() - begun, held.get(server.pid, 0.0), sum(held.values())))
            time.sleep(1)
        for thread in threads:
            thread.join()
    # What is loaded once belongs to the beginning.
    settled = np.array([each for each in samples if each[0] > seconds / 3])
    slope = [float(np.polyfit(settled[:, 0] / 60, settled[:, column], 1)[0]) for column in (1, 2)]
    half = len(settled) // 2
    means = [
        [float(part[:, column].mean()) for part in (settled[:half], settled[half:])] for column in (1, 2)
    ]
    memory = {
        "server_mib": means[0],
        "all_mib": means[1],
        "server_mib_a_minute": slope[0],
        "all_mib_a_minute": slope[1],
    }
    memory["most_mib"] = max(each[2] for each in samples)
    return {
        "seconds": seconds,
        "counts": counts,
        "errors": errors,
        "healthz_ms": quantiles(health),
        "memory": memory,
    }


def long_upload(server: Server, client: Client, folder: Path, gib: float) -> Figures:
    """One upload that is much longer than the memory it may cost."""
    place = folder / "long.bin"
    piece = os.urandom(1 << 20)
    with place.open("wb") as file:
        for number in range(int(gib * 1024)):
            file.write(number.to_bytes(8, "big") + piece[8:])
    before, held = server.measured(), server.memory()[server.pid]
    most, ended = [held], threading.Event()

    def watch() -> None:
        while not ended.wait(0.1):
            most.append(server.memory().get(server.pid, 0.0))

    watcher = threading.Thread(target=watch)
    watcher.start()
    begun = time.monotonic()
    sent = client.evidence.submit(place)
    seconds = time.monotonic() - begun
    ended.set()
    watcher.join()
    place.unlink()
    figures = {"bytes": sent.size, "seconds": seconds, "growth_mib": max(most) - held}
    return {**figures, "lag": lag(before, server.measured())}


def main() -> None:
    """Measure, print, and write the page if asked to."""
    asked = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    default = os.environ.get("ASSAY_DATA") or ROOT.parent / "shared" / "data"
    asked.add_argument("--data", type=Path, default=Path(default))
    asked.add_argument("--seconds", type=float, default=60)
    asked.add_argument("--gib", type=float, default=2)
    asked.add_argument(
        "--only", choices=["videos", "triage", "uploads", "mixed", "long"], help="without a page"
    )
    asked.add_argument("--page", type=Path)
    asked.add_argument("--json", type=Path)
    given = asked.parse_args()
    results: Figures = {"cores": os.cpu_count(), "sections": {}}
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place)
        home = folder / "home"
        home.mkdir()
        with served(home) as server:
            client = Client(server.address, server.key, timeout=600)
            sections: dict[str, Callable[[], Figures]] = {
                # First, since what a process has once held it may keep: later growth would not show.
                "long": lambda: long_upload(server, client, folder, given.gib),
                "videos": lambda: with_videos(server, client, folder, clips(given.data, folder)),
                "triage": lambda: triages(server, client),
                "uploads": lambda: uploads(server, folder),
                "mixed": lambda: mixed(server, client, folder, given.seconds),
            }
            for name, measure in sections.items():
                if given.only not in (None, name):
                    continue
                begun = os.getloadavg()[0]
                found = measure()
                found["load"] = [begun, os.getloadavg()[0]]
                results["sections"][name] = found
                print(name, json.dumps(found), flush=True)
    if given.json is not None:
        given.json.write_text(json.dumps(results, indent=1) + "\n")
    if given.page is not None and given.only is None:
        given.page.write_text(page(results))


if __name__ == "__main__":
    main()
