"""The process that reads segments: one job a line on standard input, one answer a line on standard output.

What it reads it writes as blocks into a folder of the parent's; nothing is pickled. The job names no code but
one of the readers that can be cut into segments and the kinds of taggers there are.
"""

import json
import sys
from collections.abc import Iterator
from datetime import UTC, datetime
from functools import lru_cache
from pathlib import Path
from typing import Any

import polars as pl

from ..counting import blocks
from ..limits import LogLimits
from ..taggers import Tagger, made
from .contract import Intake
from .csv import Csv
from .jsonl import JsonLines
from .ledger import Ledger
from .numbered import numbered
from .segments import Segment, SegmentStream
from .streams import LogSourceError

READERS = {reader.name: reader for reader in (JsonLines(), Csv())}


def work(job: dict[str, Any]) -> dict[str, Any]:
    """Read some segments that follow each other.

    Parameters
    ----------
    job
        ``path, format, source`` (its index), ``segments`` (start and stop of each), ``limits, head`` (where the
        head of the file is kept), ``charset, taggers`` (kind and recipe of each), ``stem`` (of the blocks).

    Returns
    -------
    dict
        ``blocks``, each with its stem, its height and whether it is complete, and the ``ledgers`` of the
        segments. Lines of the blocks are numbered from the first of the job.
    """
    ledgers: list[Ledger] = []
    taggers = _taggers(json.dumps(job["taggers"]))
    found = []
    try:
        for number, frame in enumerate(blocks.cut(_frames(job, ledgers))):
            stem = Path(f"{job['stem']}-{number:04d}")
            frame = frame.with_columns(pl.int_range(frame.height, dtype=pl.UInt64).alias("row"))
            found.append([str(stem), frame.height, blocks.make(frame, stem, taggers)])
    except LogSourceError as error:
        return {"failed": error.reason}
    return {"blocks": found, "ledgers": [ledger.state() for ledger in ledgers]}


def _frames(job: dict[str, Any], ledgers: list[Ledger]) -> Iterator[pl.DataFrame]:
    limits = LogLimits(**job["limits"])
    path, head = Path(job["path"]), Path(job["head"]).read_bytes()
    reader = READERS[job["format"]]
    lines = 0
    for start, stop in job["segments"]:
        ledger = Ledger(limits)
        ledgers.append(ledger)
        with SegmentStream(path, Segment(start, stop), limits) as stream:
            stream.charset = job["charset"]
            intake = Intake(stream, path, ledger, limits, datetime.now(UTC))
            for frame in reader.segment(intake, head, start):
                if frame.height:
                    whole = numbered(frame, 0, job["source"], limits)
                    yield whole.with_columns(pl.col("line") + pl.lit(lines, pl.UInt32)) if lines else whole
        lines += ledger.lines


@lru_cache(maxsize=1)
def _taggers(recipes: str) -> tuple[Tagger, ...]:
    return tuple(made(kind, recipe) for kind, recipe in json.loads(recipes))


def main() -> None:
    """Answer jobs until standard input ends."""
    for line in sys.stdin:
        sys.stdout.write(json.dumps(work(json.loads(line))) + "\n")
        sys.stdout.flush()


if __name__ == "__main__":
    main()
