"""The reading of a part of the input; as a process, one job a line on standard input, one answer a line of output.

What it reads it writes as blocks into a folder of the parent's; nothing is pickled. The job names no code but
one of the readers and the kinds of taggers there are.
"""

import gc
import json
import sys
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from functools import lru_cache
from pathlib import Path
from typing import Any, Final

import polars as pl

from ..counting import blocks
from ..limits import LogLimits
from ..records.times import YearClock, YearState
from ..taggers import Tagger, made
from .contract import Divisible, Intake, Reader
from .evtx import Evtx
from .formats import chosen, reader_named
from .jsonl import JsonLines, is_document
from .ledger import Ledger
from .numbered import numbered
from .parquet import Parquet
from .segments import Segment, SegmentStream
from .streams import ByteStream, LogSourceError

HELD: Final = 4 << 20
"""Bytes of the largest compressed file that is read here although it is unpacked into memory as a whole."""


class Declined(Exception):
    """A file that would take too much memory in several processes at once."""


def work(job: dict[str, Any], taggers: Sequence[Tagger] | None = None) -> dict[str, Any]:
    """Read some segments of one file that follow each other, or some files.

    Parameters
    ----------
    job
        ``limits, taggers`` (kind and recipe of each), ``stem`` (of the blocks), ``format``. For segments:
        ``path, source`` (its index), ``segments`` (start and stop of each), ``head`` (where the head of the file is
        kept), ``charset, written`` (seconds since 1970) and ``years`` (where the clock stands). For files: ``files``,
        each with its index and path; ``format`` may be None.
    taggers
        Where they are at hand already; made by their recipes when None.

    Returns
    -------
    dict
        ``failed`` where the caller has to read it; else ``blocks``, each with its stem, its height and whether it is
        complete. Of segments, their ``ledger``, the month of the ``first`` stamp without a year and where the clock
        stands then (``years``); lines of the blocks are numbered from the first of the job. Of files, ``files``:
        format, confidence and ledger of each.
    """
    if taggers is None:
        taggers = _taggers(json.dumps(job["taggers"]))
    told: dict[str, Any] = {"files": []} if "files" in job else {}
    frames = _files(job, told) if "files" in job else _segments(job, told)
    found = []
    try:
        for number, frame in enumerate(blocks.cut(frames)):
            stem = Path(f"{job['stem']}-{number:04d}")
            frame = frame.with_columns(pl.int_range(frame.height, dtype=pl.UInt64).alias("row"))
            found.append([str(stem), frame.height, blocks.make(frame, stem, taggers)])
    except (LogSourceError, Declined) as error:
        return {"failed": str(error)}
    return {"blocks": found, **told}


def _segments(job: dict[str, Any], told: dict[str, Any]) -> Iterator[pl.DataFrame]:
    limits = LogLimits(**job["limits"])
    path, head = Path(job["path"]), Path(job["head"]).read_bytes()
    reader = reader_named(job["format"])
    assert isinstance(reader, Divisible)
    clock = YearClock.at(datetime.fromtimestamp(job["written"], UTC), YearState(*job["years"]))
    ledger = Ledger(limits)
    parts = [Segment(start, stop) for start, stop in job["segments"]]
    with SegmentStream(path, parts, limits) as stream:
        stream.charset = job["charset"]
        for frame in reader.segment(Intake(stream, path, ledger, limits, clock), head, parts[0].start):
            if frame.height:
                yield numbered(frame, 0, job["source"], limits)
    told["ledger"] = ledger.state()
    told |= {"first": clock.first, "years": [clock.state.year, clock.state.month]}


def _files(job: dict[str, Any], told: dict[str, Any]) -> Iterator[pl.DataFrame]:
    limits = LogLimits(**job["limits"])
    wanted = None if job["format"] is None else reader_named(job["format"])
    for index, name in job["files"]:
        path, ledger, format, sure = Path(name), Ledger(limits), "none", 0.0
        try:
            with ByteStream(path, limits) as stream:
                reader, sure = chosen(stream, wanted)
                format = reader.name
                if stream.compressed and path.stat().st_size > HELD and _holds(reader, stream.head()):
                    raise Declined(name)
                if isinstance(reader, Evtx):
                    reader = Evtx(threads=1)  # the other processes are at work
                for frame in reader.read(Intake.of(stream, path, ledger, limits)):
                    if frame.height:
                        yield numbered(frame, 0, index, limits)
                if stream.damage is not None:
                    raise stream.damage
        except LogSourceError as error:
            ledger.fail(error.reason, str(error))
        told["files"].append([format, sure, ledger.state()])


def _holds(reader: Reader, head: bytes) -> bool:
    """Whether a reader takes a compressed file into memory as a whole."""
    return isinstance(reader, Evtx | Parquet) or (isinstance(reader, JsonLines) and is_document(head))


@lru_cache(maxsize=1)
def _taggers(recipes: str) -> tuple[Tagger, ...]:
    return tuple(made(kind, recipe) for kind, recipe in json.loads(recipes))


def main() -> None:
    """Say that this process is ready, then answer jobs until standard input ends."""
    gc.freeze()  # what was imported stays: no use in looking through it again and again
    sys.stdout.write("{}\n")
    sys.stdout.flush()
    for line in sys.stdin:
        sys.stdout.write(json.dumps(work(json.loads(line))) + "\n")
        sys.stdout.flush()


if __name__ == "__main__":
    main()
