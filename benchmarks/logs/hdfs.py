"""HDFS_100k: sessions of a file system; a baseline of ordinary sessions, then all sessions of the test part.

Every line of a session becomes a JSON line with the block as `host` and the masked line as `message`. The
records carry no time: the set has none. A session's score is that of its most surprising record.
"""

import json
from pathlib import Path
from typing import Any

import comparison
import numpy as np
import zstandard


def load(path: Path) -> list[dict[str, Any]]:
    """Sessions."""
    text = zstandard.decompress(path.read_bytes(), max_output_size=1 << 30).decode()
    return [json.loads(line) for line in text.splitlines()]


def write(path: Path, sessions: list[dict[str, Any]]) -> Path:
    """All lines of all sessions, one session after the other."""
    with path.open("w") as stream:
        for session in sessions:
            for template in session["templates"]:
                stream.write(json.dumps({"host": session["block"], "message": template}) + "\n")
    return path


def prepare(data: Path, folder: Path, draw: int) -> tuple[Path, Path, comparison.Sessions]:
    """Baseline, test and truth."""
    place = data / "logs" / "hdfs_100k"
    train, test = (load(place / f"train_anomaly_ratio_0.{part}.jsonl.zst") for part in ("train", "test"))
    owner = np.repeat(np.arange(len(test)), [len(session["templates"]) for session in test])
    truth = np.array([session["label"] != 0 for session in test])
    files = write(folder / "hdfs-train.jsonl", train), write(folder / "hdfs-test.jsonl", test)
    return *files, comparison.Sessions(truth, owner)


def run(data: Path) -> dict[str, Any]:
    """The one split."""
    return {"protocol": __doc__, **comparison.compared("HDFS_100k", data, prepare, 1)}
