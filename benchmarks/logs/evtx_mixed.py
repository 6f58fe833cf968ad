"""EVTX attack samples embedded in ordinary EVTX files, machine facts blanked, no baseline.

One sample of every tactic folder is drawn and mixed into all ordinary records, in the order of files drawn
at random (five draws). Host, user, domain, SID, process and thread ids, record number and time are
replaced by constants, since they tell the lab from the rest. Every record of a sample counts as attack,
also those that merely surround it: figures are lower bounds. `found` is the share of samples with a
record in the top 100.
"""

import json
import re
import tarfile
import tempfile
from functools import cache
from pathlib import Path
from typing import Any

import comparison
import numpy as np
import zstandard
from evtx import PyEvtxParser

DRAWS = 5
MOST = 2000
"""Records of one file that are used, so that no file is the whole batch."""

BLANKED = re.compile(
    r"^(Computer|.*Sid|.*User(Name)?|.*Domain(Name)?|UserID|.*LogonId|.*LogonGuid|Hostname|Workstation(Name)?"
    r"|.*ProcessI[dD]|.*ProcessID|.*ThreadI[dD]|.*ThreadID|.*ProcessGuid|EventRecordID|SystemTime|UtcTime|.*UtcTime|ActivityID"
    r"|.*ComputerName|MachineName)$"
)
SID = re.compile(r"S-1-5-21[-\d]+")


def blanked(value: Any, name: str = "") -> Any:
    """The record without what tells its machine."""
    if isinstance(value, dict):
        return {key: blanked(item, key) for key, item in value.items()}
    if isinstance(value, list):
        return [blanked(item, name) for item in value]
    if BLANKED.match(name):
        return 0 if isinstance(value, int) else "-"
    return SID.sub("S-1-5-21-0", value) if isinstance(value, str) else value


@cache
def load(path: Path) -> dict[str, list[str]]:
    """Blanked JSON lines by name of file in the archive; what cannot be read is left out."""
    found: dict[str, list[str]] = {}
    with tempfile.TemporaryDirectory() as name:
        with zstandard.open(path, "rb") as stream, tarfile.open(fileobj=stream, mode="r|") as archive:
            archive.extractall(name, filter="data")
        for file in sorted(Path(name).rglob("*.evtx")):
            lines: list[str] = []
            records = PyEvtxParser(str(file)).records_json()
            while len(lines) < MOST:
                try:
                    record = next(records)
                except StopIteration:
                    break
                except RuntimeError:
                    continue
                lines.append(json.dumps(blanked(json.loads(record["data"]))))
            if lines:
                found[str(file.relative_to(name))] = lines
    return found


def prepare(data: Path, folder: Path, draw: int) -> tuple[None, Path, comparison.Parts]:
    """One mixture as JSON lines."""
    rng = np.random.default_rng(draw)
    ordinary = load(data / "logs" / "benign_evtx.tar.zst")
    samples = load(data / "logs" / "evtx_attack_samples.tar.zst")
    by_tactic: dict[str, list[str]] = {}
    for name in samples:
        by_tactic.setdefault(name.split("/")[1], []).append(name)
    chosen = [names[rng.integers(len(names))] for _, names in sorted(by_tactic.items())]
    files = [(lines, -1) for lines in ordinary.values()]
    files += [(samples[name], number) for number, name in enumerate(chosen)]
    path = folder / f"evtx-{draw}.jsonl"
    owner: list[int] = []
    with path.open("w") as stream:
        for place in rng.permutation(len(files)):
            lines, number = files[place]
            stream.writelines(line + "\n" for line in lines)
            owner += [number] * len(lines)
    return None, path, comparison.Parts(np.array(owner) >= 0, np.array(owner))


def run(data: Path) -> dict[str, Any]:
    """All draws."""
    return {"protocol": __doc__, **comparison.compared("EVTX samples, embedded", data, prepare, DRAWS)}
