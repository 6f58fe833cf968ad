"""The process that reads segments: one job a line on standard input, one answer a line on standard output.

Frames go through Arrow files in a folder of the parent's; nothing is pickled. The job names no code but
one of the readers that can be cut into segments.
"""

import json
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import polars as pl

from ..limits import LogLimits
from .contract import Intake
from .csv import Csv
from .jsonl import JsonLines
from .ledger import Ledger
from .segments import Segment, SegmentStream
from .streams import LogSourceError

READERS = {reader.name: reader for reader in (JsonLines(), Csv())}


def work(job: dict[str, Any]) -> dict[str, Any]:
    """Read one segment.

    Parameters
    ----------
    job
        ``path, format, start, stop, limits, head`` (where the head of the file is kept), ``charset, out``.

    Returns
    -------
    dict
        ``heights`` of the frames, which lie one after the other in the file `out`, and ``ledger``.
    """
    limits = LogLimits(**job["limits"])
    path, ledger = Path(job["path"]), Ledger(limits)
    segment = Segment(job["start"], job["stop"])
    frames: list[pl.DataFrame] = []
    try:
        with SegmentStream(path, segment, limits) as stream:
            stream.charset = job["charset"]
            intake = Intake(stream, path, ledger, limits, datetime.now(UTC))
            reader = READERS[job["format"]]
            head = Path(job["head"]).read_bytes()
            frames.extend(f for f in reader.segment(intake, head, segment.start) if f.height)
    except LogSourceError as error:
        return {"failed": [error.reason, str(error)]}
    if frames:
        pl.concat(frames, how="diagonal").write_ipc(job["out"], compression="uncompressed")
    return {"heights": [frame.height for frame in frames], "ledger": ledger.state()}


def main() -> None:
    """Answer jobs until standard input ends."""
    for line in sys.stdin:
        sys.stdout.write(json.dumps(work(json.loads(line))) + "\n")
        sys.stdout.flush()


if __name__ == "__main__":
    main()
