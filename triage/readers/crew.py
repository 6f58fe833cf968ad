"""Several processes that read the segments of one file; their frames come back in order."""

import contextlib
import json
import os
import subprocess
import sys
import tempfile
from collections import deque
from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path
from typing import Any, Final

import polars as pl

from ..limits import LogLimits
from .contract import Intake
from .ledger import Ledger
from .segments import Segment, segments
from .streams import LogSourceError

WORTH: Final = 48 << 20
"""Bytes from which a file is worth the start of processes (about half a second each, side by side)."""

MOST: Final = 8
"""Most processes."""

AHEAD: Final = 2
"""Segments that a process has been given and has not had collected; bounds memory and disk."""


def worth(intake: Intake) -> bool:
    """Whether a source is so large, and so plain, that several processes should read it."""
    wide = (intake.stream.charset or "").startswith("utf-16")
    if intake.path is None or intake.stream.compressed or wide:
        return False
    return intake.path.stat().st_size >= WORTH


class CrewLost(Exception):
    """A process did not start or died; what it was to read is read by the caller."""


class _Member:
    def __init__(self) -> None:
        environment = {**os.environ, "POLARS_MAX_THREADS": "1", "OMP_NUM_THREADS": "1"}
        # -P: the working folder may be the evidence folder, and a json.py in it must not become code.
        self.process = subprocess.Popen(
            [sys.executable, "-P", "-m", f"{__package__}.worker"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            env=environment,
        )

    def give(self, job: dict[str, Any]) -> None:
        assert self.process.stdin is not None
        try:
            self.process.stdin.write(json.dumps(job).encode() + b"\n")
            self.process.stdin.flush()
        except OSError as error:
            raise CrewLost from error

    def take(self) -> dict[str, Any]:
        assert self.process.stdout is not None
        line = self.process.stdout.readline()
        if not line.endswith(b"\n"):
            raise CrewLost
        answer: dict[str, Any] = json.loads(line)
        return answer

    def close(self) -> None:
        self.process.kill()
        self.process.wait()
        for pipe in (self.process.stdin, self.process.stdout):
            if pipe is not None:
                with contextlib.suppress(OSError):
                    pipe.close()


class Crew:
    """Reads one file.

    Parameters
    ----------
    path
        A plain file of lines.
    format
        Name of a reader that `worker.READERS` has.
    head
        What the file starts with, as UTF-8.
    charset
        The encoding of what is not, if the head shows one.
    limits
        Bounds of the reading.
    members
        How many processes.

    Attributes
    ----------
    done
        Bytes of the file whose records have been given out; the rest is the caller's to read.
    lines
        Lines in them.
    """

    def __init__(
        self, path: Path, format: str, head: bytes, charset: str | None, limits: LogLimits, members: int
    ) -> None:
        self._charset = charset
        self._path, self._format, self._head, self._limits = path, format, head, limits
        self._members = members
        self.done = 0
        self.lines = 0

    def frames(self, ledger: Ledger) -> Iterator[pl.DataFrame]:
        """Frames of the file in order, `line` numbered through; ends early where `done` says."""
        folder = tempfile.TemporaryDirectory(prefix="assay-crew-")
        members = [_Member() for _ in range(self._members)]
        with folder, self._path.open("rb") as file, contextlib.ExitStack() as undo:
            for member in members:
                undo.callback(member.close)
            place = Path(folder.name)
            head = place / "head"
            head.write_bytes(self._head)
            given: deque[tuple[_Member, Segment, Path]] = deque()
            size = os.fstat(file.fileno()).st_size
            cut = enumerate(segments(file, size, self._limits))
            try:
                for number, segment in cut:
                    member = members[number % len(members)]
                    out = place / f"{number}.arrow"
                    member.give(self._job(segment, head, out))
                    given.append((member, segment, out))
                    if len(given) >= AHEAD * len(members):
                        yield from self._collect(*given.popleft(), ledger)
                while given:
                    yield from self._collect(*given.popleft(), ledger)
            except CrewLost:
                return

    def _job(self, segment: Segment, head: Path, out: Path) -> dict[str, Any]:
        return {
            "path": os.fspath(self._path.absolute()),
            "format": self._format,
            "start": segment.start,
            "stop": segment.stop,
            "limits": asdict(self._limits),
            "head": os.fspath(head),
            "charset": self._charset,
            "out": os.fspath(out),
        }

    def _collect(
        self, member: _Member, segment: Segment, out: Path, ledger: Ledger
    ) -> Iterator[pl.DataFrame]:
        answer = member.take()
        if "failed" in answer:
            raise LogSourceError(*answer["failed"])
        first = self.lines
        heights = answer["heights"]
        frame = pl.read_ipc(out) if heights else None
        if frame is not None:
            out.unlink()
        self.lines += ledger.absorb(answer["ledger"], first)
        self.done = segment.stop
        if frame is not None:
            yield frame.with_columns(pl.col("line") + pl.lit(first, pl.UInt32))
