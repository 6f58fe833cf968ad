"""CSIC-2010: requests to one shop, without repeats; half of the ordinary ones are the baseline.

Written as JSON lines with `method` and `url` (host taken off). A request that is both among the ordinary
and the anomalous ones counts as ordinary.
"""

import json
from pathlib import Path
from typing import Any

import comparison
import numpy as np
import zstandard

DRAWS = 3
SITE = "http://localhost:8080"


def load(path: Path) -> list[str]:
    """Requests without repeats, in order."""
    text = zstandard.decompress(path.read_bytes(), max_output_size=1 << 28).decode("latin-1")
    return list(dict.fromkeys(text.splitlines()))


def write(path: Path, requests: list[str]) -> Path:
    """Requests as JSON lines."""
    with path.open("w", encoding="utf-8") as stream:
        for request in requests:
            method, _, url = request.partition(" ")
            stream.write(json.dumps({"method": method.upper(), "url": url.removeprefix(SITE)}) + "\n")
    return path


def prepare(data: Path, folder: Path, draw: int) -> tuple[Path, Path, np.ndarray]:
    """Baseline, test and truth."""
    normal = load(data / "logs" / "csic2010" / "normal.txt.zst")
    known = set(normal)
    attacks = [line for line in load(data / "logs" / "csic2010" / "anomalous.txt.zst") if line not in known]
    rng = np.random.default_rng(draw)
    order = rng.permutation(len(normal))
    half = len(normal) // 2
    rest = [normal[place] for place in order[half:]] + attacks
    truth = np.arange(len(rest)) >= len(normal) - half
    mixed = rng.permutation(len(rest))
    train = write(folder / f"csic-train-{draw}.jsonl", [normal[place] for place in order[:half]])
    test = write(folder / f"csic-test-{draw}.jsonl", [rest[place] for place in mixed])
    return train, test, truth[mixed]


def run(data: Path) -> dict[str, Any]:
    """All draws."""
    return {"protocol": __doc__, **comparison.compared("CSIC-2010", data, prepare, DRAWS)}
