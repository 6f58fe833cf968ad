"""CloudTrail, the negative control: 55 minutes of one account, most of it simulated attacks; no baseline.

A record counts as an attack if its client names itself as the simulator (Stratus Red Team); the field
`userAgent` is taken out of all records and the name out of the rest before anything sees them. Where
most records are the attack, rare does not mean malicious, and no unsupervised method should be expected to work.
"""

import json
import re
from pathlib import Path
from typing import Any

import comparison
import numpy as np
import zstandard

MARK = re.compile(r"stratus-red-team_?[0-9a-f-]*")


def records(folder: Path) -> list[dict[str, Any]]:
    """All records in order of time."""
    found = []
    for path in sorted(folder.glob("*.json*")):
        raw = path.read_bytes()
        text = zstandard.decompress(raw, max_output_size=1 << 28) if path.suffix == ".zst" else raw
        found += json.loads(text)["Records"]
    return sorted(found, key=lambda record: (record["eventTime"], record["eventID"]))


def prepare(data: Path, folder: Path, draw: int) -> tuple[None, Path, np.ndarray]:
    """The records as JSON lines."""
    every = records(data / "logs" / "invictus_aws" / "CloudTrail")
    truth = np.array(["stratus" in (record.get("userAgent") or "").lower() for record in every])
    path = folder / "cloudtrail.jsonl"
    path.write_text("".join(MARK.sub("lab", json.dumps({**record, "userAgent": None})) + "\n" for record in every))
    return None, path, truth


def run(data: Path) -> dict[str, Any]:
    """The one batch."""
    return {"protocol": __doc__, **comparison.compared("CloudTrail (control)", data, prepare, 1)}
