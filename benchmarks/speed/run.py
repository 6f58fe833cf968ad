"""Speed and memory of log triage, from disk to ranked incidents, beside plain parsers in the same run.

    python benchmarks/speed/run.py [--data DIR] [--events N] [--format jsonl|jsonl-all|csv|syslog|evtx]...
                                   [--out FILE] [--page FILE] [--flat]

DIR holds ``logs/`` (default: $ASSAY_DATA, else ../shared/data beside the checkout). Real files are unpacked
and repeated to N events in a temporary folder. Every measurement is a process of its own, started cold:
its wall time and the processor time of it and its children include the start. Peak memory is that of the
whole tree of processes, sampled. The peers parse only: they rank nothing. With --flat, only triage is measured,
at N, 2 N and 4 N events: its peak memory should not grow.
"""

import argparse
import io
import json
import os
import platform
import subprocess
import sys
import tarfile
import tempfile
import threading
import time
from pathlib import Path
from typing import Any

import zstandard

ROOT = Path(__file__).resolve().parents[2]
PAGE = os.sysconf("SC_PAGE_SIZE")
MEAN = 2000
"""Bytes of an event of the format `jsonl`, on average."""

TRIAGE = """
import sys
from assay.triage.session import triage
with triage(sys.argv[1:]) as found:
    assert found.incidents
    print(found.report.records)
"""
READ = """
import sys
from assay.triage.readers import open_sources
print(sum(len(batch) for batch in open_sources(sys.argv[1:]).batches()))
"""
JSON_LOADS = """
import json, sys
print(sum(1 for line in open(sys.argv[1], "rb") if json.loads(line) is not None))
"""
MSGSPEC = """
import msgspec, sys
decode = msgspec.json.Decoder().decode
print(sum(1 for line in open(sys.argv[1], "rb") if decode(line) is not None))
"""
POLARS = """
import polars, sys
print(polars.read_ndjson(sys.argv[1], infer_schema_length=None, ignore_errors=True).height)
"""
POLARS_CSV = """
import polars, sys
print(polars.read_csv(sys.argv[1], infer_schema=False).height)
"""
LINES = """
import sys
print(sum(1 for line in open(sys.argv[1], "rb") if line.decode("utf-8", "replace")))
"""
EVTX = """
import sys
from pathlib import Path
from evtx import PyEvtxParser
count = 0
for path in sorted(Path(sys.argv[1]).iterdir()):
    records = PyEvtxParser(str(path), number_of_threads=2).records_json()
    while True:
        try:
            next(records)
        except StopIteration:
            break
        except (RuntimeError, OSError):
            continue
        count += 1
print(count)
"""
OURS = {"assay triage": TRIAGE, "assay reading only": READ}
JSON_PEERS = {"json.loads": JSON_LOADS, "msgspec, to Any": MSGSPEC, "polars.read_ndjson": POLARS}
PEERS = {
    "jsonl": JSON_PEERS,
    "jsonl-all": JSON_PEERS,
    "csv": {"polars.read_csv": POLARS_CSV},
    "syslog": {"decoding of lines": LINES},
    "evtx": {"evtx, to JSON text": EVTX},
}


def unpacked(path: Path) -> bytes:
    """A zstd file's content, ended by a newline."""
    with path.open("rb") as file:
        data = zstandard.ZstdDecompressor().stream_reader(file).read()
    return data if data.endswith(b"\n") else data + b"\n"


def captures(logs: Path, mean: int | None = None) -> list[bytes]:
    """Lines of Windows captures, mixed in runs so that a part of them is like the whole.

    Of all captures, or of those with the shortest events, as many as keep the mean length at or below *mean* bytes.
    """
    found = [unpacked(path) for path in sorted((logs / "otrf_windows").glob("*.json.zst"))]
    whole = dict(enumerate(data.splitlines(keepends=True)[:4000] for data in found))
    length = {number: sum(map(len, lines)) for number, lines in whole.items()}
    taken, size, count = [], 0, 0
    for number in sorted(whole, key=lambda each: length[each] / len(whole[each])):
        if mean is not None and size + length[number] > mean * (count + len(whole[number])):
            break
        taken.append(number)
        size, count = size + length[number], count + len(whole[number])
    return [line for number in sorted(taken) for line in whole[number]]


