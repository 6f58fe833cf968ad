"""Asks /healthz over and over from a process of its own; prints the latencies in milliseconds as JSON.

    python benchmarks/service/probe.py HOST PORT FILE

Ends when FILE is there. A process of its own, so that nothing that other clients do in theirs is measured here.
"""

import http.client
import json
import sys
import time
from pathlib import Path


def main() -> None:
    """Ask, about fifty times a second, each time over a new connection."""
    host, port, end = sys.argv[1], int(sys.argv[2]), Path(sys.argv[3])
    taken: list[float] = []
    while not end.exists():
        begun = time.perf_counter()
        wire = http.client.HTTPConnection(host, port, timeout=60)
        wire.request("GET", "/healthz")
        answer = wire.getresponse()
        answer.read()
        wire.close()
        if answer.status != 200:
            raise SystemExit(f"/healthz answered {answer.status}")
        taken.append((time.perf_counter() - begun) * 1000)
        time.sleep(0.02)
    print(json.dumps(taken))


if __name__ == "__main__":
    main()
