"""Several processes that read one file and make blocks of it; they come back in order."""

import contextlib
import json
import os
import subprocess
import sys
import tempfile
from collections import deque
from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from dataclasses import asdict, dataclass
from itertools import islice
from pathlib import Path
from typing import Any, Final

from ..counting.blocks import Made
from ..limits import LogLimits
from ..taggers import Tagger
from .contract import Intake
from .ledger import Ledger
from .segments import Segment, segments

WORTH: Final = 96 << 20
"""Bytes from which a file is worth the start of processes (about half a second each, side by side)."""

MOST: Final = 8
"""Most processes."""

SEGMENTS: Final = 6
"""Most segments of one job; small ones of a file that has few, so that all processes have work."""

AHEAD: Final = 2
"""Jobs that a process has been given and has not had collected; bounds memory and disk."""


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


@dataclass(frozen=True, slots=True)
class Task:
    """What a crew reads.

    Attributes
    ----------
    path
        A plain file of lines.
    format
        Name of a reader that `worker.READERS` has.
    source
        Index of the file in the reading.
    head
        What the file starts with, as UTF-8.
    charset
        The encoding of what is not, if the head shows one.
    limits
        Bounds of the reading.
    taggers
        Tag the records; each of a kind of `assay.triage.taggers.KINDS`.
    """

    path: Path
    format: str
    source: int
    head: bytes
    charset: str | None
    limits: LogLimits
    taggers: Sequence[Tagger]


class Crew:
    """Reads one file.

    Parameters
    ----------
    task
        Which, and how.
    members
        How many processes.
    place
        Where blocks are made; None for a folder that is removed with the last of them.

    Attributes
    ----------
    done
        Bytes of the file whose records have been given out; the rest is the caller's to read.
    lines
        Lines in them.
    """

    def __init__(self, task: Task, members: int, place: Path | None) -> None:
        self._task, self._members, self._place = task, members, place
        self.done = 0
        self.lines = 0

    def blocks(self, ledger: Ledger) -> Iterator[Made]:
        """Blocks of the file in order; ends early where `done` says."""
        with tempfile.TemporaryDirectory(prefix="assay-crew-", dir=self._place) as name, ExitStack() as undo:
            own = Path(name)
            head = own / "head"
            head.write_bytes(self._task.head)
            file = undo.enter_context(self._task.path.open("rb"))
            members = [_Member() for _ in range(self._members)]
            for member in members:
                undo.callback(member.close)
            given: deque[tuple[_Member, list[Segment]]] = deque()
            size = os.fstat(file.fileno()).st_size
            share = size // (3 * len(members) * self._task.limits.block_bytes)
            cut = segments(file, size, self._task.limits)
            number = 0
            try:
                while job := list(islice(cut, max(1, min(SEGMENTS, share)))):
                    member = members[number % len(members)]
                    stem = (self._place or own) / f"part-{self._task.source}-{number:06d}"
                    member.give(self._job(job, head, stem))
                    given.append((member, job))
                    number += 1
                    if len(given) >= AHEAD * len(members):
                        yield from self._collect(*given.popleft(), ledger)
                while given:
                    yield from self._collect(*given.popleft(), ledger)
            except CrewLost:
                return

    def _job(self, job: list[Segment], head: Path, stem: Path) -> dict[str, Any]:
        task = self._task
        return {
            "path": os.fspath(task.path.absolute()),
            "format": task.format,
            "source": task.source,
            "segments": [[segment.start, segment.stop] for segment in job],
            "limits": asdict(task.limits),
            "head": os.fspath(head),
            "charset": task.charset,
            "taggers": [[tagger.kind, dict(tagger.recipe)] for tagger in task.taggers],
            "stem": os.fspath(stem),
        }

    def _collect(self, member: _Member, job: list[Segment], ledger: Ledger) -> Iterator[Made]:
        answer = member.take()
        if "failed" in answer:
            # Read again by the caller, which keeps what comes before the place where it fails.
            raise CrewLost
        first = self.lines
        for state in answer["ledgers"]:
            self.lines += ledger.absorb(state, self.lines)
        self.done = job[-1].stop
        for stem, height, complete in answer["blocks"]:
            yield Made(Path(stem), height, complete, first)
