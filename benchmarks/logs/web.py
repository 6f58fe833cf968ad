"""Web: 100 lines of a scanner among 4,900 of an ordinary access log, no baseline.

The scanner's lines keep their address, order and content; their times are moved so that the lines spread
over the span of the ordinary log, since their own year would give them away (five draws).
"""

import re
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import comparison
import numpy as np
import zstandard

DRAWS = 5
LINES, SCANS = 5000, 100
STAMP = re.compile(r"\[([^\]]+)\]")
FORMAT = "%d/%b/%Y:%H:%M:%S %z"


def load(path: Path) -> list[str]:
    """Lines, without quotes around them."""
    text = zstandard.decompress(path.read_bytes(), max_output_size=1 << 28).decode("utf-8", "replace")
    return [
        line[1:-1] if line.startswith('"') and line.endswith('"') else line
        for line in text.splitlines()
        if line.strip()
    ]


def moment(line: str) -> datetime:
    """Time of a line."""
    found = STAMP.search(line)
    if found is None:
        raise ValueError(f"no time: {line[:80]}")
    return datetime.strptime(found[1], FORMAT)


def prepare(data: Path, folder: Path, draw: int) -> tuple[None, Path, np.ndarray]:
    """One mixture as an access log in order of time."""
    rng = np.random.default_rng(draw)
    ordinary = load(data / "logs" / "web" / "elastic_apache_first5000.log.zst")
    scans = [line for line in load(data / "logs" / "web" / "acunetix.txt.zst") if STAMP.search(line)]
    kept = rng.choice(len(ordinary), LINES - SCANS, replace=False)
    chosen = sorted(rng.choice(len(scans), SCANS, replace=False), key=lambda place: moment(scans[place]))
    lines = [(moment(ordinary[place]), ordinary[place], False) for place in kept]
    first, last = min(line[0] for line in lines), max(line[0] for line in lines)
    moments = np.sort(rng.uniform(0, (last - first).total_seconds(), SCANS))
    for place, seconds in zip(chosen, moments, strict=True):
        when = first + timedelta(seconds=int(seconds))
        lines.append((when, STAMP.sub(f"[{when.strftime(FORMAT)}]", scans[place], count=1), True))
    lines.sort(key=lambda line: line[0])
    path = folder / f"web-{draw}.log"
    path.write_text("".join(line[1] + "\n" for line in lines), encoding="utf-8")
    return None, path, np.array([line[2] for line in lines])


def run(data: Path) -> dict[str, Any]:
    """All draws."""
    return {"protocol": __doc__, **comparison.compared("Web, 100 scans in 5,000", data, prepare, DRAWS)}