def repeated(lines: list[bytes], events: int, path: Path, header: bytes = b"") -> None:
    """Write *events* lines, the given ones again and again."""
    with path.open("wb") as file:
        file.write(header)
        for start in range(0, events, len(lines)):
            file.writelines(lines[: events - start])


def material(kind: str, logs: Path, events: int, folder: Path) -> Path:
    """The input of one kind, made from real files."""
    path = folder / kind
    if kind.startswith("jsonl"):
        repeated(captures(logs, MEAN if kind == "jsonl" else None), events, path)
    elif kind == "csv":
        header, *rows = unpacked(logs / "ait_ads" / "fox_alerts.txt.zst").splitlines(keepends=True)
        repeated(rows, events, path, header)
    elif kind == "syslog":
        names = ("OpenSSH/OpenSSH_2k.log.zst", "Linux/Linux_2k.log.zst")
        lines = [
            line for name in names for line in unpacked(logs / "loghub" / name).splitlines(keepends=True)
        ]
        repeated(lines, events, path)
    else:
        path.mkdir()
        with tarfile.open(fileobj=io.BytesIO(unpacked(logs / "benign_evtx.tar.zst"))) as packed:
            files = [m for m in packed if m.isfile() and m.name.endswith("security.evtx")]
            taken = [file.read() for member in files if (file := packed.extractfile(member)) is not None]
        each = 2261  # records of that file
        for number in range(max(events // each, 1)):
            (path / f"{number:04d}.evtx").write_bytes(taken[number % len(taken)])
    return path


def tree_bytes(pid: int) -> int:
    """Resident bytes of a process and all below it."""
    total, waiting = 0, [pid]
    while waiting:
        one = waiting.pop()
        try:
            total += int(Path(f"/proc/{one}/statm").read_text().split()[1]) * PAGE
            for task in Path(f"/proc/{one}/task").iterdir():
                waiting += map(int, (task / "children").read_text().split())
        except (OSError, IndexError):
            continue
    return total


def measured(code: str, path: Path) -> dict[str, Any]:
    """Run one program on one input."""
    before, began = os.times(), time.perf_counter()
    process = subprocess.Popen(
        [sys.executable, "-c", code, os.fspath(path)],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    peak, done = 0, threading.Event()

    def watch() -> None:
        nonlocal peak
        while not done.wait(0.05):
            peak = max(peak, tree_bytes(process.pid))

    watcher = threading.Thread(target=watch)
    watcher.start()
    out, errors = process.communicate()
    wall, after = time.perf_counter() - began, os.times()
    done.set()
    watcher.join()
    if process.returncode:
        return {"failed": errors.strip().splitlines()[-1:] or [str(process.returncode)]}
    used = after.children_user + after.children_system - before.children_user - before.children_system
    events = int(out)
    size = sum(each.stat().st_size for each in (path.iterdir() if path.is_dir() else (path,)))
    return {
        "events": events,
        "wall_seconds": round(wall, 2),
        "cpu_seconds": round(used, 2),
        "events_per_wall_second": round(events / wall),
        "events_per_cpu_second": round(events / used),
        "peak_mib": round(peak / 2**20),
        "bytes_per_event": round(size / max(events, 1)),
    }


def flat(kind: str, logs: Path, events: int) -> dict[str, Any]:
    """Triage of one format at growing numbers of events, each in a process of its own."""
    found = {}
    for times in (1, 2, 4):
        with tempfile.TemporaryDirectory(prefix="assay-speed-") as folder:
            made = measured(TRIAGE, material(kind, logs, times * events, Path(folder)))
        found[f"assay triage x {times}"] = made
        told = made["failed"][0] if "failed" in made else f"{made['events']:>11,} events {made['peak_mib']:>7,} MiB"
        print(f"{kind}: {told}", flush=True)
    return found


def page(results: dict[str, Any], events: int) -> str:
    """Markdown of the table."""
    heads = ["input", "program", "events", "wall s", "CPU s", "events/s", "events per CPU s", "peak MiB", "bytes each"]
    keys = (
        "events",
        "wall_seconds",
        "cpu_seconds",
        "events_per_wall_second",
        "events_per_cpu_second",
        "peak_mib",
        "bytes_per_event",
    )
    lines = [heads, ["---"] * len(heads)]
    for kind in (kind for kind in PEERS if kind in results):
        for name, found in results[kind].items():
            cells = [f"{found[key]:,}" for key in keys] if "failed" not in found else ["failed"] * len(keys)
            lines.append([kind, name, *cells])
    table = "\n".join("| " + " | ".join(line) + " |" for line in lines)
    return (
        "# Logs: speed and memory, measured\n\nMade by `python benchmarks/speed/run.py --page "
        f"docs/validation/speed-logs.md`; not edited by hand. {events:,} records a format, made of real files; "
        f"each program is a cold process, its start included; {results['processors']} processor cores. Peers only "
        "parse. `jsonl` is made of whole captures of Windows events whose events are the shortest, as many as have a "
        f"mean of 2 kB; `jsonl-all` of all of them.\n\n{table}\n"
    )


def main() -> None:
    """Measure the chosen formats."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    data = Path(os.environ.get("ASSAY_DATA") or ROOT.parent / "shared" / "data")
    parser.add_argument("--data", type=Path, default=data)
    parser.add_argument("--events", type=int, default=100_000)
    parser.add_argument("--format", action="append", choices=sorted(PEERS), dest="formats")
    parser.add_argument("--out", type=Path, default=Path("build/benchmarks/speed.json"))
    parser.add_argument("--page", type=Path, help="also write the table as Markdown to this file")
    parser.add_argument("--flat", action="store_true", help="memory of triage at N, 2 N and 4 N events, nothing else")
    options = parser.parse_args()
    logs = options.data / "logs"
    if not logs.is_dir():
        print(f"no logs at {logs}: name the data with --data; nothing was measured")
        return
    results: dict[str, Any] = {
        "made_by": "benchmarks/speed/run.py",
        "machine": platform.processor() or platform.machine(),
        "processors": os.cpu_count(),
        "load_before": os.getloadavg()[0],
    }
    print(
        f"{'':30} {'events':>9} {'wall s':>8} {'cpu s':>8} {'events/s':>10} {'per cpu s':>10} {'peak MiB':>9}"
    )
    for kind in options.formats or tuple(PEERS):
        if options.flat:
            results[kind] = flat(kind, logs, options.events)
            continue
        with tempfile.TemporaryDirectory(prefix="assay-speed-") as folder:
            path = material(kind, logs, options.events, Path(folder))
            for name, code in {**OURS, **PEERS[kind]}.items():
                found = measured(code, path)
                results.setdefault(kind, {})[name] = found
                title = f"{kind}: {name}"
                if "failed" in found:
                    print(f"{title:30} failed: {found['failed'][0]}")
                    continue
                print(
                    f"{title:30} {found['events']:>9,} {found['wall_seconds']:>8.2f} {found['cpu_seconds']:>8.2f}"
                    f" {found['events_per_wall_second']:>10,} {found['events_per_cpu_second']:>10,}"
                    f" {found['peak_mib']:>9,}",
                    flush=True,
                )
    options.out.parent.mkdir(parents=True, exist_ok=True)
    options.out.write_text(json.dumps(results, indent=1) + "\n")
    print(f"written: {options.out}")
    if options.page is not None and not options.flat:
        options.page.parent.mkdir(parents=True, exist_ok=True)
        options.page.write_text(page(results, options.events))


if __name__ == "__main__":
    main()
